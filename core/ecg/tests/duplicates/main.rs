//! The duplicate finder: planted copies, records that are no copies, bad records, real records.

#![allow(clippy::unwrap_used)] // in helpers of tests too

mod bad;
mod changes;
mod planted;
mod real;

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::duplicates::{Duplicate, Fingerprint, find};
use ecg_audit_ecg::synth;
use rayon::prelude::*;

/// All duplicates among signals in memory.
fn duplicates(signals: &[Signal]) -> Vec<Duplicate> {
    let fingerprints: Vec<Option<Fingerprint>> = signals.par_iter().map(Fingerprint::new).collect();
    find(&fingerprints, &|index| Ok(signals[index].clone())).unwrap()
}

/// `(first, second)` of each duplicate.
fn pairs(signals: &[Signal]) -> Vec<(usize, usize)> {
    let found = duplicates(signals);
    found.iter().map(|pair| (pair.first, pair.second)).collect()
}

/// Synthetic records of 11 s at 100 Hz.
fn records(count: usize, seed: u64) -> Vec<Signal> {
    let options = synth::Options {
        records: count,
        seed,
        duration_s: 11.0,
        ..synth::Options::default()
    };
    let maker = synth::Synthesizer::new(&options).unwrap();
    (0..count)
        .map(|index| maker.record(index).unwrap().signal)
        .collect()
}
