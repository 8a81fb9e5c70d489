//! A fitted codebook.

use std::sync::Arc;

use ecg_audit_plugin::{Assignment, ClusterModel, Context, Error, FitSummary};
use ndarray::{Array2, ArrayView2};

use crate::codebook::Codebook;
use crate::data::{CHUNK, LARGEST_NORM, Rows, unusable_row};
use crate::persistence::Stored;
use crate::softmax::memberships;
use crate::vector::{squared_distance, vectorised};
use crate::workers::WorkersCache;

/// A codebook that assigns rows to its clusters.
pub(crate) struct KMeansModel {
    stored: Stored,
    codebook: Codebook,
    context: Context,
    workers: Arc<WorkersCache>,
}

impl KMeansModel {
    pub(crate) fn new(stored: Stored, context: Context, workers: Arc<WorkersCache>) -> Self {
        let codebook = Codebook::new(stored.centroids.clone(), &stored.origin);
        Self {
            stored,
            codebook,
            context,
            workers,
        }
    }

    /// Assigns one chunk of rows; answers the first row that cannot be used.
    fn assign_chunk(&self, chunk: Chunk<'_>) -> Result<(), usize> {
        let (clusters, columns, width) = (
            self.codebook.clusters(),
            self.codebook.columns(),
            self.codebook.width(),
        );
        let rows: Vec<&[f32]> = chunk.values.chunks_exact(columns).collect();
        let mut products = vec![0.0_f32; rows.len() * width];
        self.codebook.products(&rows, &mut products);
        let tau = self.stored.tau as f32;
        vectorised(
            #[inline(always)]
            || {
                for (index, row) in rows.iter().enumerate() {
                    let norm = squared_distance(row, &self.stored.origin);
                    if norm.is_nan() || norm > LARGEST_NORM {
                        return Err(chunk.first_row + index);
                    }
                    let products = &products[index * width..(index + 1) * width];
                    let distances = &mut chunk.distances[index * clusters..(index + 1) * clusters];
                    self.codebook.squared_distances(products, norm, row, distances);
                }
                memberships(chunk.distances, clusters, tau, chunk.memberships);
                Ok(())
            },
        )
    }
}

/// Some rows and where their results go.
struct Chunk<'a> {
    first_row: usize,
    values: &'a [f32],
    memberships: &'a mut [f32],
    distances: &'a mut [f32],
}

impl ClusterModel for KMeansModel {
    fn summary(&self) -> FitSummary {
        self.stored.summary.clone()
    }

    fn assign(&self, features: ArrayView2<'_, f32>) -> Result<Assignment, Error> {
        let (clusters, columns) = (self.codebook.clusters(), self.codebook.columns());
        if features.ncols() != columns {
            return Err(Error::Input(format!(
                "the features have {} columns; this model was fitted on {columns}",
                features.ncols()
            )));
        }
        self.context.check()?;
        let rows = Rows::new(features);
        let mut assignment = Assignment {
            memberships: Array2::zeros((rows.count(), clusters)),
            distances: Array2::zeros((rows.count(), clusters)),
        };
        let share = CHUNK * clusters;
        let chunks: Vec<Chunk<'_>> = rows
            .chunks()
            .into_iter()
            .zip(
                assignment
                    .memberships
                    .as_slice_mut()
                    .unwrap_or(&mut [])
                    .chunks_mut(share),
            )
            .zip(
                assignment
                    .distances
                    .as_slice_mut()
                    .unwrap_or(&mut [])
                    .chunks_mut(share),
            )
            .map(|(((first_row, values), memberships), distances)| Chunk {
                first_row,
                values,
                memberships,
                distances,
            })
            .collect();
        // Few rows are done sooner than threads are woken.
        let threads = if chunks.len() > 1 {
            self.context.threads()
        } else {
            1
        };
        let results = self
            .workers
            .get(threads)?
            .map(chunks, |chunk| self.assign_chunk(chunk));
        match results.into_iter().find_map(Result::err) {
            Some(row) => Err(unusable_row(row, rows.row(row))),
            None => Ok(assignment),
        }
    }

    fn centroids(&self) -> Option<Array2<f32>> {
        Some(self.stored.centroids.clone())
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.stored.to_bytes())
    }
}
