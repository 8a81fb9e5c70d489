//! The audited records side by side: outputs, decisions, labels, folds and groups.

use std::collections::BTreeSet;

use ecg_audit_ecg::{DataSet, Label, RecordInfo};
use ecg_audit_plugin::Activation;
use ecg_audit_stats::bootstrap::Groups;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::Error;
use crate::audit::Task;

/// What one network answered.
pub(crate) struct Answers {
    /// The fold that it was not trained on, where each fold has its own.
    pub held_out: Option<u32>,
    /// Position in the data set and outputs of each record, ascending.
    pub outputs: Vec<(usize, Vec<f32>)>,
}

/// The records that were encoded, in the data set's order.
#[derive(Clone)]
pub(crate) struct Cohort {
    pub task: Task,
    /// Class names; empty for a continuous target.
    pub classes: Vec<String>,
    /// Names of the outputs: the classes, or the continuous target.
    pub answers: Vec<String>,
    /// Position in the data set of each audited record.
    pub positions: Vec<usize>,
    pub ids: Vec<String>,
    /// Patient of each record, or the record itself where the data set names none.
    pub groups: Vec<String>,
    /// Fold of each record.
    pub folds: Vec<u32>,
    /// The network's outputs `[n, answers]`: of the network that was not trained on the record, where each fold has its
    /// own.
    pub outputs: Array2<f64>,
    /// Its decisions `[n, C]`.
    pub decisions: Array2<bool>,
    /// The labels `[n, C]`; all false where there is none.
    pub labels: Array2<bool>,
    /// The continuous target `[n]`, NaN where there is no label; empty for classes.
    pub values: Array1<f64>,
    /// Whether the record has a label.
    pub labelled: Vec<bool>,
    /// Outputs of every fold's network `[n, answers]`, by ascending fold; empty with one network for all.
    pub by_network: Vec<Array2<f64>>,
}

impl Cohort {
    /// From what one network, or that of every fold, answered. Records that one of them could not answer are left out.
    pub fn new(
        data: &dyn DataSet,
        fold_of: &[u32],
        activation: Activation,
        answers: Vec<Answers>,
    ) -> Result<Self, Error> {
        let task = task(data, activation)?;
        let classes = data.classes().to_vec();
        let names = match task {
            Task::Regression => vec![data.target().to_owned()],
            Task::MultiClass | Task::MultiLabel => classes.clone(),
        };
        let positions = common(&answers);
        let mut by_network = Vec::with_capacity(answers.len());
        for network in &answers {
            by_network.push(outputs(network, &positions, task, &names)?);
        }
        let folds: Vec<u32> = positions.iter().map(|p| fold_of[*p]).collect();
        let mut own = by_network
            .first()
            .cloned()
            .unwrap_or_else(|| Array2::zeros((0, names.len())));
        for (network, outputs) in answers.iter().zip(&by_network).skip(1) {
            for (row, fold) in folds.iter().enumerate() {
                if network.held_out == Some(*fold) {
                    own.row_mut(row).assign(&outputs.row(row));
                }
            }
        }
        if by_network.len() == 1 {
            by_network.clear();
        }
        let infos: Vec<&RecordInfo> = positions
            .iter()
            .map(|position| &data.records()[*position])
            .collect();
        let mut labels = Array2::from_elem((positions.len(), classes.len()), false);
        for (mut row, info) in labels.rows_mut().into_iter().zip(&infos) {
            if let Label::Classes(flags) = &info.label
                && flags.len() == classes.len()
            {
                row.iter_mut().zip(flags).for_each(|(label, flag)| *label = *flag);
            }
        }
        let group = |info: &&RecordInfo| {
            let own = || format!("record {}", info.id);
            info.group.clone().unwrap_or_else(own)
        };
        Ok(Self {
            task,
            classes,
            answers: names,
            ids: infos.iter().map(|info| info.id.clone()).collect(),
            groups: infos.iter().map(group).collect(),
            folds,
            positions,
            decisions: decide(task, own.view()),
            outputs: own,
            labels,
            values: if task == Task::Regression {
                infos.iter().map(|info| value(info)).collect()
            } else {
                Array1::zeros(0)
            },
            labelled: infos.iter().map(|info| info.label != Label::Missing).collect(),
            by_network,
        })
    }

