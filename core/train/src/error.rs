//! Why a run could not be finished.

use std::path::{Path, PathBuf};

use ecg_audit_engine::config::ConfigError;

/// Why a run could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration does not fit.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data set or a preprocessing step.
    #[error(transparent)]
    Data(#[from] ecg_audit_ecg::Error),
    /// A figure.
    #[error("metrics: {0}")]
    Stats(#[from] ecg_audit_stats::Error),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What libtorch said.
    #[error("libtorch: {0}")]
    Torch(String),
    /// Settings, data and files that do not go together.
    #[error("{0}")]
    Invalid(String),
    /// The user ended the run; what was done is kept.
    #[error("stopped; the same command goes on from the last epoch")]
    Stopped,
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// A file whose content is wrong.
    pub(crate) fn content(path: &Path, message: impl std::fmt::Display) -> Self {
        Self::Invalid(format!("{}: {message}", path.display()))
    }
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::Torch(brief(&error.to_string()))
    }
}

/// The first line: what follows is a trace of libtorch's own code.
pub(crate) fn brief(message: &str) -> String {
    let line = message.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or(message).trim().to_owned()
}
