//! The search for a node's best split.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bins::{Code, Feature};
use crate::criterion::Criterion;

/// A split found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// The column.
    pub feature: usize,
    /// The highest bin that goes left.
    pub left: usize,
    /// The next bin that has rows of the node.
    pub right: usize,
    /// The criterion's score.
    pub score: f64,
}

/// Searches nodes for splits; what it needs is allocated once.
pub(crate) struct Search<'a, C, K> {
    features: &'a [Feature<C>],
    per_split: usize,
    min_samples_leaf: usize,
    order: Vec<u32>,
    /// One bit per bin that has samples.
    occupied: Vec<u64>,
    /// Samples per bin; used only where a leaf must have more than one.
    counts: Vec<usize>,
    criterion: K,
}

impl<'a, C: Code, K: Criterion> Search<'a, C, K> {
    /// Draws `per_split` features for each split.
    pub fn new(features: &'a [Feature<C>], per_split: usize, min_samples_leaf: usize, criterion: K) -> Self {
        Self {
            features,
            per_split,
            min_samples_leaf,
            order: (0..features.len() as u32).collect(),
            occupied: vec![0; C::MAX_BINS.div_ceil(64)],
            counts: vec![0; C::MAX_BINS],
            criterion,
        }
    }

    /// The criterion, for the node's own figures.
    pub fn criterion(&mut self) -> &mut K {
        &mut self.criterion
    }

    /// Forgets the order in which the tree before this one drew features, so that trees are independent.
    pub fn reset(&mut self) {
        (0..)
            .zip(&mut self.order)
            .for_each(|(feature, slot)| *slot = feature);
    }

    /// The best split of `samples`, which the criterion has entered. Features are drawn without replacement; the
    /// first one drawn wins a tie, and within it the lowest threshold: a fixed preference would give the lowest
    /// columns credit for ties that are common in small nodes. When none of the drawn ones can split, more are drawn.
    pub fn best(&mut self, samples: &[K::Sample], rng: &mut ChaCha8Rng) -> Option<Split> {
        let mut best = None;
        let mut best_score = f64::NEG_INFINITY;
        for drawn in 0..self.order.len() {
            if best.is_some() && drawn >= self.per_split {
                break;
            }
            let other = rng.random_range(drawn as u32..self.order.len() as u32);
            self.order.swap(drawn, other as usize);
            let feature = self.order[drawn] as usize;
            if self.features[feature].bins() < 2 {
                continue;
            }
            self.fill(feature, samples);
            if let Some(split) = self.scan(feature, samples.len(), best_score) {
                best_score = split.score;
                best = Some(split);
                if best_score >= self.criterion.best_possible_score() {
                    break;
                }
            }
        }
        best
    }

    /// Adds the samples to the criterion's histogram and marks the bins that have any.
    fn fill(&mut self, feature: usize, samples: &[K::Sample]) {
        let Feature { codes, .. } = &self.features[feature];
        let bins = self.features[feature].bins();
        let words = &mut self.occupied[..bins.div_ceil(64)];
        if samples.len() < 2 * bins {
            for sample in samples {
                let bin = codes[K::row(sample)].bin();
                self.criterion.add(bin, sample);
                words[bin / 64] |= 1 << (bin % 64);
            }
        } else {
            for sample in samples {
                self.criterion.add(codes[K::row(sample)].bin(), sample);
            }
            for bin in (0..bins).filter(|&bin| self.criterion.is_occupied(bin)) {
                words[bin / 64] |= 1 << (bin % 64);
            }
        }
        if self.min_samples_leaf > 1 {
            for sample in samples {
                self.counts[codes[K::row(sample)].bin()] += 1;
            }
        }
    }

    /// Moves the cut over the occupied bins and answers the first best split that is better than `above`. The
    /// histogram is empty afterwards.
    fn scan(&mut self, feature: usize, samples: usize, above: f64) -> Option<Split> {
        let mut best = None;
        let mut best_score = above;
        let mut last = None;
        let mut on_left = 0;
        let counted = self.min_samples_leaf > 1;
        let words = self.features[feature].bins().div_ceil(64);
        self.criterion.rewind();
        for (word, bits) in self.occupied[..words].iter_mut().enumerate() {
            let mut bits = std::mem::take(bits);
            while bits != 0 {
                let bin = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let allowed = !counted
                    || (on_left >= self.min_samples_leaf && samples - on_left >= self.min_samples_leaf);
                if let Some(left) = last
                    && allowed
                {
                    let score = self.criterion.score();
                    if score > best_score {
                        best_score = score;
                        best = Some(Split {
                            feature,
                            left,
                            right: bin,
                            score,
                        });
                    }
                }
                self.criterion.advance(bin);
                if counted {
                    on_left += std::mem::take(&mut self.counts[bin]);
                }
                last = Some(bin);
            }
        }
        best
    }
}
