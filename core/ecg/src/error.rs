//! What can be wrong with a data set, a record or a preprocessing step.

use std::path::{Path, PathBuf};

/// Why a data set, a record or a step could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is there but its content is wrong.
    #[error("{}{}: {message}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1, where the format has lines.
        line: Option<usize>,
        /// What was expected and what was found.
        message: String,
    },
    /// A setting does not fit the data.
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// Wrong content of a file as a whole.
    pub(crate) fn content(path: &Path, message: impl Into<String>) -> Self {
        Self::Format {
            path: path.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    /// Wrong content in one line, counted from 1.
    pub(crate) fn at_line(path: &Path, line: usize, message: impl Into<String>) -> Self {
        Self::Format {
            path: path.to_owned(),
            line: Some(line),
            message: message.into(),
        }
    }
}

/// The end of a message about an unknown name: the candidate that is spelt most like it, and all of them.
pub(crate) fn instead<'a>(name: &str, noun: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let key = name.to_lowercase();
    let likeness = |candidate: &str| strsim::jaro_winkler(&key, &candidate.to_lowercase());
    let nearest = known
        .iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let all = quoted(known.iter().copied());
    match nearest {
        Some((_, candidate)) => format!("; did you mean `{candidate}`? The {noun} are {all}"),
        None => format!("; the {noun} are {all}"),
    }
}

/// Names for a message, each in backquotes, separated by commas.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
