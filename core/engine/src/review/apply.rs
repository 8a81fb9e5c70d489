//! From a review to a corrected label file.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::corrected::{Change, LabelFile, Outcome};
use tempfile::NamedTempFile;

use super::changes::{self, CHANGES, Changed};
use super::csv_in::Review;
use super::exclusive::{is_exclusive, settle};
use super::problems::Problems;
use super::resolve::Resolver;
use crate::config::{Config, Source};
use crate::{Error, folder};

/// What became of a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The corrected label file, in the data set's own layout.
    pub labels: PathBuf,
    /// Key of the configuration that makes the next run read it: `data.csv` or `data.path`.
    pub key: &'static str,
    /// The log of changes.
    pub log: PathBuf,
    /// The changed labels, in the order of the review.
    pub changed: Vec<Changed>,
    /// Number of labels that the reviewer confirmed as given.
    pub confirmed: usize,
    /// Number of rows without a decision.
    pub undecided: usize,
    /// Records that have no label left and that the data set's reader sets aside from now on.
    pub set_aside: Vec<String>,
    /// Classes that no record has any more and that the data set's reader finds no longer.
    pub vanished: Vec<String>,
}

impl Applied {
    /// Number of records with a changed label.
    pub fn records(&self) -> usize {
        let records: HashSet<&str> = self.changed.iter().map(|c| c.record.as_str()).collect();
        records.len()
    }
}

/// Applies the file `reviewed` to the labels of the data set that the run folder `run` is about, and writes the corrected
/// label file and the log of changes into the folder `out`. The data set itself is not touched.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong with the review, line by line, or when `out` holds such files
/// already; what is wrong with the run or its data set otherwise. Then nothing is written.
pub fn apply(run: &Path, reviewed: &Path, out: &Path) -> Result<Applied, Error> {
    let config = Config::from_source(&Source::read(&run.join("audit.toml"), &[])?)?;
    let audit = folder::read_audit(run)?;
    let labels = LabelFile::open(&config.data.reader, &config.data.path, &config.data.options)?;
    let targets = targets(&labels, out)?;

    let (review, mut problems) = Review::read_all(reviewed)?;
    let exclusive = is_exclusive(&labels, audit.task);
    let resolver = Resolver::new(&labels, &audit, exclusive);
    let (mut decided, found) = resolver.resolve(&review);
    problems.extend(found);
    if exclusive {
        settle(labels.data(), &mut decided, &mut problems);
    }
    Problems::check(reviewed, problems)?;
    if decided.is_empty() {
        let message = "no row has a decision; write `accept`, `reject` or `relabel` in the column `decision`";
        return Err(Problems::whole(reviewed, message).into());
    }

    decided.sort_by_key(|decided| decided.row.line);
    let (kept, differing): (Vec<_>, Vec<_>) = decided.iter().partition(|decided| decided.kept());
    let changed: Vec<Changed> = differing.iter().map(|decided| Changed::new(decided)).collect();
    let changes: Vec<Change> = differing.iter().map(|decided| decided.change()).collect();
    let outcome = write(&labels, &changes, &changes::csv(&changed)?, out, &targets)?;
    let [file, log] = targets;
    Ok(Applied {
        labels: file,
        key: labels.key(),
        log,
        changed,
        confirmed: kept.len(),
        undecided: review.rows.iter().filter(|row| row.decision.is_none()).count(),
        set_aside: outcome.set_aside,
        vanished: outcome.vanished,
    })
}

/// The corrected label file and the log, neither of which may be there.
fn targets(labels: &LabelFile, out: &Path) -> Result<[PathBuf; 2], Error> {
    let name = labels.path().file_name().unwrap_or_default();
    if name.eq_ignore_ascii_case(CHANGES) {
        let path = labels.path().display();
        return Err(Error::Invalid(format!(
            "{path} has the name of the log of changes; rename it first"
        )));
    }
    let targets = [out.join(name), out.join(CHANGES)];
    match targets.iter().find(|path| fs::symlink_metadata(path).is_ok()) {
        Some(path) => Err(Error::Invalid(format!(
            "{} is there already; name another folder with `--out`, or remove it",
            path.display()
        ))),
        None => Ok(targets),
    }
}

/// Writes both files to temporary names, checks the labels, and gives the files their names.
fn write(
    labels: &LabelFile,
    changes: &[Change],
    log: &[u8],
    out: &Path,
    [file_name, log_name]: &[PathBuf; 2],
) -> Result<Outcome, Error> {
    let created = !out.exists();
    fs::create_dir_all(out).map_err(Error::io(out))?;
    let finish = || {
        let (file, mut log_file) = (temporary(out)?, temporary(out)?);
        let outcome = labels.write(changes, file.path())?;
        let written = log_file
            .write_all(log)
            .and_then(|()| log_file.as_file().sync_all());
        written.map_err(Error::io(log_file.path()))?;
        let persist = |file: NamedTempFile, name: &Path| {
            let done = file.persist_noclobber(name);
            done.map(drop).map_err(|e| Error::io(name)(e.error))
        };
        persist(file, file_name)?;
        persist(log_file, log_name).inspect_err(|_| {
            // One without the other is worth nothing.
            let _ = fs::remove_file(file_name);
        })?;
        Ok(outcome)
    };
    finish().inspect_err(|_| {
        if created {
            // Only an empty folder is removed.
            let _ = fs::remove_dir(out);
        }
    })
}

fn temporary(folder: &Path) -> Result<NamedTempFile, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".review-");
    // An ordinary file: the umask decides who may read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(Error::io(folder))
}
