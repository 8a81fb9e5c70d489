//! From what a table says of each record to records with labels.

use std::collections::HashMap;

use super::Unlabelled;
use crate::{Error, Label, RecordInfo, Skipped};

/// What opening a data set yields, whatever its layout.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) records: Vec<RecordInfo>,
    pub(super) classes: Vec<String>,
    pub(super) skipped: Vec<Skipped>,
    /// Name of the continuous target, where the configuration gives it.
    target: Option<String>,
}

/// What a table says of a record's truth.
pub(super) enum Truth {
    /// Names of classes, any of which may be outside the chosen ones.
    Names(Vec<String>),
    /// A continuous target.
    Value(f64),
    /// No label, and why.
    None(String),
    /// The data set has no labels at all.
    Unsupervised,
}

impl Listing {
    pub(super) fn new(classes: Vec<String>) -> Self {
        Self {
            classes,
            ..Self::default()
        }
    }

    /// With the column that `data.labels` names.
    pub(super) fn with_target(mut self, column: Option<&str>) -> Self {
        self.target = column.map(str::to_owned);
        self
    }

    pub(super) fn target(&self) -> &str {
        self.target.as_deref().unwrap_or("value")
    }

    pub(super) fn skip(&mut self, record: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skipped {
            record: record.into(),
            reason: reason.into(),
        });
    }

    /// Adds a record; gives its index, or nothing where it was skipped.
    pub(super) fn add(
        &mut self,
        mut record: RecordInfo,
        truth: Truth,
        unlabelled: Unlabelled,
    ) -> Option<usize> {
        record.label = match truth {
            Truth::Names(names) => {
                Label::Classes(self.classes.iter().map(|class| names.contains(class)).collect())
            }
            Truth::Value(value) => Label::Value(value),
            Truth::Unsupervised => Label::Missing,
            Truth::None(reason) => match unlabelled {
                Unlabelled::Skip => {
                    self.skip(record.id, reason);
                    return None;
                }
                Unlabelled::Keep => Label::Missing,
                Unlabelled::Negative => Label::Classes(vec![false; self.classes.len()]),
            },
        };
        self.records.push(record);
        Some(self.records.len() - 1)
    }
}

/// Refuses to count unlabelled records as negative where there are no classes.
pub(super) fn check_negative(unlabelled: Unlabelled, has_classes: bool) -> Result<(), Error> {
    if unlabelled == Unlabelled::Negative && !has_classes {
        let message = "data.unlabelled: `negative` needs classes; expected `skip` or `keep`";
        return Err(Error::Invalid(message.into()));
    }
    Ok(())
}

/// Finds names that come twice, with the place of the first.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, usize>);

impl Seen {
    /// Notes `name` at `place`; gives the place where it was before.
    pub(super) fn before(&mut self, name: &str, place: usize) -> Option<usize> {
        self.0.insert(name.to_owned(), place)
    }
    /// Whether `name` was noted.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
