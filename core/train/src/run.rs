//! A whole run: from the configuration to a folder of networks.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ecg_audit_ecg::datasets;
use ecg_audit_ecg::preprocess::Pipeline;
use tch::Device;

use crate::card::Card;
use crate::config::Config;
use crate::fold::Shared;
use crate::folder::{CACHE, Folder, SKIPPED};
use crate::plan::Plan;
use crate::records::Records;
use crate::signals::Signals;
use crate::split::{Split, splits};
use crate::watch::{Epoch, Watch};
use crate::{Error, answers, device, files, fold};

/// Records that are looked at for the size of the network's input.
const PROBED: usize = 20;

/// Trains every fold that is asked for and not finished yet; the final table.
///
/// # Errors
/// Whatever kept the run from its end. What was done is kept: the same call goes on from there.
pub fn run(config: &Config, out: &Path, watch: &dyn Watch) -> Result<String, Error> {
    let device = ecg_audit_libtorch::device(&config.train.device)
        .map_err(|error| Error::Invalid(format!("`train.device`: {error}")))?;
    device::deterministic()?;
    tch::set_num_threads(threads_of(config.train.fold_threads));
    let mut records = Records::open(config)?;
    // Before anything is read at length: are the folds there, does the network fit?
    let all = splits(&records, config.train.folds.as_deref())?;
    probe(config, &records)?;
    let folder = Folder::open(config, out)?;
    let waiting = |split: &Split| Ok(Card::read(out, split.held_out)?.is_none());
    let unfinished = all
        .iter()
        .map(waiting)
        .collect::<Result<Vec<bool>, Error>>()?
        .into_iter()
        .any(|waiting| waiting);
    let threads = config
        .train
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1);
    if unfinished {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| Error::Invalid(format!("cannot start {threads} threads: {e}")))?;
        let signals = pool.install(|| Signals::open(&out.join(CACHE), config, &mut records, watch))?;
        datasets::write_folds(&out.join("folds.csv"), records.data.records(), &records.folds)?;
        if !records.skipped.is_empty() {
            watch.note(&format!(
                "{} records are set aside: see train.json",
                records.skipped.len()
            ));
        }
        let groups = records.split_groups();
        if groups > 0 {
            watch.note(&format!(
                "{groups} patients have records in more than one fold: their held-out records are not new to the network"
            ));
        }
        let plan = Plan::new(
            &config.network,
            signals.index.leads,
            signals.index.samples,
            records.outputs.len(),
        )?;
        let shared = Shared {
            config,
            records: &records,
            signals: &signals,
            plan: &plan,
            device,
            watch,
            out,
        };
        let splits = splits(&records, config.train.folds.as_deref())?;
        side_by_side(&shared, &splits, threads)?;
        files::write_json(&out.join(SKIPPED), &records.skipped)?;
    }
    folder.finish(watch)
}

fn threads_of(threads: usize) -> i32 {
    i32::try_from(threads).unwrap_or(1)
}

/// Checks the network's dimensions on the first record that can be used.
fn probe(config: &Config, records: &Records) -> Result<(), Error> {
    let pipeline = Pipeline::new(&config.preprocess.steps, config.preprocess.window)?;
    let mut prepared = records.positions.iter().take(PROBED).filter_map(|position| {
        let signal = records.data.read(*position).ok()?;
        pipeline.apply(&signal).ok()
    });
    if let Some(first) = prepared.next() {
        Plan::new(
            &config.network,
            first.signal.nrows(),
            first.window_length,
            records.outputs.len(),
        )?;
    }
    Ok(())
}

/// Trains folds, several at a time on the CPU. A fold's result does not depend on its neighbours: each has a thread, a
/// random generator and a network of its own.
fn side_by_side(shared: &Shared<'_>, splits: &[Split], threads: usize) -> Result<(), Error> {
    let train = &shared.config.train;
    let workers = match shared.device {
        Device::Cpu => (threads / train.fold_threads).clamp(1, splits.len().max(1)),
        _ => 1,
    };
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let errors: Mutex<Vec<(usize, Error)>> = Mutex::default();
    let watch = UntilFailure {
        inner: shared.watch,
        failed: &failed,
    };
    let shared = Shared {
        watch: &watch,
        ..*shared
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                tch::set_num_threads(threads_of(train.fold_threads));
                while let Some((number, split)) = take(&next, splits) {
                    if let Err(error) = one(&shared, split) {
                        failed.store(true, Ordering::Relaxed);
                        let mut errors = errors.lock().unwrap_or_else(|broken| broken.into_inner());
                        errors.push((number, error));
                        return;
                    }
                }
            });
        }
    });
    let mut errors = errors.into_inner().unwrap_or_else(|broken| broken.into_inner());
    // The cause first, not the neighbours that it stopped.
    errors.sort_by_key(|(number, error)| (matches!(error, Error::Stopped), *number));
    errors.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
}

fn take<'a>(next: &AtomicUsize, splits: &'a [Split]) -> Option<(usize, &'a Split)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    splits.get(number).map(|split| (number, split))
}

/// One fold, unless it is finished; its checkpoint goes once its card is there.
fn one(shared: &Shared<'_>, split: &Split) -> Result<(), Error> {
    let fold = split.held_out;
    let file = shared.checkpoint(fold);
    if Card::read(shared.out, fold)?.is_some() {
        return files::remove(&file);
    }
    if shared.watch.stopped() {
        return Err(Error::Stopped);
    }
    let outcome = fold::train(shared, split)?;
    let ids: Vec<[String; 2]> = split
        .test
        .iter()
        .map(|record| {
            let info = shared.records.info(*record);
            let own = || format!("record {}", info.id);
            [info.id.clone(), info.group.clone().unwrap_or_else(own)]
        })
        .collect();
    let targets = shared.records.targets.select(ndarray::Axis(0), &split.test);
    answers::write(
        &answers::path(shared.out, fold),
        &ids,
        &shared.records.outputs,
        outcome.answers.view(),
        targets.view(),
    )?;
    let card = Card::new(shared, split, &outcome)?;
    files::write_json(&Card::path(shared.out, fold), &card)?;
    files::remove(&file)?;
    let figure = Card::figure(&card.metrics).map_or("–".into(), |figure| format!("{figure:.3}"));
    let name = if card.metrics.mae.is_some() {
        "MAE"
    } else {
        "AUROC"
    };
    let text = format!(
        "{} epochs, best {}, held-out {name} {figure}, {:.1} s",
        card.epochs, card.best_epoch, card.timing.seconds
    );
    shared.watch.fold_done(fold, &text);
    Ok(())
}

/// Stops the other folds once one has failed.
struct UntilFailure<'a> {
    inner: &'a dyn Watch,
    failed: &'a AtomicBool,
}

impl Watch for UntilFailure<'_> {
    fn preparing(&self, records: usize) {
        self.inner.preparing(records);
    }
    fn prepared(&self, records: usize) {
        self.inner.prepared(records);
    }
    fn fold(&self, fold: u32, epoch: usize, epochs: usize) {
        self.inner.fold(fold, epoch, epochs);
    }
    fn epoch(&self, fold: u32, epoch: &Epoch) {
        self.inner.epoch(fold, epoch);
    }
    fn fold_done(&self, fold: u32, text: &str) {
        self.inner.fold_done(fold, text);
    }
    fn note(&self, text: &str) {
        self.inner.note(text);
    }
    fn stopped(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.inner.stopped()
    }
}
