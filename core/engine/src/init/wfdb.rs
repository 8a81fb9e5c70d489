//! A folder of WFDB records as a network's data.

use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{self, AnnotationFiles, Options};

use super::columns::{self, Columns};
use super::data::{Choice, Data};
use crate::Error;

/// Column that the reader takes for the record's name by itself.
const RECORD: &str = "record";

/// Chooses the table of labels, its columns, and annotations for a network with this number of outputs.
pub(super) fn look(path: PathBuf, outputs: Option<usize>) -> Result<Data, Error> {
    let (mut choices, mut notes) = (Vec::new(), Vec::new());
    let plain = datasets::open("wfdb", &path, &Options::default())?;
    let records: Vec<String> = plain.records().iter().map(|record| record.id.clone()).collect();
    let annotations = annotations(&path, records.first().map(String::as_str));
    let mut options = Options {
        annotations: annotations.clone(),
        ..Options::default()
    };
    match table(&path, &records, &mut notes)? {
        Some(columns) => {
            notes.push(format!(
                "{}: {} rows; the column `{}` names {} of {} records",
                columns.file.display(),
                columns.rows,
                columns.record,
                columns.matched,
                records.len()
            ));
            let mut own = Vec::new();
            let with = with_table(&path, &columns, outputs, options.clone(), &mut own);
            // What looks like labels may still hold a cell that is none.
            match datasets::open("wfdb", &path, &with) {
                Ok(_) => {
                    options = with;
                    choices.extend(own);
                }
                Err(error) => choices.push(Choice::new(
                    "data.csv",
                    format!("{} cannot be used for labels as it is: {error}", columns.file.display()),
                )),
            }
        }
        None => choices.push(Choice::new(
            "data.csv",
            "no table (*.csv) of labels was found in the folder: without labels there is nothing to hold the network \
             against. Write one with a row per record, and say here `csv`, `record_column` and `label_columns` (comments \
             in headers, such as #Dx, are not read)",
        )),
    }
    Data::open("wfdb", path, options, choices, notes)
}

/// The table that names the most records.
fn table(path: &Path, records: &[String], notes: &mut Vec<String>) -> Result<Option<Columns>, Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(Error::io(path))? {
        let file = entry.map_err(Error::io(path))?.path();
        if file.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")) {
            files.push(file);
        }
    }
    files.sort();
    let mut best: Option<Columns> = None;
    for file in files {
        match columns::look(&file, records) {
            Ok(Some(found)) if best.as_ref().is_none_or(|best| found.matched > best.matched) => {
                best = Some(found);
            }
            Ok(Some(_)) => {}
            Ok(None) => notes.push(format!("{}: no column names the records", file.display())),
            Err(reason) => notes.push(format!("not readable as a table: {reason}")),
        }
    }
    Ok(best)
}

fn with_table(
    path: &Path,
    columns: &Columns,
    outputs: Option<usize>,
    base: Options,
    choices: &mut Vec<Choice>,
) -> Options {
    let file = columns.file.strip_prefix(path).unwrap_or(&columns.file);
    let mut options = Options {
        csv: Some(file.to_owned()),
        record_column: (columns.record != RECORD).then(|| columns.record.clone()),
        folds: columns.folds.clone(),
        group: columns.group.clone(),
        ..base
    };
    if columns.group.is_none() {
        choices.push(Choice::new(
            "data.group",
            "the column with the patient: without it every record counts as a patient of its own, and one patient's \
             records may sit in two folds",
        ));
    }
    let fits = |classes: usize| outputs == Some(classes);
    let named: Vec<_> = columns.names.iter().filter(|names| fits(names.classes)).collect();
    if !columns.flags.is_empty() && (fits(columns.flags.len()) || named.is_empty()) {
        let why = if fits(columns.flags.len()) {
            "the order of the network's outputs, which the network does not say: these are the columns with 0 and 1 in \
             their own order"
                .to_owned()
        } else {
            format!(
                "the network has {} outputs; these are the {} columns with 0 and 1. Keep those that the outputs stand for, \
                 in the order of the outputs",
                outputs.map_or("an unknown number of".to_owned(), |outputs| outputs.to_string()),
                columns.flags.len()
            )
        };
        options.label_columns = Some(columns.flags.clone());
        choices.push(Choice::new("data.label_columns", why));
    } else if let [names] = named.as_slice() {
        options.label_columns = Some(vec![names.column.clone()]);
        options.label_separator = Some(names.separator.clone());
        choices.push(Choice::new(
            "data.label_columns",
            "the column was chosen because it has as many names as the network has outputs. List them in the order of the \
             outputs as `classes = [\"…\"]`; by default they are sorted",
        ));
    } else {
        choices.push(Choice::new("data.label_columns", unnamed(columns, outputs)));
    }
    options
}

fn unnamed(columns: &Columns, outputs: Option<usize>) -> String {
    let found: Vec<String> = columns
        .names
        .iter()
        .map(|names| format!("`{}` ({} names)", names.column, names.classes))
        .collect();
    let found = if found.is_empty() {
        "none has 0 and 1 or names that repeat".to_owned()
    } else {
        format!("those with names that repeat are {}", found.join(", "))
    };
    format!(
        "no column could be told to hold the labels of the network's {}; {found}. Say `label_columns`, for names also \
         `label_separator`, and `classes` in the order of the outputs",
        outputs.map_or("outputs".to_owned(), |outputs| format!("{outputs} outputs"))
    )
}

/// Files with landmarks beside the first record: one per lead, or one for all.
fn annotations(path: &Path, first: Option<&str>) -> Option<AnnotationFiles> {
    let record = path.join(first?);
    let beside = |extension: &str| {
        let mut name = record.as_os_str().to_owned();
        name.push(".");
        name.push(extension.to_lowercase());
        Path::new(&name).is_file()
    };
    let leads = ecg_audit_ecg::wfdb::read_record(&record).ok()?.leads;
    if !leads.is_empty() && leads.iter().all(|lead| beside(lead)) {
        return Some(AnnotationFiles::Record("per-lead".into()));
    }
    beside("atr").then(|| AnnotationFiles::Record("atr".into()))
}
