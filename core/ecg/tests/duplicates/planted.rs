//! Planted copies, and records that are none.

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::duplicates::{Fingerprint, find};
use ecg_audit_ecg::synth;
use ndarray::{Array2, Axis, concatenate};
use proptest::prelude::*;
use std::collections::BTreeSet;

use super::changes::{CHANGES, from, noisy, permuted, scaled, until};
use super::{duplicates, pairs, records};

#[test]
fn different_records_of_the_same_patients_are_not_reported() {
    let options = synth::Options {
        records: 300,
        records_per_patient: 4.0,
        ..synth::Options::default()
    };
    let maker = synth::Synthesizer::new(&options).unwrap();
    let records: Vec<_> = (0..300).map(|index| maker.record(index).unwrap()).collect();
    let patients: BTreeSet<usize> = records.iter().map(|record| record.truth.patient_id).collect();
    assert!(patients.len() < 150);
    let signals: Vec<Signal> = records.into_iter().map(|record| record.signal).collect();
    assert_eq!(pairs(&signals), []);
}

#[test]
fn changed_copies_are_found() {
    let originals = records(200, 3);
    for (name, change) in CHANGES {
        let mut all: Vec<Signal> = originals.iter().map(|x| until(x, 10.0)).collect();
        all.extend((0..100).map(|i| change(&originals[i], i as u64)));
        let found = pairs(&all);
        let expected: BTreeSet<_> = (0..100).map(|i| (i, 200 + i)).collect();
        let hits = found.iter().filter(|pair| expected.contains(pair)).count();
        assert_eq!(found.len(), hits, "{name}");
        // Noise 20 dB below a lead with much wander may be as large as its QRS complexes.
        let least = if name.contains("noise") { 98 } else { 100 };
        eprintln!("{name}: {hits} of 100");
        assert!(hits >= least, "{name}: {hits} of 100");
    }
}

#[test]
fn the_change_is_measured() {
    let originals = records(1, 5);
    let cut = until(&originals[0], 10.0);
    let second = permuted(&from(&scaled(&originals[0], 1.1), 0.25), 1);
    let found = duplicates(&[cut.clone(), second]);
    assert_eq!(found.len(), 1);
    let pair = &found[0];
    assert!(!pair.exact && pair.leads_reordered, "{pair:?}");
    assert!(pair.correlation > 0.9999, "{pair:?}");
    assert!((pair.scale - 1.1).abs() < 1e-3, "{pair:?}");
    assert!((pair.shift_seconds + 0.25).abs() < 1e-3, "{pair:?}");

    let exact = duplicates(&[cut.clone(), cut.clone()]);
    assert!(exact[0].exact && !exact[0].leads_reordered, "{exact:?}");
    assert_eq!(
        (exact[0].correlation, exact[0].scale, exact[0].shift_seconds),
        (1.0, 1.0, 0.0)
    );

    let reordered = duplicates(&[cut.clone(), permuted(&cut, 2)]);
    assert!(
        reordered[0].exact && reordered[0].leads_reordered,
        "{reordered:?}"
    );

    // The same rows under exchanged names.
    let mut renamed = cut.clone();
    renamed.leads.swap(0, 1);
    let renamed = duplicates(&[cut, renamed]);
    assert!(renamed[0].exact && renamed[0].leads_reordered, "{renamed:?}");
}

#[test]
fn a_shift_between_samples_and_another_rate() {
    let options = |sampling_rate| synth::Options {
        records: 60,
        sampling_rate,
        ..synth::Options::default()
    };
    let clean = |sampling_rate| -> Vec<Signal> {
        let maker = synth::Synthesizer::new(&options(sampling_rate)).unwrap();
        (0..60).map(|index| maker.record(index).unwrap().clean).collect()
    };
    let mut all: Vec<Signal> = clean(500).iter().map(|x| from(x, 0.006)).collect();
    all.extend(clean(100));
    let found = duplicates(&all);
    let numbers: Vec<_> = found.iter().map(|pair| (pair.first, pair.second)).collect();
    assert_eq!(numbers, (0..60).map(|i| (i, i + 60)).collect::<Vec<_>>());
    for pair in found {
        assert!((pair.shift_seconds - 0.006).abs() < 5e-4, "{pair:?}");
        assert!(
            (pair.scale - 1.0).abs() < 0.01 && pair.correlation > 0.999,
            "{pair:?}"
        );
    }
}

#[test]
fn records_of_different_lengths() {
    let originals = records(20, 9);
    let mut all: Vec<Signal> = originals.iter().map(|x| until(x, 10.0)).collect();
    all.push(from(&originals[4], 2.0));
    all.push(until(&originals[6], 7.5));
    // Zeros around the record, as CODE-15% has them.
    let zeros = Array2::zeros((12, 300));
    let padded = concatenate![Axis(1), zeros, originals[8].samples, zeros];
    all.push(Signal {
        samples: padded,
        ..originals[8].clone()
    });
    assert_eq!(pairs(&all), [(4, 20), (6, 21), (8, 22)]);
}

#[test]
fn a_hundred_copies_are_ninety_nine_pairs() {
    let originals = records(40, 11);
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let run = |signals: &[Signal]| {
        let fingerprints: Vec<_> = signals.iter().map(Fingerprint::new).collect();
        reads.store(0, std::sync::atomic::Ordering::Relaxed);
        let found = find(&fingerprints, &|index| {
            reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(signals[index].clone())
        });
        let found: Vec<_> = found.unwrap().iter().map(|p| (p.first, p.second)).collect();
        (found, reads.load(std::sync::atomic::Ordering::Relaxed))
    };
    let expected: Vec<(usize, usize)> = (40..140).map(|i| (7, i)).collect();

    let mut exact = originals.clone();
    exact.extend((0..100).map(|_| originals[7].clone()));
    assert_eq!(run(&exact), (expected.clone(), 101));

    // Copies that differ: more than any one looks up.
    let mut near = originals.clone();
    near.extend((0..100).map(|i| noisy(&originals[7], i)));
    let (found, reads) = run(&near);
    assert_eq!(found, expected);
    assert!(reads < 3000, "{reads}");

    // Two crowds, each closer among themselves than to the other.
    let mut crowds = originals.clone();
    let other = noisy(&originals[7], 1);
    crowds.extend((0..50).map(|i| scaled(&originals[7], 1.0 + 0.01 * (i + 1) as f32)));
    crowds.extend((0..50).map(|i| scaled(&other, 1.0 + 0.01 * i as f32)));
    assert_eq!(run(&crowds).0, expected);
}

#[test]
fn threads_change_nothing() {
    let mut all = records(60, 13);
    for i in 0..30 {
        all.push(noisy(&from(&all[i], 0.1), i as u64));
    }
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| duplicates(&all))
    };
    let one = with(1);
    assert_eq!(one.len(), 30);
    assert_eq!(one, with(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_records_changes_no_pair(order in Just((0..60usize).collect::<Vec<_>>()).prop_shuffle()) {
        let mut all = records(40, 17);
        for i in 0..20 {
            let copy = noisy(&from(&all[i], 0.3), i as u64);
            all.push(permuted(&copy, i as u64));
        }
        let expected: BTreeSet<(usize, usize)> = pairs(&all).into_iter().collect();
        prop_assert!(expected.len() >= 19);
        let shuffled: Vec<Signal> = order.iter().map(|&i| all[i].clone()).collect();
        let found = pairs(&shuffled).into_iter();
        let found: BTreeSet<(usize, usize)> = found
            .map(|(a, b)| (order[a].min(order[b]), order[a].max(order[b])))
            .collect();
        prop_assert_eq!(found, expected);
    }
}
