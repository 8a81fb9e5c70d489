//! A first configuration for a model and a data folder: what they show is filled in, what they do not is marked.

mod code15;
mod columns;
mod data;
mod draft;
mod layout;
mod leads;
mod npz;
mod page;
mod ptb_xl;
mod wfdb;
mod window;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::config::Source;
use crate::host::{Registry, SearchPath};
use crate::inspect::{self, Inspection};
use crate::{Error, Silent, run};

pub use data::Choice;

use data::Data;
use layout::Layout;

/// Unreadable records that are named.
const NAMED: usize = 5;

/// A configuration that `validate` accepts, not yet written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The file that it is made for; its relative paths start in this file's folder.
    pub path: PathBuf,
    /// The configuration.
    pub text: String,
    /// What it could not tell, by key.
    pub choices: Vec<Choice>,
    /// What was found out of model and data, a line per fact.
    pub facts: Vec<String>,
}

/// Looks at `model` and `data`, and drafts the configuration `out`.
///
/// # Errors
/// [`Error`] for a model that cannot be opened or has nothing to tap, a folder that is no known data set, and a network
/// that takes more leads than the records have.
pub fn init(model: &Path, data: &Path, out: &Path, options: &inspect::Options) -> Result<Draft, Error> {
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = std::fs::canonicalize(folder).map_err(Error::io(folder))?;
    let inspection = inspect::inspect(model, options)?;
    if inspection.taps.is_empty() {
        return Err(Error::Invalid(format!(
            "{}: {}",
            model.display(),
            inspection.notes.join("; ")
        )));
    }
    let data = look(data, &inspection)?;
    let registry = Registry::discover(&SearchPath::standard(&[]));
    let parts = draft::Parts {
        inspection: &inspection,
        data: &data,
        registry: &registry,
        folder: &folder,
    };
    let (text, choices) = draft::draft(&parts)?;
    // Nothing is promised that was not tried.
    let source = Source::parse(out, text.clone(), &[])?;
    run::prepare(&source, Arc::new(Silent)).map_err(|error| {
        Error::Invalid(format!(
            "no audit of this model on {} can be configured: {error}",
            data.path.display()
        ))
    })?;
    Ok(Draft {
        path: out.to_owned(),
        text,
        choices,
        facts: facts(&inspection, &data),
    })
}

fn look(path: &Path, inspection: &Inspection) -> Result<Data, Error> {
    let path = std::fs::canonicalize(path).map_err(Error::io(path))?;
    let data = match layout::recognise(&path)? {
        Layout::PtbXl(path) => ptb_xl::look(path, inspection.input.samples, inspection.outputs),
        Layout::Wfdb(path) => wfdb::look(path, inspection.outputs),
        Layout::Code15(path) => code15::look(path, inspection.outputs),
        Layout::Npz(path) => npz::look(path, inspection.outputs),
    }?;
    if data.signals.examined == 0 {
        let reasons = named(&data.signals.unreadable);
        return Err(Error::Invalid(format!(
            "{}: no record can be read{}{reasons}",
            data.path.display(),
            if reasons.is_empty() { "" } else { ":\n" }
        )));
    }
    Ok(data)
}

fn named(lines: &[String]) -> String {
    let mut shown: Vec<String> = lines.iter().take(NAMED).cloned().collect();
    if lines.len() > NAMED {
        shown.push(format!("and {} more", lines.len() - NAMED));
    }
    shown.join("\n")
}

