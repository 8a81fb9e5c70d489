//! Noise rates and the prior of true classes that a confident joint implies.

use ndarray::{Array1, Array2, Axis};

use super::joint::ConfidentJoint;
use super::{TINY, pairwise};

/// No noise rate exceeds this.
const LARGEST_RATE: f64 = 0.9999;
/// No class is less frequent than this.
const LEAST_PRIOR: f64 = 1e-6;

/// What the calibrated joint says about the classes that were not observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent {
    /// p(true class = k) \[K\], at least about 1e-6, sum 1.
    pub prior: Array1<f64>,
    /// p(given = j | true = k) \[K, K\], given in rows; each column sums to 1, or to 0 for a class never counted.
    pub noise: Array2<f64>,
    /// p(true = k | given = j) \[K, K\], *true* in rows; each column sums to 1, or to 0 for a class never given.
    pub inverse_noise: Array2<f64>,
}

impl ConfidentJoint {
    /// Noise rates and prior implied by the [calibrated](Self::calibrated) counts (Northcutt et al. 2021, sec. 3.1),
    /// the prior by the ratio of counts (the reference's `py_method="cnt"`, without its convergence loop).
    #[must_use]
    pub fn latent(&self) -> Latent {
        let counts = self.calibrated().mapv(|count| count as f64);
        let records = self.label_counts().sum() as f64;
        let noise = columns_over_sums(counts.clone());
        let inverse_noise = columns_over_sums(counts.reversed_axes());
        let classes = self.label_counts().len();
        let prior = (0..classes).map(|k| {
            let given = self.label_counts()[k] as f64 / records;
            let ratio = inverse_noise[[k, k]] / noise[[k, k]].max(TINY);
            (ratio * given).clamp(LEAST_PRIOR, 1.0)
        });
        let prior: Vec<f64> = prior.collect();
        let sum = pairwise::sum(&prior);
        Latent {
            prior: prior.iter().map(|p| p / sum).collect(),
            noise: clip_rates(noise),
            inverse_noise: clip_rates(inverse_noise),
        }
    }
}

fn columns_over_sums(mut counts: Array2<f64>) -> Array2<f64> {
    let sums = counts.sum_axis(Axis(0)).mapv(|sum| sum.max(TINY));
    counts /= &sums;
    counts
}

/// Off-diagonal rates at most [`LARGEST_RATE`], columns scaled to sum to 1 again.
fn clip_rates(mut rates: Array2<f64>) -> Array2<f64> {
    for ((j, k), rate) in rates.indexed_iter_mut() {
        if j != k {
            *rate = rate.min(LARGEST_RATE);
        }
    }
    columns_over_sums(rates)
}
