//! `train.json`: all folds of a run side by side, and their answers taken together.

use std::collections::BTreeMap;
use std::path::Path;

use ecg_audit_ecg::Skipped;
use ecg_audit_stats::auroc::RankedClasses;
use ecg_audit_stats::bootstrap::{Bootstrap, Groups, Interval};
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use serde::Serialize;

use crate::answers::{self, Answers};
use crate::card::{Card, SCHEMA, Software};
use crate::config::Task;
use crate::metrics::{Answered, Metrics};
use crate::{Error, files};

/// The report's name.
pub(crate) const FILE: &str = "train.json";

/// Seed of the bootstrap, which is no part of the training.
const SEED: u64 = 0;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'a str,
    name: &'a str,
    task: Task,
    classes: &'a [String],
    folds: Vec<Fold<'a>>,
    /// Mean and standard deviation over folds of each figure that all folds have.
    over_folds: BTreeMap<String, Spread>,
    /// Figures of all held-out records taken together.
    out_of_fold: &'a Metrics,
    /// 95 % intervals by a bootstrap over patients.
    intervals: BTreeMap<&'static str, Bounds>,
    skipped: &'a [Skipped],
    software: Software,
}

#[derive(Serialize)]
struct Fold<'a> {
    held_out: u32,
    validation: u32,
    model: &'a str,
    sha256: &'a str,
    epochs: usize,
    best_epoch: usize,
    metrics: &'a Metrics,
}

#[derive(Serialize)]
struct Spread {
    mean: f64,
    sd: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Bounds {
    pub(crate) estimate: f64,
    pub(crate) ci95: [f64; 2],
}

impl From<Interval> for Bounds {
    fn from(interval: Interval) -> Self {
        Self {
            estimate: interval.estimate,
            ci95: [interval.low, interval.high],
        }
    }
}

/// Figures of all held-out records taken together.
pub(crate) struct Pooled {
    pub(crate) metrics: Metrics,
    pub(crate) intervals: BTreeMap<&'static str, Bounds>,
}

/// Takes the finished folds of a run together, and writes `train.json`.
pub(crate) fn write(out: &Path, cards: &[Card], skipped: &[Skipped]) -> Result<Pooled, Error> {
    let Some(first) = cards.first() else {
        return Err(Error::Invalid("no fold is finished".into()));
    };
    let pooled = pool(out, cards, first)?;
    let report = Report {
        schema: SCHEMA,
        name: &first.name,
        task: first.task,
        classes: &first.classes,
        folds: cards.iter().map(fold).collect(),
        over_folds: over_folds(cards)?,
        out_of_fold: &pooled.metrics,
        intervals: pooled.intervals.clone(),
        skipped,
        software: Software::own(),
    };
    files::write_json(&out.join(FILE), &report)?;
    Ok(pooled)
}

fn fold(card: &Card) -> Fold<'_> {
    Fold {
        held_out: card.held_out,
        validation: card.validation,
        model: &card.model,
        sha256: &card.sha256,
        epochs: card.epochs,
        best_epoch: card.best_epoch,
        metrics: &card.metrics,
    }
}

fn over_folds(cards: &[Card]) -> Result<BTreeMap<String, Spread>, Error> {
    let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for card in cards {
        let metrics = serde_json::to_value(&card.metrics)
            .map_err(|e| Error::Invalid(format!("fold {}: {e}", card.held_out)))?;
        for (name, value) in metrics.as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64().filter(|_| name != "records") {
                columns.entry(name.clone()).or_default().push(value);
            }
        }
    }
    let complete = columns
        .into_iter()
        .filter(|(_, values)| values.len() == cards.len());
    let spread = complete.map(|(name, values)| {
        let values = ndarray::Array1::from(values);
        let sd = if values.len() > 1 { values.std(1.0) } else { 0.0 };
        let mean = values.mean().unwrap_or(f64::NAN);
        (name, Spread { mean, sd })
    });
    Ok(spread.collect())
}

fn pool(out: &Path, cards: &[Card], first: &Card) -> Result<Pooled, Error> {
    let parts = cards
        .iter()
        .map(|card| answers::read(&answers::path(out, card.held_out), card.classes.len()))
        .collect::<Result<Vec<Answers>, Error>>()?;
    let joined = |pick: &dyn Fn(&Answers) -> ArrayView2<'_, f64>| -> Result<Array2<f64>, Error> {
        let views: Vec<ArrayView2<'_, f64>> = parts.iter().map(pick).collect();
        concatenate(Axis(0), &views).map_err(|e| Error::Invalid(format!("the folds' answers: {e}")))
    };
    let (answers, targets) = (
        joined(&|part| part.answers.view())?,
        joined(&|part| part.targets.view())?,
    );
    let means: Vec<f64> = cards
        .iter()
        .zip(&parts)
        .flat_map(|(card, part)| vec![card.training_mean; part.ids.len()])
        .collect();
    let metrics = Answered {
        answers: answers.view(),
        targets: targets.view(),
        means: &means,
        outputs: &first.classes,
        constant: &[],
    }
    .metrics(first.task)?;
    let groups = Groups::new(parts.iter().flat_map(|part| &part.ids).map(|[_, group]| group))?;
    let intervals = match first.task {
        Task::Regression => of_values(&answers, &targets, &means, &groups)?,
        _ => of_classes(&answers, &targets, &groups)?,
    };
    Ok(Pooled { metrics, intervals })
}

fn of_values(
    answers: &Array2<f64>,
    targets: &Array2<f64>,
    means: &[f64],
    groups: &Groups,
) -> Result<BTreeMap<&'static str, Bounds>, Error> {
    let own = (&answers.column(0) - &targets.column(0)).mapv(f64::abs);
    let mean = (&ndarray::aview1(means) - &targets.column(0)).mapv(f64::abs);
    let bootstrap = Bootstrap::new(SEED);
    Ok([
        ("mae", bootstrap.mean(groups, own.view())?.into()),
        (
            "mae_below_mean",
            bootstrap.mean_difference(groups, mean.view(), own.view())?.into(),
        ),
    ]
    .into())
}

fn of_classes(
    answers: &Array2<f64>,
    targets: &Array2<f64>,
    groups: &Groups,
) -> Result<BTreeMap<&'static str, Bounds>, Error> {
    let labels = targets.mapv(|target| target > 0.5);
    let Ok(ranked) = RankedClasses::new(labels.view(), answers.view()) else {
        return Ok(BTreeMap::new());
    };
    let interval = Bootstrap::new(SEED).interval(groups, |records| ranked.resampled(records))?;
    Ok([("auroc_soft", interval.into())].into())
}
