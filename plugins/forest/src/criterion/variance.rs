//! Variance.

use super::{Criterion, Leaf};

/// Variance of values.
pub(crate) struct Variance<'a> {
    values: &'a [f64],
    centre: f64,
    histogram: Vec<Sums>,
    node: Sums,
    constant: Option<f64>,
    smallest: bool,
    left: Sums,
}

/// A weight and a weighted sum of centred values.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    sum: f64,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.weight += other.weight;
        self.sum += other.sum;
    }

    fn score(self) -> f64 {
        self.sum * self.sum / self.weight
    }
}

/// A row with its centred value.
#[derive(Clone, Copy)]
pub(crate) struct Valued {
    row: u32,
    weight: f64,
    value: f64,
}

impl<'a> Variance<'a> {
    /// For values from which `centre` was taken, and features of at most `bins` bins.
    pub fn new(values: &'a [f64], centre: f64, bins: usize) -> Self {
        Self {
            values,
            centre,
            histogram: vec![Sums::default(); bins],
            node: Sums::default(),
            constant: None,
            smallest: false,
            left: Sums::default(),
        }
    }
}

impl Criterion for Variance<'_> {
    type Sample = Valued;

    fn sample(&self, row: u32, weight: f64) -> Valued {
        let value = self.values[row as usize];
        Valued { row, weight, value }
    }

    fn row(sample: &Valued) -> usize {
        sample.row as usize
    }

    fn enter(&mut self, samples: &[Valued]) {
        self.node = Sums::default();
        let first = samples.first().map_or(0.0, |sample| sample.value);
        let mut constant = true;
        for &Valued { weight, value, .. } in samples {
            self.node.add(Sums {
                weight,
                sum: weight * value,
            });
            constant &= value == first;
        }
        self.constant = constant.then_some(first);
        self.smallest = samples.len() == 2;
    }

    fn is_pure(&self) -> bool {
        self.constant.is_some()
    }

    fn node_score(&self) -> f64 {
        self.node.score()
    }

    fn best_possible_score(&self) -> f64 {
        // Two rows have one split, whatever feature makes it.
        if self.smallest { f64::MIN } else { f64::INFINITY }
    }

    fn leaf(&mut self) -> Leaf<'_> {
        let mean = self.constant.unwrap_or(self.node.sum / self.node.weight);
        Leaf::Value(self.centre + mean)
    }

    fn add(&mut self, bin: usize, sample: &Valued) {
        let &Valued { weight, value, .. } = sample;
        self.histogram[bin].add(Sums {
            weight,
            sum: weight * value,
        });
    }

    fn is_occupied(&self, bin: usize) -> bool {
        self.histogram[bin].weight > 0.0
    }

    fn rewind(&mut self) {
        self.left = Sums::default();
    }

    fn advance(&mut self, bin: usize) {
        self.left.add(std::mem::take(&mut self.histogram[bin]));
    }

    fn score(&self) -> f64 {
        let right = Sums {
            weight: self.node.weight - self.left.weight,
            sum: self.node.sum - self.left.sum,
        };
        if self.left.weight > 0.0 && right.weight > 0.0 {
            self.left.score() + right.score()
        } else {
            f64::NEG_INFINITY
        }
    }
}
