//! What can go wrong.

use std::path::PathBuf;

/// A page that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template is broken; the message names the template and the line.
    #[error("report template: {0}")]
    Template(#[from] tera::Error),
    /// A folder of templates that cannot be used.
    #[error("the templates in {}: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
