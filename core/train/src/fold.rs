//! One fold: trained to its end, saved and measured.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ecg_audit_ecg::preprocess::Aggregate;
use ndarray::{Array2, Axis};
use tch::{Device, Tensor};

use crate::adam::Adam;
use crate::batches::Source;
use crate::card::Outcome;
use crate::checkpoint::{Point, Progress};
use crate::config::{Config, Task};
use crate::device::Generator;
use crate::epoch::Trainer;
use crate::metrics::Answered;
use crate::network::Network;
use crate::plan::Plan;
use crate::random::Purpose;
use crate::records::Records;
use crate::schedule::Schedule;
use crate::script::Scale;
use crate::signals::Signals;
use crate::split::{Split, constant};
use crate::watch::{Epoch, Watch};
use crate::{Error, checkpoint, evaluate, files, random, script};

/// What all folds share.
pub(crate) struct Shared<'a> {
    pub(crate) config: &'a Config,
    pub(crate) records: &'a Records,
    pub(crate) signals: &'a Signals,
    pub(crate) plan: &'a Plan,
    pub(crate) device: Device,
    pub(crate) watch: &'a dyn Watch,
    /// The run's folder.
    pub(crate) out: &'a Path,
}

impl Shared<'_> {
    fn aggregate(&self) -> Option<Aggregate> {
        self.config.preprocess.window.map(|window| window.aggregate)
    }

    /// Where a fold's checkpoint is.
    pub(crate) fn checkpoint(&self, fold: u32) -> PathBuf {
        self.out.join(CHECKPOINTS).join(format!("fold{fold}.safetensors"))
    }
}

/// The folder of checkpoints, within the run's.
pub(crate) const CHECKPOINTS: &str = "checkpoints";

/// The file of a fold's network.
pub(crate) fn network_file(fold: u32) -> String {
    format!("fold{fold}.pt")
}

/// Trains one fold, from its checkpoint if there is one, and writes its network.
pub(crate) fn train(shared: &Shared<'_>, split: &Split) -> Result<Outcome, Error> {
    let (records, fold) = (shared.records, split.held_out);
    let constant = constant(
        records.targets.view(),
        &split.train,
        &records.outputs,
        records.task,
    )
    .map_err(|reason| Error::Invalid(format!("fold {fold}: {reason}")))?;
    if !constant.is_empty() {
        shared.watch.note(&format!(
            "fold {fold}: the same in all training records, so that it cannot be learnt: {}",
            constant.join(", ")
        ));
    }
    let scale = scale(records, split);
    let targets = records.targets.mapv(|target| (target - scale.mean) / scale.sd);
    let steps = targets.mapv(|target| target as f32);
    let trainer = Trainer {
        train: &shared.config.train,
        task: records.task,
        aggregate: shared.aggregate(),
        source: Source {
            signals: shared.signals,
            targets: &steps,
            device: shared.device,
        },
        targets: &targets,
        split,
        watch: shared.watch,
    };
    let (network, progress) = learn(shared, &trainer)?;
    let path = save(shared, &network, scale, fold)?;
    let answers = answers(shared, &trainer.source, &path, &split.test)?;
    let own = records.targets.select(Axis(0), &split.test);
    let mean = records
        .targets
        .select(Axis(0), &split.train)
        .mean()
        .unwrap_or(0.0);
    let metrics = Answered {
        answers: answers.view(),
        targets: own.view(),
        means: &vec![mean; split.test.len()],
        outputs: &records.outputs,
        constant: &constant,
    }
    .metrics(records.task)?;
    Ok(Outcome {
        constant,
        scale: (records.task == Task::Regression).then_some(scale),
        training_mean: mean,
        parameters: network.parameters(),
        progress,
        sha256: files::sha256(&path)?,
        metrics,
        answers,
    })
}

/// The training records' mean and standard deviation of a continuous target.
fn scale(records: &Records, split: &Split) -> Scale {
    if records.task != Task::Regression {
        return Scale::NONE;
    }
    let own = records.targets.select(Axis(0), &split.train);
    Scale {
        mean: own.mean().unwrap_or(0.0),
        sd: own.std(0.0),
    }
}

/// Epoch after epoch; the best network and how it came about.
fn learn(shared: &Shared<'_>, trainer: &Trainer<'_>) -> Result<(Network, Progress), Error> {
    let (train, fold) = (trainer.train, trainer.split.held_out);
    let mut rng = random::stream(train.seed, fold, 0, Purpose::Weights);
    let mut network = Network::new(shared.plan.clone(), shared.device, &mut rng)?;
    let mut adam = Adam::new(&network)?;
    let mut generator = Generator::new(shared.device)?;
    let file = shared.checkpoint(fold);
    let kept = checkpoint::read(&file, &mut network, &mut adam)?;
    let (mut progress, mut best) = match kept {
        Some(kept) => kept,
        None => (Progress::new(Schedule::new(train)), Vec::new()),
    };
    shared.watch.fold(fold, progress.epoch, train.epochs);
    while !progress.schedule.finished {
        let start = Instant::now();
        let (epoch, rate) = (progress.epoch + 1, progress.schedule.rate);
        let (training_loss, windows) = trainer.train(&network, &mut adam, &mut generator, epoch, rate)?;
        progress.training_seconds += start.elapsed().as_secs_f64();
        let validation_loss = trainer.validate(&network, epoch)?;
        let better = progress.schedule.step(train, epoch, validation_loss);
        if better {
            best = network.snapshot()?;
        }
        progress.epoch = epoch;
        progress.curve.push(Point {
            epoch,
            learning_rate: rate,
            training_loss,
            validation_loss,
        });
        progress.windows += windows;
        progress.seconds += start.elapsed().as_secs_f64();
        checkpoint::write(&file, &progress, &network, &best, &adam)?;
        shared.watch.epoch(
            fold,
            &Epoch {
                number: epoch,
                training_loss,
                validation_loss,
                best: better,
                learning_rate: rate,
            },
        );
    }
    network.restore(&best)?;
    Ok((network, progress))
}

impl Progress {
    fn new(schedule: Schedule) -> Self {
        Self {
            epoch: 0,
            schedule,
            curve: Vec::new(),
            seconds: 0.0,
            training_seconds: 0.0,
            windows: 0,
        }
    }
}

/// Writes the network's file; the folder it is written in first holds nothing else of that name.
fn save(shared: &Shared<'_>, network: &Network, scale: Scale, fold: u32) -> Result<PathBuf, Error> {
    let name = network_file(fold);
    let (partial, path) = (shared.out.join(CHECKPOINTS).join(&name), shared.out.join(&name));
    script::save(network, scale, &partial)?;
    std::fs::rename(&partial, &path).map_err(Error::io(&path))?;
    Ok(path)
}

/// The answers of a network's file to some records, on the target's own scale.
fn answers(
    shared: &Shared<'_>,
    source: &Source<'_>,
    path: &Path,
    records: &[usize],
) -> Result<Array2<f64>, Error> {
    let module = script::load(path, shared.device)?;
    evaluate::answers(
        source,
        records,
        shared.records.task,
        shared.aggregate(),
        shared.config.train.batch,
        |signals: &Tensor| Ok(module.forward_ts(&[signals])?),
    )
}
