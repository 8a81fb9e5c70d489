//! The records to review.

use std::collections::BTreeMap;

use ecg_audit_engine::audit::{Audit, EvidenceSource, Issue, LabelValue, Task};
use ecg_audit_engine::review;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Cell, ecgs};
use crate::format::{count, counted, decimals, number, short};

/// Issues in the page; all of them stand in the run folder.
pub(super) const SHOWN: usize = 300;

#[derive(Serialize)]
pub(super) struct View {
    rule: String,
    headline: String,
    total: usize,
    cut: Option<String>,
    /// What tells this audit's decisions from those of another in the same browser.
    audit: String,
    /// Columns of the review as JSON.
    columns: String,
    /// Labels, sources that speak against some label, and groups of the records, each with the number of its issues.
    labels: Vec<(String, usize)>,
    reasons: Vec<(String, usize)>,
    groups: Vec<(String, usize)>,
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
struct Row {
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
    /// Sources that speak against the label, separated by spaces.
    against: String,
    /// The record's groups as JSON.
    groups: String,
    /// The line of the review as JSON.
    cells: String,
}

impl View {
    pub fn new(audit: &Audit, ecgs: &ecgs::View) -> Self {
        let summary = &audit.issues.summary;
        let items = &audit.issues.items;
        let shown = &items[..items.len().min(SHOWN)];
        let task = audit.task;
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
            audit: key(audit),
            columns: json(&review::COLUMNS),
            labels: counts(shown.iter().map(|item| item.label.clone())),
            reasons: counts(shown.iter().flat_map(|item| against(item, task))),
            groups: counts(shown.iter().flat_map(groups)),
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
            rows: shown
                .iter()
                .enumerate()
                .map(|(i, item)| row(i + 1, item, task, ecgs))
                .collect(),
        }
    }
}

/// The values that occur, in order, with how often.
fn counts(values: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_insert(0) += 1);
    counts.into_iter().collect()
}

fn json<T: Serialize>(value: &T) -> String {
    // Lists of texts are always JSON.
    serde_json::to_string(value).unwrap_or_default()
}

/// A short digest of what makes an audit this one.
fn key(audit: &Audit) -> String {
    let facts = &audit.provenance;
    let text = [&audit.name, &facts.config_sha256, &facts.started].map(String::as_str);
    let digest = Sha256::digest(text.join("\n").as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The support below which a source speaks against a label.
pub(super) fn limit(task: Task) -> f64 {
    match task {
        Task::Regression => 0.05,
        Task::MultiLabel | Task::MultiClass => 0.5,
    }
}

/// The sources that speak against the label.
fn against(issue: &Issue, task: Task) -> impl Iterator<Item = String> + '_ {
    let against = issue.evidence.iter().filter(move |e| e.score < limit(task));
    against.map(|evidence| evidence.source.clone())
}

/// The groups that the record belongs to, such as `sex: female`.
fn groups(issue: &Issue) -> impl Iterator<Item = String> + '_ {
    let named = issue.groups.iter();
    named.map(|(by, group)| format!("{}: {group}", by.replace('_', " ")))
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

fn row(rank: usize, issue: &Issue, task: Task, ecgs: &ecgs::View) -> Row {
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
        against: against(issue, task).collect::<Vec<_>>().join(" "),
        groups: json(&groups(issue).collect::<Vec<_>>()),
        cells: json(&review::row(issue)),
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
