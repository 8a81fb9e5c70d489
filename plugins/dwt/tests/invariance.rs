//! What must not matter: gain, polarity, the order of leads, the sampling rate; and input that is no ECG.

#![allow(clippy::unwrap_used)]

mod common;

use common::{delineate, median, signal, steady};
use ecg_audit_dwt::{Dwt, Params};
use ecg_audit_plugin::{Beat, Context, Delineation, Delineator, Error, FromParams, Wave};
use ndarray::Array2;
use proptest::prelude::*;

const GAINS: [f64; 4] = [1.0, 0.6, -0.7, 0.4];

type Point = (&'static str, fn(&Beat) -> Option<f64>);

const POINTS: [Point; 8] = [
    ("P onset", |beat| beat.p.onset),
    ("P peak", |beat| beat.p.peak),
    ("P offset", |beat| beat.p.offset),
    ("QRS onset", |beat| beat.qrs.onset),
    ("QRS offset", |beat| beat.qrs.offset),
    ("T onset", |beat| beat.t.onset),
    ("T peak", |beat| beat.t.peak),
    ("T offset", |beat| beat.t.offset),
];

/// The median distance in seconds of each point between two answers of the same beats.
fn assert_alike(a: &Delineation, b: &Delineation, rates: (f64, f64), seconds: f64) {
    assert_eq!(a.fused.len(), b.fused.len());
    for (name, of) in POINTS {
        let pairs = a.fused.iter().zip(&b.fused);
        let apart = median(
            pairs
                .filter_map(|(a, b)| Some((of(a)? / rates.0 - of(b)? / rates.1).abs()))
                .collect(),
        );
        assert!(apart <= seconds, "{name}: {apart} s");
    }
}

#[test]
fn gain_and_polarity() {
    let ecg = signal(&steady(72.0, 10.0), &GAINS, 10.0, 500.0, 0.01);
    let found = delineate(&ecg, 500.0);
    assert!(found.fused.len() >= 11);
    for gain in [-1.0, 1e-3, 1000.0, 0.25] {
        assert_alike(
            &found,
            &delineate(&ecg.mapv(|x| gain * x), 500.0),
            (500.0, 500.0),
            1e-3,
        );
    }
    let shifted = delineate(&ecg.mapv(|x| x + 3.0), 500.0);
    assert_alike(&found, &shifted, (500.0, 500.0), 1e-3);
}

#[test]
fn sampling_rates() {
    let beats = steady(72.0, 10.0);
    let at = |rate: f64| delineate(&signal(&beats, &GAINS, 10.0, rate, 0.0), rate);
    let found = at(500.0);
    assert!(found.fused.len() >= 11);
    for rate in [100.0, 128.0, 250.0, 257.0, 360.0, 400.0, 1000.0] {
        assert_alike(&found, &at(rate), (500.0, rate), (1.0 / rate).max(0.004));
    }
}

#[test]
fn other_rates_are_refused() {
    let dwt = Dwt::from_params(Params::default(), &Context::quiet(1)).unwrap();
    for rate in [f64::NAN, 0.0, -500.0, 99.0, 1001.0, f64::INFINITY] {
        let Err(Error::Input(message)) = dwt.delineate(Array2::zeros((1, 100)).view(), rate) else {
            panic!("{rate} Hz was accepted");
        };
        assert!(message.contains("100 to 1000 Hz"), "{message}");
    }
    assert!(dwt.delineate(Array2::zeros((0, 100)).view(), 500.0).is_err());
}

#[test]
fn a_parameter_out_of_range_is_named() {
    let params = Params {
        p_significance: f64::NAN,
        ..Params::default()
    };
    let error = Dwt::from_params(params, &Context::quiet(1)).unwrap_err();
    assert!(error.to_string().contains("p_significance"), "{error}");
}

fn check(beats: &[Beat], samples: usize) {
    let mut last = f64::NEG_INFINITY;
    for beat in beats {
        for Wave { onset, peak, offset } in [beat.p, beat.qrs, beat.t] {
            let points: Vec<f64> = [onset, peak, offset].into_iter().flatten().collect();
            assert!(points.is_sorted(), "{points:?}");
            assert!(
                points.iter().all(|at| (0.0..=(samples - 1) as f64).contains(at)),
                "{points:?}"
            );
        }
        let peak = beat.qrs.peak.or(beat.qrs.onset).or(beat.qrs.offset);
        let Some(peak) = peak else {
            panic!("a beat without QRS: {beat:?}")
        };
        assert!(peak > last);
        last = peak;
    }
}

fn values() -> impl Strategy<Value = Vec<f32>> {
    let value = prop_oneof![
        8 => -2.0f32..2.0,
        1 => prop_oneof![Just(0.0), Just(f32::NAN), Just(f32::INFINITY), Just(f32::MIN), Just(1e-38), Just(1e6)],
    ];
    let constant = (value.clone(), 0usize..600).prop_map(|(x, n)| vec![x; n]);
    let any = proptest::collection::vec(value.clone(), 0..900);
    let spikes = (value, 1usize..400, 1usize..1500)
        .prop_map(|(x, every, n)| (0..n).map(|i| if i % every == 0 { x } else { 0.0 }).collect());
    prop_oneof![any, constant, spikes]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_input_is_survived(values in values(), leads in 1usize..4, rate in prop_oneof![Just(100.0), Just(250.0), Just(500.0), 100.0f64..1000.0], scale in prop_oneof![Just(1.0f32), Just(1e-30), Just(1e5)]) {
        let samples = values.len() / leads;
        let ecg = Array2::from_shape_fn((leads, samples), |(lead, n)| scale * values[lead * samples + n]);
        let found = delineate(&ecg, rate);
        prop_assert_eq!(found.per_lead.len(), leads);
        check(&found.fused, samples);
        for beats in &found.per_lead {
            check(beats, samples);
        }
        prop_assert_eq!(found, delineate(&ecg, rate));
    }

    #[test]
    fn gaps_in_an_ecg_are_survived(start in 0usize..4000, length in 0usize..1500, lead in 0usize..4, bad in prop_oneof![Just(f32::NAN), Just(f32::MAX), Just(0.0)]) {
        let mut ecg = signal(&steady(75.0, 10.0), &GAINS, 10.0, 500.0, 0.01);
        ecg.slice_mut(ndarray::s![lead, start..(start + length).min(5000)]).fill(bad);
        let found = delineate(&ecg, 500.0);
        // The other leads see every beat.
        prop_assert!((11..=13).contains(&found.fused.len()), "{} beats", found.fused.len());
        check(&found.fused, 5000);
        found.per_lead.iter().for_each(|beats| check(beats, 5000));
    }
}
