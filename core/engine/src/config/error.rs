//! A configuration error that knows where it is.

use std::ops::Range;
use std::path::PathBuf;

/// What is wrong with a configuration, and where.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}{message}", self.place())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// Bytes of `text` that the error is about; absent for values that came from `--set` or are missing altogether.
    pub span: Option<Range<usize>>,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl ConfigError {
    /// Line and column, both from 1, columns in characters.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start;
        let before = self.text.get(..start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        Some((line, column))
    }

    fn place(&self) -> String {
        match self.line_column() {
            Some((line, column)) => format!("{}:{line}:{column}: ", self.path.display()),
            None => format!("{}: ", self.path.display()),
        }
    }
}