/// A number to three decimals at most.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn facts(inspection: &Inspection, data: &Data) -> Vec<String> {
    let told = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
    let signals = &data.signals;
    let records = data.set.records().len();
    let mut facts = vec![
        format!(
            "model      {} ({} {}): input {} leads × {} samples, {} outputs",
            inspection.file.display(),
            inspection.encoder.plugin,
            inspection.encoder.version,
            told(inspection.input.leads),
            told(inspection.input.samples),
            told(inspection.outputs)
        ),
        format!(
            "taps       {}",
            inspection
                .taps
                .iter()
                .map(|tap| tap.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        format!(
            "data       {} ({}): {records} records, {} set aside by the reader",
            data.path.display(),
            data.reader,
            data.set.skipped().len()
        ),
    ];
    facts.extend(data.notes.iter().map(|note| format!("           {note}")));
    let looked = if signals.examined == records {
        "all records read".to_owned()
    } else {
        format!("read: {} of {records} records, spread evenly", signals.examined)
    };
    let rates: Vec<String> = signals
        .rates
        .iter()
        .map(|(rate, _)| format!("{rate} Hz"))
        .collect();
    let (shortest, longest) = signals.seconds;
    let length = if shortest == longest {
        format!("{} s", short(shortest))
    } else {
        format!("{} to {} s", short(shortest), short(longest))
    };
    facts.push(format!("signals    {}, {length} ({looked})", rates.join(" and ")));
    for (names, records) in &signals.leads {
        let count = if signals.leads.len() > 1 {
            format!(" ({records} records)")
        } else {
            String::new()
        };
        facts.push(format!("leads      {}{count}", names.join(" ")));
    }
    if let Some(span) = data::span(data.set.as_ref()) {
        facts.push(format!("labels     {span}"));
    } else if data.labels.counts.is_empty() {
        facts.push("labels     none".into());
    } else {
        let counts = data
            .labels
            .counts
            .iter()
            .map(|(name, records)| format!("{name} {records}"));
        facts.push(format!("labels     {}", counts.collect::<Vec<_>>().join(", ")));
    }
    let unreadable = &signals.unreadable;
    if !unreadable.is_empty() {
        facts.push(format!("unreadable {} of the records read:", unreadable.len()));
        facts.extend(named(unreadable).lines().map(|line| format!("           {line}")));
    }
    let skipped = data.set.skipped();
    facts.extend(
        skipped
            .iter()
            .take(NAMED)
            .map(|it| format!("set aside  {}: {}", it.record, it.reason)),
    );
    if skipped.len() > NAMED {
        facts.push(format!("           and {} more", skipped.len() - NAMED));
    }
    facts
}

impl Draft {
    /// Writes the configuration, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the file is there already and `overwrite` is false; [`Error::Io`].
    pub fn write(&self, overwrite: bool) -> Result<(), Error> {
        refuse_existing(&self.path, overwrite)?;
        let mut partial = self.path.as_os_str().to_owned();
        partial.push(".tmp");
        let partial = PathBuf::from(partial);
        std::fs::write(&partial, &self.text).map_err(Error::io(&partial))?;
        std::fs::rename(&partial, &self.path).map_err(Error::io(&self.path))
    }
}

/// Refuses a configuration that is there already, so that this is known before anything is looked at.
///
/// # Errors
/// [`Error::Invalid`].
pub fn refuse_existing(out: &Path, overwrite: bool) -> Result<(), Error> {
    if out.is_dir() {
        return Err(Error::Invalid(format!(
            "{} is a folder; expected the name of a file to write",
            out.display()
        )));
    }
    if out.exists() && !overwrite {
        return Err(Error::Invalid(format!(
            "{} is there already; `--force` replaces it, `-o FILE` names another",
            out.display()
        )));
    }
    Ok(())
}

/// `path` as seen from `folder`, which is canonical; absolute where they have nothing but the root in common.
fn relative(path: &Path, folder: &Path) -> Result<String, Error> {
    let path = std::fs::canonicalize(path).map_err(Error::io(path))?;
    let (to, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), folder.components().collect());
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let is_named = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let found = if to.iter().take(common).any(is_named) {
        let up = from.iter().skip(common).map(|_| Component::ParentDir);
        let relative: PathBuf = up.chain(to.iter().skip(common).copied()).collect();
        if relative.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            relative
        }
    } else {
        path.clone()
    };
    found
        .into_os_string()
        .into_string()
        .map_err(|_| Error::Invalid(format!("the path {} is not UTF-8", path.display())))
}
