//! Lloyd's algorithm, with the distances it need not compute left out.
//!
//! Each row carries an upper bound of the distance to its own centroid and a lower bound of the distance to any
//! other (Hamerly 2010). When centroids move, the bounds loosen by how far; while they do not cross, the row
//! keeps its cluster unread. Bounds include the rounding error of the distances they came from, so the clusters
//! are those that full computation finds, and the sums are exact integers: leaving work out changes no bit.

use ecg_audit_plugin::{Context, Error};
use ndarray::Array2;

use crate::codebook::Codebook;
use crate::data::{CHUNK, Moments, Rows};
use crate::drift::Drift;
use crate::nearest::nearest;
use crate::sums::{Sums, Units};
use crate::vector::{squared_distance, squared_distance_f64, vectorised};
use crate::workers::Workers;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) max_iterations: usize,
    /// In units of the features' mean variance.
    pub(crate) tolerance: f64,
}

/// What a run came to.
pub(crate) struct Fit {
    pub(crate) centroids: Array2<f32>,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
    /// Sum over rows of the squared distance to the own centroid.
    pub(crate) inertia: f64,
    pub(crate) labels: Vec<u32>,
}

/// A row's cluster and what is known of its distances (not squared).
#[derive(Clone, Copy)]
struct Bounds {
    cluster: u32,
    own: f32,
    others: f32,
}

/// Not yet in any cluster.
const NONE: u32 = u32::MAX;

/// What is added up over all chunks: sums gained and lost by clusters, and rows that changed cluster.
struct Changes {
    sums: Sums,
    changed: usize,
    products: Vec<f32>,
}

/// A run's fixed surroundings.
pub(crate) struct Lloyd<'a, 'd> {
    pub(crate) rows: &'a Rows<'d>,
    pub(crate) moments: &'a Moments,
    pub(crate) workers: &'a Workers,
    pub(crate) context: &'a Context,
}

impl Lloyd<'_, '_> {
    /// Runs from the given centroids until it converges or reaches the limit; `progress` is told each iteration.
    pub(crate) fn run(
        &self,
        initial: Array2<f32>,
        stop: Stop,
        progress: impl Fn(usize),
    ) -> Result<Fit, Error> {
        let units = Units::new(self.moments);
        let shift_limit = stop.tolerance * self.moments.mean_variance();
        let mut bounds = vec![
            Bounds {
                cluster: NONE,
                own: 0.0,
                others: 0.0
            };
            self.rows.count()
        ];
        let mut codebook = Codebook::new(initial, &self.moments.origin);
        let mut sums = Sums::zero(codebook.clusters(), &units);
        let mut drift = Drift::none(&codebook);
        let (mut iterations, mut converged) = (0, false);
        while iterations < stop.max_iterations {
            self.context.check()?;
            let changes = self.assign(&codebook, &drift, &mut bounds, &units);
            sums.merge(&changes.sums);
            let centroids = self.means(&codebook, &sums, &bounds, &units);
            let next = Codebook::new(centroids, &self.moments.origin);
            let shift;
            (drift, shift) = Drift::between(&codebook, &next);
            codebook = next;
            iterations += 1;
            progress(iterations);
            if changes.changed == 0 {
                converged = true;
                break;
            }
            if shift <= shift_limit {
                converged = true;
                self.assign(&codebook, &drift, &mut bounds, &units);
                break;
            }
            if iterations == stop.max_iterations {
                self.assign(&codebook, &drift, &mut bounds, &units);
            }
        }
        let inertia = self.inertia(&codebook, &bounds);
        Ok(Fit {
            centroids: codebook.centroids().clone(),
            iterations,
            converged,
            inertia,
            labels: bounds.iter().map(|row| row.cluster).collect(),
        })
    }

    /// Puts each row into the cluster of its nearest centroid.
    fn assign(&self, codebook: &Codebook, drift: &Drift, bounds: &mut [Bounds], units: &Units) -> Changes {
        let items: Vec<_> = self
            .rows
            .chunks()
            .into_iter()
            .zip(bounds.chunks_mut(CHUNK))
            .collect();
        let empty = || Changes {
            sums: Sums::zero(codebook.clusters(), units),
            changed: 0,
            products: vec![0.0; CHUNK * codebook.width()],
        };
        self.workers.fold(
            items,
            empty,
            |mut changes, ((first_row, values), bounds)| {
                let norms = &self.moments.norms[first_row..first_row + bounds.len()];
                let chunk = Chunk {
                    values,
                    norms,
                    codebook,
                    drift,
                    units,
                };
                vectorised(
                    #[inline(always)]
                    || chunk.assign(bounds, &mut changes),
                );
                changes
            },
            |mut a, b| {
                a.sums.merge(&b.sums);
                a.changed += b.changed;
                a
            },
        )
    }

    /// The clusters' means. An empty cluster takes the row that is farthest from its own centroid, the next
    /// empty one the next farthest (as scikit-learn does), ties to the lowest row.
    fn means(&self, codebook: &Codebook, sums: &Sums, bounds: &[Bounds], units: &Units) -> Array2<f32> {
        let clusters = codebook.clusters();
        let empty: Vec<usize> = (0..clusters).filter(|k| sums.count(*k) == 0).collect();
        let moved;
        let sums = if empty.is_empty() {
            sums
        } else {
            moved = self.refill(codebook, sums.clone(), bounds, units, &empty);
            &moved
        };
        let mut centroids = codebook.centroids().clone();
        for (k, mut centroid) in centroids.outer_iter_mut().enumerate() {
            if let Some(mean) = centroid.as_slice_mut() {
                sums.mean(k, units, mean);
            }
        }
        centroids
    }

