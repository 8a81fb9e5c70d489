//! Markdown and JUnit XML of audits of every kind.

#![allow(clippy::unwrap_used, clippy::expect_used)] // The helpers of tests, which the tests' own leave does not reach.

#[allow(dead_code, unused_imports)] // Shared with the tests of the report.
mod sample;

use ecg_audit_report::{junit, markdown};
use sample::kinds;

#[test]
fn every_kind_of_audit_has_whole_tables_and_well_formed_xml() {
    let kinds = kinds();
    assert!(kinds.len() > 3);
    for (name, audit) in kinds {
        let text = markdown(&audit);
        let mut bars = None;
        for line in text.lines() {
            let here = line
                .match_indices('|')
                .filter(|(at, _)| !line[..*at].ends_with('\\'))
                .count();
            bars = line.starts_with('|').then(|| bars.unwrap_or(here));
            assert!(bars.is_none_or(|bars| bars == here), "{name}: {line}");
        }
        assert!(!text.contains("<script") && !text.contains("NaN"), "{name}");
        assert!(text.len() < 60_000, "{name}: {} bytes", text.len());
        let xml = junit(&audit).unwrap();
        let report = quick_junit::Report::deserialize_from_str(&xml);
        let cases: usize = report
            .unwrap()
            .test_suites
            .iter()
            .map(|suite| suite.test_cases.len())
            .sum();
        assert_eq!(cases, audit.checks.len(), "{name}");
    }
}
