//! Preprocessing as a whole: configuration, SciPy's values, odd records.

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
fn configurations_read_as_documented() {
    let steps: Vec<Step> = serde_json::from_str(
        r#"[
            {"op": "fill_missing", "max_seconds": 0.05},
            {"op": "leads", "order": ["I", "aVR"]},
            {"op": "resample", "hz": 100},
            {"op": "standardize", "mean": [0.0], "std": [1.0]},
            {"op": "standardize", "per": "lead"},
            {"op": "length", "seconds": 10}
        ]"#,
    )
    .unwrap();
    assert_eq!(
        steps[5],
        Step::Length {
            samples: None,
            seconds: Some(10.0),
            align: Align::Center
        }
    );
    let text = serde_json::to_string(&steps).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Step>>(&text).unwrap(), steps);
    for step in &steps {
        let value = serde_json::to_value(step).unwrap();
        assert_eq!(value["op"], step.op());
    }
}

#[test]
fn a_misspelled_name_is_named() {
    for (text, names) in [
        (
            r#"{"op": "bandpas", "low_hz": 1, "high_hz": 2, "order": 4}"#,
            ["bandpas", "bandpass"],
        ),
        (
            r#"{"op": "bandpass", "lowhz": 1, "high_hz": 2, "order": 4}"#,
            ["lowhz", "low_hz"],
        ),
        (r#"{"op": "highpass", "hz": 1}"#, ["missing field", "order"]),
        (
            r#"{"op": "length", "samples": 9, "align": "centre"}"#,
            ["centre", "center"],
        ),
        (r#"{"op": "notch", "hz": "50", "q": 30}"#, ["string", "f64"]),
    ] {
        let e = serde_json::from_str::<Step>(text).unwrap_err().to_string();
        assert!(names.iter().all(|n| e.contains(n)), "{e}");
    }
    let window = r#"{"length": 300, "stride": 150, "aggregat": "max"}"#;
    let e = serde_json::from_str::<Window>(window).unwrap_err();
    assert!(e.to_string().contains("aggregat"), "{e}");
}

#[test]
fn the_schema_describes_every_field() {
    let schema = serde_json::to_value(schemars::schema_for!(Step)).unwrap();
    let variants = schema["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), 11);
    for variant in variants {
        assert!(variant["description"].is_string(), "{variant}");
        for (name, field) in variant["properties"].as_object().unwrap() {
            let documented = name == "op" || field["description"].is_string();
            assert!(documented, "{name} in {variant}");
        }
        assert_eq!(variant["additionalProperties"], false, "{variant}");
    }
}

#[test]
fn wrong_values_are_refused_early() {
    let standardize =
        |mean: Option<Vec<f64>>, std: Option<Vec<f64>>, per| Step::Standardize { mean, std, per };
    let band = |low_hz, high_hz, order| Step::Bandpass {
        low_hz,
        high_hz,
        order,
    };
    let length = |samples, seconds| Step::Length {
        samples,
        seconds,
        align: Align::Start,
    };
    for (step, expected) in [
        (band(40.0, 0.5, 4), "`low_hz` must be below `high_hz`"),
        (
            band(f64::NAN, 0.5, 4),
            "`low_hz` must be a number above 0, found NaN",
        ),
        (band(0.5, 40.0, 0), "`order` must be from 1 to 10, found 0"),
        (Step::Notch { hz: 50.0, q: 0.0 }, "`q` must be"),
        (Step::Resample { hz: -1.0 }, "`hz` must be"),
        (Step::BaselineMedian { seconds: vec![] }, "found none"),
        (Step::Scale { factor: 0.0 }, "`factor` must be"),
        (
            Step::Leads {
                order: vec!["aVR".into(), "AVR".into()],
            },
            "`AVR` twice",
        ),
        (length(None, None), "either `samples` or `seconds`"),
        (length(Some(1), Some(1.0)), "either `samples` or `seconds`"),
        (length(Some(0), None), "`samples` must be from 1"),
        (length(Some(usize::MAX), None), "`samples` must be from 1"),
        (standardize(Some(vec![0.0]), None, None), "both `mean` and `std`"),
        (standardize(None, None, None), "both `mean` and `std`"),
        (
            standardize(Some(vec![0.0]), Some(vec![0.0]), None),
            "`std` must be",
        ),
        (
            standardize(Some(vec![0.0; 3]), Some(vec![1.0; 2]), None),
            "`mean` has 3 values",
        ),
        (
            standardize(Some(vec![0.0]), Some(vec![1.0]), Some(Scope::Lead)),
            "both `mean` and `std`",
        ),
    ] {
        let op = step.op();
        let e = message(Pipeline::new(&[Step::Scale { factor: 2.0 }, step], None));
        let place = format!("step 2 (`{op}`)");
        assert!(e.contains(expected) && e.contains(&place), "{e}");
    }
    let late = [
        Step::Scale { factor: 2.0 },
        Step::FillMissing { max_seconds: 1.0 },
    ];
    assert!(message(Pipeline::new(&late, None)).contains("must come before `scale`"));
    for (length, stride) in [(0, 1), (1, 0)] {
        let window = Window {
            length,
            stride,
            aggregate: Aggregate::Mean,
        };
        assert!(message(Pipeline::new(&[], Some(window))).contains("found 0"));
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
