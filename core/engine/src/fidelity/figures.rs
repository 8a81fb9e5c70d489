//! Figures of agreement between two sets of decisions.

use ecg_audit_stats::auroc::RankedClasses;
use ecg_audit_stats::bootstrap::Bootstrap;
use ecg_audit_stats::calibration;
use ecg_audit_stats::classification::{self, Confusion};
use ecg_audit_stats::summary;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::Error;
use crate::audit::{
    Calibration, CalibrationBin, ClassFidelity, ConfusionCounts, DecisionAccuracy, Fidelity, FoldFidelity,
    Spread, Task,
};
use crate::cohort::{Cohort, decide};

/// Bins of the probabilities in a calibration.
const BINS: usize = 10;

/// Two sets of decisions over the same records.
struct Pair<'a> {
    cohort: &'a Cohort,
    /// The records, as positions in the cohort.
    rows: &'a [usize],
    /// What is to be met, `[rows, C]`.
    target: Array2<bool>,
    /// What was decided, `[rows, C]`.
    decided: Array2<bool>,
    /// The probabilities behind it, `[rows, C]`.
    soft: Array2<f64>,
}

impl<'a> Pair<'a> {
    fn new(cohort: &'a Cohort, rows: &'a [usize], target: &Array2<bool>, soft: &Array2<f64>) -> Self {
        let soft = soft.select(Axis(0), rows);
        Self {
            cohort,
            rows,
            target: target.select(Axis(0), rows),
            decided: decide(cohort.task, soft.view()),
            soft,
        }
    }

    /// Agreement of each record: the share of its classes, or whether its one class is met.
    fn by_record(&self) -> Result<Array1<f64>, Error> {
        let shares = classification::record_agreement(self.target.view(), self.decided.view())?;
        Ok(match self.cohort.task {
            Task::MultiClass => shares.mapv(|share| f64::from(u8::from(share == 1.0))),
            Task::MultiLabel | Task::Regression => shares,
        })
    }

    fn ci95(&self, by_record: ArrayView1<'_, f64>, seed: u64) -> Result<Option<[f64; 2]>, Error> {
        let groups = self.cohort.bootstrap_groups(self.rows)?;
        if groups.len() < 2 {
            return Ok(None);
        }
        let interval = Bootstrap::new(seed).mean(&groups, by_record)?;
        Ok(Some([interval.low, interval.high]))
    }

    fn auroc(&self) -> (Option<RankedClasses>, Option<RankedClasses>) {
        // Without a class in which both values occur there is no figure, which is no failure of the audit.
        let hard = RankedClasses::of_decisions(self.target.view(), self.decided.view()).ok();
        (
            hard,
            RankedClasses::new(self.target.view(), self.soft.view()).ok(),
        )
    }

    fn per_class(
        &self,
        hard: Option<&RankedClasses>,
        soft: Option<&RankedClasses>,
    ) -> Result<Vec<ClassFidelity>, Error> {
        let of = |ranked: Option<&RankedClasses>, c: usize| ranked.and_then(|r| r.auroc().per_class[c]);
        let mut figures = Vec::new();
        for (c, class) in self.cohort.classes.iter().enumerate() {
            let confusion = Confusion::new(self.target.column(c), self.decided.column(c))?;
            let positives = self.target.column(c).iter().filter(|on| **on).count();
            let n = self.rows.len();
            figures.push(ClassFidelity {
                class: class.clone(),
                positives,
                agreement: confusion.accuracy().unwrap_or_default(),
                majority: positives.max(n - positives) as f64 / n.max(1) as f64,
                auroc_hard: of(hard, c),
                auroc_soft: of(soft, c),
                sensitivity: confusion.sensitivity(),
                specificity: confusion.specificity(),
                confusion: Some(counts(confusion)),
                calibration: self.calibration(c)?,
            });
        }
        Ok(figures)
    }

