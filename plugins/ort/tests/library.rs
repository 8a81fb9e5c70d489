//! ONNX Runtimes that are not there or are none. In a process of its own, which never opens one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TAPS, fixture};
use ecg_audit_ort::Ort;
use ecg_audit_plugin::{Context, Error, FromParams};
use serde_json::{Value, json};

fn refusal(library: Value) -> String {
    let params = json!({
        "model": fixture("small.onnx"), "taps": TAPS, "activation": "identity", "library": library,
    });
    let error = Ort::from_params(serde_json::from_value(params).unwrap(), &Context::quiet(1)).err();
    let error = error.expect("there is no such library");
    assert!(matches!(error, Error::Resource(_)), "{error}");
    error.to_string()
}

#[test]
fn what_is_no_onnx_runtime_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("libonnxruntime.so");
    assert!(
        refusal(json!(missing)).contains("`library` is")
            && refusal(json!(missing)).contains("libonnxruntime.so")
    );
    let empty = refusal(json!(folder.path()));
    assert!(empty.contains("there is no libonnxruntime"), "{empty}");
    std::fs::write(&missing, "this is no library").unwrap();
    let text = refusal(json!(missing));
    assert!(
        text.contains("cannot be used as ONNX Runtime") && text.contains("cargo xtask onnxruntime"),
        "{text}"
    );
    // Found by its folder, too.
    assert!(refusal(json!(folder.path())).contains("cannot be used as ONNX Runtime"));
}

#[test]
fn without_any_the_error_names_the_command_that_mends_it() {
    if std::env::var_os("ORT_DYLIB_PATH").is_some() {
        eprintln!("skipped: ORT_DYLIB_PATH is set");
        return;
    }
    let text = refusal(Value::Null);
    assert!(
        text.contains("not installed") && text.contains("`cargo xtask onnxruntime`"),
        "{text}"
    );
}
