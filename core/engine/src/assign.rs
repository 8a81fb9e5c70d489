//! The second heavy stage: every record is assigned under all codebooks in one pass over its features.

mod describe;
mod sequences;
mod timeline;

use ecg_audit_plugin::Uncertainty;
use ndarray::{Array1, Array2, Array3, ArrayView2, s};
use rayon::prelude::*;

pub(crate) use describe::{describe, width};
pub(crate) use sequences::Sequence;
pub(crate) use timeline::Timeline;

use crate::Error;
use crate::codebook::Codebook;
use crate::config::ProportionKind;
use crate::encode::{EncodedRecord, Geometry};
use crate::features::{fuse, timestamps};

/// Features of a few records, one after the other, with where each begins.
pub(crate) struct Rows {
    /// `[rows, D]`; only timestamps that are not padding.
    pub features: Array2<f32>,
    /// Per record: its first row and its valid timestamps as (window, timestamp).
    pub records: Vec<RecordRows>,
}

/// Where one record's rows are.
pub(crate) struct RecordRows {
    pub record: usize,
    pub first: usize,
    pub places: Vec<(usize, usize)>,
    pub geometry: Geometry,
    /// Timestamps per window after alignment.
    pub steps: usize,
}

/// All timestamps of a record `[windows × T, D]`, and which of them are not padding.
pub(crate) fn record_features(record: &EncodedRecord, weights: &[f64]) -> (Array2<f32>, Vec<bool>) {
    let windows = record.geometry.starts.len();
    let width = record.taps.iter().map(|tap| tap.dim().1).sum();
    let steps = record.taps.iter().map(|tap| tap.dim().2).max().unwrap_or(0);
    let mut features = Array2::zeros((windows * steps, width));
    for window in 0..windows {
        let taps: Vec<ArrayView2<'_, f32>> = record
            .taps
            .iter()
            .map(|tap| tap.slice(s![window, .., ..]))
            .collect();
        debug_assert_eq!(timestamps(&taps), steps);
        fuse(
            &taps,
            weights,
            features.slice_mut(s![window * steps..(window + 1) * steps, ..]),
        );
    }
    let valid = (0..windows * steps)
        .map(|row| record.geometry.is_valid(row / steps, row % steps, steps))
        .collect();
    (features, valid)
}

/// The valid rows of several records.
pub(crate) fn rows(records: &[(usize, EncodedRecord)], weights: &[f64]) -> Rows {
    let fused: Vec<(Array2<f32>, Vec<bool>)> = records
        .par_iter()
        .map(|(_, record)| record_features(record, weights))
        .collect();
    let width = fused.first().map_or(0, |(features, _)| features.ncols());
    let mut values = Vec::with_capacity(fused.iter().map(|(f, _)| f.len()).sum());
    let mut placed = Vec::with_capacity(records.len());
    for ((record, encoded), (features, valid)) in records.iter().zip(&fused) {
        let steps = features.nrows() / encoded.geometry.starts.len().max(1);
        let first = values.len() / width.max(1);
        let mut places = Vec::with_capacity(valid.len());
        for row in (0..features.nrows()).filter(|row| valid[*row]) {
            values.extend(features.row(row));
            places.push((row / steps, row % steps));
        }
        placed.push(RecordRows {
            record: *record,
            first,
            places,
            geometry: encoded.geometry.clone(),
            steps,
        });
    }
    let rows = values.len() / width.max(1);
    let features = Array2::from_shape_vec((rows, width), values);
    Rows {
        features: features.unwrap_or_else(|_| Array2::zeros((0, width))),
        records: placed,
    }
}

/// Assigns rows under one codebook: memberships `[rows, K]` and uncertainty `[rows]`.
pub(crate) fn assign(
    codebook: &Codebook,
    clusterer: &str,
    measure: &dyn Uncertainty,
    measure_name: &str,
    features: ArrayView2<'_, f32>,
) -> Result<(Array2<f32>, Array1<f32>), Error> {
    let assignment = codebook
        .model
        .assign(features)
        .map_err(Error::plugin("clusterer", clusterer))?;
    let uncertainty = measure
        .score(assignment.memberships.view(), assignment.distances.view())
        .map_err(Error::plugin("uncertainty", measure_name))?;
    Ok((assignment.memberships, uncertainty))
}

/// Memberships `[rows, K]` with each cluster under another number.
pub(crate) fn renumbered(memberships: &Array2<f32>, numbers: &[usize]) -> Array2<f32> {
    let mut changed = Array2::zeros(memberships.dim());
    for (column, number) in memberships.columns().into_iter().zip(numbers) {
        changed.column_mut(*number).assign(&column);
    }
    changed
}

/// The cluster of each row: its largest membership, ties to the lowest index.
pub(crate) fn hard(memberships: ArrayView2<'_, f32>) -> Vec<u32> {
    memberships
        .rows()
        .into_iter()
        .map(|row| {
            let mut best = (0, f32::NEG_INFINITY);
            for (k, value) in row.iter().enumerate() {
                if *value > best.1 {
                    best = (k, *value);
                }
            }
            best.0 as u32
        })
        .collect()
}

/// What is kept of every record: its proportions and its mean uncertainty under every codebook.
pub(crate) struct Profiles {
    /// `[records, codebooks, F]`; rows of records that were set aside stay zero.
    pub proportions: Array3<f64>,
    /// Mean over timestamps, `[records, codebooks]`.
    pub uncertainty: Array2<f64>,
    /// Timestamps per record.
    pub timestamps: Vec<usize>,
}

impl Profiles {
    pub fn new(records: usize, codebooks: usize, features: usize) -> Self {
        Self {
            proportions: Array3::zeros((records, codebooks, features)),
            uncertainty: Array2::zeros((records, codebooks)),
            timestamps: vec![0; records],
        }
    }

    /// Takes in what codebook number `codebook` says of `rows`.
    pub fn add(
        &mut self,
        codebook: usize,
        rows: &Rows,
        memberships: &Array2<f32>,
        clusters: &[u32],
        uncertainty: &Array1<f32>,
        kinds: &[ProportionKind],
    ) -> Result<(), Error> {
        for record in &rows.records {
            let range = record.first..record.first + record.places.len();
            let scores = uncertainty.slice(s![range.clone()]);
            let mean = scores.iter().map(|v| f64::from(*v)).sum::<f64>() / range.len().max(1) as f64;
            self.uncertainty[[record.record, codebook]] = mean;
            self.timestamps[record.record] = range.len();
            let values = describe(
                record,
                memberships.slice(s![range.clone(), ..]),
                &clusters[range],
                kinds,
            )?;
            self.proportions
                .slice_mut(s![record.record, codebook, ..])
                .assign(&values);
        }
        Ok(())
    }
}
