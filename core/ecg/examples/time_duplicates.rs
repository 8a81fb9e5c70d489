//! Times the search for duplicates: `cargo run --release --example time_duplicates -- [RECORDS] [PLANTED]`.
//!
//! Synthetic 12-lead records of 10 s at 100 Hz, of which some are copies of others, changed in amplitude, time, noise and
//! lead order. Signals are kept in memory, so that no disk is timed. Prints seconds, and how many of the planted pairs were
//! found, missed, and what was found beyond them.

use std::collections::BTreeSet;
use std::time::Instant;

use ecg_audit_ecg::duplicates::{Fingerprint, find};
use ecg_audit_ecg::{Error, Signal, synth};
use ndarray::Array2;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let records: usize = arguments.next().map_or(Ok(20_000), |a| a.parse())?;
    let planted: usize = arguments.next().map_or(Ok(records / 100), |a| a.parse())?;
    let originals = records
        .checked_sub(planted)
        .filter(|&n| n >= planted)
        .ok_or("PLANTED must be at most half of RECORDS")?;

    let maker = synth::Synthesizer::new(&synth::Options {
        records: originals,
        duration_s: 11.0,
        ..synth::Options::default()
    })?;
    let start = Instant::now();
    let long: Vec<Signal> = (0..originals)
        .into_par_iter()
        .map(|index| Ok(maker.record(index)?.signal))
        .collect::<Result<_, Error>>()?;
    let mut signals: Vec<Signal> = long.iter().map(|signal| crop(signal, 0)).collect();
    signals.extend((0..planted).map(|index| changed(&long[index], index as u64)));
    println!(
        "made {} records in {:.1} s",
        signals.len(),
        start.elapsed().as_secs_f64()
    );

    let start = Instant::now();
    let fingerprints: Vec<Option<Fingerprint>> = signals.par_iter().map(Fingerprint::new).collect();
    let summarized = start.elapsed().as_secs_f64();
    let found = find(&fingerprints, &|index| Ok(signals[index].clone()))?;
    let searched = start.elapsed().as_secs_f64() - summarized;

    let expected: BTreeSet<(usize, usize)> = (0..planted).map(|index| (index, originals + index)).collect();
    let found: BTreeSet<(usize, usize)> = found.iter().map(|pair| (pair.first, pair.second)).collect();
    println!("fingerprints {summarized:.1} s, search and verification {searched:.1} s");
    println!(
        "planted {planted}, found {}, beyond them {}",
        expected.intersection(&found).count(),
        found.difference(&expected).count()
    );
    Ok(())
}

/// Ten seconds from a sample on.
fn crop(signal: &Signal, from: usize) -> Signal {
    Signal {
        samples: signal
            .samples
            .slice(ndarray::s![.., from..from + 1000])
            .to_owned(),
        ..signal.clone()
    }
}

/// Another amplitude, up to a second later, leads in another order, and 20 dB of noise.
fn changed(signal: &Signal, seed: u64) -> Signal {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let cropped = crop(signal, rng.random_range(0..=100));
    let scale: f32 = rng.random_range(0.5..2.0);
    let mut rows: Vec<usize> = (0..cropped.samples.nrows()).collect();
    rows.shuffle(rng);
    let (leads, length) = cropped.samples.dim();
    let mut samples = Array2::zeros((leads, length));
    for (mut to, &row) in samples.rows_mut().into_iter().zip(&rows) {
        let from = cropped.samples.row(row);
        let noise = 0.1 * from.std(0.0);
        for (y, &x) in to.iter_mut().zip(from) {
            let z: f32 = StandardNormal.sample(rng);
            *y = scale * (x + noise * z);
        }
    }
    Signal { samples, ..cropped }
}
