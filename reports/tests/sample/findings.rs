//! What the made-up audit finds in the data, and its verdicts.

use ecg_audit_engine::audit::*;

use super::RECORDS;

pub fn data_quality() -> DataQuality {
    let group = |by: &str, group: &str, accuracy, p_adjusted| GroupFigures {
        by: by.into(),
        group: group.into(),
        records: 41,
        accuracy,
        others: 0.88,
        p_adjusted,
        underperforms: p_adjusted < 0.05,
    };
    let kind = |kind: &str, records| QualityKind {
        kind: kind.into(),
        description: "Share of samples at the same value.".into(),
        records,
        dataset_score: 1.0 - records as f64 / 1000.0,
    };
    DataQuality {
        records: 350,
        kinds: vec![kind("baseline_drift", 31), kind("flat", 0)],
        findings: vec![QualityFinding {
            record: RECORDS[0].into(),
            kind: "baseline_drift".into(),
            leads: vec!["V2".into()],
            score: 0.31,
            sentence: "The baseline of V2 wanders by 1.2 mV.".into(),
        }],
        duplicates: vec![
            DuplicatePair {
                first: RECORDS[0].into(),
                second: RECORDS[1].into(),
                exact: true,
                correlation: 1.0,
                scale: 1.0,
                shift_seconds: 0.0,
                leads_reordered: false,
                same_group: Some(true),
                same_fold: true,
                labels_differ: vec![],
            },
            DuplicatePair {
                first: RECORDS[1].into(),
                second: RECORDS[2].into(),
                exact: false,
                correlation: 0.982,
                scale: 1.1,
                shift_seconds: 0.02,
                leads_reordered: true,
                same_group: None,
                same_fold: false,
                labels_differ: vec!["MI".into()],
            },
        ],
        balance: vec![ClassBalance {
            class: "MI".into(),
            records: 51,
            share: 0.146,
            imbalance: Some(4.1),
            minority: true,
        }],
        groups: vec![
            group("age", "80-99", 0.79, 0.004),
            group("sex", "female", 0.89, 0.6),
        ],
    }
}

pub fn checks() -> Vec<Check> {
    let check = |name: &str, description: &str, value, threshold, status| Check {
        name: name.into(),
        description: description.into(),
        value,
        threshold,
        status,
        next_step: (status != CheckStatus::Pass).then(|| "Try more clusters (`ecg-audit sweep`).".into()),
    };
    let none = Threshold::default();
    vec![
        check(
            "fidelity_agreement",
            "Agreement of the first surrogate with the network, out of fold.",
            Some(0.919),
            Threshold {
                warn_below: Some(0.93),
                fail_below: Some(0.85),
                ..none
            },
            CheckStatus::Warn,
        ),
        check(
            "gain_over_majority",
            "How far that agreement exceeds the majority class.",
            Some(0.109),
            Threshold {
                warn_below: Some(0.05),
                fail_below: Some(0.02),
                ..none
            },
            CheckStatus::Pass,
        ),
        check(
            "model_accuracy",
            "The network’s accuracy against the labels.",
            Some(0.8737),
            Threshold {
                warn_below: Some(0.85),
                fail_below: Some(0.8),
                ..none
            },
            CheckStatus::Pass,
        ),
        check(
            "mean_uncertainty",
            "Mean uncertainty of held-out timestamps.",
            Some(0.8272),
            Threshold {
                warn_above: Some(0.9),
                fail_above: Some(0.95),
                ..none
            },
            CheckStatus::Pass,
        ),
        check(
            "flagged_share",
            "Share of examined records with a doubtful label.",
            Some(0.0676),
            Threshold {
                warn_above: Some(0.1),
                fail_above: Some(0.25),
                ..none
            },
            CheckStatus::Pass,
        ),
        check(
            "seed_stability",
            "Agreement of codebooks between seeds.",
            None,
            Threshold {
                warn_below: Some(0.7),
                ..none
            },
            CheckStatus::NotRun,
        ),
    ]
}
