//! Summaries of records, and the search for duplicates among them.

#![allow(missing_docs, clippy::expect_used)] // the macros of criterion

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ecg_audit_ecg::duplicates::{Fingerprint, find};
use ecg_audit_ecg::{Signal, synth};

fn bench(criterion: &mut Criterion) {
    let records = 1000;
    let options = synth::Options {
        records,
        ..synth::Options::default()
    };
    let maker = synth::Synthesizer::new(&options).expect("options in range");
    let signals: Vec<Signal> = (0..records)
        .map(|index| maker.record(index).expect("a record").signal)
        .collect();
    let fingerprints: Vec<_> = signals.iter().map(Fingerprint::new).collect();

    let mut group = criterion.benchmark_group("duplicates");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1));
    group.bench_function("fingerprint", |bencher| {
        bencher.iter(|| Fingerprint::new(black_box(&signals[0])));
    });
    group.throughput(Throughput::Elements(records as u64));
    group.bench_function("find", |bencher| {
        bencher.iter(|| {
            find(black_box(&fingerprints), &|index| Ok(signals[index].clone())).expect("no reader that fails")
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
