//! Preprocessing as a configuration names it.

#![allow(clippy::unwrap_used)]

use ecg_audit_ecg::preprocess::{Aggregate, Align, Pipeline, Scope, Step, Window};

fn message(steps: &[Step], window: Option<Window>) -> String {
    Pipeline::new(steps, window).unwrap_err().to_string()
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
        let e = message(&[Step::Scale { factor: 2.0 }, step], None);
        let place = format!("step 2 (`{op}`)");
        assert!(e.contains(expected) && e.contains(&place), "{e}");
    }
    let late = [
        Step::Scale { factor: 2.0 },
        Step::FillMissing { max_seconds: 1.0 },
    ];
    assert!(message(&late, None).contains("must come before `scale`"));
    for (length, stride) in [(0, 1), (1, 0)] {
        let window = Window {
            length,
            stride,
            aggregate: Aggregate::Mean,
        };
        assert!(message(&[], Some(window)).contains("found 0"));
    }
}
