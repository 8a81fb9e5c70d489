//! The audited records side by side: outputs, decisions, labels, folds and groups.

use std::collections::BTreeSet;

use ecg_audit_ecg::{DataSet, Label, RecordInfo};
use ecg_audit_plugin::Activation;
use ecg_audit_stats::bootstrap::Groups;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use crate::Error;
use crate::audit::Task;

/// The records that were encoded, in the data set's order.
#[derive(Clone)]
pub(crate) struct Cohort {
    pub task: Task,
    pub classes: Vec<String>,
    /// Position in the data set of each audited record.
    pub positions: Vec<usize>,
    pub ids: Vec<String>,
    /// Patient of each record, or the record itself where the data set names none.
    pub groups: Vec<String>,
    /// Fold of each record.
    pub folds: Vec<u32>,
    /// The network's outputs `[n, C]`.
    pub outputs: Array2<f64>,
    /// Its decisions `[n, C]`.
    pub decisions: Array2<bool>,
    /// The labels `[n, C]`; all false where there is none.
    pub labels: Array2<bool>,
    /// Whether the record has a label.
    pub labelled: Vec<bool>,
}

impl Cohort {
    /// From the outputs of `(position, outputs)` pairs.
    pub fn new(
        data: &dyn DataSet,
        fold_of: &[u32],
        activation: Activation,
        encoded: Vec<(usize, Vec<f32>)>,
    ) -> Result<Self, Error> {
        let task = task(data, activation)?;
        let classes = data.classes().to_vec();
        let width = encoded.first().map_or(0, |(_, outputs)| outputs.len());
        if width != classes.len() {
            return Err(Error::Invalid(format!(
                "the network has {width} outputs, the data set {} classes ({}); list the classes in the order of the \
                 network's outputs in `data.classes`",
                classes.len(),
                classes.join(", ")
            )));
        }
        let mut outputs = Vec::with_capacity(encoded.len() * width);
        let mut labels = Vec::with_capacity(encoded.len() * width);
        let mut labelled = Vec::with_capacity(encoded.len());
        let mut infos: Vec<&RecordInfo> = Vec::with_capacity(encoded.len());
        let mut positions = Vec::with_capacity(encoded.len());
        for (position, values) in &encoded {
            let info = &data.records()[*position];
            outputs.extend(values.iter().map(|v| f64::from(*v)));
            match &info.label {
                Label::Classes(flags) if flags.len() == width => labels.extend(flags),
                _ => labels.extend(std::iter::repeat_n(false, width)),
            }
            labelled.push(matches!(info.label, Label::Classes(_)));
            infos.push(info);
            positions.push(*position);
        }
        let n = encoded.len();
        let outputs = matrix(outputs, n, width)?;
        Ok(Self {
            task,
            classes,
            ids: infos.iter().map(|info| info.id.clone()).collect(),
            groups: infos
                .iter()
                .map(|info| {
                    info.group
                        .clone()
                        .unwrap_or_else(|| format!("record {}", info.id))
                })
                .collect(),
            folds: positions.iter().map(|p| fold_of[*p]).collect(),
            positions,
            decisions: decide(task, outputs.view()),
            outputs,
            labels: matrix(labels, n, width)?,
            labelled,
        })
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Some of its records, in the order of `rows`.
    pub fn subset(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|row| values[*row].clone()).collect()
        }
        Self {
            task: self.task,
            classes: self.classes.clone(),
            positions: of(&self.positions, rows),
            ids: of(&self.ids, rows),
            groups: of(&self.groups, rows),
            folds: of(&self.folds, rows),
            outputs: self.outputs.select(Axis(0), rows),
            decisions: self.decisions.select(Axis(0), rows),
            labels: self.labels.select(Axis(0), rows),
            labelled: of(&self.labelled, rows),
        }
    }

    /// The folds that occur, ascending.
    pub fn fold_names(&self) -> Vec<u32> {
        self.folds
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The patients of some of the records, for the bootstrap.
    pub fn bootstrap_groups(&self, rows: &[usize]) -> Result<Groups, Error> {
        Ok(Groups::new(rows.iter().map(|r| &self.groups[*r]))?)
    }

    /// Names of the classes that hold in a row of flags.
    pub fn names(&self, flags: ArrayView1<'_, bool>) -> Vec<String> {
        self.classes
            .iter()
            .zip(flags)
            .filter(|(_, on)| **on)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// 0/1 decisions: above 0.5 for labels that may hold at once, the most probable (ties to the first) for exactly one.
pub(crate) fn decide(task: Task, probabilities: ArrayView2<'_, f64>) -> Array2<bool> {
    match task {
        Task::MultiLabel | Task::Regression => probabilities.mapv(|p| p > 0.5),
        Task::MultiClass => {
            let mut decisions = Array2::from_elem(probabilities.dim(), false);
            for (row, mut decision) in probabilities.rows().into_iter().zip(decisions.rows_mut()) {
                let mut best: Option<(usize, f64)> = None;
                for (i, p) in row.iter().enumerate() {
                    if best.is_none_or(|(_, b)| *p > b) {
                        best = Some((i, *p));
                    }
                }
                if let Some((i, _)) = best {
                    decision[i] = true;
                }
            }
            decisions
        }
    }
}

fn task(data: &dyn DataSet, activation: Activation) -> Result<Task, Error> {
    let continuous = data
        .records()
        .iter()
        .any(|info| matches!(info.label, Label::Value(_)));
    match activation {
        Activation::Identity => Err(Error::Invalid(
            "`activation = \"identity\"` names a network with a continuous output; audits of regression are not \
             there yet. Use `sigmoid` or `softmax` for a network that outputs logits of classes"
                .into(),
        )),
        _ if continuous => Err(Error::Invalid(
            "the data set's labels are continuous; audits of regression are not there yet. Choose class labels in \
             `data.labels`"
                .into(),
        )),
        Activation::Sigmoid => Ok(Task::MultiLabel),
        Activation::Softmax => Ok(Task::MultiClass),
    }
}

fn matrix<T>(values: Vec<T>, rows: usize, columns: usize) -> Result<Array2<T>, Error> {
    Array2::from_shape_vec((rows, columns), values)
        .map_err(|_| Error::Invalid("the network's outputs differ in number between records".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn decisions_follow_the_task() {
        let p = array![[0.6, 0.7, 0.1], [0.2, 0.2, 0.1]];
        assert_eq!(
            decide(Task::MultiLabel, p.view()),
            array![[true, true, false], [false, false, false]]
        );
        assert_eq!(
            decide(Task::MultiClass, p.view()),
            array![[false, true, false], [true, false, false]]
        );
    }
}