    /// Nothing where what was answered are no probabilities.
    fn calibration(&self, class: usize) -> Result<Option<Calibration>, Error> {
        let (target, soft) = (self.target.column(class), self.soft.column(class));
        if soft.is_empty() || soft.iter().any(|p| !(0.0..=1.0).contains(p)) {
            return Ok(None);
        }
        let bin = |bin: calibration::ReliabilityBin| {
            Some(CalibrationBin {
                low: bin.low,
                high: bin.high,
                records: bin.records,
                mean_probability: bin.mean_probability?,
                observed_share: bin.observed_share?,
            })
        };
        let bins = calibration::reliability(target, soft, BINS)?;
        Ok(Some(Calibration {
            brier: calibration::brier_score(target, soft)?,
            expected_error: calibration::expected_calibration_error(target, soft, BINS)?,
            bins: bins.into_iter().filter_map(bin).collect(),
        }))
    }

    /// Records by target and decision, where each has exactly one class.
    fn confusion(&self) -> Option<Vec<Vec<usize>>> {
        if self.cohort.task != Task::MultiClass {
            return None;
        }
        let classes = self.target.ncols();
        let mut counts = vec![vec![0; classes]; classes];
        for (target, decided) in self.target.rows().into_iter().zip(self.decided.rows()) {
            let one = |row: ArrayView1<'_, bool>| row.iter().position(|on| *on);
            if let (Some(target), Some(decided)) = (one(target), one(decided)) {
                counts[target][decided] += 1;
            }
        }
        Some(counts)
    }

    fn per_fold(&self, by_record: ArrayView1<'_, f64>) -> Vec<FoldFidelity> {
        let figures = |fold: u32| {
            let own: Vec<usize> = (0..self.rows.len())
                .filter(|i| self.cohort.folds[self.rows[*i]] == fold)
                .collect();
            let pick = |flags: &Array2<bool>| flags.select(Axis(0), &own);
            let target = pick(&self.target);
            let mean = |ranked: RankedClasses| ranked.auroc().mean;
            (!own.is_empty()).then(|| FoldFidelity {
                fold,
                records: own.len(),
                agreement: own.iter().map(|i| by_record[*i]).sum::<f64>() / own.len() as f64,
                auroc_hard: RankedClasses::of_decisions(target.view(), pick(&self.decided).view())
                    .ok()
                    .map(mean),
                auroc_soft: RankedClasses::new(target.view(), self.soft.select(Axis(0), &own).view())
                    .ok()
                    .map(mean),
            })
        };
        self.cohort.fold_names().into_iter().filter_map(figures).collect()
    }
}

fn counts(confusion: Confusion) -> ConfusionCounts {
    // Counts of records in memory fit.
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    ConfusionCounts {
        true_positives: count(confusion.true_positives),
        false_positives: count(confusion.false_positives),
        true_negatives: count(confusion.true_negatives),
        false_negatives: count(confusion.false_negatives),
    }
}

/// The network's decisions against the truth, over the labelled records `rows`; `None` where there are none.
pub(crate) fn model_vs_truth(
    cohort: &Cohort,
    rows: &[usize],
    seed: u64,
) -> Result<Option<DecisionAccuracy>, Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let pair = Pair::new(cohort, rows, &cohort.labels, &cohort.outputs);
    let by_record = pair.by_record()?;
    let (hard, soft) = pair.auroc();
    let skipped = soft.as_ref().map_or_else(
        || cohort.classes.clone(),
        |ranked| {
            ranked
                .auroc()
                .skipped
                .iter()
                .map(|c| cohort.classes[*c].clone())
                .collect()
        },
    );
    let per_fold = pair.per_fold(by_record.view());
    Ok(Some(DecisionAccuracy {
        accuracy: summary::mean(by_record.view())?,
        accuracy_ci95: pair.ci95(by_record.view(), seed)?,
        exact_match: classification::exact_match(pair.target.view(), pair.decided.view())?,
        auroc_hard: hard.as_ref().map(|ranked| ranked.auroc().mean),
        auroc_soft: soft.as_ref().map(|ranked| ranked.auroc().mean),
        majority_accuracy: majority(cohort.task, pair.target.view())?,
        per_class: pair.per_class(hard.as_ref(), soft.as_ref())?,
        confusion: pair.confusion(),
        auroc_skipped: skipped,
        accuracy_by_fold: Some(spread(per_fold.iter().map(|fold| fold.agreement))?),
        auroc_hard_by_fold: over_folds(&per_fold, |fold| fold.auroc_hard)?,
        auroc_soft_by_fold: over_folds(&per_fold, |fold| fold.auroc_soft)?,
        per_fold,
    }))
}

