//! Growing one tree after another with the same scratch memory.

use rand_chacha::ChaCha8Rng;

use crate::bins::{Code, Feature};
use crate::criterion::Criterion;
use crate::split::Search;
use crate::tree::Tree;

/// Where growing stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Greatest depth; the root has depth 0.
    pub max_depth: usize,
    /// Fewest samples of a leaf.
    pub min_samples_leaf: usize,
    /// Fewest samples of a node that may be split.
    pub min_samples_split: usize,
    /// Features drawn per split.
    pub per_split: usize,
}

/// A tree and what its splits removed.
pub(crate) struct Grown {
    /// The tree.
    pub tree: Tree,
    /// The impurity each feature removed, as shares that sum to 1, or all 0.
    pub importances: Vec<f64>,
}

/// Grows trees over the same rows.
pub(crate) struct Grower<'a, C, K: Criterion> {
    features: &'a [Feature<C>],
    limits: Limits,
    search: Search<'a, C, K>,
    samples: Vec<K::Sample>,
    /// The right side of a partition while it is made.
    spare: Vec<K::Sample>,
    pending: Vec<Pending>,
    /// Nodes of the tree before, as a guess for the next.
    nodes: usize,
}

/// A node still to be made.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    /// The split of which this is the right child.
    right_of: Option<usize>,
}

impl<'a, C: Code, K: Criterion> Grower<'a, C, K> {
    /// For trees over `features`.
    pub fn new(features: &'a [Feature<C>], limits: Limits, criterion: K) -> Self {
        Self {
            features,
            limits,
            search: Search::new(features, limits.per_split, limits.min_samples_leaf, criterion),
            samples: Vec::new(),
            spare: Vec::new(),
            pending: Vec::new(),
            nodes: 0,
        }
    }

    /// Grows a tree for `classes` classes (0 for values) on `rows`, at least one, each with a weight above 0.
    pub fn grow(
        &mut self,
        rows: impl Iterator<Item = (u32, f64)>,
        classes: usize,
        rng: &mut ChaCha8Rng,
    ) -> Grown {
        let criterion = self.search.criterion();
        self.samples.clear();
        self.samples
            .extend(rows.map(|(row, weight)| criterion.sample(row, weight)));
        self.search.reset();
        let mut tree = Tree::new(classes, self.nodes);
        let mut importances = vec![0.0; self.features.len()];
        self.pending.push(Pending {
            start: 0,
            end: self.samples.len(),
            depth: 0,
            right_of: None,
        });
        while let Some(node) = self.pending.pop() {
            if let Some(place) = node.right_of {
                tree.close_left(place);
            }
            self.make(node, &mut tree, &mut importances, rng);
        }
        self.nodes = tree.len();
        tree.shrink();
        normalise(&mut importances);
        Grown { tree, importances }
    }

    /// Makes one node: a leaf, or a split whose children become pending, the left one first.
    fn make(&mut self, node: Pending, tree: &mut Tree, importances: &mut [f64], rng: &mut ChaCha8Rng) {
        let Pending {
            start, end, depth, ..
        } = node;
        let samples = &self.samples[start..end];
        self.search.criterion().enter(samples);
        let too_small = samples.len() < self.limits.min_samples_split
            || samples.len() / 2 < self.limits.min_samples_leaf
            || depth >= self.limits.max_depth;
        let split = if too_small || self.search.criterion().is_pure() {
            None
        } else {
            self.search.best(samples, rng)
        };
        let Some(split) = split else {
            tree.leaf(self.search.criterion().leaf());
            return;
        };
        importances[split.feature] += (split.score - self.search.criterion().node_score()).max(0.0);
        let feature = &self.features[split.feature];
        let place = tree.split(split.feature, feature.threshold(split.left, split.right));
        let middle = start + self.partition(start, end, &feature.codes, split.left);
        let depth = depth + 1;
        self.pending.push(Pending {
            start: middle,
            end,
            depth,
            right_of: Some(place),
        });
        self.pending.push(Pending {
            start,
            end: middle,
            depth,
            right_of: None,
        });
    }

    /// Puts the samples whose bin is at most `left` first, keeping the order on both sides, and answers their number.
    fn partition(&mut self, start: usize, end: usize, codes: &[C], left: usize) -> usize {
        let samples = &mut self.samples[start..end];
        if self.spare.len() < samples.len() {
            self.spare.extend_from_slice(&samples[self.spare.len()..]);
        }
        let (mut on_left, mut on_right) = (0, 0);
        for place in 0..samples.len() {
            // Writing to both sides and keeping one costs less than a branch nobody can predict.
            let sample = samples[place];
            let goes_left = codes[K::row(&sample)].bin() <= left;
            samples[on_left] = sample;
            self.spare[on_right] = sample;
            on_left += usize::from(goes_left);
            on_right += usize::from(!goes_left);
        }
        samples[on_left..].copy_from_slice(&self.spare[..on_right]);
        on_left
    }
}

/// Scales to a sum of 1; all zero stays.
pub(crate) fn normalise(importances: &mut [f64]) {
    let sum: f64 = importances.iter().sum();
    if sum > 0.0 {
        importances.iter_mut().for_each(|value| *value /= sum);
    }
}
