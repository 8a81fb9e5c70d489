//! Writing records: format 16, one signal file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::{Error, Signal};

/// Stored value that marks a sample as invalid.
const INVALID: i16 = i16::MIN;

/// Writes `DIR/NAME.dat` (format 16, all leads multiplexed) and `DIR/NAME.hea` with initial values and
/// checksums. `gain` is in stored units per millivolt: 1000 stores microvolts. NaN becomes the
/// format's invalid value. Both files appear under their names only when complete, the header last.
///
/// # Errors
/// [`Error::Invalid`] for a name, gain, comment or shape that WFDB cannot hold and for a sample that
/// `gain` moves outside 16 bits; [`Error::Io`] for a file that cannot be written.
pub fn write_record(
    dir: &Path,
    name: &str,
    signal: &Signal,
    gain: f64,
    comments: &[String],
) -> Result<(), Error> {
    check(name, signal, gain, comments)?;
    let (leads, frames) = signal.samples.dim();
    let mut data = vec![0; 2 * leads * frames];
    let mut header = format!("{name} {leads} {} {frames}\n", signal.sampling_rate);
    for (index, (lead, row)) in signal.leads.iter().zip(signal.samples.rows()).enumerate() {
        let (mut first, mut sum) = (None, 0_u16);
        for (slot, &value) in data[2 * index..].chunks_mut(2 * leads).zip(row) {
            let stored = quantise(value, gain).ok_or_else(|| {
                invalid(
                    name,
                    &format!("{value} mV in lead `{lead}` with gain {gain} exceeds 16 bits"),
                )
            })?;
            first.get_or_insert(stored);
            sum = sum.wrapping_add(stored.cast_unsigned());
            slot[..2].copy_from_slice(&stored.to_le_bytes());
        }
        let first = first.unwrap_or(0);
        // Writing to a string cannot fail.
        let _ = writeln!(
            header,
            "{name}.dat 16 {gain}(0)/mV 16 0 {first} {sum} 0 {}",
            lead.trim()
        );
    }
    for comment in comments {
        let _ = writeln!(header, "# {comment}");
    }
    replace(&dir.join(format!("{name}.dat")), &data)?;
    replace(&dir.join(format!("{name}.hea")), header.as_bytes())
}

fn quantise(value: f32, gain: f64) -> Option<i16> {
    if value.is_nan() {
        return Some(INVALID);
    }
    let stored = (f64::from(value) * gain).round();
    let range = f64::from(INVALID + 1)..=f64::from(i16::MAX);
    range.contains(&stored).then_some(stored as i16)
}

fn check(name: &str, signal: &Signal, gain: f64, comments: &[String]) -> Result<(), Error> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(letters) {
        return Err(invalid(name, "expected a name of letters, digits, `_` and `-`"));
    }
    if !gain.is_finite() || gain == 0.0 {
        return Err(invalid(
            name,
            &format!("gain: expected a finite number other than 0, found {gain}"),
        ));
    }
    let rate = signal.sampling_rate;
    if !rate.is_finite() || rate <= 0.0 {
        return Err(invalid(
            name,
            &format!("sampling rate: expected more than 0 Hz, found {rate}"),
        ));
    }
    let (leads, frames) = signal.samples.dim();
    if signal.leads.len() != leads || leads == 0 || frames == 0 {
        let names = signal.leads.len();
        return Err(invalid(
            name,
            &format!("{names} lead names for {leads} leads of {frames} samples"),
        ));
    }
    let lines = signal.leads.iter().chain(comments);
    match lines.clone().find(|text| text.contains(['\n', '\r'])) {
        Some(text) => Err(invalid(name, &format!("a line break in {text:?}"))),
        None => Ok(()),
    }
}

fn invalid(name: &str, message: &str) -> Error {
    Error::Invalid(format!("record `{name}`: {message}"))
}

/// Writes beside the file first: a run that is killed leaves no half file under the final name.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = Path::new(&temporary);
    let written = fs::write(temporary, content).and_then(|()| fs::rename(temporary, path));
    written.map_err(|source| {
        // The error that counts is the first one.
        let _ = fs::remove_file(temporary);
        Error::io(path, source)
    })
}
