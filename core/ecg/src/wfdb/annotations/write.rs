//! From annotations to bytes.

use std::path::Path;

use super::codes::NOTE;
use super::definitions::{CODES, FIRST, LAST, RESOLUTION};
use super::read::{AUX, CHN, NUM, SKIP, SUB};
use super::{Annotation, AnnotationFile};
use crate::Error;
use crate::wfdb::write::replace;

/// Largest time that an annotation's own word holds.
const MAX_DATA: u64 = 0x3ff;
/// Largest time of one `SKIP`.
const MAX_SKIP: u64 = i32::MAX as u64;

/// Writes an annotation file; `path` includes the extension. The file appears under its name only when complete.
///
/// The bytes are those of the Python package `wfdb`. [`read_annotations`](super::read_annotations) gives an equal value back.
///
/// # Errors
/// [`Error::Invalid`] for what the format cannot hold: annotations out of time order or later than 2⁶³ samples, a
/// code outside 1 to 58, a note of more than 255 characters or with one outside Latin-1, a definition without symbol or
/// description, and a comment at sample 0 that reads as a definition; [`Error::Io`] for a file that cannot be written.
pub fn write_annotations(path: &Path, file: &AnnotationFile) -> Result<(), Error> {
    let bytes = encode(file).map_err(|message| Error::Invalid(format!("{}: {message}", path.display())))?;
    replace(path, &bytes)
}

fn encode(file: &AnnotationFile) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    write_definitions(&mut bytes, file)?;
    let before = Annotation::default();
    let pairs = std::iter::once(&before)
        .chain(&file.annotations)
        .zip(&file.annotations);
    for (number, (before, annotation)) in (1..).zip(pairs) {
        write_one(&mut bytes, before, annotation)
            .map_err(|message| format!("annotation {number} at sample {}: {message}", annotation.sample))?;
    }
    bytes.extend([0, 0]);
    Ok(bytes)
}

fn write_definitions(bytes: &mut Vec<u8>, file: &AnnotationFile) -> Result<(), String> {
    let mut notes = Vec::new();
    if let Some(rate) = file.time_resolution {
        if !rate.is_finite() || rate <= 0.0 {
            return Err(format!(
                "time resolution: expected more than 0 samples per second, found {rate}"
            ));
        }
        notes.push(format!("{RESOLUTION}{rate}"));
    }
    if !file.definitions.is_empty() {
        notes.push(FIRST.to_owned());
        for own in &file.definitions {
            let plain = !own.symbol.is_empty() && !own.symbol.contains(char::is_whitespace);
            if !plain || own.description.is_empty() || !CODES.contains(&own.code) {
                return Err(format!(
                    "definition of code {}: expected a code of 1 to 58, a symbol without white space and a description, \
                     found symbol {:?} and description {:?}",
                    own.code, own.symbol, own.description
                ));
            }
            notes.push(format!("{} {} {}", own.code, own.symbol, own.description));
        }
        notes.push(LAST.to_owned());
    }
    for note in &notes {
        word(bytes, NOTE, 0);
        write_text(bytes, note)?;
    }
    if !notes.is_empty() {
        // A place holder that closes the definitions: back by one sample, and on again.
        write_skip(bytes, u32::MAX);
        word(bytes, 0, 1);
    }
    Ok(())
}

fn write_one(bytes: &mut Vec<u8>, before: &Annotation, annotation: &Annotation) -> Result<(), String> {
    let Annotation { sample, code, .. } = *annotation;
    if !CODES.contains(&code) {
        return Err(format!("expected a code of 1 to 58, found {code}"));
    }
    if i64::try_from(sample).is_err() {
        return Err("expected less than 2^63 samples".to_owned());
    }
    let defines = [RESOLUTION, FIRST]
        .iter()
        .any(|start| annotation.aux_note.starts_with(start));
    if sample == 0 && code == NOTE && defines {
        return Err(format!(
            "the note {:?} would define the file",
            annotation.aux_note
        ));
    }
    let mut step = sample.checked_sub(before.sample).ok_or_else(|| {
        let before = before.sample;
        format!("expected time order, the one before is at {before}")
    })?;
    while step > MAX_DATA {
        let skip = step.min(MAX_SKIP);
        write_skip(bytes, skip as u32);
        step -= skip;
    }
    word(bytes, code, step as u16);
    if annotation.num != before.num {
        word(bytes, NUM, annotation.num.cast_unsigned().into());
    }
    if annotation.subtype != 0 {
        word(bytes, SUB, annotation.subtype.cast_unsigned().into());
    }
    if annotation.chan != before.chan {
        word(bytes, CHN, annotation.chan.into());
    }
    if annotation.aux_note.is_empty() {
        return Ok(());
    }
    write_text(bytes, &annotation.aux_note)
}

fn word(bytes: &mut Vec<u8>, code: u8, data: u16) {
    bytes.extend((u16::from(code) << 10 | data).to_le_bytes());
}

fn write_skip(bytes: &mut Vec<u8>, step: u32) {
    word(bytes, SKIP, 0);
    bytes.extend(((step >> 16) as u16).to_le_bytes());
    bytes.extend((step as u16).to_le_bytes());
}

fn write_text(bytes: &mut Vec<u8>, text: &str) -> Result<(), String> {
    let latin: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    let latin = latin.map_err(|_| format!("the note {text:?} has characters outside Latin-1"))?;
    let length = u8::try_from(latin.len())
        .map_err(|_| format!("a note of {} characters: expected 255 at most", latin.len()))?;
    word(bytes, AUX, length.into());
    bytes.extend(&latin);
    if latin.len() % 2 == 1 {
        bytes.push(0);
    }
    Ok(())
}
