//! From signal files to millivolts.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::format::Visitor;
use super::{Format, Header, SignalSpec};
use super::{beside, file_size, read_bytes};
use crate::{Error, Signal};

/// Most samples that one record may have: 4 GiB in memory.
const MAX_SAMPLES: u64 = 1 << 30;

/// Frames that are decoded for one signal before the next, so that a block of a multiplexed file
/// stays in the processor's cache while each signal picks its samples.
const BLOCK: usize = 4096;

/// Reads the signals of a record of one segment.
pub(super) fn read(header: &Header, specs: &[SignalSpec], path: &Path) -> Result<Signal, Error> {
    if specs.is_empty() {
        return Err(Error::content(path, "the record has no signals"));
    }
    let files = signal_files(specs, path)?;
    let frames = frames(header, &files, path)?;
    let stored = files
        .iter()
        .map(|file| file.width.saturating_mul(frames))
        .fold(0, u64::saturating_add);
    check_size(specs.len() as u64, frames, stored, path)?;

    let mut samples = Array2::from_elem((specs.len(), frames as usize), f32::NAN);
    let mut found = vec![Found::default(); specs.len()];
    for file in &files {
        let length = file
            .format
            .bytes(file.width.saturating_mul(frames))
            .unwrap_or(u64::MAX);
        let bytes = read_bytes(&file.path, file.byte_offset, length)?;
        if (bytes.len() as u64) < length {
            return Err(truncated(file, length, bytes.len() as u64));
        }
        let mut decoder = Decoder {
            file,
            specs,
            samples: &mut samples,
            found: &mut found,
        };
        file.format.visit(&bytes, &mut decoder);
    }
    if !specs.iter().all(SignalSpec::has_blank_checks) {
        verify(specs, &found, path)?;
    }
    for (spec, mut row) in specs.iter().zip(samples.rows_mut()) {
        if let Some(row) = row.as_slice_mut().filter(|_| spec.skew > 0) {
            let kept = row.len().saturating_sub(spec.skew as usize);
            row.copy_within(row.len() - kept.., 0);
            row[kept..].fill(f32::NAN);
        }
    }
    let leads = (0..).zip(specs).map(|(i, spec)| lead_name(i, spec)).collect();
    Ok(Signal {
        samples,
        sampling_rate: header.sampling_rate,
        leads,
    })
}

/// Refuses a record whose samples would not fit or are hardly there: a few bytes of header can
/// announce any number of null signals and gaps.
pub(super) fn check_size(signals: u64, frames: u64, stored: u64, path: &Path) -> Result<(), Error> {
    let total = check_announced(signals, frames, path)?;
    if total > (1 << 20) + 64 * u128::from(stored) {
        let message =
            format!("{signals} signals of {frames} samples are announced, but only {stored} samples stored");
        return Err(Error::content(path, message));
    }
    Ok(())
}

/// Refuses a record beyond what fits; gives the number of samples of all signals together.
pub(super) fn check_announced(signals: u64, frames: u64, path: &Path) -> Result<u128, Error> {
    let total = u128::from(signals) * u128::from(frames);
    if total > u128::from(MAX_SAMPLES) {
        let message =
            format!("{signals} signals of {frames} samples: expected {MAX_SAMPLES} samples at most");
        return Err(Error::content(path, message));
    }
    Ok(total)
}

/// Name of a signal; `header(5)` leaves the description optional.
pub(crate) fn lead_name(index: usize, spec: &SignalSpec) -> String {
    spec.description
        .clone()
        .unwrap_or_else(|| format!("signal {index}"))
}

/// One signal file and the signals in it.
struct SignalFile {
    path: PathBuf,
    format: Format,
    byte_offset: u64,
    size: u64,
    /// Samples per frame of all its signals together.
    width: u64,
    /// Each signal's row and the place of its first sample in a frame.
    signals: Vec<(usize, usize)>,
}

fn signal_files(specs: &[SignalSpec], path: &Path) -> Result<Vec<SignalFile>, Error> {
    let mut files: Vec<(&str, SignalFile)> = Vec::new();
    for (row, spec) in specs
        .iter()
        .enumerate()
        .filter(|(_, spec)| spec.format != Format::Null)
    {
        let at_line = |message| Error::at_line(path, spec.line, message);
        let known = files.iter().position(|(name, _)| *name == spec.file);
        let index = match known {
            Some(index) => index,
            None => {
                let path = beside(path, &spec.file).map_err(at_line)?;
                let size = file_size(&path)?;
                let (format, byte_offset) = (spec.format, spec.byte_offset);
                let file = SignalFile {
                    path,
                    format,
                    byte_offset,
                    size,
                    width: 0,
                    signals: Vec::new(),
                };
                files.push((&spec.file, file));
                files.len() - 1
            }
        };
        let file = &mut files[index].1;
        if (file.format, file.byte_offset) != (spec.format, spec.byte_offset) {
            let message = format!(
                "signals in `{}` differ in format or byte offset: expected them equal",
                spec.file
            );
            return Err(at_line(message));
        }
        file.signals.push((row, file.width as usize));
        file.width += u64::from(spec.samples_per_frame);
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// Number of frames: from the header, else from the size of the signal files.
fn frames(header: &Header, files: &[SignalFile], path: &Path) -> Result<u64, Error> {
    let mut frames = header.frames;
    for file in files {
        let available = file.size.saturating_sub(file.byte_offset);
        let found = file.format.samples(available) / file.width.max(1);
        match frames {
            None => frames = Some(found),
            Some(expected) if found < expected => {
                let length = expected
                    .checked_mul(file.width)
                    .and_then(|samples| file.format.bytes(samples));
                return Err(truncated(file, length.unwrap_or(u64::MAX), available));
            }
            Some(expected) if header.frames.is_none() && found != expected => {
                let message = format!("the signal files hold {expected} and {found} samples per signal");
                return Err(Error::content(path, message));
            }
            Some(_) => {}
        }
    }
    match frames {
        Some(frames) if frames > 0 => Ok(frames),
        _ => Err(Error::content(path, "the record has no samples")),
    }
}

fn truncated(file: &SignalFile, expected: u64, found: u64) -> Error {
    let after = match file.byte_offset {
        0 => String::new(),
        offset => format!(" after byte {offset}"),
    };
    Error::content(
        &file.path,
        format!("the signal file is too short: expected {expected} bytes{after}, found {found}"),
    )
}

/// What the header's checks are held against.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    first: i32,
    sum: u16,
}

/// Decodes the samples of one file into the rows of its signals.
struct Decoder<'a> {
    file: &'a SignalFile,
    specs: &'a [SignalSpec],
    samples: &'a mut Array2<f32>,
    found: &'a mut [Found],
}

