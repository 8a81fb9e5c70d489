//! The conformance kit.

use ecg_audit_kmeans::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    let cases = [
        Case::clusterer("kmeans", json!({ "k": 3 })),
        Case::clusterer(
            "kmeans",
            json!({ "k": { "from": 2, "to": 4, "rule": "calinski_harabasz" }, "restarts": 2, "temperature": 0.5 }),
        ),
    ];
    check(PLUGIN, &cases).assert_passed();
}
