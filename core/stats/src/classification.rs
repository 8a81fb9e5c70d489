//! Agreement of two sets of 0/1 labels, and the counts behind it.
//!
//! Labels are multi-label matrices \[n, C\]: a row per record, a column per class. "Agreement" is between two
//! sets of decisions (a surrogate and the CNN); "accuracy" is the same figure against the truth.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

use crate::{Result, check};

/// Decisions \[n, C\]: `true` where the probability \[n, C\] is *above* the threshold (0.5 by convention, as in
/// the paper's evaluation; a probability equal to the threshold is a "no").
///
/// # Errors
/// [`Error::NotFinite`](crate::Error::NotFinite): a NaN would otherwise read as "no".
pub fn decide(probabilities: ArrayView2<'_, f64>, threshold: f64) -> Result<Array2<bool>> {
    check::finite("probabilities", &probabilities)?;
    Ok(probabilities.mapv(|p| p > threshold))
}

/// Share of the C labels of each record on which `a` and `b` \[n, C\] agree → \[n\].
///
/// Its mean is [`agreement`]; the per-record values are what a bootstrap resamples.
///
/// # Errors
/// Empty input, different shapes.
pub fn record_agreement(a: ArrayView2<'_, bool>, b: ArrayView2<'_, bool>) -> Result<Array1<f64>> {
    check_pair(a, b)?;
    let classes = a.len_of(Axis(1)) as f64;
    Ok(Zip::from(a.rows())
        .and(b.rows())
        .map_collect(|a, b| count_equal(a, b) as f64 / classes))
}

/// Share of all n·C labels on which `a` and `b` \[n, C\] agree (the Hamming accuracy; the paper's 94.9 % and
/// 88.4 % are this figure).
///
/// # Errors
/// Empty input, different shapes.
pub fn agreement(a: ArrayView2<'_, bool>, b: ArrayView2<'_, bool>) -> Result<f64> {
    check_pair(a, b)?;
    let equal: usize = a
        .rows()
        .into_iter()
        .zip(b.rows())
        .map(|(a, b)| count_equal(a, b))
        .sum();
    Ok(equal as f64 / a.len() as f64)
}

/// Share of records all of whose labels agree (subset accuracy).
///
/// # Errors
/// Empty input, different shapes.
pub fn exact_match(a: ArrayView2<'_, bool>, b: ArrayView2<'_, bool>) -> Result<f64> {
    check_pair(a, b)?;
    let equal = a.rows().into_iter().zip(b.rows()).filter(|(a, b)| a == b).count();
    Ok(equal as f64 / a.len_of(Axis(0)) as f64)
}

/// Agreement that the best constant guess reaches: max(p, 1 − p) with p the share of `true`, averaged over
/// the columns of `labels` \[n, C\]. Every surrogate must be held against it.
///
/// # Errors
/// Empty input.
pub fn majority_agreement(labels: ArrayView2<'_, bool>) -> Result<f64> {
    check::not_empty("labels", labels.len())?;
    let (n, classes) = labels.dim();
    let majorities = labels.columns().into_iter().map(|column| {
        let positives = column.iter().filter(|&&l| l).count();
        positives.max(n - positives)
    });
    Ok(majorities.sum::<usize>() as f64 / (n * classes) as f64)
}

/// Counts of one class's decisions against its labels. Ratios with a zero denominator are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Positive records decided positive.
    pub true_positives: u64,
    /// Negative records decided positive.
    pub false_positives: u64,
    /// Negative records decided negative.
    pub true_negatives: u64,
    /// Positive records decided negative.
    pub false_negatives: u64,
}

impl Confusion {
    /// From `labels` \[n\] and `decisions` \[n\].
    ///
    /// # Errors
    /// Empty input, different lengths.
    pub fn new(labels: ArrayView1<'_, bool>, decisions: ArrayView1<'_, bool>) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        check::same_shape("decisions", &labels, &decisions)?;
        let mut counts = Self::default();
        for pair in labels.iter().zip(decisions) {
            match pair {
                (true, true) => counts.true_positives += 1,
                (false, true) => counts.false_positives += 1,
                (false, false) => counts.true_negatives += 1,
                (true, false) => counts.false_negatives += 1,
            }
        }
        Ok(counts)
    }

    /// Number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.true_positives + self.false_positives + self.true_negatives + self.false_negatives
    }

    /// (TP + TN) / n.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.records())
    }

    /// TP / (TP + FN), also called recall.
    #[must_use]
    pub fn sensitivity(&self) -> Option<f64> {
        ratio(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// TN / (TN + FP).
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// TP / (TP + FP), also called precision.
    #[must_use]
    pub fn positive_predictive_value(&self) -> Option<f64> {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// 2 TP / (2 TP + FP + FN); `None` when the class is neither present nor decided.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }
}

/// [`Confusion`] of every class of `labels` and `decisions` \[n, C\] → C entries.
///
/// # Errors
/// Empty input, different shapes.
pub fn confusion_per_class(
    labels: ArrayView2<'_, bool>,
    decisions: ArrayView2<'_, bool>,
) -> Result<Vec<Confusion>> {
    check_pair(labels, decisions)?;
    labels
        .columns()
        .into_iter()
        .zip(decisions.columns())
        .map(|(l, d)| Confusion::new(l, d))
        .collect()
}

fn check_pair(a: ArrayView2<'_, bool>, b: ArrayView2<'_, bool>) -> Result<()> {
    check::same_shape("the second matrix of labels", &a, &b)?;
    check::not_empty("labels", a.len())
}

fn count_equal(a: ArrayView1<'_, bool>, b: ArrayView1<'_, bool>) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn agreement_counts_labels_and_exact_match_counts_records() {
        let a = array![[true, false], [true, true], [false, false]];
        let b = array![[true, false], [true, false], [true, true]];
        assert_eq!(
            record_agreement(a.view(), b.view()).unwrap(),
            array![1.0, 0.5, 0.0]
        );
        assert_eq!(agreement(a.view(), b.view()), Ok(0.5));
        assert_eq!(exact_match(a.view(), b.view()), Ok(1.0 / 3.0));
        // First class 2 of 3, second 2 of 3.
        assert_eq!(majority_agreement(a.view()), Ok(4.0 / 6.0));
    }

    #[test]
    fn a_probability_on_the_threshold_is_a_no() {
        assert_eq!(
            decide(array![[0.5, 0.5 + 1e-9]].view(), 0.5).unwrap(),
            array![[false, true]]
        );
        assert!(decide(array![[f64::NAN]].view(), 0.5).is_err());
    }

    #[test]
    fn ratios_without_a_denominator_are_none() {
        let counts = Confusion::new(array![false, false].view(), array![false, false].view()).unwrap();
        assert_eq!(counts.sensitivity(), None);
        assert_eq!(counts.positive_predictive_value(), None);
        assert_eq!(counts.f1(), None);
        assert_eq!(counts.specificity(), Some(1.0));
        assert_eq!(Confusion::default().accuracy(), None);
    }

    #[test]
    fn bad_input_is_named() {
        let a = array![[true, false]];
        let error = agreement(a.view(), array![[true]].view()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the second matrix of labels has shape [1, 1], expected [1, 2]"
        );
        let none = Array2::from_elem((0, 3), true);
        assert_eq!(
            exact_match(none.view(), none.view()),
            Err(Error::Empty { what: "labels" })
        );
        assert_eq!(
            majority_agreement(none.view()),
            Err(Error::Empty { what: "labels" })
        );
    }
}
