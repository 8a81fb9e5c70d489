//! The conformance kit.

use ecg_audit_dwt::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    let cases = [
        Case::delineator("dwt", json!({})),
        Case::delineator("dwt", json!({ "p_significance": 8.0, "agreeing_leads": 0 })),
    ];
    check(PLUGIN, &cases).assert_passed();
}
