//! Figures of values against a continuous target.

use std::collections::HashMap;

use ecg_audit_stats::bootstrap::Bootstrap;
use ecg_audit_stats::regression::{mean_absolute_error, r_squared, spearman};
use ndarray::{Array1, ArrayView1};

use super::figures::spread;
use crate::Error;
use crate::audit::{FoldValues, ValueFigures, ValueHistogram};
use crate::bands::Bands;
use crate::cohort::Cohort;

/// Cells of the histogram along each side at most.
const CELLS: usize = 40;

/// Values against a target over the same records.
pub(crate) struct Compared<'a> {
    pub cohort: &'a Cohort,
    /// The records, as positions in the cohort.
    pub rows: &'a [usize],
    /// What is to be met, `[n]`.
    pub target: ArrayView1<'a, f64>,
    /// What was answered, `[n]`.
    pub answered: ArrayView1<'a, f64>,
    /// What always answering the mean of the other folds gives, `[n]`.
    pub mean: Array1<f64>,
    /// The answers from shuffled proportions, `[n]`.
    pub permuted: Option<ArrayView1<'a, f64>>,
    pub seed: u64,
}

/// Per record, the mean of the target over the records of `rows` in other folds, `[n]`. `target` gives a record's value
/// as known to the fit of the fold that comes first.
pub(crate) fn mean_over_other_folds(
    cohort: &Cohort,
    rows: &[usize],
    target: impl Fn(usize, usize) -> f64,
) -> Array1<f64> {
    let mut means = HashMap::new();
    for (number, fold) in cohort.fold_names().into_iter().enumerate() {
        let others = rows.iter().filter(|row| cohort.folds[**row] != fold);
        let (mut sum, mut count) = (0.0, 0.0);
        for row in others {
            sum += target(number, *row);
            count += 1.0;
        }
        means.insert(fold, sum / f64::max(count, 1.0));
    }
    let of = |fold: &u32| means.get(fold).copied().unwrap_or_default();
    cohort.folds.iter().map(of).collect()
}

/// The figures.
pub(crate) fn value_figures(compared: &Compared<'_>) -> Result<ValueFigures, Error> {
    let pick = |values: ArrayView1<'_, f64>| -> Array1<f64> {
        compared.rows.iter().map(|row| values[*row]).collect()
    };
    let (target, answered) = (pick(compared.target), pick(compared.answered));
    let mean = pick(compared.mean.view());
    let errors = (&answered - &target).mapv(f64::abs);
    let mean_errors = (&mean - &target).mapv(f64::abs);
    let permuted = compared.permuted.map(pick);
    let per_fold = per_fold(compared, &target, &answered, &mean)?;
    let mae = mean_absolute_error(target.view(), answered.view())?;
    let mean_mae = mean_absolute_error(target.view(), mean.view())?;
    let r2_by_fold: Vec<f64> = per_fold.iter().filter_map(|fold| fold.r2).collect();
    let mut figures = ValueFigures {
        mae,
        mae_ci95: None,
        r2: r_squared(target.view(), answered.view()).ok(),
        r2_ci95: None,
        rank_correlation: spearman(target.view(), answered.view()).ok(),
        bias: (&answered - &target).mean().unwrap_or_default(),
        mean_mae,
        gain: mean_mae - mae,
        gain_ci95: None,
        permuted_mae: permuted
            .as_ref()
            .map(|permuted| mean_absolute_error(target.view(), permuted.view()))
            .transpose()?,
        permuted_r2: permuted.and_then(|permuted| r_squared(target.view(), permuted.view()).ok()),
        mae_by_fold: spread(per_fold.iter().map(|fold| fold.mae))?,
        r2_by_fold: if r2_by_fold.is_empty() {
            None
        } else {
            Some(spread(r2_by_fold.into_iter())?)
        },
        histogram: histogram(&target, &answered),
        per_fold,
    };
    let groups = compared.cohort.bootstrap_groups(compared.rows)?;
    if groups.len() > 1 {
        let bootstrap = Bootstrap::new(compared.seed);
        let own = bootstrap.mean(&groups, errors.view())?;
        let gain = bootstrap.mean_difference(&groups, mean_errors.view(), errors.view())?;
        figures.mae_ci95 = Some([own.low, own.high]);
        figures.gain_ci95 = Some([gain.low, gain.high]);
        let r2 = |records: &[usize]| {
            let pick = |values: &Array1<f64>| -> Array1<f64> { records.iter().map(|r| values[*r]).collect() };
            r_squared(pick(&target).view(), pick(&answered).view()).ok()
        };
        // Undefined where the target is constant, which is no failure of the audit.
        figures.r2_ci95 = bootstrap.interval(&groups, r2).ok().map(|r2| [r2.low, r2.high]);
    }
    Ok(figures)
}

/// Counts of targets and answers; nothing where no pair is finite.
fn histogram(target: &Array1<f64>, answered: &Array1<f64>) -> Option<ValueHistogram> {
    let bands = Bands::at_most(CELLS, target.iter().chain(answered).copied());
    let (start, width, cells) = bands.grid();
    let mut counts = vec![vec![0_usize; cells]; cells];
    let mut any = false;
    for (target, answered) in target.iter().zip(answered) {
        let (Some(column), Some(row)) = (bands.of(*target), bands.of(*answered)) else {
            continue;
        };
        counts[row][column] += 1;
        any = true;
    }
    any.then_some(ValueHistogram { start, width, counts })
}

fn per_fold(
    compared: &Compared<'_>,
    target: &Array1<f64>,
    answered: &Array1<f64>,
    mean: &Array1<f64>,
) -> Result<Vec<FoldValues>, Error> {
    let mut folds = Vec::new();
    for fold in compared.cohort.fold_names() {
        let own: Vec<usize> = (0..compared.rows.len())
            .filter(|i| compared.cohort.folds[compared.rows[*i]] == fold)
            .collect();
        if own.is_empty() {
            continue;
        }
        let pick = |values: &Array1<f64>| -> Array1<f64> { own.iter().map(|i| values[*i]).collect() };
        let (target, answered, mean) = (pick(target), pick(answered), pick(mean));
        folds.push(FoldValues {
            fold,
            records: own.len(),
            mae: mean_absolute_error(target.view(), answered.view())?,
            r2: r_squared(target.view(), answered.view()).ok(),
            mean_mae: mean_absolute_error(target.view(), mean.view())?,
        });
    }
    Ok(folds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_pair_on_one_grid() {
        let target = Array1::from(vec![20.0, 41.0, 41.5, 90.0, f64::NAN]);
        let answered = Array1::from(vec![55.0, 40.0, 40.2, 61.0, 30.0]);
        let found = histogram(&target, &answered).unwrap();
        assert_eq!((found.start, found.width), (20.0, 2.0));
        assert_eq!(found.counts.len(), 36);
        assert_eq!(found.counts.iter().flatten().sum::<usize>(), 4);
        let cell = |value: f64| ((value - 20.0) / 2.0) as usize;
        assert_eq!(found.counts[cell(40.0)][cell(41.0)], 2);
        assert_eq!(found.counts[cell(55.0)][cell(20.0)], 1);
        assert_eq!(
            histogram(&Array1::from(vec![f64::NAN]), &Array1::from(vec![1.0])),
            None
        );
    }
}
