//! Gaussians with full covariances: densities and posteriors in log space.

use ecg_audit_plugin::Error;
use linfa_linalg::cholesky::Cholesky;
use linfa_linalg::triangular::{SolveTriangular, UPLO};
use ndarray_16::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

/// K weighted Gaussians over P dimensions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mixture {
    /// ln of the weights `[K]`.
    log_weights: Array1<f64>,
    /// `[K, P]`.
    pub(super) means: Array2<f64>,
    /// Per component `L⁻ᵀ` `[P, P]` with `Σ = L Lᵀ`, so that ‖(x − μ) L⁻ᵀ‖² is the squared Mahalanobis distance.
    whitenings: Vec<Array2<f64>>,
}

/// [`Mixture`] as it is saved.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedMixture {
    log_weights: Vec<f64>,
    means: Vec<f64>,
    whitenings: Vec<Vec<f64>>,
}

impl Mixture {
    /// Maximum-likelihood Gaussians of `x` `[n, P]` under `responsibilities` `[n, K]`.
    ///
    /// # Errors
    /// [`Error::Failed`] for a component that has lost its rows or whose covariance is singular.
    pub(super) fn estimate(
        x: &Array2<f64>,
        responsibilities: &Array2<f64>,
        reg_covar: f64,
    ) -> Result<Self, Error> {
        let counts = responsibilities.sum_axis(Axis(0));
        if let Some(empty) = counts
            .iter()
            .position(|count| count.is_nan() || *count <= 10.0 * f64::EPSILON)
        {
            return Err(Error::Failed(format!(
                "component {empty} of the mixture has lost all its rows; fewer clusters may do"
            )));
        }
        let mut means = responsibilities.t().dot(x);
        for (mut mean, count) in means.rows_mut().into_iter().zip(&counts) {
            mean /= *count;
        }
        let whitenings = (0..counts.len())
            .map(|component| {
                let centred = x - &means.row(component);
                let weighted = &centred * &responsibilities.slice(s![.., component..=component]);
                let mut covariance = weighted.t().dot(&centred) / counts[component];
                covariance.diag_mut().mapv_inplace(|value| value + reg_covar);
                whitening(&covariance).map_err(|error| {
                    Error::Failed(format!(
                        "the covariance of component {component} is singular ({error}); raise `reg_covar`"
                    ))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            log_weights: (&counts / x.nrows() as f64).mapv(f64::ln),
            means,
            whitenings,
        })
    }

    /// Number of components K.
    pub(super) fn components(&self) -> usize {
        self.log_weights.len()
    }

    /// Squared Mahalanobis distances of `x` `[n, P]` to each mean, `[n, K]`.
    pub(super) fn distances(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut distances = Array2::zeros((x.nrows(), self.components()));
        for (component, whitening) in self.whitenings.iter().enumerate() {
            let white = (&x - &self.means.row(component)).dot(whitening);
            let mut column = distances.column_mut(component);
            for (distance, row) in column.iter_mut().zip(white.rows()) {
                *distance = row.dot(&row);
            }
        }
        distances
    }

    /// Posterior probabilities `[n, K]` of the components and the log likelihood `[n]` of each row, from its
    /// distances.
    pub(super) fn posterior(&self, distances: &Array2<f64>) -> (Array2<f64>, Array1<f64>) {
        let constant = self.means.ncols() as f64 * std::f64::consts::TAU.ln();
        let offsets: Vec<f64> = self
            .whitenings
            .iter()
            .zip(&self.log_weights)
            .map(|(whitening, log_weight)| {
                let half_log_det: f64 = whitening.diag().iter().map(|value| value.ln()).sum();
                log_weight + half_log_det - 0.5 * constant
            })
            .collect();
        let mut posterior = distances.clone();
        let mut likelihoods = Array1::zeros(distances.nrows());
        for (mut row, likelihood) in posterior.rows_mut().into_iter().zip(&mut likelihoods) {
            for (value, offset) in row.iter_mut().zip(&offsets) {
                *value = offset - 0.5 * *value;
            }
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.mapv_inplace(|value| (value - largest).exp());
            let sum = row.sum();
            row /= sum;
            *likelihood = largest + sum.ln();
        }
        (posterior, likelihoods)
    }

    pub(super) fn saved(&self) -> SavedMixture {
        SavedMixture {
            log_weights: self.log_weights.to_vec(),
            means: self.means.iter().copied().collect(),
            whitenings: self
                .whitenings
                .iter()
                .map(|matrix| matrix.iter().copied().collect())
                .collect(),
        }
    }

    /// `None` where the parts do not fit together.
    pub(super) fn from_saved(saved: SavedMixture, dimensions: usize) -> Option<Self> {
        let components = saved.log_weights.len();
        let whitenings: Vec<Array2<f64>> = saved
            .whitenings
            .into_iter()
            .map(|values| Array2::from_shape_vec((dimensions, dimensions), values).ok())
            .collect::<Option<_>>()?;
        (components > 0 && whitenings.len() == components).then_some(())?;
        Some(Self {
            log_weights: Array1::from_vec(saved.log_weights),
            means: Array2::from_shape_vec((components, dimensions), saved.means).ok()?,
            whitenings,
        })
    }
}

fn whitening(covariance: &Array2<f64>) -> linfa_linalg::Result<Array2<f64>> {
    let lower = covariance.cholesky()?;
    let inverse = lower.solve_triangular(&Array2::eye(covariance.nrows()), UPLO::Lower)?;
    Ok(inverse.reversed_axes().as_standard_layout().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray_16::array;

    #[test]
    fn distances_and_posterior_of_a_known_gaussian() {
        // Two rows at ±(1, 2) and two at ±(1, −2): mean 0, covariance diag(1, 4).
        let x = array![[1.0, 2.0], [-1.0, -2.0], [1.0, -2.0], [-1.0, 2.0]];
        let mixture = Mixture::estimate(&x, &Array2::ones((4, 1)), 0.0).unwrap();
        let distances = mixture.distances(x.view());
        assert!(distances.iter().all(|distance| (distance - 2.0).abs() < 1e-12));
        let (posterior, likelihoods) = mixture.posterior(&distances);
        assert!(posterior.iter().all(|share| *share == 1.0));
        // ln N = −½ (2 ln 2π + ln 4 + 2)
        let expected = -0.5 * (2.0 * std::f64::consts::TAU.ln() + 4f64.ln() + 2.0);
        assert!(likelihoods.iter().all(|value| (value - expected).abs() < 1e-12));
    }

    #[test]
    fn far_rows_stay_finite() {
        let x = array![[0.0], [0.1], [10.0], [10.1]];
        let responsibilities = array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]];
        let mixture = Mixture::estimate(&x, &responsibilities, 1e-9).unwrap();
        let far = mixture.distances(array![[1e6]].view());
        let (posterior, likelihoods) = mixture.posterior(&far);
        assert!((posterior.sum() - 1.0).abs() < 1e-12 && likelihoods[0].is_finite());
    }
}
