//! Multi-label records: every class is a two-class problem of its own, "absent" against "present".
//!
//! Thyagarajan, Snorrason, Northcutt & Mueller 2022, *Identifying Incorrect Annotations in Multi-Label Classification
//! Data*, arXiv 2211.13895. `labels` \[n, C\] say which classes a record bears, `probabilities` \[n, C\] are in [0, 1]
//! and need not sum to anything. A single class, and classes that no or every record bears, are allowed.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};
use rayon::prelude::*;

use super::joint::JointCounter;
use super::prune::Lowest;
use super::rows::{CHUNK, LabelledRows};
use super::scores::{Score, append_scores};
use super::select::{Selection, Selector};
use super::thresholds::{ThresholdCounter, Thresholds};
use crate::{Error, Result, check};

/// How the scores of a record's classes become one. All are in [0, 1] if the scores are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    /// From the highest score down to the lowest, e ← α s + (1 − α) e: the lowest weighs most.
    ExponentialMovingAverage {
        /// α in [0, 1].
        alpha: f64,
    },
    /// Σ s w with w = softmax((1 − s) / temperature): the minimum for a low temperature, the mean for a high one.
    SoftMin {
        /// Above 0; below 1e-6 it counts as 1e-6.
        temperature: f64,
    },
    /// The lowest score.
    Min,
    /// The mean score.
    Mean,
}

impl Default for Aggregation {
    /// The exponential moving average with α = 0.8, the best of the paper.
    fn default() -> Self {
        Self::ExponentialMovingAverage { alpha: 0.8 }
    }
}

impl Aggregation {
    fn check(self) -> Result<()> {
        let (what, value, high) = match self {
            Self::ExponentialMovingAverage { alpha } => ("alpha", alpha, 1.0),
            Self::SoftMin { temperature } => ("temperature", temperature, f64::MAX),
            Self::Min | Self::Mean => return Ok(()),
        };
        if (0.0..=high).contains(&value) {
            return Ok(());
        }
        Err(Error::OutOfRange {
            what,
            index: 0,
            value,
            low: 0.0,
            high,
        })
    }

    /// Of at least one score.
    fn of(self, scores: ArrayView1<'_, f64>) -> f64 {
        let lowest = || scores.iter().copied().fold(f64::INFINITY, f64::min);
        match self {
            Self::ExponentialMovingAverage { alpha } => {
                let mut sorted = scores.to_vec();
                sorted.sort_unstable_by(|a, b| b.total_cmp(a));
                let next = |average: f64, &score: &f64| alpha * score + (1.0 - alpha) * average;
                sorted[1..].iter().fold(sorted[0], next)
            }
            Self::SoftMin { temperature } => {
                let (temperature, lowest) = (temperature.max(1e-6), lowest());
                let weight = |score: f64| ((lowest - score) / temperature).exp();
                let weights: f64 = scores.iter().map(|&s| weight(s)).sum();
                scores.iter().map(|&s| s * weight(s)).sum::<f64>() / weights
            }
            Self::Min => lowest(),
            Self::Mean => scores.sum() / scores.len() as f64,
        }
    }
}

/// Label-quality score of each record and class \[n, C\]: `score` of "absent, present" with probabilities (1 − p, p).
/// Lower is more suspect. With `adjusted`, probabilities are corrected by the thresholds of their class, see
/// [`label_quality_scores`](super::label_quality_scores).
///
/// # Errors
/// Empty input, different shapes, a value outside [0, 1]; [`Score::ConfidenceWeightedEntropy`] with `adjusted`.
pub fn class_scores(
    labels: ArrayView2<'_, bool>,
    probabilities: ArrayView2<'_, f64>,
    score: Score,
    adjusted: bool,
) -> Result<Array2<f64>> {
    check_matrices(labels, probabilities)?;
    let mut scores = Array2::zeros(labels.dim());
    for (class, mut column) in classes(labels, probabilities).zip(scores.columns_mut()) {
        let thresholds = adjusted.then(|| class.thresholds()).transpose()?;
        let mut of_class = Vec::with_capacity(labels.nrows());
        for rows in class.chunks() {
            append_scores(&mut of_class, &rows, score, thresholds.as_ref())?;
        }
        column.assign(&ArrayView1::from(&of_class));
    }
    Ok(scores)
}

/// One score per record \[n\] of the scores of its classes \[n, C\].
///
/// # Errors
/// Empty input, a score that is not finite, an α outside [0, 1], a negative temperature.
pub fn aggregate(class_scores: ArrayView2<'_, f64>, aggregation: Aggregation) -> Result<Array1<f64>> {
    check::not_empty("class scores", class_scores.len())?;
    check::finite("class scores", &class_scores)?;
    aggregation.check()?;
    Ok(class_scores
        .rows()
        .into_iter()
        .map(|row| aggregation.of(row))
        .collect())
}

