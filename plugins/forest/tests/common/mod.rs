//! Data that the tests and `reference/forest_reference.py` make alike.
#![allow(dead_code, reason = "each test file takes what it needs")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ecg_audit_forest::{Forest, Params};
use ecg_audit_plugin::{Context, FromParams};
use ndarray::{Array1, Array2};

/// SplitMix64 (Steele et al. 2014), because it is the same few lines in every language.
pub struct Draws(pub u64);

impl Draws {
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal with variance 1: the sum of 12 uniform draws.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Three overlapping classes that six of the twelve columns tell apart.
pub fn classes(rows: usize, seed: u64) -> (Array2<f64>, Array1<u32>) {
    let mut centres = Draws(77);
    let centres = Array2::from_shape_fn((3, 6), |_| 3.0 * centres.uniform());
    let mut draws = Draws(seed);
    let mut x = Array2::zeros((rows, 12));
    let mut labels = Array1::zeros(rows);
    for (mut x, label) in x.rows_mut().into_iter().zip(&mut labels) {
        let class = (draws.uniform() * 3.0) as usize;
        x.iter_mut().for_each(|value| *value = draws.normal());
        x.iter_mut()
            .zip(centres.row(class))
            .for_each(|(value, centre)| *value += centre);
        *label = class as u32;
    }
    (x, labels)
}

/// Friedman's first function (Friedman 1991) of five of the ten columns, with noise.
pub fn values(rows: usize, seed: u64) -> (Array2<f64>, Array1<f64>) {
    let mut draws = Draws(seed);
    let mut x = Array2::zeros((rows, 10));
    let mut values = Array1::zeros(rows);
    for (mut x, value) in x.rows_mut().into_iter().zip(&mut values) {
        x.iter_mut().for_each(|value| *value = draws.uniform());
        *value = 10.0 * (std::f64::consts::PI * x[0] * x[1]).sin()
            + 20.0 * (x[2] - 0.5).powi(2)
            + 10.0 * x[3]
            + 5.0 * x[4]
            + draws.normal();
    }
    (x, values)
}

/// A forest on `threads` threads.
pub fn forest(params: Params, threads: usize) -> Forest {
    Forest::from_params(params, &Context::quiet(threads)).unwrap()
}

/// Parameters with a number of trees.
pub fn trees(trees: u32) -> Params {
    Params {
        trees,
        ..Params::default()
    }
}
