//! Area under the receiver operating characteristic curve (AUROC).
//!
//! The AUROC is the probability that a positive record scores higher than a negative one, a tie counting
//! one half: U / (n⁺ n⁻) with the Mann–Whitney U (Hanley & McNeil 1982, Radiology 143:29–36). U is counted
//! in integers, so the value does not depend on the order of the records. It equals scikit-learn's
//! `roc_auc_score`, which integrates the curve by trapezoids.
//!
//! *Soft* AUROC ranks probabilities; *hard* AUROC ranks 0/1 decisions, which is the mean of sensitivity and
//! specificity. The two differ widely on the same model: always say which one is meant.
//!
//! A bootstrap needs thousands of AUROCs of the same scores. [`RankedScores`] and [`RankedClasses`] sort
//! once; a resample then costs one pass over the records.

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use crate::rank::Order;
use crate::{Error, Result, check};

/// Labels and scores of one class, sorted once.
#[derive(Debug, Clone)]
pub struct RankedScores {
    /// Per record: twice its tie group, plus its label. One load per resampled record instead of two.
    keys: Vec<u32>,
    /// Number of tie groups.
    groups: usize,
}

impl RankedScores {
    /// From `labels` \[n\] and `scores` \[n\] (higher = more likely positive).
    ///
    /// # Errors
    /// Empty input, different lengths, a score that is not finite. One-sided labels are no error here: they
    /// leave [`auroc`](Self::auroc) undefined.
    pub fn new(labels: ArrayView1<'_, bool>, scores: ArrayView1<'_, f64>) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        check::same_shape("scores", &labels, &scores)?;
        check::finite("scores", &scores)?;
        let order = Order::new(scores);
        let keys = order
            .group_of
            .iter()
            .zip(labels)
            .map(|(&g, &l)| 2 * g + u32::from(l))
            .collect();
        Ok(Self {
            keys,
            groups: order.group_sizes.len(),
        })
    }

    /// From `labels` \[n\] and 0/1 `decisions` \[n\]: the ranking behind the hard AUROC.
    ///
    /// # Errors
    /// Empty input, different lengths.
    pub fn of_decisions(labels: ArrayView1<'_, bool>, decisions: ArrayView1<'_, bool>) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        check::same_shape("decisions", &labels, &decisions)?;
        let keys = decisions
            .iter()
            .zip(labels)
            .map(|(&d, &l)| 2 * u32::from(d) + u32::from(l))
            .collect();
        Ok(Self { keys, groups: 2 })
    }

    /// AUROC of all records; `None` when all labels are equal.
    #[must_use]
    pub fn auroc(&self) -> Option<f64> {
        self.auroc_of(self.keys.iter())
    }

    /// AUROC of the records at the given positions, repeats counting as often as they occur; `None` when
    /// their labels are all equal. O(n) and without sorting.
    ///
    /// # Panics
    /// If a position is not below the number of records.
    #[must_use]
    pub fn resampled(&self, records: &[usize]) -> Option<f64> {
        self.auroc_of(records.iter().map(|&r| &self.keys[r]))
    }

    fn auroc_of<'a>(&self, keys: impl Iterator<Item = &'a u32>) -> Option<f64> {
        // [negatives, positives] per tie group, lowest scores first.
        let mut counts = vec![0_u32; 2 * self.groups];
        for &key in keys {
            counts[key as usize] += 1;
        }
        let (mut positives, mut negatives, mut twice_u) = (0_u64, 0_u64, 0_u64);
        for group in counts.chunks_exact(2) {
            let (neg, pos) = (u64::from(group[0]), u64::from(group[1]));
            twice_u += pos * (2 * negatives + neg);
            negatives += neg;
            positives += pos;
        }
        (positives > 0 && negatives > 0).then(|| twice_u as f64 / (2 * positives * negatives) as f64)
    }
}

/// AUROC per class and their unweighted mean.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroAuroc {
    /// Mean over the classes in which it is defined.
    pub mean: f64,
    /// Per class; `None` where all labels are equal.
    pub per_class: Vec<Option<f64>>,
    /// The classes left out of the mean because all their labels are equal.
    pub skipped: Vec<usize>,
}

