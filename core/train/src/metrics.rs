//! How well records are answered.

use std::collections::BTreeMap;

use ecg_audit_stats::{Error as StatsError, auroc, classification, regression};
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::config::Task;

/// Figures of one set of records; those that do not apply, or are not defined on them, are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metrics {
    pub(crate) records: usize,
    /// Share of labels (exclusive classes: of records) that the decisions meet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accuracy: Option<f64>,
    /// What the majority decision per class reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) majority_accuracy: Option<f64>,
    /// Mean AUROC of the probabilities over the classes in which it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auroc_soft: Option<f64>,
    /// The same of the 0/1 decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auroc_hard: Option<f64>,
    /// AUROC of the probabilities per class, without classes that could not be learnt.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) auroc_by_class: BTreeMap<String, f64>,
    /// Mean absolute error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mae: Option<f64>,
    /// Mean absolute error of the training records' mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mean_mae: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rmse: Option<f64>,
    /// Share of variance explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) r2: Option<f64>,
}

/// Answers beside what they should be, `[n, outputs]` each.
pub(crate) struct Answered<'a> {
    pub(crate) answers: ArrayView2<'a, f64>,
    pub(crate) targets: ArrayView2<'a, f64>,
    /// What the simplest answer would be: the mean target of each record's training records.
    pub(crate) means: &'a [f64],
    pub(crate) outputs: &'a [String],
    /// Classes that could not be learnt: they have no AUROC.
    pub(crate) constant: &'a [String],
}

impl Answered<'_> {
    pub(crate) fn metrics(&self, task: Task) -> Result<Metrics, Error> {
        match task {
            Task::Regression => self.of_values(),
            _ => self.of_classes(task),
        }
    }

    fn of_values(&self) -> Result<Metrics, Error> {
        let (answers, targets) = (self.answers.column(0), self.targets.column(0));
        let means = ndarray::aview1(self.means);
        Ok(Metrics {
            records: targets.len(),
            mae: Some(regression::mean_absolute_error(targets, answers)?),
            mean_mae: Some(regression::mean_absolute_error(targets, means)?),
            rmse: Some(regression::root_mean_squared_error(targets, answers)?),
            r2: defined(regression::r_squared(targets, answers))?,
            ..Metrics::default()
        })
    }

    fn of_classes(&self, task: Task) -> Result<Metrics, Error> {
        let labels = self.targets.mapv(|target| target > 0.5);
        let decisions = decide(task, self.answers);
        let accuracy = match task {
            Task::MultiClass => classification::exact_match(decisions.view(), labels.view())?,
            _ => classification::agreement(decisions.view(), labels.view())?,
        };
        let learnt: Vec<usize> = (0..self.outputs.len())
            .filter(|class| !self.constant.contains(&self.outputs[*class]))
            .collect();
        let own = labels.select(Axis(1), &learnt);
        let soft = defined(auroc::macro_auroc(
            own.view(),
            self.answers.select(Axis(1), &learnt).view(),
        ))?;
        let hard = defined(auroc::macro_auroc_hard(
            own.view(),
            decisions.select(Axis(1), &learnt).view(),
        ))?;
        let mut by_class = BTreeMap::new();
        for (class, value) in learnt.iter().zip(soft.iter().flat_map(|soft| &soft.per_class)) {
            if let Some(value) = value {
                by_class.insert(self.outputs[*class].clone(), *value);
            }
        }
        Ok(Metrics {
            records: labels.nrows(),
            accuracy: Some(accuracy),
            majority_accuracy: (task == Task::MultiLabel)
                .then(|| classification::majority_agreement(labels.view()))
                .transpose()?,
            auroc_soft: soft.map(|soft| soft.mean),
            auroc_hard: hard.map(|hard| hard.mean),
            auroc_by_class: by_class,
            ..Metrics::default()
        })
    }
}

/// 0/1 decisions: above 0.5, or the most probable class (the first of equals).
fn decide(task: Task, answers: ArrayView2<'_, f64>) -> Array2<bool> {
    if task != Task::MultiClass {
        return answers.mapv(|p| p > 0.5);
    }
    let mut decisions = Array2::from_elem(answers.dim(), false);
    for (row, mut decision) in answers.rows().into_iter().zip(decisions.rows_mut()) {
        let best = row
            .iter()
            .enumerate()
            .fold(None, |best: Option<(usize, f64)>, (i, p)| {
                if best.is_none_or(|(_, most)| *p > most) {
                    Some((i, *p))
                } else {
                    best
                }
            });
        if let Some((class, _)) = best {
            decision[class] = true;
        }
    }
    decisions
}

/// A figure that some records do not define is absent.
fn defined<T>(figure: Result<T, StatsError>) -> Result<Option<T>, Error> {
    match figure {
        Ok(figure) => Ok(Some(figure)),
        Err(
            StatsError::NoClassDefined { .. }
            | StatsError::SingleClass { .. }
            | StatsError::Constant { .. }
            | StatsError::Undefined { .. }
            | StatsError::TooFew { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn classes_that_could_not_be_learnt_have_no_auroc() {
        let outputs = ["a".to_owned(), "b".to_owned()];
        let answered = Answered {
            answers: array![[0.9, 0.4], [0.2, 0.6], [0.6, 0.1]]
                .view()
                .to_owned()
                .view(),
            targets: array![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
                .view()
                .to_owned()
                .view(),
            means: &[],
            outputs: &outputs,
            constant: &outputs[1..],
        }
        .metrics(Task::MultiLabel)
        .unwrap();
        assert_eq!(answered.auroc_by_class, [("a".to_owned(), 1.0)].into());
        assert_eq!(answered.auroc_soft, Some(1.0));
        assert!((answered.accuracy.unwrap() - 5.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn values_are_held_against_the_mean() {
        let (answers, targets) = (array![[50.0], [60.0]], array![[52.0], [70.0]]);
        let metrics = Answered {
            answers: answers.view(),
            targets: targets.view(),
            means: &[60.0, 60.0],
            outputs: &["age".to_owned()],
            constant: &[],
        }
        .metrics(Task::Regression)
        .unwrap();
        assert_eq!((metrics.mae, metrics.mean_mae), (Some(6.0), Some(9.0)));
        assert_eq!(metrics.accuracy, None);
    }

    #[test]
    fn exclusive_classes_take_the_most_probable() {
        let decisions = decide(Task::MultiClass, array![[0.2, 0.4, 0.4]].view());
        assert_eq!(decisions, array![[false, true, false]]);
    }
}
