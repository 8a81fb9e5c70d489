//! The conformance kit.

use ecg_audit_forest::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    let cases = [
        Case::surrogate("forest", json!({ "trees": 20 })),
        Case::surrogate(
            "forest",
            json!({ "trees": 5, "bootstrap": false, "max_features": 0.5, "max_depth": 3 }),
        ),
    ];
    check(PLUGIN, &cases).assert_passed();
}
