//! Gini impurity.

use super::{Criterion, Leaf};

/// Gini impurity over weighted class counts.
pub(crate) struct Gini<'a> {
    labels: &'a [u32],
    classes: usize,
    histogram: Vec<f64>,
    node: Vec<f64>,
    node_weight: f64,
    left: Vec<f64>,
    left_weight: f64,
    left_squares: f64,
    right_squares: f64,
}

/// A row with its class.
#[derive(Clone, Copy)]
pub(crate) struct Labelled {
    row: u32,
    class: u32,
    weight: f64,
}

impl<'a> Gini<'a> {
    /// For `labels` below `classes` and features of at most `bins` bins.
    pub fn new(labels: &'a [u32], classes: usize, bins: usize) -> Self {
        Self {
            labels,
            classes,
            histogram: vec![0.0; bins * classes],
            node: vec![0.0; classes],
            node_weight: 0.0,
            left: vec![0.0; classes],
            left_weight: 0.0,
            left_squares: 0.0,
            right_squares: 0.0,
        }
    }

    fn node_squares(&self) -> f64 {
        self.node.iter().map(|count| count * count).sum()
    }
}

impl Criterion for Gini<'_> {
    type Sample = Labelled;

    fn sample(&self, row: u32, weight: f64) -> Labelled {
        let class = self.labels[row as usize];
        Labelled { row, class, weight }
    }

    fn row(sample: &Labelled) -> usize {
        sample.row as usize
    }

    fn enter(&mut self, samples: &[Labelled]) {
        self.node.fill(0.0);
        for sample in samples {
            self.node[sample.class as usize] += sample.weight;
        }
        self.node_weight = self.node.iter().sum();
    }

    fn is_pure(&self) -> bool {
        self.node.iter().filter(|&&count| count > 0.0).count() < 2
    }

    fn node_score(&self) -> f64 {
        self.node_squares() / self.node_weight
    }

    fn best_possible_score(&self) -> f64 {
        self.node_weight
    }

    fn leaf(&mut self) -> Leaf<'_> {
        if self.is_pure() {
            let class = self.node.iter().position(|&count| count > 0.0);
            return Leaf::Class(class.unwrap_or(0) as u32);
        }
        for (share, count) in self.left.iter_mut().zip(&self.node) {
            *share = count / self.node_weight;
        }
        Leaf::Mixed(&self.left)
    }

    fn add(&mut self, bin: usize, sample: &Labelled) {
        self.histogram[bin * self.classes + sample.class as usize] += sample.weight;
    }

    fn is_occupied(&self, bin: usize) -> bool {
        let counts = &self.histogram[bin * self.classes..][..self.classes];
        counts.iter().any(|&count| count > 0.0)
    }

    fn rewind(&mut self) {
        self.left.fill(0.0);
        self.left_weight = 0.0;
        self.left_squares = 0.0;
        self.right_squares = self.node_squares();
    }

    fn advance(&mut self, bin: usize) {
        let counts = &mut self.histogram[bin * self.classes..][..self.classes];
        for ((count, left), node) in counts.iter_mut().zip(&mut self.left).zip(&self.node) {
            let moved = std::mem::take(count);
            let right = node - *left;
            self.left_squares += moved * (2.0 * *left + moved);
            self.right_squares -= moved * (2.0 * right - moved);
            self.left_weight += moved;
            *left += moved;
        }
    }

    fn score(&self) -> f64 {
        let right_weight = self.node_weight - self.left_weight;
        if self.left_weight > 0.0 && right_weight > 0.0 {
            self.left_squares / self.left_weight + self.right_squares / right_weight
        } else {
            f64::NEG_INFINITY
        }
    }
}
