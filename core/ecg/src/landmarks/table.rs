//! Landmarks in a CSV file, as a synthetic data set brings them.

use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;
use serde::Deserialize;

use super::{Beat, Wave};
use crate::Error;
use crate::error::quoted;

const COLUMNS: [&str; 10] = [
    "record",
    "p_onset",
    "p_peak",
    "p_offset",
    "qrs_onset",
    "qrs_peak",
    "qrs_offset",
    "t_onset",
    "t_peak",
    "t_offset",
];

/// A row: times in seconds, empty where there is none.
#[derive(Deserialize)]
struct Row {
    record: String,
    p_onset: Option<f64>,
    p_peak: Option<f64>,
    p_offset: Option<f64>,
    qrs_onset: Option<f64>,
    qrs_peak: Option<f64>,
    qrs_offset: Option<f64>,
    t_onset: Option<f64>,
    t_peak: Option<f64>,
    t_offset: Option<f64>,
}

/// Reads landmarks from a CSV file with a row per beat: the columns `record`, `p_onset`, `p_peak`, `p_offset`, and the same
/// of `qrs` and `t`, in seconds; an empty cell is an absent point, other columns are ignored. `truth/landmarks.csv` of a synthetic
/// data set is one. Gives each record's beats in the order of the rows, in samples at `sampling_rate` (Hz).
///
/// # Errors
/// [`Error::Io`] for a file that cannot be read; [`Error::Format`] for a column that is missing and, with the line, for a time that is
/// no number, negative or not finite, and for a wave whose points are not in time order.
pub fn read_csv(path: &Path, sampling_rate: f64) -> Result<BTreeMap<String, Vec<Beat>>, Error> {
    let file = std::fs::File::open(path).map_err(|source| Error::io(path, source))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().cloned();
    let header = header.map_err(|error| unreadable(path, &StringRecord::new(), error))?;
    // An absent column would read as a column of empty cells.
    if let Some(missing) = COLUMNS
        .iter()
        .find(|name| !header.iter().any(|column| column == **name))
    {
        let found = quoted(header.iter());
        return Err(Error::at_line(
            path,
            1,
            format!("no column `{missing}`; the columns are {found}"),
        ));
    }
    let mut records: BTreeMap<String, Vec<Beat>> = BTreeMap::new();
    for row in reader.deserialize() {
        let row: Row = row.map_err(|error| unreadable(path, &header, error))?;
        let beat = row.beat();
        check(&beat)
            .map_err(|message| Error::content(path, format!("record `{}`: {message}", row.record)))?;
        records
            .entry(row.record)
            .or_default()
            .push(beat.scaled(sampling_rate));
    }
    Ok(records)
}

fn unreadable(path: &Path, header: &StringRecord, error: csv::Error) -> Error {
    let line = error.position().map(|position| position.line() as usize);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::io(path, source),
        csv::ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|field| header.get(field as usize));
            let column = column.map_or(String::new(), |name| format!("column `{name}`: "));
            Error::Format {
                path: path.to_owned(),
                line,
                message: format!("{column}{}", err.kind()),
            }
        }
        kind => Error::Format {
            path: path.to_owned(),
            line,
            message: format!("not a table of landmarks: {kind:?}"),
        },
    }
}

impl Row {
    fn beat(&self) -> Beat {
        let wave = |onset, peak, offset| Wave { onset, peak, offset };
        Beat {
            p: wave(self.p_onset, self.p_peak, self.p_offset),
            qrs: wave(self.qrs_onset, self.qrs_peak, self.qrs_offset),
            t: wave(self.t_onset, self.t_peak, self.t_offset),
        }
    }
}

fn check(beat: &Beat) -> Result<(), String> {
    for (wave, name) in beat.waves().into_iter().zip(["p", "qrs", "t"]) {
        let points: Vec<f64> = wave.points().collect();
        if let Some(time) = points.iter().find(|time| !time.is_finite() || **time < 0.0) {
            return Err(format!("{name}: expected a time of 0 s or more, found {time}"));
        }
        if !points.is_sorted() {
            return Err(format!(
                "{name}: expected onset, peak and offset in this order, found {points:?}"
            ));
        }
    }
    Ok(())
}
