//! Corrected labels in a data set's own layout.
//!
//! [`LabelFile`] is the file of an opened data set that holds its labels. It writes that file again with some labels
//! changed and everything else as it was, and reads the outcome back before anyone relies on it.

mod cells;
mod npz;
mod ptb_xl;
#[cfg(test)]
mod tests;
mod verify;
mod wfdb;

use std::io::Write;
use std::path::{Path, PathBuf};

pub use verify::Outcome;

use super::Options;
use crate::{DataSet, Error};

/// What a label shall be.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// The class does not hold.
    Absent,
    /// The class holds.
    Present {
        /// The statement that says so, in data sets whose classes are groups of statements.
        statement: Option<String>,
    },
    /// A continuous target has this value.
    Value(f64),
}

/// One label of one record that shall be another.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The record, by its name in the data set.
    pub record: String,
    /// The class, or the name of the continuous target.
    pub label: String,
    /// What it shall be.
    pub wanted: Wanted,
}

/// The file of a data set that holds its labels.
pub struct LabelFile {
    data: Box<dyn DataSet>,
    layout: Box<dyn Layout>,
}

/// What differs between the layouts.
trait Layout: Send + Sync {
    /// The file with the labels.
    fn file(&self) -> &Path;

    /// Name of the continuous target, where there is one.
    fn target(&self) -> Option<&str>;

    /// Whether the layout holds exactly one class per record.
    fn exclusive(&self) -> bool {
        false
    }

    /// The class that a statement belongs to.
    fn class_of(&self, _statement: &str) -> Option<&str> {
        None
    }

    /// What keeps a change from being written, in words for whoever asked for it.
    fn check(&self, change: &Change) -> Result<(), String>;

    /// Writes the whole file with `changes`.
    fn write(&self, changes: &[Change], out: &mut dyn WriteSeek) -> Result<(), Error>;

    /// A continuous value as the layout keeps it, which may have fewer digits.
    fn stored(&self, value: f64) -> f64 {
        value
    }

    /// The data set with `file` in place of its own labels.
    fn open_with(&self, file: &Path) -> Result<Box<dyn DataSet>, Error>;

    /// Key of the configuration that names the file.
    fn key(&self) -> &'static str;
}

/// Where a layout is written to: archives go back to fill in sizes.
trait WriteSeek: Write + std::io::Seek {}
impl<T: Write + std::io::Seek> WriteSeek for T {}

impl LabelFile {
    /// Opens a data set, as [`datasets::open`](super::open) does, together with the file that holds its labels.
    ///
    /// # Errors
    /// As [`datasets::open`](super::open); [`Error::Invalid`] for a data set without labels.
    pub fn open(reader: &str, path: &Path, options: &Options) -> Result<Self, Error> {
        let data = super::open(reader, path, options)?;
        let layout: Box<dyn Layout> = match reader {
            "ptb-xl" => Box::new(ptb_xl::PtbXlLabels::open(path, options)?),
            "wfdb" => Box::new(wfdb::WfdbLabels::open(path, options)?),
            "npz" => Box::new(npz::NpzLabels::open(path, options)?),
            other => {
                return Err(Error::Invalid(format!(
                    "data.reader: corrected labels cannot be written for `{other}`, only for `ptb-xl`, `wfdb` and `npz`: \
                     correct the column in a copy of {} by hand, and name the copy as data.csv",
                    super::code15::table_path(path, options).display()
                )));
            }
        };
        Ok(Self { data, layout })
    }

    /// The data set as it is.
    pub fn data(&self) -> &dyn DataSet {
        self.data.as_ref()
    }

    /// The file with the labels.
    pub fn path(&self) -> &Path {
        self.layout.file()
    }

    /// Key of the configuration that names such a file: `data.csv` or `data.path`.
    pub fn key(&self) -> &'static str {
        self.layout.key()
    }

    /// Name of the continuous target, where the labels are one.
    pub fn target(&self) -> Option<&str> {
        self.layout.target()
    }

    /// Whether the layout holds exactly one class per record, so that setting one takes the other away.
    pub fn exclusive(&self) -> bool {
        self.layout.exclusive()
    }

    /// The class that a statement belongs to, in data sets whose classes are groups of statements.
    pub fn class_of(&self, statement: &str) -> Option<&str> {
        self.layout.class_of(statement)
    }

    /// What keeps a change from being written, in words for whoever asked for it.
    ///
    /// # Errors
    /// What is wrong and what would be right.
    pub fn check(&self, change: &Change) -> Result<(), String> {
        self.layout.check(change)
    }

    /// Writes the label file with `changes` to `out`, and nothing else: the data set stays as it is. Afterwards the
    /// data set is read with `out` in its place, and has to hold the changed labels and no other difference.
    ///
    /// # Errors
    /// [`Error::Io`] when `out` cannot be written; [`Error::Invalid`] for a change that [`LabelFile::check`] refuses, and
    /// when what is read back is not what was asked for.
    pub fn write(&self, changes: &[Change], out: &Path) -> Result<Outcome, Error> {
        for change in changes {
            self.layout
                .check(change)
                .map_err(|reason| Error::Invalid(format!("record {}: {reason}", change.record)))?;
        }
        let io = |source| Error::io(out, source);
        let mut file = std::io::BufWriter::new(std::fs::File::create(out).map_err(io)?);
        self.layout.write(changes, &mut file)?;
        let file = file.into_inner().map_err(|error| io(error.into_error()))?;
        file.sync_all().map_err(io)?;
        let again = self.layout.open_with(&absolute(out)).map_err(|error| {
            Error::Invalid(format!(
                "the data set could not be read with the corrected labels: {error}"
            ))
        })?;
        verify::compare(self.data.as_ref(), again.as_ref(), changes, &|value| {
            self.layout.stored(value)
        })
    }
}

/// Options' paths start in the data set's folder unless they are absolute.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The number as a table's cell, like the one before: pandas writes `57.0` in a column of floats.
fn number_cell(value: f64, before: &str) -> String {
    if value.fract() == 0.0 && before.contains('.') {
        format!("{value:.1}")
    } else {
        value.to_string()
    }
}

/// The value of a change of a continuous target.
fn value_of(change: &Change) -> Result<f64, String> {
    match change.wanted {
        Wanted::Value(value) if value.is_finite() => Ok(value),
        _ => Err(format!("`{}` is a number: expected a finite one", change.label)),
    }
}

/// Whether a class shall hold.
fn flag_of(change: &Change) -> Result<bool, String> {
    match change.wanted {
        Wanted::Absent => Ok(false),
        Wanted::Present { .. } => Ok(true),
        Wanted::Value(_) => Err(format!(
            "`{}` is a class: expected present or absent",
            change.label
        )),
    }
}

fn no_statements(change: &Change) -> Result<(), String> {
    match &change.wanted {
        Wanted::Present {
            statement: Some(statement),
        } => Err(format!(
            "`{statement}`: the data set has classes, no statements; expected present or absent"
        )),
        _ => Ok(()),
    }
}

/// The error of a change of which `check` would have said the same.
fn refused(reason: String) -> Error {
    Error::Invalid(reason)
}
