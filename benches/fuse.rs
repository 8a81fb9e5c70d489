//! Joining tapped activations into features, for one window of a residual network of 64, 64 and 128 channels.

#![allow(missing_docs, clippy::expect_used)] // the macros of criterion

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ecg_audit_engine::features::fuse;
use ndarray::{Array2, ArrayView2};

fn bench(criterion: &mut Criterion) {
    let tap = |channels: usize, length: usize| {
        Array2::from_shape_fn((channels, length), |(c, t)| {
            ((c * 31 + t * 17) % 101) as f32 / 101.0
        })
    };
    let taps = [tap(64, 75), tap(64, 75), tap(128, 38)];
    let views: Vec<ArrayView2<'_, f32>> = taps.iter().map(|tap| tap.view()).collect();
    let mut features = Array2::zeros((75, 256));
    let mut group = criterion.benchmark_group("features");
    group.throughput(Throughput::Elements(75 * 256));
    group.bench_function("fuse", |bencher| {
        bencher.iter(|| fuse(black_box(&views), &[1.0, 1.0, 65.0 / 129.0], features.view_mut()));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
