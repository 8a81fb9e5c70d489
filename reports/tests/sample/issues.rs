//! The made-up audit's doubtful labels.

use ecg_audit_engine::audit::*;

use super::{CLASSES, RECORDS};

pub fn issues() -> Issues {
    let issue = |i: usize, label: &str, given, score, reasons: &[&str]| Issue {
        record: RECORDS
            .get(i)
            .map_or_else(|| format!("{:05}_lr", i * 37), |r| r.to_string()),
        label: label.into(),
        given: LabelValue::Flag(given),
        suggested: LabelValue::Flag(!given),
        score,
        reasons: reasons.iter().map(|r| r.to_string()).collect(),
        evidence: vec![Evidence {
            source: "network".into(),
            score,
        }],
        in_sample: Some(false),
        neighbour_share: Some(0.2),
        neighbour_value: None,
        neighbours: vec!["00012_lr".into(), "00037_lr".into()],
        similar: vec![
            Similar {
                record: "00012_lr".into(),
                labels: vec!["NORM".into()],
                value: None,
            },
            Similar {
                record: "00037_lr".into(),
                labels: vec![],
                value: None,
            },
        ],
        groups: [
            ("sex".to_owned(), ["female", "male"][i % 2].to_owned()),
            ("age".to_owned(), "60-79".to_owned()),
        ]
        .into(),
        model_probability: Some(if given { 0.04 + score } else { 0.97 - score }),
        model_value: None,
        surrogate_probability: Some(if given { 0.11 + score } else { 0.88 - score }),
        surrogate_value: None,
        uncertainty: 0.83,
        given_labels: if given {
            vec![label.into()]
        } else {
            vec!["NORM".into()]
        },
        model_labels: if given {
            vec!["NORM".into()]
        } else {
            vec![label.into()]
        },
    };
    let both = [
        "The network and the surrogate taught by the labels both contradict the label.",
        "Uncertainty is low, so the clusters are clear about this record.",
    ];
    let mut items = vec![
        issue(0, "MI", true, 0.012, &both),
        issue(1, "STTC", false, 0.031, &both[..1]),
        issue(2, "CD", true, 0.044, &both),
        issue(3, "HYP", false, 0.058, &both[..1]),
        issue(4, "NORM", true, 0.071, &both[..1]),
    ];
    items.extend((6..24).map(|i| issue(i, CLASSES[i % 5], i % 3 == 0, 0.07 + i as f64 * 0.009, &both[..1])));
    Issues {
        summary: IssueSummary {
            records: 340,
            flagged_records: 23,
            flagged_labels: items.len(),
            rejected_before: 2,
            pruned_labels: 12,
            sources: sources(),
            rule: "A label is listed when network and surrogate both contradict it with probability of at least 0.7.".into(),
        },
        items,
    }
}

fn sources() -> Vec<EvidenceSource> {
    let source = |name: &str, fitted, weights: &[f64]| EvidenceSource {
        name: name.into(),
        description: format!("Support by the {name}."),
        fitted,
        weights: weights.into(),
        dataset_score: 0.93,
        records_against: 17,
    };
    vec![
        source("network", true, &[0.91, 1.2, 0.8, 1.1, 0.7]),
        source("uncertainty", false, &[0.1]),
    ]
}
