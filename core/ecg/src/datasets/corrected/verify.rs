//! Whether a data set that is read with a corrected label file holds what was asked for, and nothing else is different.

use std::collections::{BTreeSet, HashMap};

use super::{Change, Wanted};
use crate::{DataSet, Error, Label, RecordInfo};

/// What a corrected label file leads to when the data set is read with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Records whose last label was taken away and that the data set's reader sets aside from now on.
    pub set_aside: Vec<String>,
    /// Classes that no record has any more and that the data set's reader finds no longer.
    pub vanished: Vec<String>,
}

/// A label without regard to the order of classes.
#[derive(Debug, PartialEq)]
enum Truth {
    Classes(BTreeSet<String>),
    Value(f64),
    Missing,
}

/// Compares `again` with `before` after `changes`.
pub(super) fn compare(
    before: &dyn DataSet,
    again: &dyn DataSet,
    changes: &[Change],
    stored: &dyn Fn(f64) -> f64,
) -> Result<Outcome, Error> {
    let mut of_record: HashMap<&str, Vec<&Change>> = HashMap::new();
    for change in changes {
        of_record.entry(&change.record).or_default().push(change);
    }
    let mut outcome = Outcome::default();
    let mut found = again.records().iter().peekable();
    for record in before.records() {
        let changes = of_record.remove(record.id.as_str()).unwrap_or_default();
        let expected = expected(truth(record, before.classes()), &changes, stored);
        let empty = expected == Truth::Classes(BTreeSet::new()) && !changes.is_empty();
        match found.next_if(|other| other.id == record.id) {
            Some(other) => {
                let got = truth(other, again.classes());
                let equal = got == expected || (empty && got == Truth::Missing);
                if !equal || (&other.group, other.fold) != (&record.group, record.fold) {
                    return Err(different(
                        &record.id,
                        &format!("expected {expected:?}, found {got:?}"),
                    ));
                }
            }
            None if empty => outcome.set_aside.push(record.id.clone()),
            None => return Err(different(&record.id, "it is no longer there")),
        }
    }
    if let Some(record) = found.next() {
        return Err(different(&record.id, "it was not there before"));
    }
    if let Some(record) = of_record.keys().next() {
        return Err(different(record, "no such record"));
    }
    let gone = |class: &&String| !again.classes().contains(*class);
    outcome.vanished = before.classes().iter().filter(gone).cloned().collect();
    Ok(outcome)
}

fn truth(record: &RecordInfo, classes: &[String]) -> Truth {
    match &record.label {
        Label::Classes(flags) => Truth::Classes(
            classes
                .iter()
                .zip(flags)
                .filter(|(_, flag)| **flag)
                .map(|(class, _)| class.clone())
                .collect(),
        ),
        Label::Value(value) => Truth::Value(*value),
        Label::Missing => Truth::Missing,
    }
}

fn expected(before: Truth, changes: &[&Change], stored: &dyn Fn(f64) -> f64) -> Truth {
    let mut truth = before;
    for change in changes {
        let mut classes = match truth {
            Truth::Classes(classes) => classes,
            _ => BTreeSet::new(),
        };
        match &change.wanted {
            Wanted::Present { .. } => {
                classes.insert(change.label.clone());
            }
            Wanted::Absent => {
                classes.remove(&change.label);
            }
            Wanted::Value(value) => {
                truth = Truth::Value(stored(*value));
                continue;
            }
        }
        truth = Truth::Classes(classes);
    }
    truth
}

fn different(record: &str, how: &str) -> Error {
    Error::Invalid(format!(
        "record {record}: the corrected labels, read back, are not what was asked for: {how}"
    ))
}
