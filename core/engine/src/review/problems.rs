//! What is wrong with a reviewed file, all of it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::Error;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line of the file, counted from 1, on which the row begins; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// What was found and what was expected.
    pub message: String,
}

/// Everything that is wrong with a reviewed file, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub path: PathBuf,
    /// What is wrong; never empty.
    pub problems: Vec<Problem>,
}

impl Problems {
    /// One problem of the file as a whole.
    pub(super) fn whole(path: &Path, message: impl Into<String>) -> Self {
        let line = None;
        Self {
            path: path.to_owned(),
            problems: vec![Problem {
                line,
                message: message.into(),
            }],
        }
    }

    /// `Ok` where there is none.
    pub(super) fn check(path: &Path, mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort();
        problems.dedup();
        Err(Self {
            path: path.to_owned(),
            problems,
        })
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.problems.as_slice() {
            [Problem { line: None, message }] => return write!(f, "{path}: {message}"),
            [_] => write!(f, "{path}: one problem; nothing was written")?,
            several => write!(f, "{path}: {} problems; nothing was written", several.len())?,
        }
        for Problem { line, message } in &self.problems {
            match line {
                Some(line) => write!(f, "\nline {line}: {message}")?,
                None => write!(f, "\n{message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems.to_string())
    }
}

/// A problem on a line.
pub(super) fn at(line: usize, message: impl Into<String>) -> Problem {
    Problem {
        line: Some(line),
        message: message.into(),
    }
}

/// "did you mean" for a name that is spelt much like a valid one.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let name = name.to_lowercase();
    let best = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map_or(String::new(), |(_, candidate)| {
        format!("; did you mean `{candidate}`?")
    })
}

/// Names in backquotes, the first of them where there are many.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 30;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}
