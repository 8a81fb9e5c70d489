//! Principal components.

use ecg_audit_plugin::Error;
use linfa_linalg::eigh::{EigSort, EighInto};
use ndarray_16::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

/// Centring, and where asked for a projection on the first principal components.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projection {
    pub(super) mean: Array1<f64>,
    /// `[D, P]`, orthonormal columns.
    pub(super) basis: Option<Array2<f64>>,
}

/// [`Projection`] as it is saved.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedProjection {
    mean: Vec<f64>,
    basis: Option<Vec<f64>>,
}

impl Projection {
    /// Measures `x` `[n, D]`; keeps `components` of the covariance's eigenvectors, or all of D without a basis.
    pub(super) fn fit(x: &Array2<f64>, components: usize) -> Result<Self, Error> {
        let (rows, features) = x.dim();
        let mean = x.sum_axis(Axis(0)) / rows as f64;
        if components >= features {
            return Ok(Self { mean, basis: None });
        }
        let centred = x - &mean;
        let covariance = centred.t().dot(&centred) / rows as f64;
        let (_, vectors) = covariance
            .eigh_into()
            .map_err(|error| Error::Failed(format!("no principal components: {error}")))?
            .sort_eig_desc();
        let basis = vectors.slice(s![.., ..components]).to_owned();
        Ok(Self {
            mean,
            basis: Some(basis),
        })
    }

    /// Number of features D.
    pub(super) fn features(&self) -> usize {
        self.mean.len()
    }

    /// Number of components P.
    pub(super) fn components(&self) -> usize {
        self.basis.as_ref().map_or(self.mean.len(), |basis| basis.ncols())
    }

    /// `(x − mean) · basis`.
    pub(super) fn apply(&self, mut x: Array2<f64>) -> Array2<f64> {
        x -= &self.mean;
        match &self.basis {
            Some(basis) => x.dot(basis),
            None => x,
        }
    }

    /// Back from components to features: `x · basisᵀ + mean`.
    pub(super) fn undo(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        match &self.basis {
            Some(basis) => x.dot(&basis.t()) + &self.mean,
            None => &x + &self.mean,
        }
    }

    pub(super) fn saved(&self) -> SavedProjection {
        SavedProjection {
            mean: self.mean.to_vec(),
            basis: self.basis.as_ref().map(|basis| basis.iter().copied().collect()),
        }
    }

    /// `None` where the parts do not fit together.
    pub(super) fn from_saved(saved: SavedProjection) -> Option<Self> {
        let features = saved.mean.len();
        let basis = match saved.basis {
            None => None,
            Some(values) => {
                let components = values.len().checked_div(features).filter(|&count| count > 0)?;
                Some(Array2::from_shape_vec((features, components), values).ok()?)
            }
        };
        (features > 0).then(|| Self {
            mean: Array1::from_vec(saved.mean),
            basis,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray_16::array;

    #[test]
    fn the_first_component_follows_the_spread() {
        let x = array![[0.0, 1.0, 5.0], [1.0, 3.0, 5.0], [2.0, 5.0, 5.0], [3.0, 7.0, 5.0]];
        let projection = Projection::fit(&x, 1).unwrap();
        // All rows lie on a line: one component brings them back.
        let back = projection.undo(projection.apply(x.clone()).view());
        assert!((back - x).iter().all(|difference| difference.abs() < 1e-9));
    }
}
