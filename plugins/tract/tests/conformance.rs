//! The conformance kit.

mod common;

use common::{TAPS, fixture};
use ecg_audit_plugin::conformance::{Case, check};
use ecg_audit_tract::PLUGIN;
use serde_json::json;

#[test]
fn conforms() {
    let any_length = json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "softmax"});
    let fixed = json!({
        "model": fixture("two_heads.onnx"), "taps": [TAPS[1]], "output": "logits", "activation": "sigmoid",
    });
    check(
        PLUGIN,
        &[Case::encoder("tract", any_length), Case::encoder("tract", fixed)],
    )
    .assert_passed();
}
