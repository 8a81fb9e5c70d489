//! Regression labels: residuals, plain and scaled by how uncertain the prediction is.
//!
//! Zhou, Mueller, Kumar, Wang & Lei 2023, *Detecting Errors in a Numerical Response via any Regression Model*, arXiv
//! 2305.16583. Predictions must be out of sample.

use ndarray::{Array1, ArrayView1, ArrayView2};

use super::{TINY, pairwise};
use crate::{Error, Result, check};

/// exp(−|prediction − label|) of `labels` \[n\] and `predictions` \[n\] → \[n\] in [0, 1], lower more suspect. Depends on
/// the unit of the label.
///
/// # Errors
/// Empty input, different lengths, a value that is not finite.
pub fn residual_scores(labels: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
    Ok(residuals(labels, predictions)?.mapv(|residual| (-residual.abs()).exp()))
}

/// exp(−r / median r) with r = |prediction − label| / uncertainty: `labels`, `predictions`, `uncertainty` \[n\] → \[n\] in
/// [0, 1], lower more suspect. Does not depend on the unit of the label; the median record scores e⁻¹.
///
/// The uncertainty is, per record, [`epistemic_spread`] + [`aleatoric_spread`] in the unit of the label.
///
/// # Errors
/// Empty input, different lengths, a value that is not finite, a negative uncertainty.
pub fn scaled_residual_scores(
    labels: ArrayView1<'_, f64>,
    predictions: ArrayView1<'_, f64>,
    uncertainty: ArrayView1<'_, f64>,
) -> Result<Array1<f64>> {
    let residuals = residuals(labels, predictions)?;
    check::same_shape("uncertainty", &labels, &uncertainty)?;
    check::finite("uncertainty", &uncertainty)?;
    if let Some((index, &value)) = uncertainty.iter().enumerate().find(|(_, u)| **u < 0.0) {
        return Err(Error::OutOfRange {
            what: "uncertainty",
            index,
            value,
            low: 0.0,
            high: f64::MAX,
        });
    }
    let scaled: Vec<f64> = residuals
        .iter()
        .zip(uncertainty)
        .map(|(residual, uncertainty)| (residual / (uncertainty + TINY)).abs())
        .collect();
    let median = pairwise::median(&scaled)?.max(TINY);
    Ok(scaled.iter().map(|scaled| (-scaled / median).exp()).collect())
}

/// Epistemic spread of each prediction \[n\]: the standard deviation (divisor B + 1) over `bootstrap` \[n, B\], out-of-sample
/// predictions of models fitted on resamples, together with `predictions` \[n\] themselves. 0 where B is 0.
///
/// # Errors
/// Empty predictions, different numbers of records, a value that is not finite.
pub fn epistemic_spread(
    bootstrap: ArrayView2<'_, f64>,
    predictions: ArrayView1<'_, f64>,
) -> Result<Array1<f64>> {
    check::not_empty("predictions", predictions.len())?;
    check::finite("predictions", &predictions)?;
    check::finite("bootstrap predictions", &bootstrap)?;
    if bootstrap.nrows() != predictions.len() {
        return Err(Error::ShapeMismatch {
            what: "bootstrap predictions",
            expected: vec![predictions.len(), bootstrap.ncols()],
            found: bootstrap.shape().to_vec(),
        });
    }
    if bootstrap.ncols() == 0 {
        return Ok(Array1::zeros(predictions.len()));
    }
    let spread = |(row, &prediction): (ArrayView1<'_, f64>, &f64)| {
        let all: Vec<f64> = row.iter().copied().chain([prediction]).collect();
        pairwise::deviation(&all)
    };
    Ok(bootstrap
        .rows()
        .into_iter()
        .zip(predictions)
        .map(spread)
        .collect())
}

/// Aleatoric spread, one figure for the data set: the standard deviation (divisor n) of `predicted_residuals` \[n\], the
/// out-of-sample predictions of a model fitted to the residuals.
///
/// # Errors
/// Empty input, a value that is not finite.
pub fn aleatoric_spread(predicted_residuals: ArrayView1<'_, f64>) -> Result<f64> {
    check::not_empty("predicted residuals", predicted_residuals.len())?;
    check::finite("predicted residuals", &predicted_residuals)?;
    Ok(pairwise::deviation(&predicted_residuals.to_vec()))
}

/// Prediction − label.
pub(super) fn residuals(
    labels: ArrayView1<'_, f64>,
    predictions: ArrayView1<'_, f64>,
) -> Result<Array1<f64>> {
    check::not_empty("labels", labels.len())?;
    check::same_shape("predictions", &labels, &predictions)?;
    check::finite("labels", &labels)?;
    check::finite("predictions", &predictions)?;
    let residuals = &predictions - &labels;
    check::finite("residuals", &residuals)?;
    Ok(residuals)
}
