//! WFDB records: the waveform format of PhysioNet (Moody, *WFDB Applications Guide*).
//!
//! A record is a text header (`NAME.hea`) and one or more binary signal files. [`read_record`] gives
//! the signal in millivolts; it checks the length, the initial values and the checksums, so that a
//! damaged record is an error and never a wrong signal. [`read_annotations`] reads what a person or a
//! program has marked in it.

mod annotations;
mod format;
mod header;
mod segments;
mod signal_file;
mod signal_spec;
mod write;

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

pub(crate) use annotations::codes;
pub use annotations::{
    Annotation, AnnotationFile, CodeDefinition, STANDARD_CODES, StandardCode, read_annotations,
    standard_code, standard_symbol, write_annotations,
};
pub use format::Format;
pub use header::{Header, Parts, Segment};
pub(crate) use signal_file::lead_name;
pub use signal_spec::SignalSpec;
pub use write::write_record;

use crate::{Error, Signal};

/// Largest header that is read, in bytes: far more than any real one.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// Reads a record; `record` is its path with or without `.hea`.
///
/// Voltages come in millivolts whatever the header's unit (`V`, `mV`, `uV`, `nV` in any letter case);
/// a signal in another unit (`mmHg`) stays in that unit. Signals with several samples per frame are
/// averaged to one. Skewed signals are shifted into place. Invalid samples, null signals, gaps
/// between segments, and the end of a shifted signal are NaN. Initial values and checksums that are zero for *all* signals are
/// taken as not filled in; otherwise they are checked.
///
/// # Errors
/// [`Error::Io`] for a file that cannot be read; [`Error::Format`] for a bad header, a signal file
/// that is too short, and an initial value or checksum that does not fit the samples.
pub fn read_record(record: &Path) -> Result<Signal, Error> {
    let path = header_path(record);
    let header = read_header(&path)?;
    match &header.parts {
        Parts::Signals(specs) => signal_file::read(&header, specs, &path),
        Parts::Segments { signals, segments } => segments::read(&header, *signals, segments, &path),
    }
}

/// Reads the header of a record; `record` is its path with or without `.hea`.
///
/// # Errors
/// [`Error::Io`] for a file that cannot be read, [`Error::Format`] for what is wrong in it.
pub fn read_header(record: &Path) -> Result<Header, Error> {
    let path = header_path(record);
    Header::parse(&read_header_text(&path)?, &path)
}

/// Names of the records that a record consists of; none for one with signals of its own or with a header
/// that cannot be read.
pub(crate) fn segment_names(record: &Path) -> Vec<String> {
    match read_header(record).map(|header| header.parts) {
        Ok(Parts::Segments { segments, .. }) => segments
            .into_iter()
            .filter_map(|segment| segment.record)
            .collect(),
        _ => Vec::new(),
    }
}

/// `NAME.hea`, where `NAME` may hold dots of its own.
pub(crate) fn header_path(record: &Path) -> PathBuf {
    if record.extension().is_some_and(|extension| extension == "hea") {
        return record.to_owned();
    }
    let mut path = record.as_os_str().to_owned();
    path.push(".hea");
    path.into()
}

fn read_header_text(path: &Path) -> Result<String, Error> {
    let size = file_size(path)?;
    if size > MAX_HEADER_BYTES {
        return Err(Error::content(
            path,
            format!("a header of {size} bytes: expected {MAX_HEADER_BYTES} at most"),
        ));
    }
    let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
    // Headers are ASCII by the standard. Where one is not, it is UTF-8 or, as in old files, Latin-1.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().iter().map(|&byte| char::from(byte)).collect()))
}

/// Size of an ordinary file. A pipe or a device that a header names would block or never end.
fn file_size(path: &Path) -> Result<u64, Error> {
    let metadata = fs::metadata(path).map_err(|source| Error::io(path, source))?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(Error::content(path, "not an ordinary file"))
    }
}

/// The path of a file that a header names, which must lie in the header's folder or below it.
fn beside(path: &Path, name: &str) -> Result<PathBuf, String> {
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !inside {
        return Err(format!("`{name}` is not a file in the header's folder"));
    }
    Ok(path.with_file_name(name))
}

/// Reads `length` bytes from `offset` on; the caller has checked that the file is long enough.
fn read_bytes(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    use std::io::{Seek, SeekFrom};
    let read = || {
        let mut file = fs::File::open(path)?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length as usize)?;
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| Error::io(path, source))
}
