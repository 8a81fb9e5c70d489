//! The encoder under test, with the ONNX Runtime that `cargo xtask onnxruntime` provides.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../../core/onnx/tests/fixtures/values.rs"]
mod values;

use std::path::{Path, PathBuf};

use ecg_audit_ort::Ort;
use ecg_audit_plugin::{Context, Error, FromParams};
use serde_json::Value;

#[allow(unused_imports)]
pub use values::*;

/// Whether there is an ONNX Runtime to test with; otherwise says so.
pub fn available() -> bool {
    let available = provided().exists() || std::env::var_os("ORT_DYLIB_PATH").is_some();
    if !available {
        eprintln!(
            "skipped: {} is not there (cargo xtask onnxruntime)",
            provided().display()
        );
    }
    available
}

/// The folder in Cargo's target folder, where nothing else is asked for.
pub fn with_library(mut params: Value) -> Value {
    if std::env::var_os("ORT_DYLIB_PATH").is_none() && params.get("library").is_none() {
        params["library"] = provided().to_str().unwrap().into();
    }
    params
}

/// Where `cargo xtask onnxruntime` puts it.
pub fn provided() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../onnxruntime")
}

/// Makes the encoder from parameters as JSON, as the host does.
pub fn ort(json: Value, threads: usize) -> Result<Ort, Error> {
    let params =
        serde_json::from_value(with_library(json)).map_err(|error| Error::Params(error.to_string()))?;
    Ort::from_params(params, &Context::quiet(threads))
}

/// The small model, raw outputs.
pub fn small(threads: usize) -> Ort {
    let json = serde_json::json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "identity"});
    ort(json, threads).expect("the fixture is a model")
}
