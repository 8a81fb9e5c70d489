//! Figures as they are computed on a resample of records.

use ecg_audit_stats::auroc::RankedScores;
use ecg_audit_stats::regression::r_squared;
use ndarray::Array1;

/// One figure of one run, for any choice of its records, repeats included.
pub(super) enum Statistic {
    /// A weighted mean.
    Mean {
        /// Weight times value of each record.
        weighted: Vec<f64>,
        /// Weight of each record.
        weights: Vec<f64>,
    },
    /// The mean over the classes in which all records have both labels.
    Auroc(Vec<RankedScores>),
    /// The coefficient of determination.
    RSquared {
        /// What is to be met.
        target: Vec<f64>,
        /// What was answered.
        answered: Vec<f64>,
    },
}

impl Statistic {
    /// The weighted mean of `values`.
    pub fn mean(values: &[f64], weights: Vec<f64>) -> Self {
        Self::Mean {
            weighted: values.iter().zip(&weights).map(|(v, w)| v * w).collect(),
            weights,
        }
    }

    /// The mean AUROC of those of `classes` that have one; nothing where none has.
    pub fn auroc(classes: Vec<RankedScores>) -> Option<Self> {
        let defined: Vec<RankedScores> = classes
            .into_iter()
            .filter(|class| class.auroc().is_some())
            .collect();
        (!defined.is_empty()).then_some(Self::Auroc(defined))
    }

    /// Its value on `records`; nothing where it is not defined there.
    pub fn of(&self, records: &[usize]) -> Option<f64> {
        match self {
            Self::Mean { weighted, weights } => {
                let sum = |values: &[f64]| records.iter().map(|row| values[*row]).sum::<f64>();
                let weight = sum(weights);
                (weight > 0.0).then(|| sum(weighted) / weight)
            }
            // A class that lost a label in the resample leaves the figure undefined: over fewer classes it would be another
            // figure under the same name.
            Self::Auroc(classes) => {
                let each = classes.iter().map(|class| class.resampled(records));
                let sum: f64 = each.collect::<Option<Vec<f64>>>()?.iter().sum();
                Some(sum / classes.len() as f64)
            }
            Self::RSquared { target, answered } => {
                let pick =
                    |values: &[f64]| -> Array1<f64> { records.iter().map(|row| values[*row]).collect() };
                r_squared(pick(target).view(), pick(answered).view()).ok()
            }
        }
    }
}
