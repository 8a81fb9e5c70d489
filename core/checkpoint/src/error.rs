//! What can be wrong with a file.

use std::path::{Path, PathBuf};

/// Why a checkpoint, or a tensor of it, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// Another kind of file.
    #[error(
        "{}: expected a PyTorch checkpoint (torch.save) or a safetensors file, found {found}", file.display()
    )]
    NotACheckpoint {
        /// The file.
        file: PathBuf,
        /// What it is, as far as its content shows.
        found: String,
    },
    /// The pickle names functions or classes beyond tensors and plain data.
    #[error(
        "{} holds code: {}; refused, nothing was executed. Only weights are read: \
         torch.save(model.state_dict(), \"model.pth\")", file.display(), names.join(", ")
    )]
    HoldsCode {
        /// The file.
        file: PathBuf,
        /// The names, sorted (`posix.system`).
        names: Vec<String>,
    },
    /// The file contradicts itself or is cut off.
    #[error("{} is damaged or truncated: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tensor that is not there.
    #[error("{}: no tensor \"{name}\"{}", file.display(), nearest(near))]
    NoSuchTensor {
        /// The file.
        file: PathBuf,
        /// The name asked for.
        name: String,
        /// The nearest names.
        near: Vec<String>,
    },
    /// The tensors of a network that are not there, or there several times.
    #[error("{}: {reason}", file.display())]
    NoSuchNetwork {
        /// The file.
        file: PathBuf,
        /// What was looked for and what was found.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(file: &Path, source: std::io::Error) -> Self {
        Self::Io {
            file: file.to_path_buf(),
            source,
        }
    }

    pub(crate) fn not_a_checkpoint(file: &Path, found: impl Into<String>) -> Self {
        Self::NotACheckpoint {
            file: file.to_path_buf(),
            found: found.into(),
        }
    }

    pub(crate) fn malformed(file: &Path, reason: impl ToString) -> Self {
        Self::Malformed {
            file: file.to_path_buf(),
            reason: reason.to_string(),
        }
    }
}

fn nearest(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", near.join(", "))
    }
}
