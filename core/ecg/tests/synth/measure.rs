//! Records to measure, and rulers.

use std::sync::LazyLock;

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::synth::{Beat, Class, ClassSet, Options, Synthesizer, SyntheticRecord, Truth, WaveTimes};
use rayon::prelude::*;

pub fn options(records: usize) -> Options {
    Options {
        records,
        seed: 11,
        ..Options::default()
    }
}

pub fn records(options: &Options) -> Vec<SyntheticRecord> {
    let synthesizer = Synthesizer::new(options).unwrap();
    (0..options.records)
        .into_par_iter()
        .map(|index| synthesizer.record(index).unwrap())
        .collect()
}

/// 500 records at 500 Hz.
pub fn fine() -> &'static [SyntheticRecord] {
    static RECORDS: LazyLock<Vec<SyntheticRecord>> = LazyLock::new(|| {
        records(&Options {
            sampling_rate: 500,
            ..options(500)
        })
    });
    &RECORDS
}

pub fn shows_only(truth: &Truth, class: Class) -> bool {
    truth.clean_labels == ClassSet::of(&[class])
}

pub fn states(truth: &Truth, code: &str) -> bool {
    truth.statements.iter().any(|(stated, _)| *stated == code)
}

/// Whole beats of a record: all landmarks of QRS and T lie inside.
pub fn whole(truth: &Truth) -> impl Iterator<Item = &Beat> {
    let inside = |wave: &WaveTimes| wave.onset.and(wave.peak).and(wave.offset).is_some();
    truth
        .beats
        .iter()
        .filter(move |beat| inside(&beat.qrs) && inside(&beat.t))
}

pub fn at(signal: &Signal, lead: &str, time: f64) -> f64 {
    let row = signal.samples.row(signal.lead(lead).unwrap());
    f64::from(row[(time * signal.sampling_rate).round() as usize])
}

/// Smallest and largest value of a lead between two times, against the level before QRS.
pub fn range(signal: &Signal, lead: &str, beat: &Beat, from: f64, to: f64) -> (f64, f64) {
    let level = at(signal, lead, beat.qrs.onset.unwrap());
    let row = signal.samples.row(signal.lead(lead).unwrap());
    let index = |time: f64| ((time * signal.sampling_rate).round() as usize).min(row.len());
    row.slice(ndarray::s![index(from)..index(to)])
        .iter()
        .map(|x| f64::from(*x) - level)
        .fold((0.0, 0.0), |(low, high), x| (x.min(low), x.max(high)))
}

/// Median over a record's whole beats.
pub fn per_record(record: &SyntheticRecord, measure: impl Fn(&Signal, &Beat) -> f64) -> f64 {
    median(
        whole(&record.truth)
            .map(|beat| measure(&record.clean, beat))
            .collect(),
    )
}

pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty());
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub fn share(values: &[f64], holds: impl Fn(f64) -> bool) -> f64 {
    assert!(values.len() >= 10, "too few records to judge: {}", values.len());
    values.iter().filter(|value| holds(**value)).count() as f64 / values.len() as f64
}
