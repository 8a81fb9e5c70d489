//! Where expectation maximisation starts: the clusters of linfa's k-means.

use ecg_audit_plugin::Error;
use linfa::DatasetBase;
use linfa::prelude::{Fit, Predict};
use linfa_clustering::KMeans;
use ndarray_16::Array2;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use linfa::ParamGuard;

/// Responsibilities `[n, K]`, 1 for a row's cluster and 0 elsewhere.
pub(super) fn responsibilities(x: &Array2<f64>, clusters: usize, seed: u64) -> Result<Array2<f64>, Error> {
    let failed = |reason: String| Error::Failed(format!("linfa's k-means: {reason}"));
    let model = KMeans::params_with_rng(clusters, Xoshiro256Plus::seed_from_u64(seed))
        .n_runs(1)
        .max_n_iterations(50)
        .check()
        .map_err(|error| failed(error.to_string()))?
        .fit(&DatasetBase::from(x.view()))
        .map_err(|error| failed(error.to_string()))?;
    let mut responsibilities = Array2::zeros((x.nrows(), clusters));
    for (mut row, cluster) in responsibilities.rows_mut().into_iter().zip(model.predict(x)) {
        row[cluster] = 1.0;
    }
    Ok(responsibilities)
}
