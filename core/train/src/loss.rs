//! What training makes small.

use ndarray::{ArrayView1, ArrayView2};
use tch::{Kind, Reduction, Tensor};

use crate::Error;
use crate::config::Task;

/// Probabilities this near to 0 or 1 count as this far from it, as a sum of logarithms must stay finite.
const MARGIN: f64 = 1e-12;

/// Mean loss of raw outputs `[B, n]` against targets `[B, n]`, to be differentiated.
pub(crate) fn of_batch(task: Task, outputs: &Tensor, targets: &Tensor) -> Result<Tensor, Error> {
    let none = None::<&Tensor>;
    Ok(match task {
        Task::MultiLabel => {
            outputs.f_binary_cross_entropy_with_logits(targets, none, none, Reduction::Mean)?
        }
        Task::MultiClass => outputs
            .f_log_softmax(-1, Kind::Float)?
            .f_mul(targets)?
            .f_sum_dim_intlist(1i64, false, Kind::Float)?
            .f_mean(Kind::Float)?
            .f_neg()?,
        Task::Regression => outputs.f_mse_loss(targets, Reduction::Mean)?,
    })
}

/// The same of records: probabilities, or values on the standardised scale, `[n, outputs]`.
pub(crate) fn of_records(task: Task, answers: ArrayView2<'_, f64>, targets: ArrayView2<'_, f64>) -> f64 {
    let rows = answers.rows().into_iter().zip(targets.rows());
    let sum: f64 = rows
        .map(|(answers, targets)| of_record(task, answers, targets))
        .sum();
    sum / answers.nrows().max(1) as f64
}

fn of_record(task: Task, answers: ArrayView1<'_, f64>, targets: ArrayView1<'_, f64>) -> f64 {
    let pairs = answers.iter().zip(targets);
    let log = |p: f64| p.max(MARGIN).ln();
    match task {
        Task::MultiLabel => {
            let terms = pairs.map(|(p, t)| -(t * log(*p) + (1.0 - t) * log(1.0 - p)));
            terms.sum::<f64>() / answers.len() as f64
        }
        Task::MultiClass => pairs.map(|(p, t)| -t * log(*p)).sum(),
        Task::Regression => pairs.map(|(p, t)| (p - t).powi(2)).sum::<f64>() / answers.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Both forms of one loss, on two rows of logits.
    fn both(task: Task, logits: [[f32; 2]; 2], targets: [[f64; 2]; 2], answers: [[f64; 2]; 2]) -> [f64; 2] {
        let tensor = |rows: [[f32; 2]; 2]| Tensor::from_slice(&rows.concat()).view([2, 2]);
        let float = targets.map(|row| row.map(|value| value as f32));
        let batch = of_batch(task, &tensor(logits), &tensor(float)).unwrap();
        let records = of_records(
            task,
            array![answers[0], answers[1]].view(),
            array![targets[0], targets[1]].view(),
        );
        [batch.double_value(&[]), records]
    }

    fn sigmoid(x: f32) -> f64 {
        1.0 / (1.0 + (-f64::from(x)).exp())
    }

    #[test]
    fn binary_cross_entropy_by_hand() {
        let logits = [[0.0, 2.0], [-1.0, 3.0]];
        let targets = [[1.0, 0.0], [0.0, 1.0]];
        let got = both(
            Task::MultiLabel,
            logits,
            targets,
            logits.map(|row| row.map(sigmoid)),
        );
        // ln 2, ln(1 + e²), ln(1 + e⁻¹), ln(1 + e⁻³), averaged.
        let by_hand = (std::f64::consts::LN_2 + 2.126_928_01 + 0.313_261_69 + 0.048_587_35) / 4.0;
        for value in got {
            assert!((value - by_hand).abs() < 1e-6, "{value} {by_hand}");
        }
    }

    #[test]
    fn cross_entropy_by_hand() {
        let logits = [[0.0, 2.0], [-1.0, 3.0]];
        let softmax = [[1.0, 2f64.exp()], [1.0, 4f64.exp()]].map(|[a, b]| [a / (a + b), b / (a + b)]);
        let got = both(Task::MultiClass, logits, [[1.0, 0.0], [0.0, 1.0]], softmax);
        // ln(1 + e²) and ln(1 + e⁻⁴), averaged.
        let by_hand = (2.126_928_01 + 0.018_149_93) / 2.0;
        for value in got {
            assert!((value - by_hand).abs() < 1e-6, "{value} {by_hand}");
        }
    }

    #[test]
    fn squared_error_by_hand() {
        let values = [[0.5, 2.0], [-1.0, 3.0]];
        let wide = values.map(|row| row.map(f64::from));
        let got = both(Task::Regression, values, [[1.0, 0.0], [0.0, 1.0]], wide);
        for value in got {
            assert!((value - (0.25 + 4.0 + 1.0 + 4.0) / 4.0).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn certainty_that_is_wrong_stays_finite() {
        let loss = of_records(Task::MultiLabel, array![[0.0]].view(), array![[1.0]].view());
        assert!(loss.is_finite() && loss > 20.0);
    }
}
