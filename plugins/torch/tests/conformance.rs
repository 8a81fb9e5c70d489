//! The conformance kit.

mod common;

use common::{model, params};
use ecg_audit_plugin::conformance::{Case, check};
use ecg_audit_torch::PLUGIN;
use serde_json::json;

#[test]
fn conforms() {
    let any_length = params(
        "resnet-basic.traced.pt",
        &["layer1.0.relu#1", "layer2.1", "layer3.1#add"],
    );
    let fixed = json!({
        "model": model("ribeiro.scripted.pt"), "taps": ["resblock1d_1#0", "resblock1d_4.dropout2"],
        "activation": "softmax", "input": [12, 512],
    });
    check(
        PLUGIN,
        &[Case::encoder("torch", any_length), Case::encoder("torch", fixed)],
    )
    .assert_passed();
}