/// [`RankedScores`] of every class of a multi-label problem.
#[derive(Debug, Clone)]
pub struct RankedClasses {
    classes: Vec<RankedScores>,
    auroc: MacroAuroc,
}

impl RankedClasses {
    /// From `labels` \[n, C\] and `scores` \[n, C\].
    ///
    /// # Errors
    /// As [`RankedScores::new`], and [`Error::NoClassDefined`] when no class has both labels.
    pub fn new(labels: ArrayView2<'_, bool>, scores: ArrayView2<'_, f64>) -> Result<Self> {
        check::same_shape("scores", &labels, &scores)?;
        check::finite("scores", &scores)?;
        Self::build(labels, |c| RankedScores::new(labels.column(c), scores.column(c)))
    }

    /// From `labels` \[n, C\] and 0/1 `decisions` \[n, C\]: the hard AUROC.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_decisions(labels: ArrayView2<'_, bool>, decisions: ArrayView2<'_, bool>) -> Result<Self> {
        check::same_shape("decisions", &labels, &decisions)?;
        Self::build(labels, |c| {
            RankedScores::of_decisions(labels.column(c), decisions.column(c))
        })
    }

    fn build(
        labels: ArrayView2<'_, bool>,
        rank: impl Fn(usize) -> Result<RankedScores> + Sync,
    ) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        let classes: Vec<RankedScores> = (0..labels.len_of(Axis(1)))
            .into_par_iter()
            .map(&rank)
            .collect::<Result<_>>()?;
        let per_class: Vec<Option<f64>> = classes.iter().map(RankedScores::auroc).collect();
        let defined: Vec<f64> = per_class.iter().copied().flatten().collect();
        if defined.is_empty() {
            return Err(Error::NoClassDefined {
                what: "labels",
                classes: classes.len(),
            });
        }
        let mean = defined.iter().sum::<f64>() / defined.len() as f64;
        let skipped = (0..classes.len()).filter(|&c| per_class[c].is_none()).collect();
        Ok(Self {
            classes,
            auroc: MacroAuroc {
                mean,
                per_class,
                skipped,
            },
        })
    }

    /// AUROC of all records, per class and averaged.
    #[must_use]
    pub fn auroc(&self) -> &MacroAuroc {
        &self.auroc
    }

    /// Macro AUROC of the records at the given positions, over the classes in which the whole data has both
    /// labels. `None` when one of those lost a label in the resample: averaging over fewer classes would be
    /// another figure under the same name.
    ///
    /// # Panics
    /// If a position is not below the number of records.
    #[must_use]
    pub fn resampled(&self, records: &[usize]) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0);
        for (class, _) in self
            .classes
            .iter()
            .zip(&self.auroc.per_class)
            .filter(|(_, a)| a.is_some())
        {
            sum += class.resampled(records)?;
            count += 1;
        }
        Some(sum / f64::from(count))
    }
}

/// AUROC of `scores` \[n\] for `labels` \[n\], in [0, 1].
///
/// # Errors
/// As [`RankedScores::new`], and [`Error::SingleClass`] when all labels are equal.
pub fn auroc(labels: ArrayView1<'_, bool>, scores: ArrayView1<'_, f64>) -> Result<f64> {
    let ranked = RankedScores::new(labels, scores)?;
    ranked.auroc().ok_or_else(|| single_class(labels))
}

/// Hard AUROC: that of 0/1 `decisions` \[n\] for `labels` \[n\], the mean of sensitivity and specificity.
///
/// # Errors
/// As [`auroc`].
pub fn auroc_hard(labels: ArrayView1<'_, bool>, decisions: ArrayView1<'_, bool>) -> Result<f64> {
    let ranked = RankedScores::of_decisions(labels, decisions)?;
    ranked.auroc().ok_or_else(|| single_class(labels))
}