/// A surrogate's out-of-fold probabilities `soft` against `target`, over `rows`; `permuted`: the same from shuffled
/// proportions.
pub(crate) fn fidelity(
    cohort: &Cohort,
    rows: &[usize],
    target: &Array2<bool>,
    soft: &Array2<f64>,
    permuted: Option<&Array2<f64>>,
    seed: u64,
) -> Result<Fidelity, Error> {
    let pair = Pair::new(cohort, rows, target, soft);
    let by_record = pair.by_record()?;
    let per_fold = pair.per_fold(by_record.view());
    let (hard, soft) = pair.auroc();
    let spread = spread(per_fold.iter().map(|fold| fold.agreement))?;
    Ok(Fidelity {
        agreement: Spread {
            ci95: pair.ci95(by_record.view(), seed)?,
            ..spread
        },
        accuracy: None,
        auroc_hard: hard.as_ref().map(|ranked| ranked.auroc().mean),
        auroc_soft: soft.as_ref().map(|ranked| ranked.auroc().mean),
        auroc_hard_by_fold: over_folds(&per_fold, |fold| fold.auroc_hard)?,
        auroc_soft_by_fold: over_folds(&per_fold, |fold| fold.auroc_soft)?,
        permuted_agreement: permuted
            .map(|soft| permuted_agreement(cohort, rows, target, soft))
            .transpose()?,
        confusion: pair.confusion(),
        per_class: pair.per_class(hard.as_ref(), soft.as_ref())?,
        per_fold,
    })
}

/// Agreement of each record of `rows` with `target`, of the decisions behind the probabilities `soft`.
pub(crate) fn agreement_by_record(
    cohort: &Cohort,
    rows: &[usize],
    target: &Array2<bool>,
    soft: &Array2<f64>,
) -> Result<Array1<f64>, Error> {
    Pair::new(cohort, rows, target, soft).by_record()
}

fn permuted_agreement(
    cohort: &Cohort,
    rows: &[usize],
    target: &Array2<bool>,
    soft: &Array2<f64>,
) -> Result<f64, Error> {
    let pair = Pair::new(cohort, rows, target, soft);
    let by_record = pair.by_record()?;
    let per_fold = pair.per_fold(by_record.view());
    Ok(spread(per_fold.iter().map(|fold| fold.agreement))?.mean)
}

/// Agreement with `target` of always answering each class's majority.
pub(crate) fn majority(task: Task, target: ArrayView2<'_, bool>) -> Result<f64, Error> {
    Ok(match task {
        Task::MultiLabel | Task::Regression => classification::majority_agreement(target)?,
        Task::MultiClass => {
            let most = target
                .columns()
                .into_iter()
                .map(|c| c.iter().filter(|on| **on).count())
                .max();
            most.unwrap_or(0) as f64 / target.nrows().max(1) as f64
        }
    })
}

/// Mean and standard deviation of one figure over folds; at least one.
pub(super) fn spread(values: impl Iterator<Item = f64>) -> Result<Spread, Error> {
    let values: Array1<f64> = values.collect();
    let sd = if values.len() < 2 {
        None
    } else {
        Some(summary::standard_deviation(values.view())?)
    };
    Ok(Spread {
        mean: summary::mean(values.view())?,
        sd,
        ci95: None,
    })
}

/// The same over the folds that have the figure; nothing where none has.
fn over_folds(
    per_fold: &[FoldFidelity],
    figure: impl Fn(&FoldFidelity) -> Option<f64>,
) -> Result<Option<Spread>, Error> {
    let values: Vec<f64> = per_fold.iter().filter_map(figure).collect();
    if values.is_empty() {
        return Ok(None);
    }
    spread(values.into_iter()).map(Some)
}
