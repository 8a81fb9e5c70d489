//! Figures of both runs over the records that both hold, with paired intervals.

mod decisions;
mod statistic;
mod values;

use ecg_audit_stats::bootstrap::{Bootstrap, Groups, Interval};
use ndarray::ArrayView1;

use super::model::{FigureChange, Subject, Verdict};
use super::records::{Finished, Records};
use crate::Error;
use crate::atlas::uncertainty_by_fold;
use crate::audit::Task;
use crate::sweep::Better;
use statistic::Statistic;

/// Both runs' records that are in both, in the same order.
pub(super) struct Paired<'a> {
    /// The earlier run, for the figures over all of its records.
    pub first: &'a Finished,
    /// The later run.
    pub second: &'a Finished,
    pub a: Records,
    pub b: Records,
    pub bootstrap: Bootstrap,
}

/// The figures over all classes, and those class by class.
pub(super) type Figures = (Vec<FigureChange>, Vec<FigureChange>);

/// A figure of one run.
struct Side {
    /// Over the records of both runs.
    value: Option<f64>,
    /// Over all records of the run.
    run: Option<f64>,
    /// What is computed on resamples; absent where there is no interval to be had.
    statistic: Option<Statistic>,
}

/// What a figure is.
struct Name<'a> {
    of: Subject,
    name: &'static str,
    class: Option<&'a str>,
    better: Better,
}

impl Paired<'_> {
    /// All figures. Those about answers only where `same_answers`: both runs have the same classes or target.
    pub fn figures(&self, same_answers: bool) -> Result<Figures, Error> {
        let (mut overall, mut per_class) = (Vec::new(), Vec::new());
        if same_answers {
            let labelled: Vec<usize> = (0..self.a.cohort.len())
                .filter(|row| self.a.cohort.labelled[*row] && self.b.cohort.labelled[*row])
                .collect();
            let all: Vec<usize> = (0..self.a.cohort.len()).collect();
            for (subject, rows) in [
                (Subject::VsModel, &all),
                (Subject::VsTruth, &labelled),
                (Subject::ModelVsTruth, &labelled),
            ] {
                if rows.is_empty() {
                    continue;
                }
                if self.a.cohort.task == Task::Regression {
                    overall.extend(values::figures(self, subject, rows)?);
                } else {
                    let (figures, classes) = decisions::figures(self, subject, rows)?;
                    overall.extend(figures);
                    per_class.extend(classes);
                }
            }
            if self.a.cohort.task != Task::Regression {
                overall.push(decisions::majority(self)?);
            }
        }
        overall.push(self.uncertainty()?);
        Ok((overall, per_class))
    }

    fn uncertainty(&self) -> Result<FigureChange, Error> {
        let side = |records: &Records, finished: &Finished| {
            let by_fold = uncertainty_by_fold(&records.cohort, &records.uncertainty, |row| {
                records.timestamps[row]
            });
            let weights = in_equal_folds(&records.cohort.folds, &records.timestamps);
            Side {
                value: by_fold.mean(),
                run: Some(finished.audit.uncertainty.mean),
                statistic: Some(Statistic::mean(&records.uncertainty, weights)),
            }
        };
        let name = Name {
            of: Subject::Uncertainty,
            name: "mean",
            class: None,
            better: Better::Neither,
        };
        let all: Vec<usize> = (0..self.a.cohort.len()).collect();
        let (a, b) = (side(&self.a, self.first), side(&self.b, self.second));
        self.change(&name, &all, a, b)
    }

    /// One figure of both runs, over `rows` of the records of both.
    fn change(&self, name: &Name<'_>, rows: &[usize], a: Side, b: Side) -> Result<FigureChange, Error> {
        let difference = a.value.zip(b.value).map(|(a, b)| b - a);
        let groups = Groups::new(rows.iter().map(|row| &self.a.cohort.groups[*row]))?;
        let interval = match (&a.statistic, &b.statistic) {
            (Some(a), Some(b)) if groups.len() > 1 => paired_interval(&self.bootstrap, &groups, a, b),
            _ => None,
        };
        let ci95 = interval.map(|interval| [interval.low, interval.high]);
        Ok(FigureChange {
            of: name.of,
            name: name.name.into(),
            class: name.class.map(str::to_owned),
            better: name.better,
            records: rows.len(),
            a: a.value,
            b: b.value,
            a_run: a.run,
            b_run: b.run,
            difference,
            ci95,
            undefined_replicates: interval.map_or(0, |interval| interval.undefined_replicates),
            verdict: verdict(name.better, difference, ci95),
        })
    }
}

