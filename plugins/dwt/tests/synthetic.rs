//! The synthetic data set's own truth: limits 2.5 widths out, over all leads.

#![allow(clippy::unwrap_used)]

mod common;

use common::{delineate, median};
use ecg_audit_ecg::synth::{Options, Synthesizer};

/// Name; the plugin's point, the true one; the largest median size of the error in ms.
type Point = (
    &'static str,
    fn(&ecg_audit_plugin::Beat) -> Option<f64>,
    fn(&ecg_audit_ecg::synth::Beat) -> Option<f64>,
    f64,
);

const POINTS: [Point; 9] = [
    ("P onset", |b| b.p.onset, |b| b.p.onset, 10.0),
    ("P peak", |b| b.p.peak, |b| b.p.peak, 10.0),
    ("P offset", |b| b.p.offset, |b| b.p.offset, 10.0),
    ("QRS onset", |b| b.qrs.onset, |b| b.qrs.onset, 10.0),
    ("QRS peak", |b| b.qrs.peak, |b| b.qrs.peak, 2.0),
    ("QRS offset", |b| b.qrs.offset, |b| b.qrs.offset, 10.0),
    ("T onset", |b| b.t.onset, |b| b.t.onset, 30.0),
    ("T peak", |b| b.t.peak, |b| b.t.peak, 10.0),
    ("T offset", |b| b.t.offset, |b| b.t.offset, 30.0),
];

#[test]
fn the_truth_is_found() {
    let mut failed = Vec::new();
    for (rate, noise) in [(100, 1.0), (500, 0.0), (500, 1.0)] {
        let options = Options {
            records: 40,
            sampling_rate: rate,
            noise,
            ..Options::default()
        };
        let synthesizer = Synthesizer::new(&options).unwrap();
        let rate = f64::from(rate);
        let (mut given, mut found, mut errors) = (0, 0, vec![Vec::new(); POINTS.len()]);
        for index in 0..options.records {
            let record = synthesizer.record(index).unwrap();
            let answer = delineate(&record.signal.samples, rate);
            // Beats whose QRS complex is well within the record.
            let inner = |at: f64| (0.3..9.7).contains(&at);
            let truth: Vec<_> = (record.truth.beats.iter())
                .filter(|beat| beat.qrs.peak.is_some_and(inner))
                .collect();
            given += truth.len();
            found += (answer.fused.iter())
                .filter(|beat| beat.qrs.peak.is_some_and(|at| inner(at / rate)))
                .count();
            for beat in truth {
                let at = beat.qrs.peak.unwrap();
                let near = |b: &&ecg_audit_plugin::Beat| {
                    b.qrs.peak.is_some_and(|peak| (peak / rate - at).abs() < 0.1)
                };
                let Some(own) = answer.fused.iter().find(near) else {
                    continue;
                };
                for ((_, of, truth, _), errors) in POINTS.iter().zip(&mut errors) {
                    if let Some((is, should)) = of(own).zip(truth(beat)) {
                        errors.push(1000.0 * (is / rate - should));
                    }
                }
            }
        }
        assert!(
            given > 350 && (found as f64 / given as f64 - 1.0).abs() < 0.01,
            "{found} of {given}"
        );
        for ((name, .., most), errors) in POINTS.iter().zip(errors) {
            let sizes = errors.iter().map(|e: &f64| e.abs()).collect();
            let (bias, size) = (median(errors.clone()), median(sizes));
            println!(
                "{rate} Hz, noise {noise}: {name}: {} beats, median error {bias:+.1} ms, of its size {size:.1} ms",
                errors.len()
            );
            let most = most.max(1000.0 / rate);
            if size > most {
                failed.push(format!("{name} at {rate} Hz, noise {noise}: {size:.1} ms"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
