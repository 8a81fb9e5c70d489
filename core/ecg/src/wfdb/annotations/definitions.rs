//! Notes at sample 0 that are about the file: its time resolution and codes of its own.

use super::codes::NOTE;
use super::{Annotation, AnnotationFile, CodeDefinition};

pub(super) const RESOLUTION: &str = "## time resolution: ";
pub(super) const FIRST: &str = "## annotation type definitions";
pub(super) const LAST: &str = "## end of definitions";

/// Codes that a file may define: those of words that are annotations.
pub(super) const CODES: std::ops::RangeInclusive<u8> = 1..=58;

/// Takes the definitions out of the annotations.
pub(super) fn take(annotations: Vec<Annotation>) -> Result<AnnotationFile, String> {
    let mut file = AnnotationFile::default();
    let mut inside = false;
    for annotation in annotations {
        if annotation.sample != 0 || annotation.code != NOTE {
            file.annotations.push(annotation);
            continue;
        }
        let note = annotation.aux_note.trim_end_matches('\0');
        if inside {
            match note {
                LAST => inside = false,
                note => file.definitions.push(definition(note)?),
            }
        } else if note == FIRST {
            inside = true;
        } else if let Some(value) = note.strip_prefix(RESOLUTION) {
            let resolution = resolution(value)?;
            if let Some(other) = file.time_resolution.filter(|&other| other != resolution) {
                return Err(format!("two time resolutions, {other} and {resolution}"));
            }
            file.time_resolution = Some(resolution);
        } else {
            file.annotations.push(annotation);
        }
    }
    if inside {
        return Err(format!("`{FIRST}` without `{LAST}`"));
    }
    Ok(file)
}

fn resolution(text: &str) -> Result<f64, String> {
    let value = text.trim().parse().ok();
    value
        .filter(|&value: &f64| value.is_finite() && value > 0.0)
        .ok_or_else(|| format!("time resolution: expected more than 0 samples per second, found {text:?}"))
}

/// `CODE SYMBOL DESCRIPTION`
fn definition(note: &str) -> Result<CodeDefinition, String> {
    let mut parts = note.splitn(3, ' ');
    let mut part = || parts.next().filter(|part| !part.is_empty());
    let code = part().and_then(|code| code.parse().ok());
    match (code.filter(|code| CODES.contains(code)), part(), part()) {
        (Some(code), Some(symbol), Some(description)) => Ok(CodeDefinition {
            code,
            symbol: symbol.to_owned(),
            description: description.to_owned(),
        }),
        _ => Err(format!(
            "definition of a code: expected a number of 1 to 58, a symbol and a description, found {note:?}"
        )),
    }
}
