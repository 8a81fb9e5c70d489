//! The dwt delineator on ten seconds of twelve leads, on one thread.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ecg_audit_dwt::{Dwt, Params};
use ecg_audit_ecg::synth::{Options, Synthesizer};
use ecg_audit_plugin::{Context, Delineator, FromParams};

fn delineate(criterion: &mut Criterion) {
    for sampling_rate in [100, 500] {
        let options = Options {
            records: 20,
            sampling_rate,
            ..Options::default()
        };
        let made = Synthesizer::new(&options).and_then(|synthesizer| synthesizer.record(3));
        let (Ok(record), Ok(dwt)) = (made, Dwt::from_params(Params::default(), &Context::quiet(1))) else {
            eprintln!("skipped: no synthetic record");
            return;
        };
        criterion.bench_function(&format!("dwt, 12 leads, 10 s at {sampling_rate} Hz"), |bencher| {
            bencher.iter(|| dwt.delineate(black_box(record.signal.samples.view()), f64::from(sampling_rate)));
        });
    }
}

criterion_group!(benches, delineate);
criterion_main!(benches);
