//! What a part says of itself: its exams, and the form of its tracings.

use hdf5_reader::error::Error as Hdf5Error;
use hdf5_reader::{Dataset, Hdf5File};

use super::part::MAX_BYTES;
use super::samples::{Form, Value};

pub(super) fn not_hdf5(error: Hdf5Error) -> String {
    match error {
        Hdf5Error::InvalidMagic => "it is no HDF5 file".into(),
        other => other.to_string(),
    }
}

pub(super) fn dataset(file: &Hdf5File, name: &str) -> Result<Dataset, String> {
    file.dataset(name)
        .map_err(|error| format!("expected a data set `{name}`: {error}"))
}

/// The exam of each row.
pub(super) fn exams(file: &Hdf5File) -> Result<Vec<i64>, String> {
    let exams = dataset(file, "exam_id")?;
    if exams.ndim() != 1 {
        return Err(format!("`exam_id`: expected [N], found {:?}", exams.shape()));
    }
    let wrong = |error: Hdf5Error| format!("`exam_id`: {error}");
    let too_large = |_| "`exam_id`: expected numbers below 2^63".to_owned();
    use hdf5_reader::Datatype::FixedPoint;
    match exams.dtype() {
        FixedPoint {
            size: 8,
            signed: true,
            ..
        } => Ok(exams.read_array::<i64>().map_err(wrong)?.into_iter().collect()),
        FixedPoint {
            size: 8,
            signed: false,
            ..
        } => {
            let exams = exams.read_array::<u64>().map_err(wrong)?;
            exams
                .into_iter()
                .map(i64::try_from)
                .collect::<Result<_, _>>()
                .map_err(too_large)
        }
        FixedPoint {
            size: 4,
            signed: true,
            ..
        } => {
            let exams = exams.read_array::<i32>().map_err(wrong)?;
            Ok(exams.into_iter().map(i64::from).collect())
        }
        FixedPoint {
            size: 4,
            signed: false,
            ..
        } => {
            let exams = exams.read_array::<u32>().map_err(wrong)?;
            Ok(exams.into_iter().map(i64::from).collect())
        }
        other => Err(format!(
            "`exam_id`: expected 32- or 64-bit integers, found {other:?}"
        )),
    }
}

pub(super) fn form(tracings: &Dataset, exams: usize, leads: usize) -> Result<Form, String> {
    let shape = tracings.shape();
    let &[rows, samples, columns] = shape else {
        return Err(format!(
            "`tracings`: expected [N, samples, leads], found {shape:?}"
        ));
    };
    let value = Value::new(tracings.dtype()).ok_or_else(|| {
        format!(
            "`tracings`: expected 32- or 64-bit floats, found {:?}",
            tracings.dtype()
        )
    })?;
    if columns != leads as u64 {
        let hint = if samples == leads as u64 {
            ": its last two axes look swapped"
        } else {
            " (data.leads)"
        };
        return Err(format!(
            "`tracings`: expected {leads} leads, found {shape:?}{hint}"
        ));
    }
    if rows != exams as u64 {
        return Err(format!("{exams} exam numbers for {rows} tracings"));
    }
    let values = usize::try_from(samples)
        .ok()
        .and_then(|samples| samples.checked_mul(leads));
    if values.is_none_or(|values| values == 0 || values > MAX_BYTES / value.width) {
        return Err(format!(
            "`tracings`: expected 1 sample to {} MiB per tracing, found {shape:?}",
            MAX_BYTES >> 20
        ));
    }
    let samples = samples as usize;
    Ok(Form {
        samples,
        leads,
        value,
    })
}
