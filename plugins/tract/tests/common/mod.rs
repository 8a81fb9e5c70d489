//! The encoder under test, and the values of reference/make_values.py.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../../core/onnx/tests/fixtures/values.rs"]
mod values;

use ecg_audit_plugin::{Context, Error, FromParams};
use ecg_audit_tract::Tract;

#[allow(unused_imports)]
pub use values::*;

/// Makes the encoder from parameters as JSON, as the host does.
pub fn tract(json: serde_json::Value, threads: usize) -> Result<Tract, Error> {
    let params = serde_json::from_value(json).map_err(|error| Error::Params(error.to_string()))?;
    Tract::from_params(params, &Context::quiet(threads))
}

/// The small model, raw outputs.
pub fn small(threads: usize) -> Tract {
    let json = serde_json::json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "identity"});
    tract(json, threads).expect("the fixture is a model")
}
