//! The ECGs of flagged and exemplary records.

use std::collections::BTreeMap;

use ecg_audit_engine::audit::{Audit, Issue, Task, Trace};
use serde::Serialize;

use super::issues::value;
use crate::ecg;
use crate::format::{number, percent};

/// Bytes of drawings after which no further one is embedded, so that the page stays below 5 MB.
const BUDGET: usize = 3_500_000;
/// Entries of the definition list per ECG.
const METADATA: usize = 12;

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
    metadata: Vec<(String, String)>,
}

/// Why the record is on the list.
#[derive(Serialize)]
struct Evidence {
    label: String,
    given: String,
    suggested: String,
    score: String,
    model: String,
    surrogate: String,
    /// Only of a continuous target.
    neighbours: String,
    uncertainty: String,
    reasons: Vec<String>,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let mut figures = Vec::new();
        let mut anchors = BTreeMap::new();
        let mut size = 0;
        let mut left_out = 0;
        for trace in &audit.traces {
            if size > BUDGET {
                left_out += 1;
                continue;
            }
            let figure = figure(audit, trace, figures.len() + 1);
            size += figure.svg.len();
            anchors
                .entry(trace.record.clone())
                .or_insert_with(|| figure.id.clone());
            figures.push(figure);
        }
        View {
            figures,
            left_out,
            anchors,
        }
    }

    /// The element that shows `record`.
    pub fn anchor(&self, record: &str) -> Option<String> {
        self.anchors.get(record).cloned()
    }
}

fn figure(audit: &Audit, trace: &Trace, n: usize) -> Figure {
    let id = format!("ecg-{n}");
    let picture = ecg::draw(trace, &format!("{id}-svg"));
    let issues: Vec<&Issue> = audit
        .issues
        .items
        .iter()
        .filter(|i| i.record == trace.record)
        .collect();
    let labels = |pick: fn(&Issue) -> &Vec<String>| {
        issues
            .first()
            .map(|i| pick(i).join(", "))
            .filter(|s| !s.is_empty())
            .unwrap_or_else(|| "none".into())
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
        given_labels: if issues.is_empty() || audit.task == Task::Regression {
            String::new()
        } else {
            labels(|i| &i.given_labels)
        },
        model_labels: if issues.is_empty() {
            String::new()
        } else {
            labels(|i| &i.model_labels)
        },
        issues: issues.into_iter().map(evidence).collect(),
        exemplar_of: exemplar.map(|c| super::Chip::new(c.id)).collect(),
        metadata: trace
            .metadata
            .iter()
            .take(METADATA)
            .map(|(k, v)| (k.replace('_', " "), v.clone()))
            .collect(),
    }
}

/// A probability as per cent, or a value.
fn answer(issue: &Issue, probability: Option<f64>, value: Option<f64>) -> String {
    match probability {
        Some(probability) => percent(probability),
        None => super::issues::figure(issue, None, value).text,
    }
}

fn evidence(issue: &Issue) -> Evidence {
    Evidence {
        label: issue.label.clone(),
        given: value(&issue.given),
        suggested: value(&issue.suggested),
        score: number(issue.score, 3),
        model: answer(issue, issue.model_probability, issue.model_value),
        surrogate: answer(issue, issue.surrogate_probability, issue.surrogate_value),
        neighbours: issue
            .neighbour_value
            .map_or(String::new(), |_| answer(issue, None, issue.neighbour_value)),
        uncertainty: number(issue.uncertainty, 2),
        reasons: issue.reasons.clone(),
    }
}
