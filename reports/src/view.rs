//! What the page shows, in the order and the words in which it shows it.

mod associations;
mod atlas;
mod attribution;
mod by_fold;
mod calibration;
mod clusters;
mod data;
mod ecgs;
mod fidelity;
mod heat;
mod intervals;
mod issues;
mod landmarks;
mod networks;
mod provenance;
mod quality;
mod summary;
mod trust;
mod uncertainty;
mod values;

use ecg_audit_engine::audit::{Audit, Task};
use serde::Serialize;

use crate::{format, palette};

/// Everything the templates need.
#[derive(Serialize)]
pub(crate) struct Page {
    name: String,
    task: &'static str,
    /// Name of the continuous target; empty for classes.
    target: String,
    schema: String,
    version: String,
    started: String,
    sections: Vec<Section>,
    summary: summary::View,
    fidelity: fidelity::View,
    clusters: clusters::View,
    landmarks: landmarks::View,
    associations: associations::View,
    uncertainty: uncertainty::View,
    attribution: attribution::View,
    trust: trust::View,
    issues: issues::View,
    ecgs: ecgs::View,
    quality: quality::View,
    data: data::View,
    provenance: provenance::View,
}

/// An entry of the table of contents.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
}

/// Characters of the target's name.
const NAME: usize = 40;

/// What the network answers, as the page speaks of it; nothing for classes.
fn target(audit: &Audit) -> Option<String> {
    let name = audit.target.as_deref().map(str::trim).unwrap_or_default();
    let name = if name.is_empty() { "value" } else { name };
    (audit.task == Task::Regression).then(|| format::shorten(name, NAME))
}

/// A cluster's number in its colour.
#[derive(Serialize, Clone)]
pub(crate) struct Chip {
    id: usize,
    class: String,
}

impl Chip {
    fn new(id: usize) -> Self {
        Chip {
            id,
            class: palette::cluster_class(id),
        }
    }
}

/// A number as text, with the value that sorts it.
#[derive(Serialize, Clone)]
pub(crate) struct Cell {
    text: String,
    /// A second, smaller figure; may be empty.
    note: String,
    sort: Option<f64>,
}

impl Cell {
    fn number(value: f64, digits: usize) -> Self {
        Cell::new(crate::format::number(value, digits), value)
    }

    fn optional(value: Option<f64>, digits: usize) -> Self {
        value.map_or_else(
            || Cell {
                text: crate::format::NONE.into(),
                note: String::new(),
                sort: None,
            },
            |v| Cell::number(v, digits),
        )
    }

    fn percent(value: f64) -> Self {
        Cell::new(crate::format::percent(value), value)
    }

    fn count(value: usize) -> Self {
        Cell::new(crate::format::count(value), value as f64)
    }

    /// The same above a smaller figure.
    fn with(self, note: String) -> Self {
        Cell { note, ..self }
    }

    fn new(text: String, value: f64) -> Self {
        Cell {
            text,
            note: String::new(),
            sort: value.is_finite().then_some(value),
        }
    }
}

impl Page {
    /// The view of `audit`.
    pub fn new(audit: &Audit) -> Self {
        let target = target(audit);
        let issues = if target.is_some() {
            "Doubtful values"
        } else {
            "Label issues"
        };
        let sections = [
            ("summary", "Summary"),
            ("fidelity", "Fidelity"),
            ("clusters", "Clusters"),
            ("landmarks", "Heartbeat"),
            ("associations", "Associations"),
            ("uncertainty", "Uncertainty"),
            ("attribution", "Attribution"),
            ("trust", "Trust"),
            ("issues", issues),
            ("ecgs", "ECGs"),
            ("quality", "Data quality"),
            ("data", "Data"),
            ("provenance", "Provenance"),
        ];
        let ecgs = ecgs::View::new(audit);
        Page {
            name: audit.name.clone(),
            task: match audit.task {
                Task::MultiLabel => "multi-label classification",
                Task::MultiClass => "multi-class classification",
                Task::Regression => "regression",
            },
            target: target.unwrap_or_default(),
            schema: audit.schema.clone(),
            version: audit.provenance.version.clone(),
            started: audit.provenance.started.clone(),
            sections: sections.map(|(id, title)| Section { id, title }).into(),
            summary: summary::View::new(audit),
            fidelity: fidelity::View::new(audit),
            clusters: clusters::View::new(audit, &ecgs),
            landmarks: landmarks::View::new(audit),
            associations: associations::View::new(audit),
            uncertainty: uncertainty::View::new(audit),
            attribution: attribution::View::new(audit),
            trust: trust::View::new(audit),
            issues: issues::View::new(audit, &ecgs),
            ecgs,
            quality: quality::View::new(audit),
            data: data::View::new(audit),
            provenance: provenance::View::new(audit),
        }
    }
}