    /// The outputs that a codebook's surrogate learns from: of that fold's network, where each fold has its own.
    pub fn outputs_under(&self, fold: usize) -> ArrayView2<'_, f64> {
        self.by_network.get(fold).unwrap_or(&self.outputs).view()
    }

    /// The decisions behind [`Cohort::outputs_under`].
    pub fn decisions_under(&self, fold: usize) -> Array2<bool> {
        match self.by_network.get(fold) {
            Some(outputs) => decide(self.task, outputs.view()),
            None => self.decisions.clone(),
        }
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
            answers: self.answers.clone(),
            positions: of(&self.positions, rows),
            ids: of(&self.ids, rows),
            groups: of(&self.groups, rows),
            folds: of(&self.folds, rows),
            outputs: self.outputs.select(Axis(0), rows),
            decisions: self.decisions.select(Axis(0), rows),
            labels: self.labels.select(Axis(0), rows),
            values: if self.values.is_empty() {
                Array1::zeros(0)
            } else {
                self.values.select(Axis(0), rows)
            },
            labelled: of(&self.labelled, rows),
            by_network: self
                .by_network
                .iter()
                .map(|outputs| outputs.select(Axis(0), rows))
                .collect(),
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

    /// Whether there is something to explain of an answer: the network decides on the class or the truth names it; always
    /// for a continuous target.
    pub fn concerns(&self, row: usize, answer: usize) -> bool {
        match self.task {
            Task::Regression => true,
            Task::MultiClass | Task::MultiLabel => {
                self.decisions[[row, answer]] || (self.labelled[row] && self.labels[[row, answer]])
            }
        }
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

/// The records that every network answered, ascending.
fn common(answers: &[Answers]) -> Vec<usize> {
    let of = |network: &Answers| -> BTreeSet<usize> { network.outputs.iter().map(|(p, _)| *p).collect() };
    let all = answers
        .iter()
        .map(of)
        .reduce(|a, b| a.intersection(&b).copied().collect());
    all.unwrap_or_default().into_iter().collect()
}

/// One network's outputs `[n, names]` for the records at `positions`.
fn outputs(
    network: &Answers,
    positions: &[usize],
    task: Task,
    names: &[String],
) -> Result<Array2<f64>, Error> {
    let width = network.outputs.first().map_or(0, |(_, outputs)| outputs.len());
    if width != names.len() {
        let whose = network.held_out.map_or_else(
            || "the network".into(),
            |fold| format!("the network of fold {fold}"),
        );
        return Err(Error::Invalid(match task {
            Task::Regression => format!("{whose} has {width} outputs; a continuous target needs one"),
            Task::MultiClass | Task::MultiLabel => format!(
                "{whose} has {width} outputs, the data set {} classes ({}); list the classes in the order of the \
                 network's outputs in `data.classes`",
                names.len(),
                names.join(", ")
            ),
        }));
    }
    let mut values = Vec::with_capacity(positions.len() * width);
    let mut next = network.outputs.iter();
    for position in positions {
        if let Some((_, outputs)) = next.find(|(p, _)| p == position) {
            values.extend(outputs.iter().map(|v| f64::from(*v)));
        }
    }
    Array2::from_shape_vec((positions.len(), width), values)
        .map_err(|_| Error::Invalid("the network's outputs differ in number between records".into()))
}

fn value(info: &RecordInfo) -> f64 {
    match info.label {
        Label::Value(value) => value,
        Label::Classes(_) | Label::Missing => f64::NAN,
    }
}

/// 0/1 decisions `[n, C]`: above 0.5 for labels that may hold at once, the most probable (ties to the first) for exactly
/// one, none for a continuous target.
pub(crate) fn decide(task: Task, probabilities: ArrayView2<'_, f64>) -> Array2<bool> {
    match task {
        Task::Regression => Array2::from_elem((probabilities.nrows(), 0), false),
        Task::MultiLabel => probabilities.mapv(|p| p > 0.5),
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
    let labels = || data.records().iter().map(|info| &info.label);
    let continuous = labels().any(|label| matches!(label, Label::Value(_)));
    let classes = labels().any(|label| matches!(label, Label::Classes(_)));
    match activation {
        Activation::Identity if classes => Err(Error::Invalid(
            "`activation = \"identity\"` names a network with a continuous output, but the data set's labels are \
             classes. Use `sigmoid` or `softmax` for a network that outputs logits of classes, or choose a continuous \
             target in `data.labels`"
                .into(),
        )),
        Activation::Identity => Ok(Task::Regression),
        Activation::Sigmoid | Activation::Softmax if continuous => Err(Error::Invalid(
            "the data set's labels are continuous, but the network's outputs are taken for logits of classes. Choose class \
             labels in `data.labels`, or `activation = \"identity\"` for a network with a continuous output"
                .into(),
        )),
        Activation::Sigmoid => Ok(Task::MultiLabel),
        Activation::Softmax => Ok(Task::MultiClass),
    }
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
