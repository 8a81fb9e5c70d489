//! One pass over the training records, and the validation loss after it.

use ecg_audit_ecg::preprocess::Aggregate;
use ndarray::Array2;

use crate::adam::Adam;
use crate::batches::Source;
use crate::config::{Task, Train};
use crate::device::{Generator, autocast};
use crate::network::{Mode, Network};
use crate::random::{self, Purpose};
use crate::split::Split;
use crate::watch::Watch;
use crate::{Error, evaluate, loss};

/// What an epoch needs beside the network.
pub(crate) struct Trainer<'a> {
    pub(crate) train: &'a Train,
    pub(crate) task: Task,
    pub(crate) aggregate: Option<Aggregate>,
    pub(crate) source: Source<'a>,
    /// What records are held against in validation, `[n, outputs]`.
    pub(crate) targets: &'a Array2<f64>,
    pub(crate) split: &'a Split,
    pub(crate) watch: &'a dyn Watch,
}

impl Trainer<'_> {
    /// One epoch (from 1) of training at a learning rate; the mean loss and the number of windows.
    pub(crate) fn train(
        &self,
        network: &Network,
        adam: &mut Adam,
        generator: &mut Generator,
        epoch: usize,
        rate: f64,
    ) -> Result<(f64, usize), Error> {
        let (seed, fold) = (self.train.seed, self.split.held_out);
        let mut rng = random::stream(seed, fold, epoch, Purpose::Order);
        let batches = self.source.order(&self.split.train, self.train.batch, &mut rng);
        generator.seed(random::seed(seed, fold, epoch, Purpose::Dropout));
        let (mut sum, mut windows) = (0.0, 0);
        self.source.each(&batches, |batch| {
            if self.watch.stopped() {
                return Err(Error::Stopped);
            }
            let loss = autocast(self.train.mixed_precision, || {
                let outputs = network.forward(&batch.signals, &mut Mode::Train(generator))?;
                loss::of_batch(self.task, &outputs.f_to_kind(tch::Kind::Float)?, &batch.targets)
            })?;
            let value = loss.f_double_value(&[])?;
            if !value.is_finite() {
                return Err(self.not_finite("training", epoch));
            }
            sum += value * batch.rows as f64;
            windows += batch.rows;
            adam.step(network, &loss, rate, self.train.weight_decay)
        })?;
        Ok((sum / windows.max(1) as f64, windows))
    }

    /// The loss over the validation records.
    pub(crate) fn validate(&self, network: &Network, epoch: usize) -> Result<f64, Error> {
        let records = &self.split.validate;
        let answers = self.answers(network, records)?;
        let targets = self.targets.select(ndarray::Axis(0), records);
        let loss = loss::of_records(self.task, answers.view(), targets.view());
        if loss.is_finite() && answers.iter().all(|answer| answer.is_finite()) {
            Ok(loss)
        } else {
            Err(self.not_finite("validation", epoch))
        }
    }

    fn answers(&self, network: &Network, records: &[usize]) -> Result<Array2<f64>, Error> {
        evaluate::answers(
            &self.source,
            records,
            self.task,
            self.aggregate,
            self.train.batch,
            |signals| {
                autocast(self.train.mixed_precision, || {
                    network.forward(signals, &mut Mode::Eval)
                })
            },
        )
    }

    fn not_finite(&self, what: &str, epoch: usize) -> Error {
        Error::Invalid(format!(
            "fold {}: the {what} loss of epoch {epoch} is not finite; lower `train.learning_rate` ({}), or bring the signals \
             to the order of 1 (a `standardize` step)",
            self.split.held_out, self.train.learning_rate
        ))
    }
}
