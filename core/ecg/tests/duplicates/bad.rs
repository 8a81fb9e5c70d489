//! Records in which there is little or nothing to compare, and readers that fail.

use ecg_audit_ecg::duplicates::{Fingerprint, find};
use ecg_audit_ecg::{Error, Signal};
use ndarray::{Array2, s};
use proptest::prelude::*;

use super::changes::{noisy, permuted};
use super::{duplicates, pairs, records};

fn signal(samples: Array2<f32>, sampling_rate: f64) -> Signal {
    let leads = (0..samples.nrows()).map(|row| format!("lead {row}")).collect();
    Signal {
        samples,
        sampling_rate,
        leads,
    }
}

#[test]
fn nothing_to_compare() {
    for (samples, rate) in [
        (Array2::zeros((12, 1000)), 100.0),
        (Array2::from_elem((2, 1000), f32::NAN), 100.0),
        (Array2::from_elem((2, 1000), f32::INFINITY), 100.0),
        (Array2::zeros((0, 1000)), 100.0),
        (Array2::zeros((0, 0)), 100.0),
        (Array2::zeros((12, 0)), 100.0),
        (Array2::from_elem((12, 1), 0.5), 100.0),
        (Array2::from_shape_fn((12, 1000), |(_, t)| t as f32), 10.0),
        (Array2::from_shape_fn((12, 1000), |(_, t)| t as f32), 0.0),
        (Array2::from_shape_fn((12, 1000), |(_, t)| t as f32), f64::NAN),
        (
            Array2::from_shape_fn((12, 1000), |(_, t)| t as f32),
            f64::INFINITY,
        ),
        (Array2::from_shape_fn((12, 10), |(_, t)| t as f32), 100.0),
    ] {
        let signal = signal(samples, rate);
        assert!(
            Fingerprint::new(&signal).is_none(),
            "{:?} at {rate}",
            signal.samples.dim()
        );
        assert_eq!(pairs(&[signal.clone(), signal]), []);
    }
    assert_eq!(pairs(&[]), []);
}

#[test]
fn short_records_are_compared_for_exact_copies() {
    let long = &records(1, 1)[0];
    let short = Signal {
        samples: long.samples.slice(s![.., 100..300]).to_owned(),
        ..long.clone()
    };
    let found = duplicates(&[short.clone(), short.clone(), noisy(&short, 1)]);
    assert_eq!(found.len(), 1);
    assert!(found[0].exact);
}

#[test]
fn single_leads_and_gaps() {
    let originals = records(30, 2);
    let one_lead = |x: &Signal| Signal {
        samples: x.samples.slice(s![1..2, ..]).to_owned(),
        leads: vec!["II".into()],
        sampling_rate: x.sampling_rate,
    };
    let mut all: Vec<Signal> = originals.iter().map(one_lead).collect();
    all.push(noisy(&all[3], 1));
    assert_eq!(pairs(&all), [(3, 30)]);

    // Samples marked as invalid, a dead lead, and an infinite sample.
    let mut damaged = originals[5].clone();
    damaged.samples.slice_mut(s![.., 400..403]).fill(f32::NAN);
    damaged.samples.row_mut(3).fill(0.0);
    damaged.samples[[2, 77]] = f32::INFINITY;
    let mut all = originals;
    all.push(permuted(&damaged, 3));
    assert_eq!(pairs(&all), [(5, 30)]);
}

#[test]
fn regular_signals_do_not_explode() {
    // The same beat over and over: every anchor of every record looks alike.
    let beats = |period: usize, phase: usize| {
        let beat = |t: usize| (-((t as f32 - 20.0) / 3.0).powi(2)).exp();
        let samples = Array2::from_shape_fn((2, 1000), |(lead, t)| {
            (lead as f32 + 1.0) * beat((t + phase) % period)
        });
        signal(samples, 100.0)
    };
    let all: Vec<Signal> = (0..400).map(|i| beats(60 + i % 40, i % 7)).collect();
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let fingerprints: Vec<_> = all.iter().map(Fingerprint::new).collect();
    let found = find(&fingerprints, &|index| {
        reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(all[index].clone())
    });
    // Shifted by less than a beat they are the same recording, as far as anyone can tell.
    let found = found.unwrap();
    assert!((355..400).contains(&found.len()), "{}", found.len());
    assert!(reads.load(std::sync::atomic::Ordering::Relaxed) < 40_000);
}

#[test]
fn a_record_that_cannot_be_read_again_is_an_error() {
    let mut all = records(3, 4);
    all.push(noisy(&all[0], 1));
    let fingerprints: Vec<_> = all.iter().map(Fingerprint::new).collect();
    let error = find(&fingerprints, &|_| Err(Error::Invalid("gone".into()))).unwrap_err();
    assert_eq!(error.to_string(), "gone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_signal_panics(
        leads in 1usize..4,
        length in 0usize..700,
        rate in prop::sample::select(vec![59.0, 60.0, 100.0, 128.5, 360.0, 1000.0]),
        seed in any::<u64>(),
    ) {
        // Steps, spikes, gaps and values of all sizes.
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let samples = Array2::from_shape_fn((leads, length), |_| match next() % 8 {
            0 => f32::NAN,
            1 => f32::from_bits(next().wrapping_mul(2)),
            2 => 0.0,
            n => n as f32,
        });
        let signal = signal(samples, rate);
        let twice = pairs(&[signal.clone(), signal.clone()]);
        prop_assert_eq!(twice.len(), usize::from(Fingerprint::new(&signal).is_some()));
    }
}
