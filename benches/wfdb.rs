//! Reading one 12-lead record of 10 s, format 16, checksums verified, at 100 Hz and at 500 Hz.

#![allow(missing_docs, clippy::expect_used)] // the macros of criterion

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ecg_audit_ecg::{Signal, wfdb};
use ndarray::Array2;

fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("wfdb");
    for rate in [100_usize, 500] {
        let samples = rate * 10;
        let signal = Signal {
            samples: Array2::from_shape_fn((12, samples), |(lead, t)| ((lead + t) % 997) as f32 / 1000.0),
            sampling_rate: rate as f64,
            leads: (0..12).map(|lead| format!("lead {lead}")).collect(),
        };
        let name = format!("r{rate}");
        wfdb::write_record(folder.path(), &name, &signal, 1000.0, &[]).expect("a record");
        group.throughput(Throughput::Bytes(2 * 12 * samples as u64));
        group.bench_with_input(
            BenchmarkId::new("read", rate),
            &folder.path().join(&name),
            |bencher, path| {
                bencher.iter(|| wfdb::read_record(black_box(path)).expect("the record"));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
