//! Clusterers: features to a codebook, and features to memberships.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Fits a codebook to features.
pub trait Clusterer: Send + Sync {
    /// Fits to `features` `[n, D]`. The same features and seed give the same model for any thread budget.
    ///
    /// # Errors
    /// [`Error::Input`] when there are fewer rows than clusters or values that are not finite.
    fn fit(&self, features: ArrayView2<'_, f32>, seed: u64) -> Result<Box<dyn ClusterModel>, Error>;

    /// Restores what [`ClusterModel::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Input`] when the bytes are not such a model.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn ClusterModel>, Error>;
}

/// A fitted codebook of K clusters over D features.
pub trait ClusterModel: Send + Sync {
    /// What the fit came to.
    fn summary(&self) -> FitSummary;

    /// Memberships and distances of `features` `[n, D]`. Rows are independent of each other.
    ///
    /// # Errors
    /// [`Error::Input`] when the number of columns differs from the fit's or values are not finite.
    fn assign(&self, features: ArrayView2<'_, f32>) -> Result<Assignment, Error>;

    /// The centroids `[K, D]`, where the method has them.
    fn centroids(&self) -> Option<Array2<f32>>;

    /// The model as bytes, the same bytes for the same model.
    ///
    /// # Errors
    /// [`Error::Failed`] when it cannot be written.
    fn save(&self) -> Result<Vec<u8>, Error>;
}

/// The figures of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitSummary {
    /// Number of clusters K.
    pub clusters: usize,
    /// Number of features D.
    pub features: usize,
    /// Iterations until the fit stopped.
    pub iterations: usize,
    /// False when it stopped at the iteration limit.
    pub converged: bool,
    /// Mean squared distance of a row to its cluster's centre on the fitted data (k-means: inertia / n).
    pub mean_squared_distance: f64,
}

/// Where rows belong.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Memberships `[n, K]`; each row sums to 1. The cluster of a row is its largest membership, ties to the lowest index.
    pub memberships: Array2<f32>,
    /// Squared distances `[n, K]`, in the clusterer's own metric.
    pub distances: Array2<f32>,
}
