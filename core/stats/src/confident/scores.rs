//! Label-quality scores of single records.

use ndarray::{Array1, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::rows::{Chunks, LabelledRows, TASK};
use super::thresholds::Thresholds;
use crate::{Error, Result, check};

/// Least divisor of the entropy score.
const CLIP: f64 = 1e-6;

/// A score of how well probabilities support the given class, in [0, 1]: lower is more suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Score {
    /// p of the given class.
    #[default]
    SelfConfidence,
    /// (p of the given class − largest p of another class + 1) / 2. Needs two classes.
    NormalisedMargin,
    /// ln(1 + x) / x with x = normalised entropy / p of the given class (both divisors at least 1e-6). Needs two
    /// classes. A record of zero entropy scores 0, as in the reference, even if its given class is the certain one:
    /// this score is for probabilities that are never 0 or 1.
    ConfidenceWeightedEntropy,
}

impl Score {
    /// The score of one record.
    pub(super) fn of(self, label: usize, probabilities: &[f64]) -> f64 {
        let given = probabilities[label];
        match self {
            Self::SelfConfidence => given,
            Self::NormalisedMargin => {
                let others = probabilities.iter().enumerate().filter(|&(k, _)| k != label);
                let largest = others.fold(f64::NEG_INFINITY, |max, (_, &p)| max.max(p));
                (given - largest + 1.0) / 2.0
            }
            Self::ConfidenceWeightedEntropy => {
                let nats: f64 = probabilities
                    .iter()
                    .filter(|&&p| p > 0.0)
                    .map(|p| -p * p.ln())
                    .sum();
                let entropy = nats / (probabilities.len() as f64).ln();
                let weighted = entropy / given.max(CLIP);
                (weighted + 1.0).ln() / weighted.max(CLIP)
            }
        }
    }

    pub(super) fn check_classes(self, classes: usize) -> Result<()> {
        let needed = if self == Self::SelfConfidence { 1 } else { 2 };
        check::at_least("classes of probabilities", needed, classes)
    }

    fn check(self, classes: usize, adjusted: bool) -> Result<()> {
        self.check_classes(classes)?;
        if adjusted && self == Self::ConfidenceWeightedEntropy {
            let score = "confidence-weighted entropy";
            return Err(Error::NotAdjustable { score });
        }
        Ok(())
    }
}

/// Label-quality score of each record: `labels` \[n\] below K, `probabilities` \[n, K\] → \[n\] in [0, 1].
///
/// With `adjust`, the probabilities are first corrected for classes of which the model is generally less sure: the
/// class's threshold is subtracted, the largest threshold added, and the row scaled to sum to 1 (the reference's
/// `adjust_pred_probs`). The thresholds are usually those of the same records, from
/// [`confident_thresholds`](super::confident_thresholds); records can be scored chunk by chunk with them.
///
/// # Errors
/// Empty input, and as [`LabelledRows::new`]; thresholds of another number of classes; one class only, except for the
/// self-confidence; [`Score::ConfidenceWeightedEntropy`] with `adjust`.
pub fn label_quality_scores(
    labels: ArrayView1<'_, usize>,
    probabilities: ArrayView2<'_, f64>,
    score: Score,
    adjust: Option<&Thresholds>,
) -> Result<Array1<f64>> {
    let chunks = Chunks::new(labels, probabilities)?;
    let mut scores = Vec::with_capacity(labels.len());
    for rows in chunks.iter() {
        append_scores(&mut scores, &rows, score, adjust)?;
    }
    Ok(Array1::from(scores))
}

/// Appends the score of each of `rows`.
pub(super) fn append_scores(
    scores: &mut Vec<f64>,
    rows: &LabelledRows<'_>,
    score: Score,
    adjust: Option<&Thresholds>,
) -> Result<()> {
    score.check(rows.classes(), adjust.is_some())?;
    if let Some(thresholds) = adjust {
        rows.expect_classes(thresholds.classes())?;
    }
    let start = scores.len();
    scores.resize(start + rows.len(), 0.0);
    let tasks = scores[start..].par_chunks_mut(TASK).zip(rows.tasks());
    tasks.for_each(|(out, (labels, probabilities))| {
        let mut adjusted = Vec::new();
        let rows = probabilities.chunks_exact(rows.classes()).zip(labels);
        for (out, (row, &label)) in out.iter_mut().zip(rows) {
            *out = match adjust {
                None => score.of(label, row),
                Some(thresholds) => {
                    adjust_row(&mut adjusted, row, thresholds);
                    score.of(label, &adjusted)
                }
            };
        }
    });
    Ok(())
}

fn adjust_row(adjusted: &mut Vec<f64>, row: &[f64], thresholds: &Thresholds) {
    let largest = thresholds.largest();
    adjusted.clear();
    adjusted.extend(row.iter().zip(thresholds.values()).map(|(p, t)| p - t + largest));
    // At least the row's own sum: every p is shifted by a non-negative amount.
    let sum: f64 = adjusted.iter().sum();
    adjusted.iter_mut().for_each(|p| *p /= sum);
}
