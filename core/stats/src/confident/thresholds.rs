//! Per-class thresholds: the mean probability of a class among the records that bear it.

use ndarray::{ArrayView1, ArrayView2};

use super::COMPARISON_SLACK;
use super::rows::{Chunks, LabelledRows};
use crate::{Result, check};

/// Threshold of a class that no record bears; no probability reaches it.
pub const MISSING: f64 = 2.0;
/// Least threshold. Must exceed the slack of comparisons, or a probability of 0 would count as confident.
const LEAST: f64 = 2.0 * COMPARISON_SLACK;
/// Unit of the sums: probabilities above 2⁻⁴³ are exact multiples, smaller ones are off by less than 2⁻⁹⁶, and
/// 2³² records fit.
const UNIT_BITS: i32 = 96;

/// Sums the probabilities of the given classes, chunk by chunk.
#[derive(Debug, Clone)]
pub struct ThresholdCounter {
    sums: Vec<u128>,
    label_counts: Vec<u64>,
}

impl ThresholdCounter {
    /// For this number of classes.
    ///
    /// # Errors
    /// No classes.
    pub fn new(classes: usize) -> Result<Self> {
        check::at_least("classes of probabilities", 1, classes)?;
        Ok(Self {
            sums: vec![0; classes],
            label_counts: vec![0; classes],
        })
    }

    /// Adds records, in any order.
    ///
    /// # Errors
    /// Another number of classes.
    pub fn add(&mut self, rows: &LabelledRows<'_>) -> Result<()> {
        rows.expect_classes(self.sums.len())?;
        for (label, probabilities) in rows.iter() {
            // A product with a power of two is exact; the conversion drops what is below the unit.
            self.sums[label] += (probabilities[label] * 2_f64.powi(UNIT_BITS)) as u128;
            self.label_counts[label] += 1;
        }
        Ok(())
    }

    /// The thresholds of all records added.
    ///
    /// # Errors
    /// No record was added.
    pub fn finish(self) -> Result<Thresholds> {
        check::not_empty("labels", usize::from(self.label_counts.iter().any(|&c| c > 0)))?;
        let mean = |(&sum, &count): (&u128, &u64)| match count {
            0 => MISSING,
            _ => (sum as f64 * 2_f64.powi(-UNIT_BITS) / count as f64).max(LEAST),
        };
        let values: Vec<f64> = self.sums.iter().zip(&self.label_counts).map(mean).collect();
        Ok(Thresholds {
            cuts: values.iter().map(|t| t - COMPARISON_SLACK).collect(),
            values,
            label_counts: self.label_counts,
        })
    }
}

/// Per class k: t_k = mean p_k over the records with given label k (Northcutt et al. 2021, eq. 2), at least 2e-6;
/// [`MISSING`] for a class that no record bears.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    values: Vec<f64>,
    cuts: Vec<f64>,
    label_counts: Vec<u64>,
}

impl Thresholds {
    /// The thresholds \[K\].
    #[must_use]
    pub fn values(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.values)
    }

    /// Records that bear each class \[K\].
    #[must_use]
    pub fn label_counts(&self) -> ArrayView1<'_, u64> {
        ArrayView1::from(&self.label_counts)
    }

    pub(super) fn classes(&self) -> usize {
        self.values.len()
    }

    pub(super) fn largest(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The class that a record with these probabilities \[K\] is confidently counted into: the one whose threshold
    /// its probability reaches (within 1e-6), the most probable class of all if it reaches several, none if it
    /// reaches none. The lowest class among equals.
    pub(super) fn confident_class(&self, probabilities: &[f64]) -> Option<usize> {
        let (mut reached, mut first) = (0_u32, 0);
        for (class, (p, cut)) in probabilities.iter().zip(&self.cuts).enumerate() {
            if p >= cut {
                if reached == 0 {
                    first = class;
                }
                reached += 1;
            }
        }
        match reached {
            0 => None,
            1 => Some(first),
            _ => Some(most_probable(probabilities)),
        }
    }
}

/// The lowest class with the highest probability.
pub(super) fn most_probable(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, &p) in probabilities.iter().enumerate() {
        if p > probabilities[best] {
            best = class;
        }
    }
    best
}

/// Whether the given class is the most probable one, or within 1e-6 of it: such a record is no label issue.
pub(super) fn agrees(label: usize, probabilities: &[f64]) -> bool {
    let given = probabilities[label] + COMPARISON_SLACK;
    probabilities
        .iter()
        .enumerate()
        .all(|(class, &p)| class == label || if class < label { p < given } else { p <= given })
}

/// [`Thresholds`] of `labels` \[n\] and `probabilities` \[n, K\].
///
/// # Errors
/// Empty input, and as [`LabelledRows::new`].
pub fn confident_thresholds(
    labels: ArrayView1<'_, usize>,
    probabilities: ArrayView2<'_, f64>,
) -> Result<Thresholds> {
    of_chunks(Chunks::new(labels, probabilities)?)
}

pub(super) fn of_chunks(chunks: Chunks<'_>) -> Result<Thresholds> {
    let mut counter = ThresholdCounter::new(chunks.classes())?;
    chunks.iter().try_for_each(|rows| counter.add(&rows))?;
    counter.finish()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn thresholds_are_means_of_the_given_class() {
        let probabilities = array![[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.5, 0.5, 0.0]];
        let found = confident_thresholds(array![0, 0, 1].view(), probabilities.view()).unwrap();
        assert_eq!(found.values(), array![0.5, 0.5, MISSING]);
        assert_eq!(found.label_counts(), array![2, 1, 0]);
        assert_eq!(found.confident_class(&[0.4, 0.6, 0.0]), Some(1));
        assert_eq!(found.confident_class(&[0.4, 0.4, 0.2]), None);
        assert_eq!(found.confident_class(&[0.5, 0.5, 0.0]), Some(0));
        assert_eq!(found.confident_class(&[0.4, 0.4999995, 0.1]), Some(1));
    }

    #[test]
    fn a_class_given_without_any_probability_keeps_a_threshold_above_zero() {
        let probabilities = array![[1.0, 0.0], [1.0, 0.0]];
        let found = confident_thresholds(array![0, 1].view(), probabilities.view()).unwrap();
        assert_eq!(found.values(), array![1.0, LEAST]);
        assert_eq!(found.confident_class(&[1.0, 0.0]), Some(0));
    }

    #[test]
    fn agreement_forgives_a_millionth() {
        assert!(agrees(1, &[0.5, 0.5]));
        assert!(agrees(1, &[0.5000004, 0.4999996]));
        assert!(!agrees(1, &[0.500001, 0.499999]));
    }

    #[test]
    fn sums_do_not_depend_on_the_order() {
        let p: Vec<f64> = (1..2000).map(|i| 1.0 / f64::from(i)).collect();
        let rows = |p: &[f64]| {
            let m: Vec<[f64; 2]> = p.iter().map(|&p| [p, 1.0 - p]).collect();
            confident_thresholds(vec![0; p.len()][..].into(), ArrayView2::from(&m[..])).unwrap()
        };
        let backwards: Vec<f64> = p.iter().rev().copied().collect();
        assert_eq!(rows(&p), rows(&backwards));
    }
}