/// Macro AUROC of `scores` \[n, C\] for `labels` \[n, C\], skipping classes whose labels are all equal.
///
/// # Errors
/// As [`RankedClasses::new`].
pub fn macro_auroc(labels: ArrayView2<'_, bool>, scores: ArrayView2<'_, f64>) -> Result<MacroAuroc> {
    Ok(RankedClasses::new(labels, scores)?.auroc)
}

/// Macro hard AUROC of 0/1 `decisions` \[n, C\] for `labels` \[n, C\].
///
/// # Errors
/// As [`RankedClasses::of_decisions`].
pub fn macro_auroc_hard(labels: ArrayView2<'_, bool>, decisions: ArrayView2<'_, bool>) -> Result<MacroAuroc> {
    Ok(RankedClasses::of_decisions(labels, decisions)?.auroc)
}

fn single_class(labels: ArrayView1<'_, bool>) -> Error {
    let label = labels.first().copied().unwrap_or_default();
    Error::SingleClass {
        what: "labels",
        count: labels.len(),
        label,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_tie_counts_one_half() {
        let labels = array![false, true, false, true];
        // Pairs: (0.5, 0.1) won, (0.5, 0.5) tied, (0.9, 0.1) won, (0.9, 0.5) won.
        assert_eq!(
            auroc(labels.view(), array![0.1, 0.5, 0.5, 0.9].view()),
            Ok(3.5 / 4.0)
        );
    }

    #[test]
    fn hard_is_the_mean_of_sensitivity_and_specificity() {
        let labels = array![true, true, true, true, false, false];
        let decisions = array![true, true, true, false, false, true];
        assert_eq!(
            auroc_hard(labels.view(), decisions.view()),
            Ok((0.75 + 0.5) / 2.0)
        );
    }

    #[test]
    fn classes_with_one_label_are_skipped_and_named() {
        let labels = array![[true, false, true], [false, false, true], [true, false, false]];
        let scores = array![[0.9, 0.3, 0.1], [0.2, 0.1, 0.6], [0.1, 0.9, 0.5]];
        let result = macro_auroc(labels.view(), scores.view()).unwrap();
        assert_eq!(result.skipped, [1]);
        assert_eq!(result.per_class, [Some(0.5), None, Some(0.5)]);
        assert_eq!(result.mean, 0.5);
    }

    #[test]
    fn a_resample_equals_the_auroc_of_the_repeated_records() {
        let labels = array![[true, false], [false, true], [true, true], [false, false]];
        let scores = array![[0.9, 0.2], [0.8, 0.7], [0.3, 0.6], [0.3, 0.7]];
        let records = [0, 0, 2, 3, 1, 3];
        let ranked = RankedClasses::new(labels.view(), scores.view()).unwrap();
        let repeated = macro_auroc(
            labels.select(Axis(0), &records).view(),
            scores.select(Axis(0), &records).view(),
        );
        assert_eq!(ranked.resampled(&records), Some(repeated.unwrap().mean));
        assert_eq!(
            ranked.resampled(&[0, 2]),
            None,
            "the first class has lost its negatives"
        );
    }

    #[test]
    fn bad_input_is_named() {
        let one = auroc(array![true, true].view(), array![0.1, 0.2].view());
        assert_eq!(
            one.unwrap_err().to_string(),
            "labels: all 2 labels are true, expected both classes"
        );
        let nan = auroc(array![true, false].view(), array![0.1, f64::NAN].view());
        assert!(matches!(
            nan,
            Err(Error::NotFinite {
                what: "scores",
                index: 1,
                ..
            })
        ));
        let short = auroc(array![true, false].view(), array![0.1].view());
        assert!(matches!(short, Err(Error::ShapeMismatch { what: "scores", .. })));
        let none = macro_auroc(array![[true]].view(), array![[0.1]].view());
        assert_eq!(
            none,
            Err(Error::NoClassDefined {
                what: "labels",
                classes: 1
            })
        );
        assert_eq!(
            auroc(array![].view(), array![].view()),
            Err(Error::Empty { what: "labels" })
        );
    }
}
