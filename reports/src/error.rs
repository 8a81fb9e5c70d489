//! What can go wrong.

use std::path::PathBuf;

/// A page or a picture that could not be rendered.
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
    /// An ECG without a signal that can be drawn.
    #[error("record {record} has no lead with samples, or no usable sampling rate: there is nothing to draw")]
    Unusable {
        /// The record.
        record: String,
    },
    /// A picture could not be made.
    #[error("the picture cannot be made: {0}")]
    Picture(String),
    /// A JUnit file could not be made.
    #[error("JUnit XML: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}
