//! One record of a finished run, with what the run found in it, as it is drawn.

mod timeline;

use std::path::Path;
use std::sync::Arc;

use ecg_audit_ecg::DataSet;

use crate::audit::{Audit, Trace};
use crate::config::{Config, Source};
use crate::folder::{self, CONFIGURATION};
use crate::run::{delineator, marked, of_record, open_data};
use crate::{Error, Silent, landmarks};

/// A record to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The record.
    pub trace: Trace,
    /// What a person should know about it, a sentence each.
    pub notes: Vec<String>,
}

/// Any record of the finished run in the folder `run`.
///
/// What `audit.json` shows of the record is taken from there. Of every other record the signal is read from the data set that
/// the run's `audit.toml` names, and the timeline from `timeline.parquet`; it has no attribution maps. Landmarks are looked
/// for where they are asked for and the audit holds none. No encoder is opened.
///
/// # Errors
/// [`Error::Io`] and [`Error::Invalid`] when the run cannot be read or knows no such record; [`Error::Config`] when the
/// data set is not where `data.path` says; [`Error::Data`] when it cannot be read; [`Error::Table`] for a damaged timeline.
pub fn plot(run: &Path, record: &str, landmarks: bool) -> Result<Plot, Error> {
    let audit = folder::read_audit(run)?;
    let mut notes = Vec::new();
    let shown = audit.traces.iter().find(|trace| trace.record == record);
    let trace = match shown {
        Some(trace) if !landmarks || !trace.landmarks.is_empty() => trace.clone(),
        Some(trace) => {
            let opened = Opened::new(run)?;
            let position = opened.position(record)?;
            let mut trace = trace.clone();
            opened.mark(position, &mut trace, &mut notes)?;
            trace
        }
        None => {
            let opened = Opened::new(run)?;
            let position = opened.position(record)?;
            let mut trace = of_record(opened.data.as_ref(), position)?;
            trace.layout = opened.config.report.layout;
            if !timeline::fill(&run.join(folder::TIMELINE), &mut trace, audit.method.time_step)? {
                notes.push(without_timeline(&audit, record));
            }
            if landmarks {
                opened.mark(position, &mut trace, &mut notes)?;
            }
            trace
        }
    };
    Ok(Plot { trace, notes })
}

/// Why a record of the data set has no timeline.
fn without_timeline(audit: &Audit, record: &str) -> String {
    let skipped = &audit.provenance.data.skipped;
    let reason = skipped
        .iter()
        .find(|skipped| skipped.record == record)
        .map_or_else(String::new, |skipped| format!(": {}", skipped.reason));
    format!("record {record} has no timeline; the run set it aside{reason}")
}

/// The data set of a run.
struct Opened {
    source: Source,
    config: Config,
    data: Box<dyn DataSet>,
}

impl Opened {
    fn new(run: &Path) -> Result<Self, Error> {
        let path = run.join(CONFIGURATION);
        let source = Source::read(&path, &[])?;
        let config = Config::from_source(&source)?;
        let data = open_data(&source, &config).map_err(|error| match error {
            Error::Config(mut error) => {
                let help = format!(
                    "if it has moved, write where it is now at `data.path` in {}",
                    path.display()
                );
                error.help.get_or_insert(help);
                Error::Config(error)
            }
            other => other,
        })?;
        Ok(Self { source, config, data })
    }

    /// Where the data set has `record`.
    fn position(&self, record: &str) -> Result<usize, Error> {
        let records = self.data.records();
        let found = records.iter().position(|info| info.id == record);
        found.ok_or_else(|| {
            let names = records.iter().map(|info| info.id.as_str());
            Error::Invalid(format!(
                "the data set {} has no record `{}`{}",
                self.config.data.path.display(),
                record.escape_debug(),
                nearest(record, names)
            ))
        })
    }

    /// Fills in the landmarks, from annotations or the run's delineator.
    fn mark(&self, position: usize, trace: &mut Trace, notes: &mut Vec<String>) -> Result<(), Error> {
        let delineator = delineator(&self.source, &self.config, &(Arc::new(Silent) as Arc<_>))?;
        let delineator = delineator
            .as_ref()
            .map(|(name, made)| (name.as_str(), made.as_ref()));
        let found = landmarks::find(self.data.as_ref(), delineator, &[position], &Silent)?;
        let beats = found
            .as_ref()
            .and_then(|found| found.of(position))
            .unwrap_or_default();
        trace.landmarks = marked(beats);
        if trace.landmarks.is_empty() {
            notes.push(format!(
                "record {} has no landmarks: neither annotations nor a `[delineator]` of the run told any",
                trace.record
            ));
        }
        Ok(())
    }
}

/// The names most like `name`, as the end of a sentence.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    const NAMED: usize = 3;
    /// Longer ones are no misspellings, and dear to compare.
    const LONGEST: usize = 100;
    let length = name.chars().count();
    let mut near: Vec<(usize, &str)> = names
        .filter(|other| length.max(other.len()) <= LONGEST)
        .map(|other| (strsim::osa_distance(name, other), other))
        .filter(|(edits, _)| *edits <= (length / 2).max(1))
        .collect();
    // Those alike stay as the data set has them.
    near.sort_by_key(|(edits, _)| *edits);
    let named: Vec<String> = near
        .iter()
        .take(NAMED)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    match named.as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_names_are_proposed() {
        let names = ["00017", "00170", "00018", "banana"];
        assert_eq!(
            nearest("0017", names.into_iter()),
            "; did you mean `00017`, `00170` or `00018`?"
        );
        assert_eq!(nearest("bananas", names.into_iter()), "; did you mean `banana`?");
        assert_eq!(nearest("xyz", names.into_iter()), "");
    }
}
