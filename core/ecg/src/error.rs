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

/// `; did you mean …?` with the candidate that is spelt most like `name`, or nothing.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let key = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&key, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// Names for a message, each in backquotes, separated by commas.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
