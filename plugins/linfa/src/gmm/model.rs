//! Fitted mixtures.

use ecg_audit_plugin::{Assignment, ClusterModel, Context, Error, FitSummary};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::em::Fitted;
use super::mixture::{Mixture, SavedMixture};
use super::projection::{Projection, SavedProjection};
use crate::{checks, saved};

const FORM: &str = "linfa/gmm/1";

/// Rows per task.
const CHUNK: usize = 1024;

/// A mixture over projected features.
#[derive(Debug)]
pub(super) struct GmmModel {
    projection: Projection,
    fitted: Fitted,
    context: Context,
}

#[derive(Serialize, Deserialize)]
struct SavedModel {
    iterations: usize,
    converged: bool,
    mean_squared_distance: f64,
    projection: SavedProjection,
    mixture: SavedMixture,
}

impl GmmModel {
    pub(super) fn new(projection: Projection, fitted: Fitted, context: &Context) -> Self {
        Self {
            projection,
            fitted,
            context: context.clone(),
        }
    }

    pub(super) fn load(bytes: &[u8], context: &Context) -> Result<Self, Error> {
        let model: SavedModel = saved::read(FORM, bytes)?;
        let inconsistent = || saved::inconsistent(FORM);
        let projection = Projection::from_saved(model.projection).ok_or_else(inconsistent)?;
        let mixture = Mixture::from_saved(model.mixture, projection.components()).ok_or_else(inconsistent)?;
        let fitted = Fitted {
            mixture,
            iterations: model.iterations,
            converged: model.converged,
            mean_squared_distance: model.mean_squared_distance,
        };
        Ok(Self::new(projection, fitted, context))
    }

    /// Some rows' memberships and distances.
    fn assign_rows(&self, rows: ArrayView2<'_, f32>, memberships: &mut [f32], distances: &mut [f32]) {
        let x = ndarray_16::Array2::from_shape_fn(rows.dim(), |(i, j)| f64::from(rows[[i, j]]));
        let squared = self.fitted.mixture.distances(self.projection.apply(x).view());
        let (posterior, _) = self.fitted.mixture.posterior(&squared);
        for (target, value) in memberships.iter_mut().zip(&posterior) {
            *target = *value as f32;
        }
        for (target, value) in distances.iter_mut().zip(&squared) {
            *target = value.min(f64::from(f32::MAX)) as f32;
        }
    }
}

impl ClusterModel for GmmModel {
    fn summary(&self) -> FitSummary {
        FitSummary {
            clusters: self.fitted.mixture.components(),
            features: self.projection.features(),
            iterations: self.fitted.iterations,
            converged: self.fitted.converged,
            mean_squared_distance: self.fitted.mean_squared_distance,
        }
    }

    fn assign(&self, features: ArrayView2<'_, f32>) -> Result<Assignment, Error> {
        checks::columns(self.projection.features(), features.ncols())?;
        checks::finite("features", features)?;
        let (rows, clusters) = (features.nrows(), self.fitted.mixture.components());
        let mut memberships = vec![0f32; rows * clusters];
        let mut distances = vec![0f32; rows * clusters];
        let part = |((rows, memberships), distances): ((ArrayView2<'_, f32>, &mut [f32]), &mut [f32])| {
            self.assign_rows(rows, memberships, distances);
        };
        let chunks: Vec<ArrayView2<'_, f32>> = features.axis_chunks_iter(Axis(0), CHUNK).collect();
        let size = CHUNK * clusters;
        super::pool(&self.context)?.install(|| {
            chunks
                .into_par_iter()
                .zip(memberships.par_chunks_mut(size))
                .zip(distances.par_chunks_mut(size))
                .for_each(part);
        });
        let failed = |error: ndarray::ShapeError| Error::Failed(error.to_string());
        Ok(Assignment {
            memberships: Array2::from_shape_vec((rows, clusters), memberships).map_err(failed)?,
            distances: Array2::from_shape_vec((rows, clusters), distances).map_err(failed)?,
        })
    }

    fn centroids(&self) -> Option<Array2<f32>> {
        let means = self.projection.undo(self.fitted.mixture.means.view());
        let values = means.iter().map(|value| *value as f32).collect();
        Array2::from_shape_vec(means.dim(), values).ok()
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        saved::write(
            FORM,
            &SavedModel {
                iterations: self.fitted.iterations,
                converged: self.fitted.converged,
                mean_squared_distance: self.fitted.mean_squared_distance,
                projection: self.projection.saved(),
                mixture: self.fitted.mixture.saved(),
            },
        )
    }
}
