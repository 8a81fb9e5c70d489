//! Preprocessing as a whole: SciPy's values, odd records.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::PathBuf;

use ecg_audit_ecg::preprocess::{Aggregate, Align, Pipeline, Scope, Step, Warning, Window};
use ecg_audit_ecg::{Error, Signal};
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    step: Step,
    rate: f64,
    input: String,
    expected: String,
    tolerance: f64,
}

fn signal(samples: Array2<f32>, sampling_rate: f64) -> Signal {
    let leads = (0..samples.nrows()).map(|i| format!("V{}", i + 1)).collect();
    Signal {
        samples,
        sampling_rate,
        leads,
    }
}

/// A record with a different slow wave per lead.
fn waves(leads: usize, samples: usize) -> Array2<f32> {
    Array2::from_shape_fn((leads, samples), |(l, i)| {
        (i as f32 * 0.07 * (l + 1) as f32).sin() + 0.2
    })
}

fn apply(steps: &[Step], signal: &Signal) -> Result<Array2<f32>, Error> {
    Ok(Pipeline::new(steps, None)?.apply(signal)?.signal)
}

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn equals_scipy() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/preprocess");
    let text = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Cases = serde_json::from_str(&text).unwrap();
    let mut arrays = NpzReader::new(File::open(folder.join("arrays.npz")).unwrap()).unwrap();
    assert!(cases.cases.len() >= 34);
    for case in cases.cases {
        let input: Array1<f32> = arrays.by_name(&format!("{}.npy", case.input)).unwrap();
        let expected: Array1<f64> = arrays.by_name(&format!("{}.npy", case.expected)).unwrap();
        let record = signal(input.insert_axis(ndarray::Axis(0)), case.rate);
        let output = apply(std::slice::from_ref(&case.step), &record).unwrap();
        let what = format!("{:?} at {} Hz", case.step, case.rate);
        assert_eq!(output.ncols(), expected.len(), "{what}");
        let worst = output
            .iter()
            .zip(&expected)
            .fold(0.0f64, |m, (&y, e)| m.max((f64::from(y) - e).abs()));
        assert!(worst <= case.tolerance, "{what}: off by {worst:e}");
    }
}

#[test]
fn cutoffs_meet_the_record_s_rate() {
    let pipeline = Pipeline::new(&[Step::Lowpass { hz: 60.0, order: 2 }], None).unwrap();
    let e = message(pipeline.apply(&signal(waves(1, 1000), 100.0)));
    assert!(
        e.contains("lowpass: 60 Hz is not below half the sampling rate of 100 Hz"),
        "{e}"
    );
    assert!(pipeline.output_rate(100.0).is_err());
    assert!(pipeline.apply(&signal(waves(1, 1000), 500.0)).is_ok());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let e = message(pipeline.apply(&signal(waves(1, 1000), rate)));
        assert!(e.contains("sampling rate must be above 0"), "{e}");
    }
    let resampled = [Step::Resample { hz: 100.0 }, Step::Lowpass { hz: 60.0, order: 2 }];
    let pipeline = Pipeline::new(&resampled, None).unwrap();
    let e = message(pipeline.apply(&signal(waves(1, 1000), 500.0)));
    assert!(e.contains("100 Hz"), "the filter runs at the new rate: {e}");
}

#[test]
fn leads_are_found_whatever_their_spelling() {
    let mut record = signal(waves(3, 50), 100.0);
    record.leads = vec!["DI".into(), "avr".into(), "V1".into()];
    let order = |names: &[&str]| Step::Leads {
        order: names.iter().map(|n| n.to_string()).collect(),
    };
    let out = Pipeline::new(&[order(&["aVR", "I"])], None)
        .unwrap()
        .apply(&record)
        .unwrap();
    assert_eq!(out.leads, ["aVR", "I"]);
    assert_eq!(out.signal.row(0), record.samples.row(1));
    let e = message(apply(&[order(&["I", "V6"])], &record));
    assert!(e.contains("no lead `V6`; it has DI, avr, V1"), "{e}");
}

#[test]
fn windows_padding_and_time_are_reported() {
    let steps = [
        Step::Resample { hz: 100.0 },
        Step::Length {
            samples: Some(1000),
            seconds: None,
            align: Align::Center,
        },
    ];
    let window = Window {
        length: 300,
        stride: 150,
        aggregate: Aggregate::Max,
    };
    let pipeline = Pipeline::new(&steps, Some(window)).unwrap();
    assert_eq!(pipeline.output_rate(500.0).unwrap(), 100.0);
    let out = pipeline.apply(&signal(waves(2, 4000), 500.0)).unwrap();
    assert_eq!(out.sampling_rate, 100.0);
    assert_eq!(out.valid, 100..900);
    assert!(out.signal.column(99).iter().all(|&x| x == 0.0));
    assert!((out.seconds(0) + 1.0).abs() < 1e-12 && out.seconds(100).abs() < 1e-12);
    assert_eq!(out.windows, [0, 150, 300, 450, 600]);
    let windowed = out.windowed();
    assert_eq!(windowed.dim(), (5, 2, 300));
    assert_eq!(windowed[[2, 1, 7]], out.signal[[1, 307]]);
    let e = message(pipeline_error(&window, 299));
    assert!(e.contains("299 samples") && e.contains("300"), "{e}");
}

fn pipeline_error(window: &Window, samples: usize) -> Result<(), Error> {
    let pipeline = Pipeline::new(&[], Some(*window))?;
    pipeline.apply(&signal(waves(1, samples), 100.0)).map(|_| ())
}

