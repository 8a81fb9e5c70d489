//! The input and the values of reference/make_values.py.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use ecg_audit_plugin::{Context, Encoded, Error, FromParams};
use ecg_audit_tract::Tract;
use ndarray::Array3;
use serde::Deserialize;

/// The deterministic signal that the values were made from.
pub fn signal(rows: usize, leads: usize, samples: usize) -> Array3<f32> {
    Array3::from_shape_fn((rows, leads, samples), |(r, l, s)| {
        let (r, l, s) = (r as f64, l as f64, s as f64);
        ((0.013 * (s + 1.0) * (l + 1.0) + 0.7 * r).sin() + 0.3 * (0.11 * s * (r + 1.0)).cos()) as f32
    })
}

#[derive(Deserialize)]
pub struct Values {
    pub input: [usize; 3],
    pub outputs: Vec<f64>,
    pub taps: Vec<TapValues>,
}

#[derive(Deserialize)]
pub struct TapValues {
    pub name: String,
    pub shape: [usize; 3],
    pub max: f64,
    pub every_97th: Vec<f64>,
}

pub fn values(name: &str) -> Values {
    let all: serde_json::Value =
        serde_json::from_str(include_str!("../fixtures/values.json")).expect("the fixture is JSON");
    serde_json::from_value(all[name].clone()).expect("the fixture has the values")
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Makes the encoder from parameters as JSON, as the host does.
pub fn tract(json: serde_json::Value, threads: usize) -> Result<Tract, Error> {
    let params = serde_json::from_value(json).map_err(|error| Error::Params(error.to_string()))?;
    Tract::from_params(params, &Context::quiet(threads))
}

pub const TAPS: [&str; 2] = ["/stem/Relu_output_0", "/block/Relu_output_0"];

/// The small model, raw outputs.
pub fn small(threads: usize) -> Tract {
    let json = serde_json::json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "identity"});
    tract(json, threads).expect("the fixture is a model")
}

/// Holds `encoded` against onnxruntime's values, relative to each tensor's largest.
pub fn assert_close(encoded: &Encoded, values: &Values, tolerance: f64) {
    let largest = values
        .outputs
        .iter()
        .fold(0f64, |max, value| max.max(value.abs()));
    assert_eq!(encoded.outputs.len(), values.outputs.len());
    for (ours, theirs) in encoded.outputs.iter().zip(&values.outputs) {
        assert!(
            (f64::from(*ours) - theirs).abs() <= tolerance * largest,
            "output {ours} against {theirs}"
        );
    }
    assert_eq!(encoded.taps.len(), values.taps.len());
    for (tap, values) in encoded.taps.iter().zip(&values.taps) {
        assert_eq!(tap.shape(), values.shape);
        let ours = tap.iter().step_by(97);
        assert_eq!(ours.len(), values.every_97th.len());
        for (ours, theirs) in ours.zip(&values.every_97th) {
            let difference = (f64::from(*ours) - theirs).abs();
            assert!(
                difference <= tolerance * values.max,
                "{}: {ours} against {theirs}",
                values.name
            );
        }
    }
}

/// The real model, where it is; otherwise says so.
pub fn ecgresnet() -> Option<PathBuf> {
    let shared = std::env::var_os("ECG_AUDIT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let model = shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx");
    if model.exists() {
        Some(model)
    } else {
        eprintln!("skipped: {} is not there (set ECG_AUDIT_SHARED)", model.display());
        None
    }
}
