//! What is written beside each network: how it came about, and how well it answers the records that were held out.

use std::path::{Path, PathBuf};

use ecg_audit_engine::config::Preprocess;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::{Point, Progress};
use crate::config::{Network, Task, Train};
use crate::fold::{Shared, network_file};
use crate::metrics::Metrics;
use crate::script::Scale;
use crate::split::Split;
use crate::{Error, device, files};

/// What a fold came to.
pub(crate) struct Outcome {
    /// Classes that were the same in all training records.
    pub(crate) constant: Vec<String>,
    pub(crate) scale: Option<Scale>,
    /// Mean target of the training records.
    pub(crate) training_mean: f64,
    pub(crate) parameters: usize,
    pub(crate) progress: Progress,
    pub(crate) sha256: String,
    pub(crate) metrics: Metrics,
    /// Answers to the held-out records.
    pub(crate) answers: Array2<f64>,
}

/// `fold{fold}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// The network's file, beside the card.
    pub(crate) model: String,
    /// Its SHA-256.
    pub(crate) sha256: String,
    /// Names of the outputs in their order; of a continuous target its own.
    pub(crate) classes: Vec<String>,
    pub(crate) task: Task,
    pub(crate) held_out: u32,
    pub(crate) validation: u32,
    pub(crate) trained_on: Vec<u32>,
    pub(crate) seed: u64,
    /// On the held-out records.
    pub(crate) metrics: Metrics,
    /// Classes that were the same in all training records, so that they could not be learnt.
    pub(crate) constant: Vec<String>,
    pub(crate) records: Parts,
    /// Mean and standard deviation of the target, which the network's outputs contain already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Scale>,
    pub(crate) training_mean: f64,
    pub(crate) epochs: usize,
    pub(crate) best_epoch: usize,
    pub(crate) curve: Vec<Point>,
    pub(crate) parameters: usize,
    pub(crate) network: Network,
    /// Leads and samples of its input.
    pub(crate) input: [usize; 2],
    pub(crate) train: Train,
    pub(crate) data: Value,
    pub(crate) preprocess: Preprocess,
    pub(crate) software: Software,
    /// All that differs from run to run.
    pub(crate) timing: Timing,
}

/// Records in each part.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) training: usize,
    pub(crate) validation: usize,
    pub(crate) held_out: usize,
}

/// What made the network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Software {
    ecg_audit_train: String,
    libtorch: String,
}

impl Software {
    pub(crate) fn own() -> Self {
        Self {
            ecg_audit_train: env!("CARGO_PKG_VERSION").into(),
            libtorch: device::version(),
        }
    }
}

/// How long it took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Timing {
    pub(crate) seconds: f64,
    /// Windows per second in training steps, reading counted in.
    pub(crate) windows_per_second: f64,
}

/// The version of the cards' form.
pub(crate) const SCHEMA: &str = "ecg-audit-train/1";

impl Card {
    pub(crate) fn new(shared: &Shared<'_>, split: &Split, outcome: &Outcome) -> Result<Self, Error> {
        let (config, progress) = (shared.config, &outcome.progress);
        let mut data = serde_json::to_value(&config.data)
            .map_err(|e| Error::Invalid(format!("the configuration: {e}")))?;
        if let Some(data) = data.as_object_mut() {
            data.insert(
                "signals_sha256".into(),
                shared.signals.index.sha256.clone().into(),
            );
        }
        let train = Train {
            threads: None,
            folds: None,
            ..config.train.clone()
        };
        Ok(Self {
            schema: SCHEMA.into(),
            name: train.name.clone(),
            model: network_file(split.held_out),
            sha256: outcome.sha256.clone(),
            classes: shared.records.outputs.clone(),
            task: shared.records.task,
            held_out: split.held_out,
            validation: split.validation,
            trained_on: split.trained_on.clone(),
            seed: train.seed,
            metrics: outcome.metrics.clone(),
            constant: outcome.constant.clone(),
            records: Parts {
                training: split.train.len(),
                validation: split.validate.len(),
                held_out: split.test.len(),
            },
            target: outcome.scale,
            training_mean: outcome.training_mean,
            epochs: progress.epoch,
            best_epoch: progress.schedule.best_epoch,
            curve: progress.curve.clone(),
            parameters: outcome.parameters,
            network: config.network.clone(),
            input: [shared.plan.leads, shared.plan.samples],
            train,
            data,
            preprocess: config.preprocess.clone(),
            software: Software::own(),
            timing: Timing {
                seconds: progress.seconds,
                windows_per_second: progress.windows as f64 / progress.training_seconds.max(1e-9),
            },
        })
    }

    /// The card of a fold, if it is finished.
    pub(crate) fn read(out: &Path, fold: u32) -> Result<Option<Self>, Error> {
        files::read_json(&Self::path(out, fold))
    }

    /// Where it lies.
    pub(crate) fn path(out: &Path, fold: u32) -> PathBuf {
        out.join(format!("fold{fold}.json"))
    }

    /// The figure that a table shows: mean soft AUROC, or the mean absolute error.
    pub(crate) fn figure(metrics: &Metrics) -> Option<f64> {
        metrics.auroc_soft.or(metrics.mae)
    }
}
