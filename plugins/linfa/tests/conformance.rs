//! The conformance kit.

use ecg_audit_linfa::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

#[test]
fn conforms() {
    let cases = [
        Case::clusterer("gmm", json!({"k": 4})),
        Case::clusterer("gmm", json!({"k": 3, "pca": 2, "max_rows": 100, "restarts": 2})),
        Case::surrogate("tree", json!({})),
        Case::surrogate("logistic", json!({"alpha": 0.1})),
        Case::surrogate("elastic-net", json!({"penalty": 0.05})),
    ];
    check(PLUGIN, &cases).assert_passed();
}
