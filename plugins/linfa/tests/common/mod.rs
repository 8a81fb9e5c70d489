//! The data of reference/make_values.py, by the same formulas.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use ndarray::{Array1, Array2};

/// Knuth's 64-bit linear congruential generator, and normal deviates by Box and Muller.
pub struct Draws(pub u64);

impl Draws {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 11) as f64 + 0.5) / 2f64.powi(53)
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Four features of differing scale; the label is the largest of noisy linear scores.
pub fn classification(rows: usize, classes: u32, seed: u64) -> (Array2<f64>, Array1<u32>) {
    let mut draws = Draws(seed);
    let mut x = Array2::zeros((rows, 4));
    let mut y = Array1::zeros(rows);
    for (mut row, label) in x.rows_mut().into_iter().zip(&mut y) {
        for (value, scale) in row.iter_mut().zip([1.0, 0.1, 10.0, 1.0]) {
            *value = draws.normal() * scale;
        }
        let mut largest = f64::NEG_INFINITY;
        for class in 0..classes {
            let c = f64::from(class);
            let score = (1.0 + c).cos() * row[0]
                + 10.0 * (2.0 + c).sin() * row[1]
                + 0.1 * (3.0 * c).cos() * row[2]
                + 0.7 * draws.normal();
            if score > largest {
                (largest, *label) = (score, class);
            }
        }
    }
    (x, y)
}

/// The features of [`classification`]; a linear target in years with noise, to which the fourth adds nothing.
pub fn regression(rows: usize, seed: u64) -> (Array2<f64>, Array1<f64>) {
    let mut draws = Draws(seed);
    let mut x = Array2::zeros((rows, 4));
    let mut y = Array1::zeros(rows);
    for (mut row, years) in x.rows_mut().into_iter().zip(&mut y) {
        for (value, scale) in row.iter_mut().zip([1.0, 0.1, 10.0, 1.0]) {
            *value = draws.normal() * scale;
        }
        *years = 50.0 + 8.0 * row[0] - 60.0 * row[1] + 0.5 * row[2] + 5.0 * draws.normal();
    }
    (x, y)
}

/// Three overlapping Gaussians in two dimensions.
pub fn blobs(rows: usize, seed: u64) -> Array2<f32> {
    let mut draws = Draws(seed);
    let mut x = Array2::zeros((rows, 2));
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        let (a, b) = (draws.normal(), draws.normal());
        let (first, second) = match i % 3 {
            0 => (a, b),
            1 => (4.0 + 0.5 * a, 1.0 + 0.5 * a + b),
            _ => (1.0 + 1.5 * a, 5.0 + 0.5 * b),
        };
        row[0] = first as f32;
        row[1] = second as f32;
    }
    x
}

/// A list of numbers from tests/fixtures/scikit_learn.json.
pub fn reference(name: &str) -> Vec<f64> {
    let values: serde_json::Value =
        serde_json::from_str(include_str!("../fixtures/scikit_learn.json")).expect("the fixture is JSON");
    serde_json::from_value(values[name].clone()).expect("the fixture has the list")
}

/// Share of rows whose largest probability is at their label.
pub fn accuracy(probabilities: &Array2<f64>, labels: &Array1<u32>) -> f64 {
    let right = probabilities
        .rows()
        .into_iter()
        .zip(labels)
        .filter(|(row, label)| {
            let best = (0..row.len())
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .expect("at least one class");
            best as u32 == **label
        });
    right.count() as f64 / labels.len() as f64
}

/// Share of the most frequent label.
pub fn majority(labels: &Array1<u32>, classes: u32) -> f64 {
    let count = |class| labels.iter().filter(|&&label| label == class).count();
    (0..classes).map(count).max().expect("at least one class") as f64 / labels.len() as f64
}
