//! One score from all sources.
//!
//! Two steps, both stated in `audit.json`:
//!
//! 1. **Fitted.** The sources that give probabilities (network, surrogate, neighbours) are joined per class by a logistic
//!    regression on their log-odds, learnt from the labels of the other folds and applied to the held-out one. What
//!    the network plainly contradicts is left out of the fit: the labels that confident learning prunes by noise rate
//!    (Northcutt et al. 2021, JAIR 70:1373–1411), so that wrong labels do not teach the model to expect themselves.
//!    The result P is the probability that the given label is right, calibrated to how often each class occurs.
//! 2. **Fixed.** score = P · Π sᵉ over the other sources' supports s, each at least [`FLOOR`], with the exponents e of
//!    [`Source::exponent`].

use ecg_audit_stats::confident::{Selection, multilabel};
use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::cross_fit::cross_fit;
use super::logistic::Logistic;
use super::source::{Source, Support};
use crate::Error;

/// Probabilities are kept this far from 0 and 1 before their log-odds are taken; a forest of some hundred trees has no
/// finer ones.
const MARGIN: f64 = 1e-3;
/// Penalty on the squared coefficients, in units of the loss of one record.
const PENALTY: f64 = 1.0;
/// Log-odds of a network count this much for records that it was trained on.
const IN_SAMPLE: f64 = 0.5;
/// The least that a source without fitted weight counts.
const FLOOR: f64 = 0.05;

/// Probabilities of the classes by one source, `[n, C]`.
pub(crate) struct Probabilities<'a> {
    pub source: Source,
    pub values: &'a Array2<f64>,
}

/// The combination.
pub(crate) struct Combined {
    /// Probability that the class holds `[n, C]`, of the fitted step.
    pub probabilities: Array2<f64>,
    /// The combined score of the given labels `[n, C]`, lower is more suspect.
    pub scores: Array2<f64>,
    /// Weight of each fitted source per class: coefficients averaged over folds; empty where no fold could be fitted.
    pub weights: Vec<(Source, Vec<f64>)>,
    /// Labels left out of the fits.
    pub pruned: usize,
}

