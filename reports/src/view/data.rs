//! What went in, and what did not.

use ecg_audit_engine::audit::{Audit, SkippedRecord, Task};
use serde::Serialize;

use super::Cell;
use crate::charts;
use crate::format::{count, number};

/// Entries of a list in the page.
const SHOWN: usize = 200;

#[derive(Serialize)]
pub(super) struct View {
    facts: Vec<(&'static str, String)>,
    classes: Vec<Class>,
    skipped: List,
    warnings: List,
}

#[derive(Serialize)]
struct Class {
    class: String,
    records: Cell,
    share: Cell,
    bar: String,
}

#[derive(Serialize)]
struct List {
    total: String,
    any: bool,
    left_out: usize,
    items: Vec<(String, String)>,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let data = &audit.provenance.data;
        let folds: Vec<_> = data.folds.iter().map(u32::to_string).collect();
        let share = |n: usize| {
            if data.labelled > 0 {
                n as f64 / data.labelled as f64
            } else {
                f64::NAN
            }
        };
        View {
            facts: vec![
                ("Reader", data.reader.clone()),
                ("Path", data.path.clone()),
                ("Records", count(data.records)),
                (
                    if audit.task == Task::Regression {
                        "With a value"
                    } else {
                        "With a label"
                    },
                    count(data.labelled),
                ),
                ("Patients", count(data.groups)),
                (
                    "Folds",
                    if folds.is_empty() {
                        "none".into()
                    } else {
                        folds.join(", ")
                    },
                ),
                (
                    "Sampling rate",
                    format!("{} Hz after preprocessing", number(data.sampling_rate, 0)),
                ),
                ("Leads", data.leads.join(", ")),
            ],
            classes: audit
                .classes
                .iter()
                .zip(&data.class_counts)
                .map(|(class, &n)| Class {
                    class: class.clone(),
                    records: Cell::count(n),
                    share: Cell::percent(share(n)),
                    bar: charts::bar("fill", share(n), 1.0),
                })
                .collect(),
            skipped: list(&data.skipped),
            warnings: list(&data.warnings),
        }
    }
}

fn list(records: &[SkippedRecord]) -> List {
    List {
        total: count(records.len()),
        any: !records.is_empty(),
        left_out: records.len().saturating_sub(SHOWN),
        items: records
            .iter()
            .take(SHOWN)
            .map(|r| (r.record.clone(), r.reason.clone()))
            .collect(),
    }
}