/// Label-quality score of each record \[n\]: [`aggregate`] of [`class_scores`].
///
/// # Errors
/// As those two.
pub fn record_scores(
    labels: ArrayView2<'_, bool>,
    probabilities: ArrayView2<'_, f64>,
    score: Score,
    adjusted: bool,
    aggregation: Aggregation,
) -> Result<Array1<f64>> {
    aggregate(
        class_scores(labels, probabilities, score, adjusted)?.view(),
        aggregation,
    )
}

/// Whether each label of each record is an issue \[n, C\], class by class as
/// [`find_label_issues`](super::find_label_issues) does.
///
/// # Errors
/// Empty input, different shapes, a value outside [0, 1].
pub fn find_class_issues(
    labels: ArrayView2<'_, bool>,
    probabilities: ArrayView2<'_, f64>,
    selection: Selection,
    min_examples_per_class: usize,
) -> Result<Array2<bool>> {
    check_matrices(labels, probabilities)?;
    let mut issues = Array2::from_elem(labels.dim(), false);
    let columns = classes(labels, probabilities).zip(issues.columns_mut());
    let columns: Vec<_> = columns.collect();
    columns.into_par_iter().try_for_each(|(class, mut column)| {
        column.assign(&class.issues(selection, min_examples_per_class)?);
        Ok(())
    })?;
    Ok(issues)
}

/// Whether any label of each record is an issue \[n\].
///
/// The two lowest-score selections take the records with the lowest default [`record_scores`], whichever of the two is
/// asked for, and as many as have a confident-learning issue in some class; the others take the records with
/// an issue in some class.
///
/// # Errors
/// As [`find_class_issues`].
pub fn find_record_issues(
    labels: ArrayView2<'_, bool>,
    probabilities: ArrayView2<'_, f64>,
    selection: Selection,
    min_examples_per_class: usize,
) -> Result<Array1<bool>> {
    let any = |selection| -> Result<Array1<bool>> {
        let issues = find_class_issues(labels, probabilities, selection, min_examples_per_class)?;
        Ok(issues
            .rows()
            .into_iter()
            .map(|row| row.iter().any(|&i| i))
            .collect())
    };
    if !matches!(
        selection,
        Selection::LowNormalisedMargin | Selection::LowSelfConfidence
    ) {
        return any(selection);
    }
    let wanted = any(Selection::ConfidentLearning)?
        .iter()
        .filter(|&&issue| issue)
        .count();
    let scores = class_scores(labels, probabilities, Score::default(), false)?;
    let scores = aggregate(scores.view(), Aggregation::default())?;
    let mut lowest = Lowest::new(wanted);
    scores
        .iter()
        .enumerate()
        .for_each(|(record, &score)| lowest.offer(score, record));
    let mut selected = Array1::from_elem(scores.len(), false);
    lowest.finish().for_each(|record| selected[record] = true);
    Ok(selected)
}

fn check_matrices(labels: ArrayView2<'_, bool>, probabilities: ArrayView2<'_, f64>) -> Result<()> {
    check::not_empty("labels", labels.len())?;
    check::same_shape("probabilities", &labels, &probabilities)?;
    let mut values = probabilities.indexed_iter();
    match values.find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        Some(((row, class), &value)) => Err(Error::NotAProbability {
            what: "probabilities",
            row,
            class,
            value,
        }),
        None => Ok(()),
    }
}

/// One class of checked matrices.
struct Class<'a> {
    labels: ArrayView1<'a, bool>,
    probabilities: ArrayView1<'a, f64>,
}

fn classes<'a>(
    labels: ArrayView2<'a, bool>,
    probabilities: ArrayView2<'a, f64>,
) -> impl Iterator<Item = Class<'a>> {
    (0..labels.ncols()).map(move |class| Class {
        labels: labels.index_axis_move(Axis(1), class),
        probabilities: probabilities.index_axis_move(Axis(1), class),
    })
}

impl Class<'_> {
    fn chunks(&self) -> impl Iterator<Item = LabelledRows<'static>> {
        (0..self.labels.len()).step_by(CHUNK).map(|first| {
            let part = Slice::from(first..self.labels.len().min(first + CHUNK));
            let labels = self.labels.slice_axis(Axis(0), part);
            LabelledRows::one_vs_rest(first, labels, self.probabilities.slice_axis(Axis(0), part))
        })
    }

    fn thresholds(&self) -> Result<Thresholds> {
        let mut counter = ThresholdCounter::new(2)?;
        self.chunks().try_for_each(|rows| counter.add(&rows))?;
        counter.finish()
    }

    fn issues(&self, selection: Selection, min_examples_per_class: usize) -> Result<Array1<bool>> {
        let thresholds = self.thresholds()?;
        let mut counter = JointCounter::new(&thresholds);
        self.chunks().try_for_each(|rows| counter.add(&rows))?;
        let joint = counter.finish()?;
        let mut selector = Selector::new(selection, &thresholds, &joint, min_examples_per_class)?;
        self.chunks().try_for_each(|rows| selector.add(&rows))?;
        selector.finish()
    }
}
