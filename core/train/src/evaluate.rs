//! A network's answers per record.

use ecg_audit_ecg::preprocess::Aggregate;
use ndarray::{Array2, ArrayView2};
use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::batches::Source;
use crate::config::Task;

/// Answers `[n, outputs]` to some records: probabilities, or values for a continuous target. The windows of a record become
/// one answer as in an audit: each output's mean or maximum after the activation.
pub(crate) fn answers(
    source: &Source<'_>,
    records: &[usize],
    task: Task,
    aggregate: Option<Aggregate>,
    batch: usize,
    forward: impl Fn(&Tensor) -> Result<Tensor, Error>,
) -> Result<Array2<f64>, Error> {
    let _guard = tch::no_grad_guard();
    let width = source.targets.ncols();
    let mut rows = Vec::with_capacity(records.len() * width);
    let mut waiting: Vec<usize> = Vec::new();
    let mut windows = Vec::new();
    let mut count = 0;
    for (i, record) in records.iter().enumerate() {
        let own = source.signals.windows(*record);
        source.signals.read(*record, 0, own, &mut windows)?;
        waiting.push(own);
        count += own;
        if count >= batch || i + 1 == records.len() {
            let raw = forward(&source.tensor(&windows)?)?;
            let answers = activated(&raw, task, width)?;
            let mut first = 0;
            for own in waiting.drain(..) {
                let part = answers.slice(ndarray::s![first..first + own, ..]);
                rows.extend(over_windows(part, aggregate));
                first += own;
            }
            windows.clear();
            count = 0;
        }
    }
    Array2::from_shape_vec((records.len(), width), rows)
        .map_err(|e| Error::Invalid(format!("the network's outputs: {e}")))
}

fn activated(raw: &Tensor, task: Task, width: usize) -> Result<Array2<f64>, Error> {
    let wide = raw.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?;
    let answers = match task {
        Task::MultiLabel => wide.f_sigmoid()?,
        Task::MultiClass => wide.f_softmax(-1, Kind::Double)?,
        Task::Regression => wide,
    };
    let rows = usize::try_from(answers.size().first().copied().unwrap_or(0)).unwrap_or(0);
    let mut values = vec![0.0; answers.numel()];
    answers
        .f_contiguous()?
        .f_copy_data(&mut values, answers.numel())?;
    Array2::from_shape_vec((rows, width), values)
        .map_err(|e| Error::Invalid(format!("the network's outputs: {e}")))
}

fn over_windows(windows: ArrayView2<'_, f64>, aggregate: Option<Aggregate>) -> Vec<f64> {
    let columns = windows.columns().into_iter();
    match aggregate {
        Some(Aggregate::Mean) => columns
            .map(|column| column.sum() / column.len().max(1) as f64)
            .collect(),
        // A NaN stays one: a maximum would hide it.
        Some(Aggregate::Max) | None => columns
            .map(|column| {
                column.iter().copied().fold(f64::NEG_INFINITY, |a, b| {
                    if a.is_nan() || b.is_nan() {
                        f64::NAN
                    } else {
                        a.max(b)
                    }
                })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn windows_become_one_answer() {
        let windows = array![[0.1, 0.8], [0.5, 0.2]];
        assert_eq!(over_windows(windows.view(), Some(Aggregate::Mean)), [0.3, 0.5]);
        assert_eq!(over_windows(windows.view(), Some(Aggregate::Max)), [0.5, 0.8]);
        let broken = over_windows(array![[f64::NAN], [0.5]].view(), Some(Aggregate::Max));
        assert!(broken[0].is_nan());
    }
}
