//! A made-up audit of 20 000 records.

use ecg_audit_engine::audit::*;

use super::{CLASSES, Sequence};

const RECORDS: usize = 20_000;
const ISSUES: usize = 4_000;
const FINDINGS: usize = 3_000;
const TRACES: usize = 150;

pub fn audit() -> Audit {
    let mut audit = super::audit();
    let mut s = Sequence::new(53);
    audit.name = "twenty-thousand".into();
    let record = |i: usize| format!("{:05}_hr", i * (RECORDS / ISSUES));
    let issue = audit.issues.items[0].clone();
    audit.issues.items = (0..ISSUES)
        .map(|i| Issue {
            record: record(i),
            label: CLASSES[i % CLASSES.len()].into(),
            given: LabelValue::Flag(i % 3 != 0),
            suggested: LabelValue::Flag(i % 3 == 0),
            score: 0.5 * i as f64 / ISSUES as f64,
            neighbours: (1..=5).map(|n| record(i * 7 + n)).collect(),
            uncertainty: s.within(0.5, 0.95),
            ..issue.clone()
        })
        .collect();
    let summary = &mut audit.issues.summary;
    (summary.records, summary.flagged_records, summary.flagged_labels) = (RECORDS, ISSUES, ISSUES);
    let trace = audit.traces[5].clone();
    audit.traces = (0..TRACES)
        .map(|i| Trace {
            record: record(i),
            ..trace.clone()
        })
        .collect();
    quality(&mut audit.data_quality, record);
    let data = &mut audit.provenance.data;
    (data.records, data.labelled, data.groups) = (RECORDS, RECORDS, 18_312);
    data.class_counts = vec![9_514, 5_469, 5_235, 4_898, 2_649];
    let skipped = |i: usize| SkippedRecord {
        record: format!("{i:05}_hr"),
        reason: "shorter than the window of 10 s".into(),
    };
    data.skipped = (0..800).map(skipped).collect();
    data.warnings = (800..2_400).map(skipped).collect();
    audit
}

fn quality(quality: &mut DataQuality, record: impl Fn(usize) -> String) {
    quality.records = RECORDS;
    let finding = quality.findings[0].clone();
    quality.findings = (0..FINDINGS)
        .map(|i| QualityFinding {
            record: record(i),
            ..finding.clone()
        })
        .collect();
    let pair = quality.duplicates[1].clone();
    quality.duplicates = (0..600)
        .map(|i| DuplicatePair {
            first: record(i),
            second: record(i + 1),
            ..pair.clone()
        })
        .collect();
    let group = quality.groups[0].clone();
    quality.groups = (0..80)
        .map(|i| GroupFigures {
            group: format!("site {i}"),
            by: "site".into(),
            ..group.clone()
        })
        .collect();
}
