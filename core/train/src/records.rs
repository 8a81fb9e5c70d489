//! The records that can be trained on, their targets and folds.

use std::collections::{HashMap, HashSet};

use ecg_audit_ecg::{DataSet, Label, RecordInfo, Skipped, datasets};
use ndarray::Array2;

use crate::Error;
use crate::config::{Config, Task};

/// The records of a data set with what is to be learnt.
pub(crate) struct Records {
    pub(crate) data: Box<dyn DataSet>,
    pub(crate) task: Task,
    /// Names of the outputs: the classes, or the target's.
    pub(crate) outputs: Vec<String>,
    /// The fold of every record of the data set.
    pub(crate) folds: Vec<u32>,
    /// Positions in the data set of the records with a label.
    pub(crate) positions: Vec<usize>,
    /// What they are to be `[n, outputs]`: 0 or 1 per class, or the continuous target.
    pub(crate) targets: Array2<f64>,
    /// Records set aside before any signal is read.
    pub(crate) skipped: Vec<Skipped>,
}

impl Records {
    /// Opens the data set of a configuration.
    pub(crate) fn open(config: &Config) -> Result<Self, Error> {
        let section = &config.data;
        let data = datasets::open(&section.reader, &section.path, &section.options)?;
        let folds = folds(data.as_ref(), config)?;
        let continuous = data
            .records()
            .iter()
            .any(|info| matches!(info.label, Label::Value(_)));
        let task = task(config.train.task, continuous)?;
        let outputs = match task {
            Task::Regression => vec![target_name(config)],
            _ => data.classes().to_vec(),
        };
        let mut records = Self {
            skipped: data.skipped().to_vec(),
            data,
            task,
            outputs,
            folds,
            positions: Vec::new(),
            targets: Array2::zeros((0, 0)),
        };
        records.collect()?;
        Ok(records)
    }

    /// Takes up every record with a label.
    fn collect(&mut self) -> Result<(), Error> {
        let width = self.outputs.len();
        let mut values = Vec::new();
        for (position, info) in self.data.records().iter().enumerate() {
            match row(&info.label, self.task, width) {
                Ok(row) => {
                    self.positions.push(position);
                    values.extend(row);
                }
                Err(reason) => self.skipped.push(Skipped {
                    record: info.id.clone(),
                    reason,
                }),
            }
        }
        if self.positions.is_empty() {
            return Err(Error::Invalid("no record has a label to train on".into()));
        }
        self.targets = Array2::from_shape_vec((self.positions.len(), width), values)
            .map_err(|e| Error::Invalid(format!("labels: {e}")))?;
        Ok(())
    }

    /// What is known of the n-th record.
    pub(crate) fn info(&self, record: usize) -> &RecordInfo {
        &self.data.records()[self.positions[record]]
    }

    /// Its fold.
    pub(crate) fn fold(&self, record: usize) -> u32 {
        self.folds[self.positions[record]]
    }

    /// How many patients have records in more than one fold: what is held out is then not new to the network.
    pub(crate) fn split_groups(&self) -> usize {
        let mut first: HashMap<&str, u32> = HashMap::new();
        let mut split: HashSet<&str> = HashSet::new();
        for record in 0..self.positions.len() {
            let (group, fold) = (self.info(record).group.as_deref(), self.fold(record));
            if let Some(group) = group
                && *first.entry(group).or_insert(fold) != fold
            {
                split.insert(group);
            }
        }
        split.len()
    }

    /// Keeps some of the records, in the order of `kept`.
    pub(crate) fn keep(&mut self, kept: &[usize]) {
        self.positions = kept.iter().map(|record| self.positions[*record]).collect();
        self.targets = self.targets.select(ndarray::Axis(0), kept);
    }
}

/// One record's targets, or why it has none.
fn row(label: &Label, task: Task, width: usize) -> Result<Vec<f64>, String> {
    match (label, task) {
        (Label::Value(value), Task::Regression) if value.is_finite() => Ok(vec![*value]),
        (Label::Value(value), Task::Regression) => Err(format!("the target is {value}")),
        (Label::Classes(flags), Task::MultiLabel | Task::MultiClass) if flags.len() == width => {
            let positives = flags.iter().filter(|flag| **flag).count();
            if task == Task::MultiClass && positives != 1 {
                return Err(format!(
                    "{positives} classes at once; multi-class takes exactly one"
                ));
            }
            Ok(flags.iter().map(|flag| f64::from(u8::from(*flag))).collect())
        }
        (Label::Missing, _) => Err("no label".into()),
        _ => Err("a label of another kind than the others".into()),
    }
}

fn task(asked: Option<Task>, continuous: bool) -> Result<Task, Error> {
    match (asked, continuous) {
        (None | Some(Task::Regression), true) => Ok(Task::Regression),
        (None, false) => Ok(Task::MultiLabel),
        (Some(task @ (Task::MultiLabel | Task::MultiClass)), false) => Ok(task),
        (Some(Task::Regression), false) => Err(Error::Invalid(
            "`train.task` is regression, but the data set's labels are classes; name a continuous column in `data.labels`"
                .into(),
        )),
        (Some(_), true) => Err(Error::Invalid(
            "`train.task` asks for classes, but the data set's labels are continuous; choose class labels in `data.labels`"
                .into(),
        )),
    }
}

/// The name of a continuous target: what `data.labels` calls it.
fn target_name(config: &Config) -> String {
    let options = serde_json::to_value(&config.data.options).unwrap_or_default();
    match options.get("labels") {
        Some(serde_json::Value::String(name)) => name.clone(),
        _ => "target".into(),
    }
}

/// The fold of every record: the configuration's file, else the data set's own, else folds made by patient.
fn folds(data: &dyn DataSet, config: &Config) -> Result<Vec<u32>, Error> {
    let records = data.records();
    if let Some(file) = &config.data.folds_file {
        return Ok(datasets::read_folds(file, records)?);
    }
    if records.iter().all(|info| info.fold.is_none()) {
        return Ok(datasets::make_folds(records, config.train.seed)?);
    }
    let fold = |info: &RecordInfo| {
        info.fold.ok_or_else(|| {
            Error::Invalid(format!(
                "record {} has no fold, others do; give every record one",
                info.id
            ))
        })
    };
    records.iter().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_rows_of_targets() {
        let classes = Label::Classes(vec![true, false]);
        assert_eq!(row(&classes, Task::MultiLabel, 2).unwrap(), [1.0, 0.0]);
        assert_eq!(row(&Label::Value(51.5), Task::Regression, 1).unwrap(), [51.5]);
        let both = Label::Classes(vec![true, true]);
        assert!(row(&both, Task::MultiClass, 2).unwrap_err().contains("2 classes"));
        assert!(row(&Label::Value(f64::NAN), Task::Regression, 1).is_err());
        assert!(row(&Label::Missing, Task::Regression, 1).is_err());
    }

    #[test]
    fn the_task_follows_from_the_labels_or_must_fit_them() {
        assert_eq!(task(None, true).unwrap(), Task::Regression);
        assert_eq!(task(Some(Task::MultiClass), false).unwrap(), Task::MultiClass);
        assert!(task(Some(Task::MultiLabel), true).is_err());
        assert!(task(Some(Task::Regression), false).is_err());
    }
}
