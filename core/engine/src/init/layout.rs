//! Which of the known layouts a data folder has.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::Error;

/// A recognised layout, with the path that its reader takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    PtbXl(PathBuf),
    Wfdb(PathBuf),
    Code15(PathBuf),
    Npz(PathBuf),
}

/// Names shown of a folder that is none of the layouts.
const SHOWN: usize = 8;

/// Looks at `path`.
///
/// # Errors
/// [`Error::Io`] for what cannot be read; [`Error::Invalid`] with what was looked for, and what is there, for anything
/// else than a layout that has a reader.
pub(super) fn recognise(path: &Path) -> Result<Layout, Error> {
    let metadata = std::fs::metadata(path).map_err(Error::io(path))?;
    if !metadata.is_dir() {
        return match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("npz") => Ok(Layout::Npz(path.to_owned())),
            _ => Err(Error::Invalid(format!(
                "{} is neither a folder nor an NPZ file (*.npz)",
                path.display()
            ))),
        };
    }
    let names = names(path)?;
    let has = |name: &str| names.iter().any(|it| it == name);
    if has("ptbxl_database.csv") && has("scp_statements.csv") {
        return Ok(Layout::PtbXl(path.to_owned()));
    }
    let is_part = |name: &String| name.starts_with("exams_part") && name.ends_with(".hdf5");
    if has("exams.csv") && names.iter().any(is_part) {
        return Ok(Layout::Code15(path.to_owned()));
    }
    if has("RECORDS") || has_header(path)? {
        return Ok(Layout::Wfdb(path.to_owned()));
    }
    let npz: Vec<&String> = names
        .iter()
        .filter(|name| name.to_ascii_lowercase().ends_with(".npz"))
        .collect();
    match npz.as_slice() {
        [only] => Ok(Layout::Npz(path.join(only))),
        [] => Err(unknown(path, &names)),
        several => Err(Error::Invalid(format!(
            "{} has {} NPZ files ({}); name one of them as --data",
            path.display(),
            several.len(),
            shown(several)
        ))),
    }
}

fn names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(Error::io(path))? {
        let entry = entry.map_err(Error::io(path))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Whether there is a WFDB header in the folder or below.
fn has_header(path: &Path) -> Result<bool, Error> {
    for entry in WalkDir::new(path) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(path).to_owned();
            Error::Io {
                path,
                source: error.into(),
            }
        })?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|it| it == "hea") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn shown(names: &[impl AsRef<str>]) -> String {
    let mut text: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    if names.len() > SHOWN {
        text.push("…");
    }
    text.join(", ")
}

fn unknown(path: &Path, names: &[String]) -> Error {
    let has = |name: &str| names.iter().any(|it| it == name);
    let found = if names.is_empty() {
        "the folder is empty".to_owned()
    } else {
        format!("found: {}", shown(names))
    };
    let missing = [
        ("ptbxl_database.csv", "scp_statements.csv"),
        ("scp_statements.csv", "ptbxl_database.csv"),
        ("exams.csv", "exams_part*.hdf5"),
    ];
    let near: Vec<String> = missing
        .iter()
        .filter(|(there, _)| has(there))
        .map(|(there, not)| format!("\n{there} is there, {not} is not"))
        .collect();
    Error::Invalid(format!(
        "{} is no data set that ecg-audit recognises.\nLooked for: PTB-XL (ptbxl_database.csv and scp_statements.csv), \
         CODE-15% (exams.csv and exams_part*.hdf5), WFDB (RECORDS, or *.hea here or in folders below), NPZ (*.npz)\n{found}{}",
        path.display(),
        near.concat()
    ))
}
