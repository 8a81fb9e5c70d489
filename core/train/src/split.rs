//! Which records a fold's network learns from.

use std::collections::BTreeSet;

use ndarray::{ArrayView2, Axis};

use crate::Error;
use crate::config::Task;
use crate::records::Records;

/// One held-out fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) held_out: u32,
    /// The next fold, cyclically: it chooses the epoch.
    pub(crate) validation: u32,
    pub(crate) trained_on: Vec<u32>,
    /// Records of each part.
    pub(crate) test: Vec<usize>,
    pub(crate) validate: Vec<usize>,
    pub(crate) train: Vec<usize>,
}

/// The splits of the folds asked for (all where none are), in ascending order.
pub(crate) fn splits(records: &Records, asked: Option<&[u32]>) -> Result<Vec<Split>, Error> {
    let of: Vec<u32> = (0..records.positions.len())
        .map(|record| records.fold(record))
        .collect();
    let names: Vec<u32> = of.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if names.len() < 3 {
        return Err(Error::Invalid(format!(
            "the records that can be used lie in {} folds; expected at least 3: one is held out, one chooses the epoch, the \
             others are trained on",
            names.len()
        )));
    }
    let wanted: BTreeSet<u32> = asked.map_or_else(
        || names.iter().copied().collect(),
        |asked| asked.iter().copied().collect(),
    );
    wanted
        .into_iter()
        .map(|held_out| {
            let at = names.iter().position(|name| *name == held_out).ok_or_else(|| {
                let list: Vec<String> = names.iter().map(ToString::to_string).collect();
                Error::Invalid(format!(
                    "fold {held_out} was asked for; the data set's folds are {}",
                    list.join(", ")
                ))
            })?;
            Ok(split(&of, &names, at))
        })
        .collect()
}

fn split(of: &[u32], names: &[u32], at: usize) -> Split {
    let held_out = names[at];
    let validation = names[(at + 1) % names.len()];
    let part = |keep: &dyn Fn(u32) -> bool| {
        let numbered = of.iter().enumerate();
        numbered
            .filter(|(_, fold)| keep(**fold))
            .map(|(record, _)| record)
            .collect()
    };
    let trained = |fold: u32| fold != held_out && fold != validation;
    Split {
        held_out,
        validation,
        trained_on: names.iter().copied().filter(|fold| trained(*fold)).collect(),
        test: part(&|fold| fold == held_out),
        validate: part(&|fold| fold == validation),
        train: part(&trained),
    }
}

/// Names of the outputs that are the same in every training record: nothing can be learnt of them.
pub(crate) fn constant(
    targets: ArrayView2<'_, f64>,
    train: &[usize],
    outputs: &[String],
    task: Task,
) -> Result<Vec<String>, String> {
    let own = targets.select(Axis(0), train);
    let constant: Vec<String> = outputs
        .iter()
        .zip(own.columns())
        .filter(|(_, column)| column.iter().all(|value| Some(value) == column.first()))
        .map(|(name, _)| name.clone())
        .collect();
    if constant.len() < outputs.len() {
        return Ok(constant);
    }
    let what = match task {
        Task::Regression => "the target is",
        _ => "every class is",
    };
    Err(format!(
        "{what} the same in all {} training records: there is nothing to learn",
        train.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_next_fold_validates_cyclically() {
        let of = [1, 2, 5, 5, 1];
        let names = [1, 2, 5];
        let last = split(&of, &names, 2);
        assert_eq!((last.held_out, last.validation), (5, 1));
        assert_eq!(last.trained_on, [2]);
        assert_eq!(
            (last.test, last.validate, last.train),
            (vec![2, 3], vec![0, 4], vec![1])
        );
    }

    #[test]
    fn constant_classes_are_named_and_nothing_but_constants_is_refused() {
        let targets = array![[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]];
        let outputs = ["a".to_owned(), "b".to_owned()];
        let of = |train: &[usize]| constant(targets.view(), train, &outputs, Task::MultiLabel);
        assert_eq!(of(&[0, 1, 2]).unwrap(), [""; 0]);
        assert_eq!(of(&[0, 1]).unwrap(), ["b"]);
        assert!(of(&[0]).unwrap_err().contains("all 1 training records"));
    }
}
