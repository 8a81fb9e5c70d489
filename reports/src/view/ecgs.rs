//! The ECGs of flagged and exemplary records.

use std::collections::BTreeMap;

use ecg_audit_engine::audit::{self, Audit, Issue, Task, Trace};
use serde::Serialize;

use super::intervals::intervals;
use super::issues::{SHOWN, limit, value};
use crate::charts;
use crate::ecg::{self, Picture};
use crate::format::{decimals, number, short};

/// Bytes of drawings after which no further one is embedded, so that the page stays below 5 MB.
const BUDGET: usize = 3_000_000;
/// Entries of the definition list per ECG.
const METADATA: usize = 12;
/// Entries that a reader looks for first.
const FIRST: [&str; 8] = [
    "age",
    "sex",
    "recording_date",
    "report",
    "device",
    "heart_axis",
    "validated_by_human",
    "patient_id",
];
/// Support from which on a source has nothing to say.
const SILENT: f64 = 0.995;

#[derive(Serialize)]
pub(super) struct View {
    figures: Vec<Figure>,
    left_out: usize,
    #[serde(skip)]
    anchors: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Figure {
    id: String,
    record: String,
    svg: String,
    scale: String,
    unusable: bool,
    issues: Vec<Evidence>,
    given_labels: String,
    model_labels: String,
    exemplar_of: Vec<super::Chip>,
    /// Rate and intervals by the landmarks.
    intervals: Vec<(&'static str, String)>,
    metadata: Vec<(String, String)>,
}

/// Why a label of the record is on the list.
#[derive(Serialize)]
struct Evidence {
    rank: usize,
    /// Whether the table of issues has it.
    listed: bool,
    label: String,
    given: String,
    suggested: String,
    score: String,
    reasons: Vec<String>,
    supports: Vec<Support>,
    similar: Vec<Similar>,
}

/// How far a source supports the given label.
#[derive(Serialize)]
struct Support {
    source: String,
    value: String,
    bar: String,
    against: bool,
}

/// A record with similar clusters.
#[derive(Serialize)]
struct Similar {
    record: String,
    ecg: Option<String>,
    labels: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let mut drawn = Vec::new();
        let mut anchors = BTreeMap::new();
        let mut size = 0;
        for trace in &audit.traces {
            if size > BUDGET {
                break;
            }
            let id = format!("ecg-{}", drawn.len() + 1);
            let picture = ecg::draw(trace, &format!("{id}-svg"));
            size += picture.as_ref().map_or(0, |picture| picture.svg.len());
            anchors.entry(trace.record.clone()).or_insert_with(|| id.clone());
            drawn.push((id, trace, picture));
        }
        let mut view = View {
            figures: Vec::new(),
            left_out: audit.traces.len() - drawn.len(),
            anchors,
        };
        view.figures = drawn
            .into_iter()
            .map(|(id, trace, picture)| figure(audit, trace, id, picture, &view))
            .collect();
        view
    }

    /// The element that shows `record`.
    pub fn anchor(&self, record: &str) -> Option<String> {
        self.anchors.get(record).cloned()
    }
}

fn figure(audit: &Audit, trace: &Trace, id: String, picture: Option<Picture>, view: &View) -> Figure {
    let ranked = audit.issues.items.iter().enumerate();
    let issues: Vec<(usize, &Issue)> = ranked.filter(|(_, i)| i.record == trace.record).collect();
    let labels = |pick: fn(&Issue) -> &Vec<String>| match issues.first() {
        Some((_, first)) if audit.task != Task::Regression => named(pick(first)),
        _ => String::new(),
    };
    let exemplar = audit
        .clusters
        .iter()
        .filter(|c| c.exemplars.contains(&trace.record));
    Figure {
        id,
        record: trace.record.clone(),
        unusable: picture.is_none(),
        scale: picture.as_ref().map_or_else(String::new, |p| p.scale.clone()),
        svg: picture.map_or_else(String::new, |p| p.svg),
        given_labels: labels(|i| &i.given_labels),
        model_labels: labels(|i| &i.model_labels),
        issues: issues
            .into_iter()
            .map(|(i, issue)| evidence(i + 1, issue, audit.task, view))
            .collect(),
        exemplar_of: exemplar.map(|c| super::Chip::new(c.id)).collect(),
        intervals: intervals(trace),
        metadata: metadata(trace),
    }
}

/// What is said of the record, the most asked for first; names of files tell a reader nothing.
fn metadata(trace: &Trace) -> Vec<(String, String)> {
    let mut entries: Vec<_> = trace
        .metadata
        .iter()
        .filter(|(key, _)| !key.starts_with("filename"))
        .collect();
    let place = |key: &str| {
        FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len())
    };
    // Stable, so that the others keep the order of their names.
    entries.sort_by_key(|(key, _)| place(key));
    let shown = entries.into_iter().take(METADATA);
    shown
        .map(|(key, value)| (key.replace('_', " "), whole(value).to_owned()))
        .collect()
}

/// A whole number without the `.0` that tables with empty cells give it.
fn whole(value: &str) -> &str {
    match value.strip_suffix(".0") {
        Some(number) if number.parse::<i64>().is_ok() => number,
        _ => value,
    }
}

fn named(labels: &[String]) -> String {
    if labels.is_empty() {
        "none".into()
    } else {
        labels.join(", ")
    }
}

fn evidence(rank: usize, issue: &Issue, task: Task, view: &View) -> Evidence {
    let support = |evidence: &audit::Evidence| Support {
        source: evidence.source.clone(),
        value: number(evidence.score, 2),
        bar: charts::bar("fill", evidence.score, 1.0),
        against: evidence.score < limit(task),
    };
    let similar = |other: &audit::Similar| Similar {
        ecg: view.anchor(&other.record),
        record: other.record.clone(),
        labels: match other.value {
            Some(value) => short(value, decimals(value)),
            None => named(&other.labels),
        },
    };
    Evidence {
        rank,
        listed: rank <= SHOWN,
        label: issue.label.clone(),
        given: value(&issue.given),
        suggested: value(&issue.suggested),
        score: number(issue.score, 3),
        reasons: issue.reasons.clone(),
        // At 1 a source has nothing to say.
        supports: issue
            .evidence
            .iter()
            .filter(|e| e.score < SILENT || e.score.is_nan())
            .map(support)
            .collect(),
        similar: issue.similar.iter().map(similar).collect(),
    }
}
