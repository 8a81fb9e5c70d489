//! A synthetic data set on disk, in PTB-XL's layout.

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::record::{Synthesizer, Truth};
use super::{Class, Options, tables};
use crate::{Error, wfdb};

/// Records made at a time: enough for the threads, little in memory.
const BATCH: usize = 256;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Number of records.
    pub records: usize,
    /// Number of patients.
    pub patients: usize,
    /// Number of records whose given labels are wrong.
    pub wrong_labels: usize,
    /// Number of records that show each class, in [`Class::ALL`]'s order; a record can show several.
    pub per_class: [usize; 5],
}

/// Writes a data set: PTB-XL's tables, the signals in WFDB format 16, and the truth (`truth/`, see its
/// `README`).
///
/// `progress` hears the number of finished records from time to time, and ends the work by
/// [`ControlFlow::Break`]. The folder appears under its name once it is complete.
///
/// # Errors
/// [`Error::Invalid`] for bad options and for a `dir` that is a file or a folder with something in it; [`Error::Io`]
/// for what the system refuses, and, of kind [`ErrorKind::Interrupted`], after a break.
pub fn write(
    dir: &Path,
    options: &Options,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    let synthesizer = Synthesizer::new(options)?;
    refuse_occupied(dir)?;
    let parent = parent(dir);
    fs::create_dir_all(&parent).map_err(|source| Error::Io {
        path: parent.clone(),
        source,
    })?;
    let unfinished = temporary_folder(&parent)?;
    let summary = fill(unfinished.path(), &synthesizer, dir, &mut progress)?;
    let _ = fs::remove_dir(dir); // an empty folder of that name; Windows doesn't rename over it
    fs::rename(unfinished.path(), dir).map_err(|source| Error::Io {
        path: dir.to_owned(),
        source,
    })?;
    let _ = unfinished.keep(); // renamed: nothing is left to remove
    Ok(summary)
}

fn refuse_occupied(dir: &Path) -> Result<(), Error> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Invalid(format!(
            "{}: the folder is not empty; expected a new or an empty folder for the synthetic data set",
            dir.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(Error::Invalid(format!(
            "{}: expected a new or an empty folder, found a file",
            dir.display()
        ))),
        Err(source) => Err(Error::Io {
            path: dir.to_owned(),
            source,
        }),
    }
}

fn parent(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A folder beside the final one (a rename must not cross file systems) that is removed unless kept.
fn temporary_folder(parent: &Path) -> Result<tempfile::TempDir, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".synth-");
    // A data set is an ordinary folder: the umask decides who may read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent).map_err(|source| Error::Io {
        path: parent.to_owned(),
        source,
    })
}

fn fill(
    folder: &Path,
    synthesizer: &Synthesizer,
    dir: &Path,
    progress: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    let options = synthesizer.options();
    let rates: &[u32] = if options.sampling_rate == 500 {
        &[100, 500]
    } else {
        &[100]
    };
    make_folders(folder, options.records, rates)?;
    tables::write_statements(folder)?;
    let readme = folder.join("truth/README");
    fs::write(&readme, tables::readme(options)).map_err(|source| Error::Io { path: readme, source })?;
    let mut tables = tables::Tables::create(folder)?;
    let mut summary = Summary {
        records: 0,
        patients: 0,
        wrong_labels: 0,
        per_class: [0; 5],
    };
    for first in (0..options.records).step_by(BATCH) {
        let batch = first..(first + BATCH).min(options.records);
        let truths: Vec<Truth> = batch
            .into_par_iter()
            .map(|index| write_one(folder, synthesizer, index, rates))
            .collect::<Result<_, _>>()?;
        for truth in &truths {
            tables.add(truth, options)?;
            summary.count(truth);
        }
        if progress(summary.records).is_break() {
            return Err(Error::Io {
                path: dir.to_owned(),
                source: ErrorKind::Interrupted.into(),
            });
        }
    }
    tables.finish()?;
    Ok(summary)
}

impl Summary {
    fn count(&mut self, truth: &Truth) {
        self.records += 1;
        self.patients += usize::from(truth.visit == 0);
        self.wrong_labels += usize::from(truth.wrong());
        for (count, class) in self.per_class.iter_mut().zip(Class::ALL) {
            *count += usize::from(truth.clean_labels.contains(class));
        }
    }
}

fn make_folders(folder: &Path, records: usize, rates: &[u32]) -> Result<(), Error> {
    let thousands = rates.iter().flat_map(|&rate| {
        (1..=records)
            .step_by(1000)
            .chain([records])
            .map(move |id| folder.join(tables::record_place(id, rate).0))
    });
    for path in thousands.chain([folder.join("truth")]) {
        fs::create_dir_all(&path).map_err(|source| Error::Io { path, source })?;
    }
    Ok(())
}

/// Units per millivolt in the signal files, as in PTB-XL: a unit is a microvolt.
const GAIN: f64 = 1000.0;

/// Makes a record and writes its signal at each rate.
fn write_one(folder: &Path, synthesizer: &Synthesizer, index: usize, rates: &[u32]) -> Result<Truth, Error> {
    let mut truth = None;
    for &rate in rates {
        let record = synthesizer.record_at(index, rate)?;
        let (subfolder, name) = tables::record_place(index + 1, rate);
        wfdb::write_record(&folder.join(subfolder), &name, &record.signal, GAIN, &[])?;
        truth = Some(record.truth);
    }
    truth.ok_or_else(|| Error::Invalid("sampling_rate: expected at least one".into()))
}
