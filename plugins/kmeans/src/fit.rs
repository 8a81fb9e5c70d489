//! The two steps of a fit on their own: initial centroids, and Lloyd's algorithm from given ones.

use ecg_audit_plugin::{Context, Error};
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::data::{Moments, Rows};
use crate::lloyd::{Fit, Lloyd, Stop};
use crate::params::MAX_CLUSTERS;
use crate::seeding;
use crate::workers::Workers;

/// What Lloyd's algorithm came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The centroids `[K, D]`.
    pub centroids: Array2<f32>,
    /// The cluster of each row `[n]`.
    pub labels: Vec<u32>,
    /// Sum over rows of the squared distance to the own centroid.
    pub inertia: f64,
    /// Iterations until it stopped.
    pub iterations: usize,
    /// False when it stopped at the iteration limit.
    pub converged: bool,
}

/// Draws `clusters` initial centroids `[K, D]` from `features` `[n, D]` by greedy k-means++ (Arthur &
/// Vassilvitskii 2007).
///
/// # Errors
/// [`Error::Input`] for values that are not finite, or fewer (distinct) rows than clusters; [`Error::Cancelled`].
pub fn initial_centroids(
    features: ArrayView2<'_, f32>,
    clusters: usize,
    seed: u64,
    workers: &Workers,
    context: &Context,
) -> Result<Array2<f32>, Error> {
    if !(1..=MAX_CLUSTERS).contains(&clusters) {
        return Err(Error::Params(format!(
            "k must be from 1 to {MAX_CLUSTERS}, found {clusters}"
        )));
    }
    let rows = checked_rows(features, clusters)?;
    let moments = Moments::of(&rows, workers)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    seeding::seed(&rows, &moments, clusters, &mut rng, workers, context)
}

/// Runs Lloyd's algorithm on `features` `[n, D]` from `initial` centroids `[K, D]`, with scikit-learn's rule to
/// stop: no row changed its cluster, or the centroids' squared shift is at most `tolerance` times the features'
/// mean variance. At least one iteration is made.
///
/// # Errors
/// [`Error::Input`] for values that are not finite, fewer rows than centroids, or unequal columns; [`Error::Cancelled`].
pub fn fit_from(
    features: ArrayView2<'_, f32>,
    initial: Array2<f32>,
    max_iterations: usize,
    tolerance: f64,
    workers: &Workers,
    context: &Context,
) -> Result<Fitted, Error> {
    let rows = checked_rows(features, initial.nrows())?;
    if initial.ncols() != rows.columns() {
        return Err(Error::Input(format!(
            "the initial centroids have {} columns, the features {}",
            initial.ncols(),
            rows.columns()
        )));
    }
    if initial.is_empty() || initial.iter().any(|value| !value.is_finite()) {
        return Err(Error::Input("initial centroids must be there and finite".into()));
    }
    let moments = Moments::of(&rows, workers)?;
    let lloyd = Lloyd {
        rows: &rows,
        moments: &moments,
        workers,
        context,
    };
    let stop = Stop {
        max_iterations: max_iterations.max(1),
        tolerance,
    };
    let initial = initial.as_standard_layout().into_owned();
    lloyd.run(initial, stop, |_| ()).map(Fitted::from)
}

impl From<Fit> for Fitted {
    fn from(fit: Fit) -> Self {
        Self {
            centroids: fit.centroids,
            labels: fit.labels,
            inertia: fit.inertia,
            iterations: fit.iterations,
            converged: fit.converged,
        }
    }
}

/// Rows that are enough for so many clusters.
pub(crate) fn checked_rows(features: ArrayView2<'_, f32>, clusters: usize) -> Result<Rows<'_>, Error> {
    let (rows, columns) = features.dim();
    if columns == 0 {
        return Err(Error::Input("the features have no columns".into()));
    }
    if rows < clusters {
        return Err(Error::Input(format!(
            "the features have {rows} rows, fewer than k = {clusters} clusters"
        )));
    }
    Ok(Rows::new(features))
}
