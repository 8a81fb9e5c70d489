//! What a split is judged by: Gini impurity for classes, variance for values.
//!
//! Both are the same sum to be made large, Σ over sides of (weighted sum)² / weight, added over classes for Gini.
//! The impurity that a split removes, times the node's weight, is that sum minus the node's own.

mod gini;
mod variance;

pub(crate) use gini::Gini;
pub(crate) use variance::Variance;

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
