//! Landmarks of WFDB records from annotation files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::options::AnnotationFiles;
use crate::error::instead;
use crate::landmarks::{Beat, Landmarks, beats, fuse};
use crate::wfdb::{self, Parts};
use crate::{Error, RecordInfo};

/// The value of `data.annotations` by which each lead has a file with the lead's name as its extension.
const PER_LEAD: &str = "per-lead";

/// Which annotation files the records have.
pub(super) enum Source {
    /// `RECORD.EXTENSION`
    Record(String),
    /// `RECORD.EXTENSION` for each lead, in the leads' order.
    Leads(Vec<String>),
    /// `RECORD.LEAD`
    LeadNames,
}

/// What a record's header says that annotations need.
struct Record {
    leads: Vec<String>,
    sampling_rate: f64,
    frames: Option<u64>,
}

impl Source {
    /// Checks the option against the data set: a file that no record has is more likely a spelling mistake than a
    /// data set without annotations.
    pub(super) fn new(files: &AnnotationFiles, root: &Path, records: &[RecordInfo]) -> Result<Self, Error> {
        let source = match files {
            AnnotationFiles::Record(name) if name == PER_LEAD => Self::LeadNames,
            AnnotationFiles::Record(extension) => Self::Record(checked(extension)?),
            AnnotationFiles::Leads(extensions) if extensions.is_empty() => {
                return Err(Error::Invalid(
                    "data.annotations: expected an extension per lead, found an empty list".into(),
                ));
            }
            AnnotationFiles::Leads(extensions) => Self::Leads(
                extensions
                    .iter()
                    .map(|name| checked(name))
                    .collect::<Result<_, _>>()?,
            ),
        };
        if !records.is_empty() {
            source.check_presence(root, records)?;
        }
        Ok(source)
    }

    fn check_presence(&self, root: &Path, records: &[RecordInfo]) -> Result<(), Error> {
        let paths = || records.iter().map(|record| root.join(&record.id));
        let absent = |extension: &str| !paths().any(|path| with_extension(&path, extension).is_file());
        let missing = match self {
            Self::Record(extension) => absent(extension).then_some(extension.as_str()),
            Self::Leads(extensions) => extensions.iter().map(String::as_str).find(|name| absent(name)),
            Self::LeadNames => {
                let annotated = |path: PathBuf| {
                    let record = Record::read(&path).ok()?;
                    record.leads.iter().find_map(|lead| lead_file(&path, lead))
                };
                if paths().find_map(annotated).is_some() {
                    return Ok(());
                }
                let message = "data.annotations: `per-lead` expects files such as `RECORD.ii`, with a lead's name as \
                               extension; no record has one";
                return Err(Error::Invalid(message.into()));
            }
        };
        let Some(missing) = missing else {
            return Ok(());
        };
        let found = paths().next().map(|path| extensions_beside(&path));
        let instead = match found.filter(|found| !found.is_empty()) {
            Some(found) => instead(
                missing,
                "extensions at the first record",
                found.iter().map(String::as_str),
            ),
            None => "; the first record has no other file".to_owned(),
        };
        Err(Error::Invalid(format!(
            "data.annotations: no record has a file `RECORD.{missing}`{instead}"
        )))
    }

    /// The landmarks of a record (its path without extension); nothing if it has no annotation file.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Landmarks>, Error> {
        let record = Record::read(path)?;
        let files: Vec<Option<PathBuf>> = match self {
            Self::Record(extension) => {
                let file = with_extension(path, extension);
                if !file.is_file() {
                    return Ok(None);
                }
                return Ok(Some(Landmarks {
                    fused: record.beats(&file)?,
                    per_lead: Vec::new(),
                }));
            }
            Self::Leads(extensions) => {
                record.check_count(extensions, path)?;
                let file =
                    |extension: &String| Some(with_extension(path, extension)).filter(|file| file.is_file());
                extensions.iter().map(file).collect()
            }
            Self::LeadNames => record.leads.iter().map(|lead| lead_file(path, lead)).collect(),
        };
        if files.iter().all(Option::is_none) {
            return Ok(None);
        }
        let beats_of =
            |file: &Option<PathBuf>| file.as_deref().map_or(Ok(Vec::new()), |file| record.beats(file));
        let per_lead: Vec<Vec<Beat>> = files.iter().map(beats_of).collect::<Result<_, _>>()?;
        Ok(Some(Landmarks {
            fused: fuse(&per_lead, record.sampling_rate),
            per_lead,
        }))
    }
}

impl Record {
    fn read(path: &Path) -> Result<Self, Error> {
        let header = wfdb::read_header(path)?;
        let leads = match &header.parts {
            Parts::Signals(specs) => (0..)
                .zip(specs)
                .map(|(i, spec)| wfdb::lead_name(i, spec))
                .collect(),
            // Segments may have different leads in another order; only their reader puts them together.
            Parts::Segments { .. } => wfdb::read_record(path)?.leads,
        };
        Ok(Self {
            leads,
            sampling_rate: header.sampling_rate,
            frames: header.frames,
        })
    }

    fn check_count(&self, extensions: &[String], path: &Path) -> Result<(), Error> {
        let (leads, given) = (self.leads.len(), extensions.len());
        if leads == given {
            return Ok(());
        }
        let message =
            format!("data.annotations names {given} extensions, one per lead: the record has {leads} leads");
        Err(Error::content(&wfdb::header_path(path), message))
    }

    fn beats(&self, file: &Path) -> Result<Vec<Beat>, Error> {
        let beats = beats(&wfdb::read_annotations(file)?, self.sampling_rate);
        let end = beats.iter().filter_map(Beat::end).reduce(f64::max);
        match (end, self.frames) {
            (Some(end), Some(frames)) if end > frames as f64 => Err(Error::content(
                file,
                format!(
                    "a wave is annotated at sample {end}: expected none after the record's end at {frames}"
                ),
            )),
            _ => Ok(beats),
        }
    }
}

/// Extensions are letters, digits, `-` and `_`: a path in one would leave the data set's folder.
fn is_extension(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.is_empty() && text.chars().all(letter)
}

fn checked(extension: &str) -> Result<String, Error> {
    if is_extension(extension) {
        return Ok(extension.to_owned());
    }
    Err(Error::Invalid(format!(
        "data.annotations: expected an extension without its dot, such as `atr`, found `{extension}`"
    )))
}

/// Record names may hold dots of their own.
fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// The file of a lead: its name as in the header, or in lower case.
fn lead_file(path: &Path, lead: &str) -> Option<PathBuf> {
    let spellings = [lead.to_owned(), lead.to_ascii_lowercase()];
    let names = spellings.iter().filter(|name| is_extension(name));
    names
        .map(|name| with_extension(path, name))
        .find(|file| file.is_file())
}

/// Extensions of the files that a record has.
fn extensions_beside(path: &Path) -> BTreeSet<String> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return BTreeSet::new();
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let extension = |file: String| file.strip_prefix(name)?.strip_prefix('.').map(str::to_owned);
    names
        .filter_map(extension)
        .filter(|extension| is_extension(extension) && !matches!(extension.as_str(), "hea" | "dat" | "mat"))
        .collect()
}
