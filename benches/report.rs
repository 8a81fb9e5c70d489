//! Renders the page of a made-up audit of 20 000 records.

#![allow(missing_docs, clippy::unwrap_used)] // the macros of criterion, the samples of tests

#[allow(dead_code)] // of which this takes one
#[path = "../reports/tests/sample/mod.rs"]
mod sample;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

fn report(criterion: &mut Criterion) {
    let kinds = sample::kinds();
    let Some((_, audit)) = kinds.into_iter().find(|(name, _)| *name == "large") else {
        return;
    };
    criterion.bench_function("page of 20 000 records", |bench| {
        bench.iter(|| ecg_audit_report::html(black_box(&audit)));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = report
}
criterion_main!(benches);