/// Joins `fitted` (the network first) and `fixed` for `labels` `[n, C]` of records in `folds` `[n]`.
pub(crate) fn combine(
    labels: &Array2<bool>,
    folds: &[u32],
    in_sample: &[bool],
    fitted: &[Probabilities<'_>],
    fixed: &[&Support],
) -> Result<Combined, Error> {
    let doubtful = match fitted.first() {
        Some(network) => doubtful(labels, network.values)?,
        None => Array2::from_elem(labels.dim(), false),
    };
    let mut probabilities = Array2::zeros(labels.dim());
    let mut weights: Vec<(Source, Vec<f64>)> = fitted.iter().map(|p| (p.source, Vec::new())).collect();
    for class in 0..labels.ncols() {
        let x = columns(class, in_sample, fitted);
        let keep = doubtful.column(class);
        let given = labels.column(class);
        let (column, means) = join(&x, given, folds, |row| !keep[row]);
        probabilities.column_mut(class).assign(&column);
        weights
            .iter_mut()
            .zip(means)
            .for_each(|((_, of), mean)| of.push(mean));
    }
    let support = Support::of_probabilities(Source::Network, &probabilities, labels);
    let mut scores = support.values;
    for source in fixed {
        let exponent = source.source.exponent();
        scores.zip_mut_with(&source.values, |score, s| {
            *score *= s.clamp(FLOOR, 1.0).powf(exponent);
        });
    }
    Ok(Combined {
        probabilities,
        scores,
        weights,
        pruned: doubtful.iter().filter(|d| **d).count(),
    })
}

/// The labels that the network contradicts, class against the rest, as many as the estimated noise rate says.
fn doubtful(labels: &Array2<bool>, probabilities: &Array2<f64>) -> Result<Array2<bool>, Error> {
    let probabilities = probabilities.mapv(|p| p.clamp(0.0, 1.0));
    Ok(multilabel::find_class_issues(
        labels.view(),
        probabilities.view(),
        Selection::PruneByNoiseRate,
        1,
    )?)
}

/// Log-odds of one class by every source `[n, sources]`.
fn columns(class: usize, in_sample: &[bool], fitted: &[Probabilities<'_>]) -> Array2<f64> {
    let mut x = Array2::zeros((in_sample.len(), fitted.len()));
    for (source, mut column) in fitted.iter().zip(x.columns_mut()) {
        for ((value, p), seen) in column.iter_mut().zip(source.values.column(class)).zip(in_sample) {
            let p = p.clamp(MARGIN, 1.0 - MARGIN);
            *value = (p / (1.0 - p)).ln();
            if *seen && source.source == Source::Network {
                *value *= IN_SAMPLE;
            }
        }
    }
    x
}

/// Probabilities of one class, each by the fit on the other folds, and the mean coefficients. Where the other folds have
/// only one kind of label, the class's share among them stands in.
fn join(
    x: &Array2<f64>,
    given: ArrayView1<'_, bool>,
    folds: &[u32],
    keep: impl Fn(usize) -> bool,
) -> (Array1<f64>, Vec<f64>) {
    cross_fit(folds, x.ncols(), keep, |train| {
        let y: Vec<bool> = train.iter().map(|r| given[*r]).collect();
        let model = Logistic::fit(x.select(Axis(0), train).view(), &y, PENALTY);
        let share = (y.iter().filter(|on| **on).count() as f64 + 0.5) / (y.len() as f64 + 1.0);
        let coefficients = model.as_ref().map(|model| model.coefficients.to_vec());
        let probability = move |row: usize| {
            model
                .as_ref()
                .map_or(share, |model| model.probability(x.row(row)))
        };
        (probability, coefficients)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records whose network is right about class 0, with the last label of each fold turned round.
    fn planted() -> (Array2<bool>, Vec<u32>, Array2<f64>, Vec<usize>) {
        let n = 200;
        let truth = |row: usize| row.is_multiple_of(3);
        let mut labels = Array2::from_shape_fn((n, 1), |(row, _)| truth(row));
        let network = Array2::from_shape_fn((n, 1), |(row, _)| {
            let wobble = (row * 37 % 100) as f64 / 250.0;
            if truth(row) { 0.95 - wobble } else { 0.05 + wobble }
        });
        let wrong: Vec<usize> = (0..n).filter(|row| row % 20 == 19).collect();
        wrong
            .iter()
            .for_each(|row| labels[[*row, 0]] = !labels[[*row, 0]]);
        (
            labels,
            (0..n).map(|row| (row % 5) as u32).collect(),
            network,
            wrong,
        )
    }

    #[test]
    fn planted_errors_come_first() {
        let (labels, folds, network, wrong) = planted();
        let fitted = [Probabilities {
            source: Source::Network,
            values: &network,
        }];
        let combined = combine(&labels, &folds, &vec![false; folds.len()], &fitted, &[]).unwrap();
        let mut order: Vec<usize> = (0..folds.len()).collect();
        order.sort_by(|a, b| combined.scores[[*a, 0]].total_cmp(&combined.scores[[*b, 0]]));
        let mut first = order[..wrong.len()].to_vec();
        first.sort_unstable();
        assert_eq!(first, wrong);
        assert!(combined.pruned > 0 && combined.weights[0].1[0] > 0.5);
    }

    #[test]
    fn a_source_without_fitted_weight_lowers_the_score_by_its_exponent() {
        let (labels, folds, network, _) = planted();
        let fitted = [Probabilities {
            source: Source::Network,
            values: &network,
        }];
        let mut values = Array2::from_elem(labels.dim(), 1.0);
        values[[1, 0]] = 0.5;
        values[[2, 0]] = 0.0;
        let duplicates = Support {
            source: Source::Duplicates,
            values: values.clone(),
        };
        let signal = Support {
            source: Source::Signal,
            values,
        };
        let seen = vec![false; folds.len()];
        let without = combine(&labels, &folds, &seen, &fitted, &[]).unwrap().scores;
        let with = combine(&labels, &folds, &seen, &fitted, &[&duplicates, &signal])
            .unwrap()
            .scores;
        assert_eq!(without[[0, 0]], with[[0, 0]]);
        assert!((with[[1, 0]] / without[[1, 0]] - 0.5 * 0.5_f64.powf(0.1)).abs() < 1e-12);
        assert!((with[[2, 0]] / without[[2, 0]] - 0.05 * 0.05_f64.powf(0.1)).abs() < 1e-12);
    }

    #[test]
    fn in_sample_log_odds_count_less() {
        let (labels, folds, network, _) = planted();
        let fitted = [Probabilities {
            source: Source::Network,
            values: &network,
        }];
        let x = columns(0, &[vec![true], vec![false; folds.len() - 1]].concat(), &fitted);
        let out = columns(0, &vec![false; folds.len()], &fitted);
        assert!((x[[0, 0]] / out[[0, 0]] - 0.5).abs() < 1e-12 && x[[1, 0]] == out[[1, 0]]);
        assert_eq!(labels.nrows(), x.nrows());
    }

    #[test]
    fn a_class_that_nobody_bears_keeps_its_share() {
        let labels = Array2::from_elem((10, 1), false);
        let network = Array2::from_elem((10, 1), 0.4);
        let folds: Vec<u32> = (0..10).map(|row| row % 2).collect();
        let fitted = [Probabilities {
            source: Source::Network,
            values: &network,
        }];
        let combined = combine(&labels, &folds, &[false; 10], &fitted, &[]).unwrap();
        assert!(combined.scores.iter().all(|s| *s > 0.85));
    }
}