impl Visitor for Decoder<'_> {
    fn visit(&mut self, differences: bool, at: impl Fn(usize) -> i32) {
        let width = self.file.width as usize;
        let invalid = self.file.format.invalid();
        let mut channels: Vec<_> = self
            .file
            .signals
            .iter()
            .map(|&(row, place)| Channel::new(&self.specs[row], row, place, invalid))
            .collect();
        let frames = self.samples.ncols();
        for start in (0..frames).step_by(BLOCK) {
            let end = frames.min(start + BLOCK);
            for channel in &mut channels {
                let mut row = self.samples.row_mut(channel.row);
                let Some(row) = row.as_slice_mut() else { continue };
                let stored = |frame: usize, k: usize| at(frame * width + channel.place + k);
                if differences {
                    let mut value = channel.last;
                    let next = |frame, k| {
                        value = value.wrapping_add(stored(frame, k));
                        value
                    };
                    channel.sum = channel.block(&mut row[start..end], start, next);
                    channel.last = value;
                } else {
                    channel.sum = channel.block(&mut row[start..end], start, stored);
                }
            }
        }
        for channel in &channels {
            let first = if frames > 0 { at(channel.place) } else { 0 };
            self.found[channel.row] = Found {
                first,
                sum: channel.sum,
            };
        }
    }
}

/// One signal on its way to millivolts.
struct Channel {
    row: usize,
    place: usize,
    per_frame: usize,
    baseline: f64,
    gain: f64,
    invalid: Option<i32>,
    /// Value before the next difference, for formats that store differences.
    last: i32,
    /// Sum of the stored values so far, modulo 65536.
    sum: u16,
}

impl Channel {
    fn new(spec: &SignalSpec, row: usize, place: usize, invalid: Option<i32>) -> Self {
        Self {
            row,
            place,
            per_frame: spec.samples_per_frame as usize,
            baseline: spec.baseline as f64,
            gain: spec.gain / spec.millivolts_per_unit().unwrap_or(1.0),
            invalid,
            last: spec.initial_value.unwrap_or(0) as i32,
            sum: 0,
        }
    }

    /// Fills `row` with the frames from `start` on; returns the sum of the stored values.
    fn block(&self, row: &mut [f32], start: usize, mut next: impl FnMut(usize, usize) -> i32) -> u16 {
        let mut sum = self.sum;
        let mut physical = |frame, k| {
            let value = next(frame, k);
            sum = sum.wrapping_add(value as u16);
            if Some(value) == self.invalid {
                f64::NAN
            } else {
                (f64::from(value) - self.baseline) / self.gain
            }
        };
        if self.per_frame == 1 {
            for (frame, slot) in (start..).zip(row) {
                *slot = physical(frame, 0) as f32;
            }
        } else {
            for (frame, slot) in (start..).zip(row) {
                let total: f64 = (0..self.per_frame).map(|k| physical(frame, k)).sum();
                *slot = (total / self.per_frame as f64) as f32;
            }
        }
        sum
    }
}

/// Holds the samples against the initial values and checksums of the header.
fn verify(specs: &[SignalSpec], found: &[Found], path: &Path) -> Result<(), Error> {
    for (index, (spec, found)) in specs.iter().zip(found).enumerate() {
        let wrong = |what: &str, expected: i64, found: String| {
            let lead = lead_name(index, spec);
            let message = format!(
                "{what} of lead `{lead}` in `{}`: expected {expected}, found {found}",
                spec.file
            );
            Error::at_line(path, spec.line, message)
        };
        match spec.initial_value {
            // In format 8 the initial value is what the differences start from, not a check.
            Some(expected)
                if !matches!(spec.format, Format::Null | Format::Difference8)
                    && expected != i64::from(found.first) =>
            {
                return Err(wrong("initial value", expected, found.first.to_string()));
            }
            _ => {}
        }
        match spec.checksum {
            // Writers disagree on the sign; 16 bits are what counts.
            Some(expected) if spec.format != Format::Null && expected as u16 != found.sum => {
                let found = if expected < 0 {
                    found.sum.cast_signed().to_string()
                } else {
                    found.sum.to_string()
                };
                return Err(wrong("checksum", expected, found));
            }
            _ => {}
        }
    }
    Ok(())
}