/// The later figure less the earlier, both on the same resamples of patients; nothing where one of them is not defined, as
/// where a label has one value only, which is no failure of the comparison.
fn paired_interval(
    bootstrap: &Bootstrap,
    groups: &Groups,
    earlier: &Statistic,
    later: &Statistic,
) -> Option<Interval> {
    bootstrap
        .difference(groups, |rows| later.of(rows), |rows| earlier.of(rows))
        .ok()
}

/// What an interval says of a difference.
fn verdict(better: Better, difference: Option<f64>, ci95: Option<[f64; 2]>) -> Verdict {
    let Some([low, high]) = ci95 else {
        // Without an interval, nothing but equality can be told.
        return match difference {
            Some(0.0) => Verdict::Unchanged,
            _ => Verdict::Untested,
        };
    };
    let up = low > 0.0;
    if !up && high >= 0.0 {
        return Verdict::Unchanged;
    }
    match (better, up) {
        (Better::Neither, _) => Verdict::Changed,
        (Better::High, true) | (Better::Low, false) => Verdict::Better,
        (Better::High, false) | (Better::Low, true) => Verdict::Worse,
    }
}

/// Weights of records such that every fold counts alike, and within a fold every record by its `size`: the mean over folds
/// as a weighted mean over records.
fn in_equal_folds(folds: &[u32], sizes: &[f64]) -> Vec<f64> {
    let mut totals = std::collections::BTreeMap::new();
    for (fold, size) in folds.iter().zip(sizes) {
        *totals.entry(fold).or_insert(0.0) += size;
    }
    let weight = |(fold, size): (&u32, &f64)| {
        let total: f64 = totals.get(fold).copied().unwrap_or_default();
        if total > 0.0 { size / total } else { 0.0 }
    };
    folds.iter().zip(sizes).map(weight).collect()
}

/// `values` of some rows.
fn pick(values: ArrayView1<'_, f64>, rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|row| values[*row]).collect()
}

#[cfg(test)]
mod parity;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_needs_an_interval_that_excludes_zero() {
        let of = |better, low, high| verdict(better, Some((low + high) / 2.0), Some([low, high]));
        assert_eq!(of(Better::High, 0.1, 0.2), Verdict::Better);
        assert_eq!(of(Better::High, -0.2, -0.1), Verdict::Worse);
        assert_eq!(of(Better::Low, 0.1, 0.2), Verdict::Worse);
        assert_eq!(of(Better::Low, -0.2, -0.1), Verdict::Better);
        assert_eq!(of(Better::Neither, 0.1, 0.2), Verdict::Changed);
        assert_eq!(of(Better::High, -0.1, 0.2), Verdict::Unchanged);
        assert_eq!(of(Better::High, 0.0, 0.0), Verdict::Unchanged);
        assert_eq!(of(Better::High, 0.0, 0.2), Verdict::Unchanged);
        assert_eq!(verdict(Better::High, Some(0.0), None), Verdict::Unchanged);
        assert_eq!(verdict(Better::High, Some(0.1), None), Verdict::Untested);
        assert_eq!(verdict(Better::High, None, None), Verdict::Untested);
    }

    #[test]
    fn weights_make_the_mean_over_folds() {
        let (folds, values) = ([1, 1, 1, 2], [0.0, 0.5, 1.0, 1.0]);
        let weights = in_equal_folds(&folds, &[1.0; 4]);
        let mean = Statistic::mean(&values, weights).of(&[0, 1, 2, 3]).unwrap();
        assert!((mean - 0.75).abs() < 1e-15);
    }
}
