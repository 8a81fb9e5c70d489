//! Annotation files in the MIT format of WFDB (`annot(5)` in the *WFDB Applications Guide*): `.atr`,
//! `.qrs`, `.pu0`, `.q1c`, one per lead as in LUDB; the name's extension is the annotator's name.
//!
//! A file is a row of 16-bit words, six bits of code and ten of data. Most codes are annotations and their data is
//! the time since the one before; `SKIP` holds a longer time, `SUB`, `CHN`, `NUM` and `AUX` add a field to the
//! annotation before them. Notes at sample 0 that start with `## ` say the file's own time resolution and codes.

pub(crate) mod codes;
mod definitions;
mod read;
mod write;

use std::fs;
use std::path::Path;

pub use codes::{STANDARD_CODES, StandardCode, standard_code, standard_symbol};
pub use write::write_annotations;

use super::file_size;
use crate::Error;

/// Largest annotation file that is read: more than a million annotations for every hour of a day.
const MAX_BYTES: u64 = 64 << 20;

/// What an annotation file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnnotationFile {
    /// Samples per second of [`Annotation::sample`], where the file says it; otherwise it is the record's sampling rate.
    pub time_resolution: Option<f64>,
    /// Codes that the file defines itself; they take precedence over the standard ones.
    pub definitions: Vec<CodeDefinition>,
    /// The annotations, in time order.
    pub annotations: Vec<Annotation>,
}

/// One annotation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// Samples since the record's start.
    pub sample: u64,
    /// What is annotated; [`AnnotationFile::symbol`] says it in the usual letters.
    pub code: u8,
    /// The field `SUB`, the annotation's subtype.
    pub subtype: i8,
    /// The field `CHN`: the signal that it is about.
    pub chan: u8,
    /// The field `NUM`, whose meaning is the annotator's.
    pub num: i8,
    /// The field `AUX`: text of at most 255 Latin-1 characters, empty where there is none.
    pub aux_note: String,
}

/// A code that a file defines itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDefinition {
    /// The number, 1 to 58.
    pub code: u8,
    /// How it is displayed: without white space.
    pub symbol: String,
    /// What it says, in words.
    pub description: String,
}

impl AnnotationFile {
    /// How a code is displayed; nothing for one that neither the file nor the standard defines.
    pub fn symbol(&self, code: u8) -> Option<&str> {
        let own = self.definitions.iter().rfind(|own| own.code == code);
        own.map(|own| own.symbol.as_str())
            .or_else(|| standard_code(code).map(|standard| standard.symbol))
    }
}

/// Reads an annotation file; `path` includes the extension.
///
/// The fields are those that the Python package `wfdb` reads, with its defaults: subtype and note are of one
/// annotation only, channel and number hold until they change, place holders (code 0) are left out. Where it
/// guesses or fails, this is an error; and a comment at sample 0 that defines nothing, which it drops, stays.
///
/// # Errors
/// [`Error::Io`] for a file that cannot be read; [`Error::Format`] with the byte for one that is
/// cut off, for annotations that go back in time or start before the record does, for fields and definitions that are
/// not as the format wants them, and for a file of more than 64 MiB.
pub fn read_annotations(path: &Path) -> Result<AnnotationFile, Error> {
    let size = file_size(path)?;
    if size > MAX_BYTES {
        let message = format!("an annotation file of {size} bytes: expected {MAX_BYTES} at most");
        return Err(Error::content(path, message));
    }
    let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
    let annotations = read::parse(&bytes).map_err(|message| Error::content(path, message))?;
    definitions::take(annotations).map_err(|message| Error::content(path, message))
}
