//! The records to review.

use ecg_audit_engine::audit::{Audit, EvidenceSource, Issue, LabelValue, Task};
use serde::Serialize;

use super::{Cell, ecgs};
use crate::format::{count, counted, decimals, number, short};

/// Issues in the page; all of them stand in the run folder.
const SHOWN: usize = 300;

#[derive(Serialize)]
pub(super) struct View {
    rule: String,
    headline: String,
    total: usize,
    cut: Option<String>,
    labels: Vec<String>,
    rows: Vec<Row>,
    rejected: Option<String>,
    sources: Vec<Source>,
}

/// A source of evidence.
#[derive(Serialize)]
struct Source {
    name: String,
    description: String,
    weight: String,
    against: Cell,
    score: Cell,
}

#[derive(Serialize)]
pub(super) struct Row {
    rank: usize,
    record: String,
    ecg: Option<String>,
    label: String,
    given: String,
    suggested: String,
    score: Cell,
    model: Cell,
    surrogate: Cell,
    neighbours: Cell,
    uncertainty: Cell,
    reasons: Vec<String>,
    given_labels: String,
    model_labels: String,
}

impl View {
    pub fn new(audit: &Audit, ecgs: &ecgs::View) -> Self {
        let summary = &audit.issues.summary;
        let items = &audit.issues.items;
        let mut labels: Vec<String> = Vec::new();
        for item in items.iter().take(SHOWN) {
            if !labels.contains(&item.label) {
                labels.push(item.label.clone());
            }
        }
        labels.sort();
        View {
            rule: summary.rule.clone(),
            headline: headline(audit),
            total: items.len(),
            cut: (items.len() > SHOWN).then(|| {
                format!(
                    "The {} most suspect of {} are shown; all stand in issues.csv.",
                    SHOWN,
                    count(items.len())
                )
            }),
            labels,
            rejected: (summary.rejected_before > 0).then(|| {
                format!(
                    "{} that a reviewer had rejected before are left out.",
                    counted(summary.rejected_before, "suggestion", "suggestions")
                )
            }),
            sources: summary
                .sources
                .iter()
                .map(|source| self::source(source, audit))
                .collect(),
            rows: items
                .iter()
                .take(SHOWN)
                .enumerate()
                .map(|(i, item)| row(i + 1, item, ecgs))
                .collect(),
        }
    }
}

fn headline(audit: &Audit) -> String {
    let summary = &audit.issues.summary;
    let examined = count(summary.records);
    if audit.task == Task::Regression {
        let values = counted(summary.flagged_labels, "doubtful value", "doubtful values");
        return format!("{values} in {examined} records examined.");
    }
    format!(
        "{} on {} of {examined} examined.",
        counted(summary.flagged_labels, "doubtful label", "doubtful labels"),
        counted(summary.flagged_records, "record", "records"),
    )
}

fn source(source: &EvidenceSource, audit: &Audit) -> Source {
    let classes = &audit.classes;
    let weight = if source.fitted && classes.is_empty() {
        let weights: Vec<String> = source.weights.iter().map(|weight| number(*weight, 2)).collect();
        format!("fitted: {}", weights.join(", "))
    } else if source.fitted {
        let of = classes.iter().zip(&source.weights);
        let of: Vec<String> = of
            .map(|(class, weight)| format!("{class} {}", number(*weight, 2)))
            .collect();
        format!("fitted: {}", of.join(", "))
    } else {
        let exponent: Vec<String> = source.weights.iter().map(|weight| number(*weight, 1)).collect();
        format!("exponent {}", exponent.join(", "))
    };
    Source {
        name: source.name.clone(),
        description: source.description.clone(),
        weight,
        against: Cell::count(source.records_against),
        score: Cell::number(source.dataset_score, 3),
    }
}

pub(super) fn row(rank: usize, issue: &Issue, ecgs: &ecgs::View) -> Row {
    Row {
        rank,
        record: issue.record.clone(),
        ecg: ecgs.anchor(&issue.record),
        label: issue.label.clone(),
        given: value(&issue.given),
        suggested: value(&issue.suggested),
        score: Cell::number(issue.score, 3),
        model: figure(issue, issue.model_probability, issue.model_value),
        surrogate: figure(issue, issue.surrogate_probability, issue.surrogate_value),
        neighbours: figure(issue, issue.neighbour_share, issue.neighbour_value),
        uncertainty: Cell::number(issue.uncertainty, 2),
        reasons: issue.reasons.clone(),
        given_labels: issue.given_labels.join(", "),
        model_labels: issue.model_labels.join(", "),
    }
}

/// A probability, or a value with the decimals that the label's magnitude calls for.
pub(super) fn figure(issue: &Issue, probability: Option<f64>, value: Option<f64>) -> Cell {
    match (&issue.given, value) {
        (LabelValue::Number(given), Some(value)) => Cell::number(value, decimals(*given).saturating_sub(1)),
        _ => Cell::optional(probability.or(value), 2),
    }
}

pub(super) fn value(value: &LabelValue) -> String {
    match value {
        LabelValue::Flag(true) => "present".into(),
        LabelValue::Flag(false) => "absent".into(),
        LabelValue::Number(v) => short(*v, decimals(*v)),
    }
}
