//! What every data set offers, whatever its layout on disk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::landmarks::Landmarks;
use crate::{Error, Signal};

/// What is known of one record before its signal is read.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordInfo {
    /// Name, unique in the data set.
    pub id: String,
    /// The patient (or other unit) that must not be split between folds.
    pub group: Option<String>,
    /// Cross-validation fold.
    pub fold: Option<u32>,
    /// The truth the model is held against.
    pub label: Label,
    /// Everything else the data set says of the record, by column name (age, sex, device, …).
    pub metadata: BTreeMap<String, String>,
}

/// The truth of one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// One flag per class of [`DataSet::classes`]. Multi-class data sets set exactly one.
    Classes(Vec<bool>),
    /// A continuous target, such as age in years.
    Value(f64),
    /// The data set has none for this record: it is encoded, but no figure against truth counts it.
    Missing,
}

/// A record that was set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Name of the record.
    pub record: String,
    /// The reason, in words a user can act on.
    pub reason: String,
}

/// A labelled set of ECG records.
///
/// Opening one reads the tables only; signals are read one record at a time, from any thread.
pub trait DataSet: Send + Sync {
    /// Name of the reader, as the configuration spells it (`ptb-xl`, `wfdb`, `npz`, …).
    fn reader(&self) -> &'static str;

    /// The records, in the order of the data set's own table.
    fn records(&self) -> &[RecordInfo];

    /// Class names, in the order of [`Label::Classes`]; empty for a continuous target.
    fn classes(&self) -> &[String];

    /// Name of the continuous target of [`Label::Value`], such as `age`; says nothing where labels are classes.
    fn target(&self) -> &str {
        "value"
    }

    /// Records that the tables name but that cannot be used, known before any signal is read.
    fn skipped(&self) -> &[Skipped];

    /// Reads the signal of `records()[index]`.
    ///
    /// # Errors
    /// An [`Error`] that names the file and what is wrong with it; the caller sets the record aside.
    fn read(&self, index: usize) -> Result<Signal, Error>;

    /// Landmarks that come with `records()[index]`, in samples of the signal that [`DataSet::read`] gives; nothing for a
    /// record, or a whole data set, without any.
    ///
    /// # Errors
    /// An [`Error`] that names the file and what is wrong with it; the record has no landmarks then.
    fn annotations(&self, index: usize) -> Result<Option<Landmarks>, Error> {
        let _ = index;
        Ok(None)
    }
}
