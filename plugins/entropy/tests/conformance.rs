//! The conformance kit.

use ecg_audit_entropy::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    let cases = [
        Case::uncertainty("entropy", json!({})),
        Case::uncertainty("margin", json!({})),
    ];
    check(PLUGIN, &cases).assert_passed();
}
