//! How far centroids moved and how far apart they are: what triangle-inequality bounds live on.

use crate::codebook::Codebook;
use crate::vector::{squared_distance_f64, vectorised};

/// How the centroids moved, and so by how much bounds loosen.
pub(crate) struct Drift {
    pub(crate) of: Vec<f32>,
    /// Largest movement, whose it was, and the largest of the rest.
    largest: f32,
    largest_of: usize,
    second: f32,
    /// Half the distance of each centroid to its nearest neighbour.
    pub(crate) half_gap: Vec<f32>,
}

impl Drift {
    /// No centroid has moved yet, and nothing is known of gaps.
    pub(crate) fn none(codebook: &Codebook) -> Self {
        Self {
            of: vec![0.0; codebook.clusters()],
            largest: 0.0,
            largest_of: 0,
            second: 0.0,
            half_gap: vec![0.0; codebook.clusters()],
        }
    }

    /// Largest movement of any centroid but this.
    #[inline(always)]
    pub(crate) fn of_others(&self, cluster: usize) -> f32 {
        if cluster == self.largest_of {
            self.second
        } else {
            self.largest
        }
    }

    /// The drift from one codebook to the next, and the sum of its squares.
    pub(crate) fn between(old: &Codebook, new: &Codebook) -> (Self, f64) {
        vectorised(
            #[inline(always)]
            || {
                let clusters = old.clusters();
                let mut drift = Self::none(new);
                let mut shift = 0.0;
                let mut gaps = vec![f64::INFINITY; clusters];
                for k in 0..clusters {
                    let moved = squared_distance_f64(old.centroid(k), new.centroid(k));
                    shift += moved;
                    let moved = moved.sqrt() as f32 * (1.0 + f32::EPSILON);
                    drift.of[k] = moved;
                    if moved > drift.largest {
                        drift.second = drift.largest;
                        drift.largest = moved;
                        drift.largest_of = k;
                    } else if moved > drift.second {
                        drift.second = moved;
                    }
                    for other in 0..k {
                        let gap = squared_distance_f64(new.centroid(k), new.centroid(other));
                        gaps[k] = gaps[k].min(gap);
                        gaps[other] = gaps[other].min(gap);
                    }
                }
                for (half_gap, gap) in drift.half_gap.iter_mut().zip(gaps) {
                    *half_gap = (gap.sqrt() / 2.0) as f32 * (1.0 - f32::EPSILON);
                }
                (drift, shift)
            },
        )
    }
}
