//! The conformance kit.

mod common;

use common::{TAPS, available, fixture, with_library};
use ecg_audit_ort::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    if !available() {
        return;
    }
    let any_length = json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "softmax"});
    let fixed = json!({
        "model": fixture("two_heads.onnx"), "taps": [TAPS[1]], "output": "logits", "activation": "sigmoid",
    });
    let cases = [any_length, fixed].map(|params| Case::encoder("ort", with_library(params)));
    check(PLUGIN, &cases).assert_passed();
}
