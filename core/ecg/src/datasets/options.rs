//! The `[data]` table of a configuration, beside `reader` and `path`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{instead, quoted};

/// How a data set is read. Which keys a reader takes is said at each; another reader refuses them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Sampling rate in Hz. `ptb-xl`: 100 or 500, which of the two versions of each record to read.
    /// `npz`: the rate of the signals, which the file does not say. `code15`: that of the tracings, by default 400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_rate: Option<f64>,

    /// What the truth is. `ptb-xl`: `superclass` (default), `subclass`, `statement` (every SCP-ECG
    /// statement), or the name of a column with a continuous target, such as `age` (PTB-XL writes the
    /// age of everyone of 90 or more as 300). `wfdb`: the name of a column of `csv` with a continuous target;
    /// for classes see `label_columns`. `code15`: the name of a column with a continuous target, by default `age` (only
    /// ages above 0 and up to 120 years count), or `abnormalities` for classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,

    /// Class names in the order of the model's outputs; a part of them is enough. `ptb-xl`: by default
    /// NORM, MI, STTC, CD, HYP for superclasses, else all names of `scp_statements.csv`, sorted. `wfdb`: by
    /// default the label columns in their order, or all names found, sorted. `npz`: names of the label columns; or, for
    /// labels `[N]`, makes them indices of classes instead of a continuous target. `code15`: columns with True or False
    /// (or 1, 0), by default 1dAVb, RBBB, LBBB, SB, AF, ST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,

    /// Column with the cross-validation fold, an integer. `ptb-xl`: by default `strat_fold`. `wfdb`: a column of `csv`.
    /// `code15`: a column of its table, by default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds: Option<String>,

    /// Column with the patient (or other unit) that no fold boundary may split. `ptb-xl`, `code15`: by default `patient_id`.
    /// `wfdb`: a column of `csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,

    /// `ptb-xl`: diagnostic statements of a lower likelihood (0 to 100) do not count. PTB-XL writes an
    /// unknown likelihood as 0: such a statement does not reach any threshold above 0. Without this key every statement
    /// counts. Form and rhythm statements have no likelihood and always count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_likelihood: Option<f64>,

    /// What becomes of a record without any label; by default `skip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,

    /// `wfdb`: CSV file with a row per record. `ptb-xl`: a table to read in place of the folder's own
    /// `ptbxl_database.csv`, such as one with corrected labels; `code15`: one in place of `exams.csv`, such as a part of
    /// it. A relative path starts in the configuration's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<PathBuf>,

    /// `wfdb`: column of `csv` that names the record, by its path in the data set's folder or by its file
    /// name alone; by default `record`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_column: Option<String>,

    /// `wfdb`: columns of `csv` with the labels: one per class with 0 or 1 (or `false`, `true`), or, with
    /// `label_separator`, a single one with class names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_columns: Option<Vec<String>>,

    /// `wfdb`: what separates the class names in the label column, such as `;`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_separator: Option<String>,

    /// `wfdb`: annotation files with the landmarks (P, QRS, T) of each record. An extension, such as `atr`, is that of one file
    /// per record, `RECORD.atr`; a list is that of one file per lead, in the leads' order; `per-lead` stands for the
    /// leads' own names, as in LUDB (`RECORD.ii`, `RECORD.avr`, …). Brackets give onsets and offsets, beat annotations QRS peaks. A
    /// record without such a file has no landmarks; without this key none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<AnnotationFiles>,

    /// `npz`: lead names in the order of the signals' second axis. `code15`: in the order of the tracings' third
    /// axis, by default DI, DII, DIII, AVR, AVL, AVF, V1 to V6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads: Option<Vec<String>>,

    /// `code15`, required: factor from the stored values to millivolts. It is not assumed, because the unit of CODE-15% is
    /// stated in different ways: R waves in DII, mostly 0.5 to 2 mV high, tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,

    /// `npz`: names of the arrays in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrays: Option<Arrays>,
}

/// Which annotation files the records have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected an extension such as \"atr\", \"per-lead\", or a list of extensions, one per lead"
)]
pub enum AnnotationFiles {
    /// Extension of the one file of each record; or `per-lead`, a file for each lead with the lead's name as extension.
    Record(String),
    /// Extensions of the files of each lead, in the leads' order.
    Leads(Vec<String>),
}

/// Names of the arrays in an NPZ file. One that is named here must be there; the others are taken under
/// their default names if they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// Signals in millivolts, `[N, leads, samples]`, 32- or 64-bit floats; by default `signals`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<String>,
    /// Labels: `[N, classes]` with 0 or 1, `[N]` with class names, or `[N]` with numbers; by default `labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// Folds, `[N]` integers; by default `folds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds: Option<String>,
    /// Patients, `[N]` integers or text; by default `groups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// Names of the records, `[N]` integers or text; by default `ids`, else the records are numbered from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
}

/// What becomes of a record without any label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unlabelled {
    /// It is set aside and listed with the reason.
    #[default]
    Skip,
    /// It is read, but no figure against truth counts it.
    Keep,
    /// It counts as a record that has none of the classes.
    Negative,
}

impl Options {
    /// Refuses keys that `reader` would silently ignore.
    pub(super) fn check_keys(&self, reader: &str, known: &[&str]) -> Result<(), Error> {
        let given = serde_json::to_value(self).map_err(|error| Error::Invalid(error.to_string()))?;
        let stray = given
            .as_object()
            .into_iter()
            .flatten()
            .find(|(key, _)| !known.contains(&key.as_str()));
        match stray {
            None => Ok(()),
            Some((key, _)) => {
                let known = quoted(known.iter().copied());
                Err(Error::Invalid(format!(
                    "data.{key} does not apply to the reader `{reader}`, which takes {known}"
                )))
            }
        }
    }

    /// What to do with unlabelled records, where no data set's own default differs.
    pub(super) fn if_unlabelled(&self) -> Unlabelled {
        self.unlabelled.unwrap_or_default()
    }
}

/// The names of `wanted` in their order, each of which must be one of `known`.
pub(super) fn chosen(key: &str, wanted: &[String], known: &[String]) -> Result<Vec<String>, Error> {
    for (i, name) in wanted.iter().enumerate() {
        if !known.contains(name) {
            let instead = instead(name, "classes", known.iter().map(String::as_str));
            return Err(Error::Invalid(format!("{key}: unknown class `{name}`{instead}")));
        }
        if wanted.iter().take(i).any(|other| other == name) {
            return Err(Error::Invalid(format!("{key}: `{name}` is there twice")));
        }
    }
    if wanted.is_empty() {
        return Err(Error::Invalid(format!(
            "{key}: expected at least one name, found none"
        )));
    }
    Ok(wanted.to_vec())
}
