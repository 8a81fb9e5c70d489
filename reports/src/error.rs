//! What can go wrong.

/// A page that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template is broken; the message names the template and the line.
    #[error("report template: {0}")]
    Template(#[from] tera::Error),
}