#[test]
fn a_record_lost_between_two_samples_is_refused() {
    let steps = [
        Step::Length {
            samples: Some(400),
            seconds: None,
            align: Align::Center,
        },
        Step::Resample { hz: 20.0 },
    ];
    let e = message(apply(&steps, &signal(waves(1, 3), 600.0)));
    assert!(e.contains("nothing but padding"), "{e}");
}

#[test]
fn invalid_samples_need_fill_missing() {
    let mut samples = waves(2, 500);
    samples[[1, 10]] = f32::NAN;
    samples[[1, 11]] = f32::NEG_INFINITY;
    let record = signal(samples, 100.0);
    let band = Step::Bandpass {
        low_hz: 0.5,
        high_hz: 40.0,
        order: 4,
    };
    let e = message(apply(std::slice::from_ref(&band), &record));
    assert!(e.contains("V2 (2 of 500, 0.40 %)"), "{e}");
    let fill = |max_seconds| Step::FillMissing { max_seconds };
    assert!(apply(&[fill(0.02), band.clone()], &record).is_ok());
    assert!(message(apply(&[fill(0.01), band], &record)).contains("lead V2 has a gap"));
    let first_only = Step::Leads {
        order: vec!["V1".into()],
    };
    assert!(
        apply(&[first_only], &record).is_ok(),
        "an unused lead may be invalid"
    );
}

#[test]
fn flat_leads_pass_and_are_reported() {
    let mut samples = waves(2, 500);
    samples.row_mut(1).fill(0.7);
    let step = Step::Highpass { hz: 0.5, order: 2 };
    let pipeline = Pipeline::new(&[step], None).unwrap();
    let out = pipeline.apply(&signal(samples.clone(), 100.0)).unwrap();
    assert_eq!(out.warnings, [Warning::FlatLead { lead: "V2".into() }]);
    assert!(out.signal.row(1).iter().all(|x| x.abs() < 1e-6));
    samples.fill(0.0);
    assert!(message(pipeline.apply(&signal(samples, 100.0))).contains("every lead is flat"));
}

#[test]
fn results_beyond_f32_are_refused() {
    let e = message(apply(
        &[Step::Scale { factor: 1e39 }],
        &signal(waves(1, 9), 100.0),
    ));
    assert!(e.contains("out of the range"), "{e}");
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (20.0..600.0).prop_map(|hz| Step::Resample { hz }),
        (0.05..20.0, 20.0..60.0, 1usize..=10).prop_map(|(low_hz, high_hz, order)| {
            Step::Bandpass {
                low_hz,
                high_hz,
                order,
            }
        }),
        (0.01..60.0, 1usize..=10).prop_map(|(hz, order)| Step::Highpass { hz, order }),
        (0.01..60.0, 1usize..=10).prop_map(|(hz, order)| Step::Lowpass { hz, order }),
        (0.1..60.0, 0.1..50.0).prop_map(|(hz, q)| Step::Notch { hz, q }),
        proptest::collection::vec(0.001..2.0, 1..3).prop_map(|seconds| Step::BaselineMedian { seconds }),
        prop_oneof![Just(Scope::Lead), Just(Scope::Record)].prop_map(|per| Step::Standardize {
            mean: None,
            std: None,
            per: Some(per),
        }),
        (1usize..400, any::<bool>()).prop_map(|(samples, start)| Step::Length {
            samples: Some(samples),
            seconds: None,
            align: if start { Align::Start } else { Align::Center },
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_record_makes_it_panic(
        steps in proptest::collection::vec(any_step(), 0..5),
        leads in 0usize..3,
        samples in prop_oneof![0usize..40, 40usize..400],
        rate in prop_oneof![Just(100.0), Just(500.0), 1.0..1000.0],
        window in (1usize..200, 1usize..200),
    ) {
        let window = Window { length: window.0, stride: window.1, aggregate: Aggregate::Mean };
        let pipeline = Pipeline::new(&steps, Some(window)).unwrap();
        if let Ok(out) = pipeline.apply(&signal(waves(leads, samples), rate)) {
            let n = out.signal.ncols();
            prop_assert!(out.signal.iter().all(|x| x.is_finite()));
            prop_assert!(out.valid.start < out.valid.end && out.valid.end <= n);
            let expected: Vec<usize> =
                (0..n).step_by(window.stride).filter(|s| s + window.length <= n).collect();
            prop_assert_eq!(&out.windows, &expected);
            prop_assert_eq!(out.windowed().dim(), (expected.len(), leads, window.length));
        }
    }

    #[test]
    fn filters_are_linear(
        step in prop_oneof![
            Just(Step::Bandpass { low_hz: 0.5, high_hz: 40.0, order: 4 }),
            Just(Step::Notch { hz: 25.0, q: 5.0 }),
            Just(Step::Resample { hz: 250.0 }),
            Just(Step::Resample { hz: 37.0 }),
        ],
        x in proptest::collection::vec(-1.0f32..1.0, 80),
        y in proptest::collection::vec(-1.0f32..1.0, 80),
        factor in -2.0f32..2.0,
    ) {
        let sum = x.iter().zip(&y).map(|(x, y)| x + factor * y).collect();
        let run = |v: Vec<f32>| {
            let samples = Array2::from_shape_vec((1, 80), v).unwrap();
            apply(std::slice::from_ref(&step), &signal(samples, 100.0)).unwrap()
        };
        let (sum, x, y) = (run(sum), run(x), run(y));
        for ((s, x), y) in sum.iter().zip(&x).zip(&y) {
            prop_assert!((s - (x + factor * y)).abs() < 2e-5, "{s} {x} {y}");
        }
    }
}
