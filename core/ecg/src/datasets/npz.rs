//! A data set in one NPZ file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ndarray::{Array2, Array3, Axis, ShapeBuilder};

use super::listing::{Listing, Seen};
use super::npy::{Archive, Kind, Layout};
use super::npz_columns::Columns;
use super::options::Options;
use crate::{DataSet, Error, RecordInfo, Signal, Skipped};

/// Keys of `[data]` that this reader takes.
const KEYS: [&str; 5] = ["sampling_rate", "leads", "classes", "arrays", "unlabelled"];

/// Signals, labels, folds and patients as arrays of one NPZ file.
///
/// Signals that are stored without compression and in C order are read a record at a time; others are
/// loaded once.
pub struct Npz {
    path: PathBuf,
    listing: Listing,
    /// Row of the signals' array for each record.
    rows: Vec<usize>,
    signals: Signals,
    sampling_rate: f64,
    leads: Vec<String>,
}

enum Signals {
    OnDisk { layout: Layout, start: u64 },
    InMemory(Array3<f32>),
}

impl Npz {
    /// Reads everything but the signals.
    ///
    /// # Errors
    /// [`Error`] for a file that is no NPZ file, an array that is missing or of another shape or type than
    /// expected, duplicate names of records, and options that do not fit.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        options.check_keys("npz", &KEYS)?;
        let sampling_rate = options
            .sampling_rate
            .filter(|rate| rate.is_finite() && *rate > 0.0);
        let sampling_rate = sampling_rate.ok_or_else(|| {
            let found = options
                .sampling_rate
                .map_or("nothing".to_owned(), |rate| rate.to_string());
            Error::Invalid(format!(
                "data.sampling_rate: expected the signals' rate in Hz, found {found}"
            ))
        })?;
        let names = options.arrays.clone().unwrap_or_default();
        let mut archive = Archive::open(path)?;
        let layout = archive.require(names.signals.as_deref(), "signals")?;
        let (records, leads) = check_signals(&layout, options, path)?;
        // First, because it holds the shape against the file's size, and all else is sized by the shape.
        let signals = signals(&mut archive, layout)?;
        let mut columns = Columns::load(&mut archive, &names, records, options)?;
        let truths = std::mem::take(&mut columns.truths);
        let mut set = Self {
            path: path.to_owned(),
            listing: Listing::new(columns.classes.clone()),
            rows: Vec::new(),
            signals,
            sampling_rate,
            leads,
        };
        let mut seen = Seen::default();
        for (row, truth) in truths.into_iter().enumerate() {
            let record = columns.record(row);
            if let Some(before) = seen.before(&record.id, row) {
                let message = format!("rows {before} and {row} have the same name `{}`", record.id);
                return Err(Error::content(path, message));
            }
            if set.listing.add(record, truth, options.if_unlabelled()).is_some() {
                set.rows.push(row);
            }
        }
        Ok(set)
    }
}

impl DataSet for Npz {
    fn reader(&self) -> &'static str {
        "npz"
    }

    fn records(&self) -> &[RecordInfo] {
        &self.listing.records
    }

    fn classes(&self) -> &[String] {
        &self.listing.classes
    }

    fn skipped(&self) -> &[Skipped] {
        &self.listing.skipped
    }

    fn read(&self, index: usize) -> Result<Signal, Error> {
        let row = *self
            .rows
            .get(index)
            .ok_or_else(|| super::no_record(index, self.rows.len()))?;
        let samples = match &self.signals {
            Signals::InMemory(signals) => signals.index_axis(Axis(0), row).to_owned(),
            Signals::OnDisk { layout, start } => read_row(&self.path, layout, *start, row)?,
        };
        Ok(Signal {
            samples,
            sampling_rate: self.sampling_rate,
            leads: self.leads.clone(),
        })
    }
}

/// Number of records, and the lead names.
fn check_signals(layout: &Layout, options: &Options, path: &Path) -> Result<(usize, Vec<String>), Error> {
    let wrong = |message: String| {
        Err(Error::content(
            path,
            format!("array `{}`: {message}", layout.name),
        ))
    };
    if layout.kind != Kind::Float {
        return wrong("expected 32- or 64-bit floats in millivolts".into());
    }
    let [records, leads, samples] = layout.shape[..] else {
        return wrong(format!(
            "expected the shape [N, leads, samples], found {:?}",
            layout.shape
        ));
    };
    let Some(names) = &options.leads else {
        return Err(Error::Invalid(format!(
            "data.leads: expected the names of {leads} leads, found nothing"
        )));
    };
    if names.len() != leads {
        let hint = if names.len() == samples {
            ": its last two axes look swapped"
        } else {
            ""
        };
        let (shape, named) = (&layout.shape, names.len());
        return wrong(format!(
            "expected [N, {named}, samples] for {named} names in data.leads, found {shape:?}{hint}"
        ));
    }
    if records == 0 || leads == 0 || samples == 0 {
        return wrong(format!(
            "expected at least one record, lead and sample, found {:?}",
            layout.shape
        ));
    }
    Ok((records, names.clone()))
}

fn signals(archive: &mut Archive, layout: Layout) -> Result<Signals, Error> {
    if let (Some(start), false) = (layout.start, layout.fortran) {
        let size = std::fs::metadata(&archive.path)
            .map_err(|source| Error::io(&archive.path, source))?
            .len();
        let available = size.saturating_sub(start);
        if layout.bytes().is_none_or(|bytes| bytes > available) {
            let message = format!(
                "array `{}`: {:?} needs more than the {available} bytes left",
                layout.name, layout.shape
            );
            return Err(Error::content(&archive.path, message));
        }
        return Ok(Signals::OnDisk { layout, start });
    }
    let bytes = archive.load(&layout)?;
    let [records, leads, samples] = layout.shape[..] else {
        return Err(not_floats(&archive.path, &layout));
    };
    let shape = (records, leads, samples).set_f(layout.fortran);
    let values = layout
        .floats(&bytes)
        .ok_or_else(|| not_floats(&archive.path, &layout))?;
    let array = Array3::from_shape_vec(shape, values).map_err(|_| not_floats(&archive.path, &layout))?;
    Ok(Signals::InMemory(array.as_standard_layout().into_owned()))
}

fn read_row(path: &Path, layout: &Layout, start: u64, row: usize) -> Result<Array2<f32>, Error> {
    let [_, leads, samples] = layout.shape[..] else {
        return Err(not_floats(path, layout));
    };
    let length = leads * samples * layout.width;
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start + row as u64 * length as u64))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| Error::io(path, source))?;
    let values = layout.floats(&bytes).ok_or_else(|| not_floats(path, layout))?;
    Array2::from_shape_vec((leads, samples), values).map_err(|_| not_floats(path, layout))
}

fn not_floats(path: &Path, layout: &Layout) -> Error {
    Error::content(
        path,
        format!(
            "array `{}`: expected floats of the shape [N, leads, samples]",
            layout.name
        ),
    )
}
