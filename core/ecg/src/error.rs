//! What can be wrong with a data set, a record or a preprocessing step.

use std::path::PathBuf;

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
