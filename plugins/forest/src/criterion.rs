//! What a split is judged by: Gini impurity for classes, variance for values.
//!
//! Both are the same sum to be made large, Σ over sides of (weighted sum)² / weight, added over classes for Gini.
//! The impurity that a split removes, times the node's weight, is that sum minus the node's own.

/// Where a grown leaf's answer goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Leaf<'a> {
    /// The mean value of its rows.
    Value(f64),
    /// All its rows are of this class.
    Class(u32),
    /// The shares of the classes.
    Mixed(&'a [f64]),
}

/// The sums of one node, its histogram over one feature's bins, and a cut that moves through the bins.
pub(crate) trait Criterion {
    /// A training row as a tree sees it.
    type Sample: Copy;

    /// Row `row` with a weight above 0.
    fn sample(&self, row: u32, weight: f64) -> Self::Sample;
    /// The sample's row.
    fn row(sample: &Self::Sample) -> usize;

    /// Makes `samples` the node; the histogram is empty.
    fn enter(&mut self, samples: &[Self::Sample]);
    /// True when no split can make the node purer.
    fn is_pure(&self) -> bool;
    /// The node's own score.
    fn node_score(&self) -> f64;
    /// A score that no split can surpass, where that is known without rounding.
    fn best_possible_score(&self) -> f64;
    /// The node as a leaf.
    fn leaf(&mut self) -> Leaf<'_>;

    /// Adds a sample to a bin of the histogram.
    fn add(&mut self, bin: usize, sample: &Self::Sample);
    /// True when the histogram's bin has samples.
    fn is_occupied(&self, bin: usize) -> bool;
    /// Moves the cut to the left of all bins.
    fn rewind(&mut self);
    /// Moves the cut over `bin`, whose samples join the left side, and empties the bin.
    fn advance(&mut self, bin: usize);
    /// The score of the split at the cut; −∞ when a side has lost all its weight to rounding.
    fn score(&self) -> f64;
}

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