    fn refill(
        &self,
        codebook: &Codebook,
        mut sums: Sums,
        bounds: &[Bounds],
        units: &Units,
        empty: &[usize],
    ) -> Sums {
        let mut far: Vec<(f32, usize)> = self
            .own_distances(codebook, bounds)
            .into_iter()
            .enumerate()
            .map(|(row, distance)| (distance, row))
            .filter(|(distance, _)| *distance > 0.0)
            .collect();
        far.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut far = far.into_iter();
        for cluster in empty {
            // A cluster's only row stays: taking it would but empty another cluster.
            let Some((_, row)) = far.find(|(_, row)| sums.count(bounds[*row].cluster as usize) > 1) else {
                break;
            };
            sums.remove(bounds[row].cluster as usize, self.rows.row(row), units);
            sums.add(*cluster, self.rows.row(row), units);
        }
        sums
    }

    fn own_distances(&self, codebook: &Codebook, bounds: &[Bounds]) -> Vec<f32> {
        let columns = self.rows.columns();
        let items: Vec<_> = self.rows.chunks().into_iter().zip(bounds.chunks(CHUNK)).collect();
        let parts = self.workers.map(items, |((_, values), bounds)| {
            vectorised(
                #[inline(always)]
                || {
                    let mut distances = Vec::with_capacity(bounds.len());
                    for (row, bounds) in values.chunks_exact(columns).zip(bounds) {
                        distances.push(squared_distance(row, codebook.centroid(bounds.cluster as usize)));
                    }
                    distances
                },
            )
        });
        parts.into_iter().flatten().collect()
    }

    fn inertia(&self, codebook: &Codebook, bounds: &[Bounds]) -> f64 {
        let columns = self.rows.columns();
        let items: Vec<_> = self.rows.chunks().into_iter().zip(bounds.chunks(CHUNK)).collect();
        let parts = self.workers.map(items, |((_, values), bounds)| {
            vectorised(
                #[inline(always)]
                || {
                    let mut sum = 0.0;
                    for (row, bounds) in values.chunks_exact(columns).zip(bounds) {
                        sum += squared_distance_f64(row, codebook.centroid(bounds.cluster as usize));
                    }
                    sum
                },
            )
        });
        parts.iter().sum()
    }
}

/// One chunk of rows and what it is held against.
struct Chunk<'a> {
    values: &'a [f32],
    norms: &'a [f32],
    codebook: &'a Codebook,
    drift: &'a Drift,
    units: &'a Units,
}

impl<'a> Chunk<'a> {
    #[inline(always)]
    fn row(&self, index: usize) -> &'a [f32] {
        let columns = self.codebook.columns();
        &self.values[index * columns..(index + 1) * columns]
    }

    #[inline(always)]
    fn assign(&self, bounds: &mut [Bounds], changes: &mut Changes) {
        let width = self.codebook.width();
        let mut active = [0_usize; CHUNK];
        let mut active_rows: [&[f32]; CHUNK] = [&[]; CHUNK];
        let mut count = 0;
        for (index, row) in bounds.iter_mut().enumerate() {
            if !self.keeps_cluster(index, row) {
                active[count] = index;
                active_rows[count] = self.row(index);
                count += 1;
            }
        }
        self.codebook
            .products(&active_rows[..count], &mut changes.products[..count * width]);
        let products = changes.products.chunks_exact_mut(width);
        for ((index, values), products) in active[..count].iter().zip(&active_rows).zip(products) {
            let nearest = nearest(products, &self.codebook.bias);
            let norm = self.norms[*index];
            let error = self.codebook.error_bound(norm);
            let row = &mut bounds[*index];
            row.own = ((norm + nearest.first).max(0.0) + error).sqrt();
            row.others = (norm + nearest.second - error).max(0.0).sqrt();
            let cluster = nearest.cluster as u32;
            if row.cluster != cluster {
                if row.cluster != NONE {
                    changes.sums.remove(row.cluster as usize, values, self.units);
                }
                changes.sums.add(nearest.cluster, values, self.units);
                changes.changed += 1;
                row.cluster = cluster;
            }
        }
    }

    /// Loosens a row's bounds by the drift and tells whether they still settle its cluster.
    #[inline(always)]
    fn keeps_cluster(&self, index: usize, row: &mut Bounds) -> bool {
        if row.cluster == NONE {
            return false;
        }
        let own = row.cluster as usize;
        let drift = self.drift;
        row.own = (row.own + drift.of[own]) * (1.0 + 2.0 * f32::EPSILON);
        row.others = (row.others - drift.of_others(own)).max(0.0) * (1.0 - 2.0 * f32::EPSILON);
        let apart = row.others.max(drift.half_gap[own]);
        // Full computation errs by at most `error` on either side, so it must find the same when the squares
        // are farther apart than twice that.
        let error = 2.0 * self.codebook.error_bound(self.norms[index]);
        apart * apart - row.own * row.own > error
    }
}
