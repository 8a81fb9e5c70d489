//! The rows of a fit, checked, with what is computed of them once.

use ecg_audit_plugin::Error;
use ndarray::{ArrayView2, CowArray, Ix2};

use crate::vector::{squared_distance_f64, vectorised};
use crate::workers::Workers;

/// Rows per work item. Fixed, so that partial sums do not depend on the number of threads.
pub(crate) const CHUNK: usize = 256;

/// Rows as contiguous slices; a strided view is copied once.
pub(crate) struct Rows<'a> {
    data: CowArray<'a, f32, Ix2>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(view: ArrayView2<'a, f32>) -> Self {
        let data = if view.is_standard_layout() {
            CowArray::from(view)
        } else {
            CowArray::from(view.as_standard_layout().into_owned())
        };
        Self { data }
    }

    pub(crate) fn count(&self) -> usize {
        self.data.nrows()
    }

    pub(crate) fn columns(&self) -> usize {
        self.data.ncols()
    }

    /// All values, row after row.
    pub(crate) fn values(&self) -> &[f32] {
        // Both ways to construct `Rows` give the standard layout, so this is always there.
        self.data.as_slice().unwrap_or(&[])
    }

    pub(crate) fn row(&self, index: usize) -> &[f32] {
        let width = self.columns();
        &self.values()[index * width..(index + 1) * width]
    }

    /// The chunks' values with the index of their first row.
    pub(crate) fn chunks(&self) -> Vec<(usize, &[f32])> {
        self.values()
            .chunks(CHUNK * self.columns().max(1))
            .enumerate()
            .map(|(i, values)| (i * CHUNK, values))
            .collect()
    }
}

/// What the rows' values are like.
pub(crate) struct Moments {
    /// The mean row, rounded to f32: distances are computed relative to it, so that an offset common to all rows
    /// costs no digits.
    pub(crate) origin: Vec<f32>,
    /// Largest magnitude in each column.
    pub(crate) magnitude: Vec<f32>,
    /// Squared distance of each row to the origin.
    pub(crate) norms: Vec<f32>,
    /// Sum over rows of the squared distance to the mean.
    pub(crate) total: f64,
}

impl Moments {
    /// Checks the rows and computes their moments.
    pub(crate) fn of(rows: &Rows<'_>, workers: &Workers) -> Result<Self, Error> {
        let columns = rows.columns();
        let (sums, magnitude) = sums_and_magnitudes(rows, workers);
        if let Some(column) = sums.iter().position(|sum| !sum.is_finite()) {
            return Err(not_finite(rows.values(), columns, column));
        }
        let count = rows.count() as f64;
        let origin: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let parts = workers.map(rows.chunks(), |(_, values)| {
            vectorised(
                #[inline(always)]
                || {
                    let mut norms = Vec::with_capacity(CHUNK);
                    let mut sum = 0.0;
                    for row in values.chunks_exact(columns) {
                        let norm = squared_distance_f64(row, &origin);
                        norms.push(norm as f32);
                        sum += norm;
                    }
                    (norms, sum)
                },
            )
        });
        let total: f64 = parts.iter().map(|(_, sum)| sum).sum();
        let norms: Vec<f32> = parts.into_iter().flat_map(|(norms, _)| norms).collect();
        if norms.iter().any(|norm| *norm > LARGEST_NORM) {
            return Err(too_large(largest_row(rows)));
        }
        // The origin is the mean rounded to f32; take out what that adds.
        let rounding: f64 = sums
            .iter()
            .zip(&origin)
            .map(|(sum, origin)| (sum / count - f64::from(*origin)).powi(2))
            .sum();
        Ok(Self {
            origin,
            magnitude,
            norms,
            total: (total - rounding * count).max(0.0),
        })
    }

    /// The features' mean variance.
    pub(crate) fn mean_variance(&self) -> f64 {
        self.total / (self.norms.len() as f64 * self.origin.len() as f64)
    }
}

/// Beyond this a squared distance could overflow f32.
pub(crate) const LARGEST_NORM: f32 = f32::MAX / 16.0;

fn sums_and_magnitudes(rows: &Rows<'_>, workers: &Workers) -> (Vec<f64>, Vec<f32>) {
    let columns = rows.columns();
    let parts = workers.map(rows.chunks(), |(_, values)| {
        vectorised(
            #[inline(always)]
            || {
                let mut sums = vec![0.0_f64; columns];
                let mut magnitude = vec![0.0_f32; columns];
                for row in values.chunks_exact(columns) {
                    for ((x, sum), largest) in row.iter().zip(&mut sums).zip(&mut magnitude) {
                        *sum += f64::from(*x);
                        *largest = if x.abs() > *largest { x.abs() } else { *largest };
                    }
                }
                (sums, magnitude)
            },
        )
    });
    let mut sums = vec![0.0_f64; columns];
    let mut magnitude = vec![0.0_f32; columns];
    for (part_sums, part_magnitude) in parts {
        sums.iter_mut()
            .zip(part_sums)
            .for_each(|(sum, part)| *sum += part);
        magnitude
            .iter_mut()
            .zip(part_magnitude)
            .for_each(|(largest, part)| *largest = largest.max(part));
    }
    (sums, magnitude)
}

/// The row with the largest magnitude: one such value moves the mean and so every row's distance to it.
fn largest_row(rows: &Rows<'_>) -> usize {
    let mut largest = (0.0_f32, 0);
    for (index, value) in rows.values().iter().enumerate() {
        if value.abs() > largest.0 {
            largest = (value.abs(), index);
        }
    }
    largest.1 / rows.columns()
}

/// The error for the first value of a column that is not finite.
fn not_finite(values: &[f32], columns: usize, column: usize) -> Error {
    let bad = values
        .chunks_exact(columns)
        .enumerate()
        .filter_map(|(row, values)| values.get(column).map(|value| (row, *value)))
        .find(|(_, value)| !value.is_finite());
    match bad {
        Some((row, value)) => Error::Input(format!(
            "features must be finite; row {row}, column {column} is {value}"
        )),
        None => Error::Input(format!("column {column} of the features is not finite")),
    }
}

/// The error for a row whose squared norm is not finite or too large, of its values.
pub(crate) fn unusable_row(row: usize, values: &[f32]) -> Error {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((column, value)) => Error::Input(format!(
            "features must be finite; row {row}, column {column} is {value}"
        )),
        None => too_large(row),
    }
}

fn too_large(row: usize) -> Error {
    Error::Input(format!(
        "the values of row {row} are too large: its squared distance to the mean overflows 32-bit floats"
    ))
}
