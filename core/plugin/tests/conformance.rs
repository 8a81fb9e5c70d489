//! The kit on the fixture: sound components pass, and one that panics is found out.

use ecg_audit_fixture::PLUGIN;
use ecg_audit_plugin::conformance::{Case, check};
use serde_json::json;

fn cases() -> Vec<Case> {
    vec![
        Case::clusterer("nearest", json!({"k": 5})),
        Case::clusterer("slow", json!({"milliseconds": 2})),
        Case::clusterer("panicking", json!({"when": "load"})),
    ]
}

#[test]
fn sound_components_pass_and_a_panic_is_found() {
    let report = check(PLUGIN, &cases());
    println!("{report}");
    let failed: Vec<_> = report
        .failures()
        .map(|check| (check.component.as_str(), check.name))
        .collect();
    assert_eq!(
        failed,
        [
            ("panicking", "saved and loaded, it assigns the same"),
            ("panicking", "bytes that are no model are refused"),
        ]
    );
    for component in ["pooling", "margin", "class-means", "threshold"] {
        let of = report.checks.iter().filter(|check| check.component == component);
        assert!(of.count() >= 7, "{component} was hardly checked");
    }
}

#[test]
fn a_case_for_nothing_is_a_failure() {
    let report = check(PLUGIN, &[Case::clusterer("margin", json!({}))]);
    assert!(report.failures().any(|check| check.name == "exists"), "{report}");
}
