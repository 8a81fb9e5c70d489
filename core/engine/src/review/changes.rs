//! The log of changed labels.

use super::Decision;
use super::csv_out::{escape, table, value};
use super::resolve::Decided;
use crate::Error;
use crate::audit::LabelValue;

/// Name of the change log.
pub const CHANGES: &str = "changes.csv";

/// One changed label of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The record.
    pub record: String,
    /// The class, or the name of the continuous target.
    pub label: String,
    /// What the data set says.
    pub before: LabelValue,
    /// What the corrected labels say.
    pub after: LabelValue,
    /// How the reviewer decided.
    pub decision: Decision,
    /// The reviewer's comment.
    pub comment: String,
    /// Line of the review that decided it.
    pub line: usize,
}

impl Changed {
    pub(super) fn new(decided: &Decided<'_>) -> Self {
        Self {
            record: decided.record.to_owned(),
            label: decided.label.clone(),
            before: decided.before.clone(),
            after: decided.after(),
            decision: decided.row.decision.unwrap_or(Decision::Relabel),
            comment: decided.row.comment.clone(),
            line: decided.row.line,
        }
    }
}

/// The log as CSV.
pub(super) fn csv(changes: &[Changed]) -> Result<Vec<u8>, Error> {
    let columns = [
        "record", "label", "before", "after", "decision", "comment", "line",
    ];
    let rows = changes.iter().map(|change| {
        [
            escape(&change.record),
            escape(&change.label),
            value(&change.before),
            value(&change.after),
            change.decision.word().to_owned(),
            escape(&change.comment),
            change.line.to_string(),
        ]
    });
    table(&columns, rows)
}
