//! Regression labels by their neighbourhood: records far from others in the plane of label and residual.
//!
//! cleanlab's default score of regression labels, there called OUTRE: the nearest-neighbour outlier score of Kuan &
//! Mueller 2022, *Back to the Basics: Revisiting Out-of-Distribution Detection Baselines*, arXiv 2207.03061, in that plane.

use ndarray::{Array1, ArrayView1};
use rayon::prelude::*;

use super::TINY;
use super::pairwise;
use super::residual::residuals;
use crate::{Result, check};

/// The residual weighs this much more than the label.
const RESIDUAL_SCALE: f64 = 5.0;
/// Share of the records that count as neighbours.
const NEIGHBOURS: f64 = 0.5;
/// Least distance that the others are measured by.
const LEAST_SCALE: f64 = 1e-6;
/// A mean distance below this is 0 but for rounding: √(100 ε).
const NO_DISTANCE: f64 = 1.490_116_119_384_765_6e-7;

/// exp(−d / median d), d the mean Euclidean distance of a record to the ⌈n/2⌉ records nearest to it (itself included) in
/// the plane of standardised label and five times standardised residual: `labels` \[n\], `predictions` \[n\] → \[n\] in
/// [0, 1], lower more suspect. Takes O(n²) time and O(n) memory per thread: half of all records are neighbours.
///
/// # Errors
/// Fewer than two records, different lengths, a value that is not finite.
pub fn outre_scores(labels: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
    check::at_least("labels", 2, labels.len())?;
    let residuals = residuals(labels, predictions)?;
    let x = standardised(labels.to_vec());
    let y: Vec<f64> = standardised(residuals.to_vec())
        .iter()
        .map(|r| RESIDUAL_SCALE * r)
        .collect();
    let neighbours = (NEIGHBOURS * labels.len() as f64).ceil() as usize;
    let distances: Vec<f64> = x
        .par_iter()
        .zip(&y)
        .map_init(Vec::new, |distances, (&from_x, &from_y)| {
            distances.clear();
            distances.extend(x.iter().zip(&y).map(|(x, y)| {
                let (dx, dy) = (x - from_x, y - from_y);
                (dx * dx + dy * dy).sqrt()
            }));
            if neighbours < distances.len() {
                distances.select_nth_unstable_by(neighbours, f64::total_cmp);
                distances.truncate(neighbours);
            }
            // Sorted, so that the sum does not depend on how the selection left them.
            distances.sort_unstable_by(f64::total_cmp);
            pairwise::mean(distances)
        })
        .collect();
    check::finite("distances", &ArrayView1::from(&distances))?;
    let scale = pairwise::median(&distances)?.max(LEAST_SCALE);
    let score = |&distance: &f64| match distance < NO_DISTANCE {
        true => 1.0,
        false => (-distance / scale).exp(),
    };
    Ok(distances.iter().map(score).collect())
}

fn standardised(values: Vec<f64>) -> Vec<f64> {
    let (mean, deviation) = (pairwise::mean(&values), pairwise::deviation(&values));
    values.iter().map(|v| (v - mean) / (deviation + TINY)).collect()
}
