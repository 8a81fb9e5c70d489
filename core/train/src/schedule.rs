//! The learning rate, and when to stop.

use serde::{Deserialize, Serialize};

use crate::config::Train;

/// Bears `patience` epochs in a row without a better validation loss and lowers the learning rate by `factor` after the
/// next, as PyTorch's `ReduceLROnPlateau` does; ends when the rate would fall below its minimum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) rate: f64,
    pub(crate) best_loss: Option<f64>,
    /// Epochs, from 1; 0 before the first.
    pub(crate) best_epoch: usize,
    waited: usize,
    pub(crate) finished: bool,
}

impl Schedule {
    pub(crate) fn new(train: &Train) -> Self {
        Self {
            rate: train.learning_rate,
            best_loss: None,
            best_epoch: 0,
            waited: 0,
            finished: false,
        }
    }

    /// Takes the validation loss of an epoch (from 1); whether it is the best so far.
    pub(crate) fn step(&mut self, train: &Train, epoch: usize, loss: f64) -> bool {
        let better = self.best_loss.is_none_or(|best| loss < best);
        if better {
            self.best_loss = Some(loss);
            self.best_epoch = epoch;
            self.waited = 0;
        } else {
            self.waited += 1;
            if self.waited > train.patience {
                self.waited = 0;
                let next = self.rate * train.factor;
                if next < train.min_learning_rate || next == 0.0 {
                    self.finished = true;
                } else {
                    self.rate = next;
                }
            }
        }
        self.finished |= epoch >= train.epochs;
        better
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train() -> Train {
        serde_json::from_value(serde_json::json!({
            "name": "x", "epochs": 20, "patience": 2, "factor": 0.1, "learning_rate": 0.01, "min_learning_rate": 0.0009
        }))
        .unwrap()
    }

    #[test]
    fn the_rate_falls_after_patience_and_training_ends_below_the_minimum() {
        let (train, mut schedule) = (train(), Schedule::new(&train()));
        let losses = [1.0, 0.9, 0.95, 0.9, 0.91, 0.8, 0.81, 0.82, 0.83];
        let rates: Vec<f64> = (1..)
            .zip(losses)
            .map(|(epoch, loss)| {
                schedule.step(&train, epoch, loss);
                schedule.rate
            })
            .collect();
        // Epochs 3 to 5 are no better (a tie is not), so the rate falls after 5; after 9 it would, below the minimum.
        assert_eq!(&rates[..5], [0.01, 0.01, 0.01, 0.01, 0.001]);
        assert!(schedule.finished);
        assert_eq!((schedule.best_epoch, schedule.best_loss), (6, Some(0.8)));
        assert_eq!(rates[8], 0.001);
    }

    #[test]
    fn the_last_epoch_ends_training() {
        let (train, mut schedule) = (train(), Schedule::new(&train()));
        for epoch in 1..20 {
            assert!(schedule.step(&train, epoch, 1.0 / epoch as f64));
            assert!(!schedule.finished);
        }
        schedule.step(&train, 20, 0.0);
        assert!(schedule.finished);
    }
}
