//! The stages of an audit in their order.

use std::time::SystemTime;

use ndarray::Array2;

use super::clock::Clock;
use super::facts;
use super::learn::{self, Learnt};
use super::receptive;
use super::stages::{self, Clustered};
use super::{Prepared, cards, explain, sanity, trace};
use crate::audit::{Audit, Cluster, DataQuality, Issue, Issues, Method, SCHEMA, TapInfo, Task, Timing};
use crate::codebook::Codebook;
use crate::encode::Cache;
use crate::folder::{RunFolder, TIMELINE, Table};
use crate::issues::{self, Known};
use crate::landmarks::{self, Alignment, PHASES};
use crate::review::{Rejected, Review};
use crate::{Error, atlas, checks, quality, tables};

pub(super) fn audit(
    prepared: &Prepared,
    folder: &RunFolder,
    review: Option<&Review>,
) -> Result<Audit, Error> {
    let started = SystemTime::now();
    let config = &prepared.config;
    let mut clock = Clock::new(prepared.observer.as_ref());
    let cards = cards::check(prepared)?;
    let caches = stages::caches(prepared, folder)?;
    let encodings = prepared.encodings(&caches);
    let mut timelines = Table::new(&folder.path(TIMELINE));
    let mut clustered = stages::cluster(prepared, &encodings, &mut clock, Some(&mut timelines))?;
    timelines.finish()?;
    if let Some(first) = clustered.cohort.positions.first() {
        let fields = receptive::fields(prepared, *first);
        clustered
            .taps
            .iter_mut()
            .zip(fields)
            .for_each(|(tap, field)| tap.receptive_field = field);
    }
    let attributors = explain::attributors(prepared, &clustered)?;
    let data_quality = clock.stage("signals", prepared.data.records().len(), || {
        look(prepared, &clustered)
    })?;
    let learnt = clock.stage("surrogates", learn::fits(prepared, &clustered), || {
        learn::surrogates(prepared, &clustered)
    })?;
    let scores = atlas::held_out_uncertainty(&clustered.cohort, &clustered.profiles);
    let (mut issues, label_scores) = clock.stage("labels", 1, || {
        labels(prepared, &clustered, &learnt, &scores, &data_quality, review)
    })?;
    issues::name_groups(&mut issues.items, prepared.data.as_ref());
    let figures = Figures {
        started,
        caches: &caches,
        cards,
        clustered: &clustered,
        learnt: &learnt,
        uncertainty: &scores,
    };
    let mut audit = clock.stage("figures", 1, || figures.audit(prepared, data_quality, issues))?;
    if let Some(first) = attributors.first() {
        let maps = explain::sampled(prepared, &clustered, first).len();
        let made = clock.stage("attribution", maps, || {
            explain::attribution(prepared, &clustered, &attributors, &scores)
        })?;
        audit.attribution = Some(made);
    }
    audit.faithfulness = clock.stage("masking", audit.clusters.len(), || {
        explain::faithfulness(prepared, &encodings, &clustered, &audit.clusters)
    })?;
    let shuffled = clock.stage("shuffled weights", config.explain.shuffled_records, || {
        sanity::audit(prepared, folder, &clustered)
    })?;
    match shuffled {
        Some(Ok(sanity)) => audit.sanity = Some(sanity),
        Some(Err(reason)) => audit.limits.push(format!(
            "The network with shuffled weights was not audited: {reason}."
        )),
        None => {}
    }
    let rows = tables::Rows {
        data: prepared.data.as_ref(),
        cohort: &clustered.cohort,
        profiles: &clustered.profiles,
        learnt: &learnt,
        uncertainty: &scores,
        label_scores: label_scores.as_ref(),
    };
    clock.stage("tables", 1, || rows.write(folder))?;
    let shown = trace::shown(&config.report, &audit.issues.items, &audit.clusters);
    audit.traces = clock.stage("traces", shown.len(), || {
        trace::traces(prepared, &encodings, &clustered, &attributors, &shown)
    })?;
    audit.checks = checks::run(&audit, &config.checks);
    audit.timing = clock.timing();
    Ok(audit)
}

fn look(prepared: &Prepared, clustered: &Clustered) -> Result<DataQuality, Error> {
    let data = prepared.data.as_ref();
    let mut found = quality::look(data, &prepared.folds, prepared.observer.as_ref())?;
    let labelled = clustered.labelled();
    if !labelled.is_empty() {
        let cohort = &clustered.cohort;
        found.balance = quality::balance(cohort, &labelled);
        found.groups = quality::groups(data, cohort, &labelled, &clustered.tally.shares(cohort))?;
    }
    Ok(found)
}

/// The label issues, and the combined score of every label `[n, C]`, 1 for records without one.
fn labels(
    prepared: &Prepared,
    clustered: &Clustered,
    learnt: &Learnt,
    uncertainty: &[f64],
    data_quality: &DataQuality,
    review: Option<&Review>,
) -> Result<(Issues, Option<Array2<f64>>), Error> {
    let config = &prepared.config;
    let labelled = clustered.labelled();
    if labelled.is_empty() {
        return Ok((issues::none(), None));
    }
    let no_folds: &[u32] = &[];
    let by_fold = (!clustered.cohort.by_network.is_empty()).then_some(no_folds);
    let known = Known {
        cohort: &clustered.cohort,
        labelled: &labelled,
        surrogates: &learnt.truth,
        proportions: &clustered.tally.shares(&clustered.cohort),
        uncertainty,
        trained_folds: by_fold.or(config.data.trained_folds.as_deref()),
        data: &quality::evidence(&clustered.cohort, data_quality),
    };
    let rejected = review.map(|review| rejected(review, prepared));
    let is_rejected = |issue: &Issue| rejected.as_ref().is_some_and(|rejected| rejected.contains(issue));
    let mut scores = Array2::from_elem(clustered.cohort.outputs.dim(), 1.0);
    if clustered.cohort.task == Task::Regression {
        let (issues, own) = issues::continuous(&known, config.issues.flag_below, &is_rejected)?;
        labelled
            .iter()
            .zip(own)
            .for_each(|(row, score)| scores[[*row, 0]] = score);
        return Ok((issues, Some(scores)));
    }
    let assessment = issues::assess(&known)?;
    let issues = issues::rank(&known, &assessment, config.issues.flag_below, &is_rejected);
    for (row, own) in labelled.iter().zip(assessment.scores.rows()) {
        scores.row_mut(*row).assign(&own);
    }
    Ok((issues, Some(scores)))
}

/// What a reviewer turned down in an earlier run.
fn rejected(review: &Review, prepared: &Prepared) -> Rejected {
    let records = prepared.data.records();
    let rejected = review.rejected(records.iter().map(|info| info.id.as_str()));
    let unknown = rejected.unknown();
    if let Some(first) = unknown.first() {
        tracing::warn!(
            "the review names {} records that are not in the data set, the first `{first}`",
            unknown.len()
        );
    }
    rejected
}

/// What the figures are computed from.
struct Figures<'a> {
    started: SystemTime,
    caches: &'a [Cache],
    /// Models of folds with a card.
    cards: usize,
    clustered: &'a Clustered,
    learnt: &'a Learnt,
    /// Mean uncertainty of each record.
    uncertainty: &'a [f64],
}

impl Figures<'_> {
    /// Everything but checks, traces and timing.
    fn audit(&self, prepared: &Prepared, data_quality: DataQuality, issues: Issues) -> Result<Audit, Error> {
        let Clustered {
            cohort,
            seen,
            taps,
            codebooks,
            profiles,
            alignment,
            ..
        } = self.clustered;
        let config = &prepared.config;
        let labelled = self.clustered.labelled();
        let first = self
            .learnt
            .surrogates
            .first()
            .map(|surrogate| &surrogate.vs_model);
        let method = method(prepared, self.caches, taps.clone(), codebooks);
        let measure = &config.uncertainty.plugin;
        let heartbeats = self.clustered.heartbeats.as_ref();
        let landmarks =
            heartbeats.and_then(|beats| landmarks::overall(beats, cohort, alignment, method.time_step));
        Ok(Audit {
            schema: SCHEMA.into(),
            name: config.audit.name.clone(),
            task: cohort.task,
            classes: cohort.classes.clone(),
            target: (cohort.task == Task::Regression).then(|| cohort.answers.join(", ")),
            provenance: facts::provenance(prepared, cohort, seen, self.started),
            limits: facts::limits(prepared, cohort, seen, &method, self.cards),
            method,
            cross_validation: facts::cross_validation(prepared, &self.clustered.matchings),
            model_vs_truth: learn::model_vs_truth(cohort, &labelled, config.audit.seed)?,
            baselines: learn::baselines(cohort, first)?,
            surrogates: self.learnt.surrogates.clone(),
            uncertainty: atlas::uncertainty(
                cohort,
                profiles,
                &labelled,
                self.uncertainty,
                &phases(alignment),
                measure,
            )?,
            clusters: self.clusters(prepared)?,
            landmarks,
            attribution: None,
            faithfulness: None,
            sanity: None,
            stability: self.clustered.stability.clone(),
            issues,
            data_quality,
            checks: Vec::new(),
            traces: Vec::new(),
            timing: Timing {
                stages: Vec::new(),
                total_seconds: 0.0,
                peak_rss_bytes: None,
            },
        })
    }

    /// The clusters, with all that is known of them.
    fn clusters(&self, prepared: &Prepared) -> Result<Vec<Cluster>, Error> {
        let Clustered {
            cohort,
            tally,
            alignment,
            heartbeats,
            ..
        } = self.clustered;
        let data = prepared.data.as_ref();
        let mut clusters = tally.clusters(cohort, &self.clustered.labelled())?;
        let row = |position: usize| cohort.positions.binary_search(&position).unwrap_or_default();
        let id = |position: usize| cohort.ids[row(position)].clone();
        let group = |position: usize| cohort.groups[row(position)].clone();
        landmarks::describe(&mut clusters, cohort, alignment, id, group)?;
        if let Some(heartbeats) = heartbeats {
            let shares = tally.shares(cohort);
            let occupancy = alignment.occupancy();
            let beats = landmarks::mean_beats(data, heartbeats, cohort, &shares, occupancy.view())?;
            clusters
                .iter_mut()
                .zip(beats)
                .for_each(|(cluster, beat)| cluster.beat = beat);
        }
        Ok(clusters)
    }
}

/// Uncertainty by phase of the heartbeat; nothing without landmarks.
fn phases(alignment: &Alignment) -> Vec<(&'static str, Vec<f64>)> {
    let of = |(phase, name): (usize, &&'static str)| (*name, alignment.uncertainty_in(phase));
    PHASES
        .iter()
        .enumerate()
        .map(of)
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

fn method(prepared: &Prepared, caches: &[Cache], taps: Vec<TapInfo>, codebooks: &[Codebook]) -> Method {
    let kept: Vec<(bool, u64)> = caches.iter().map(Cache::kept).collect();
    let complete = kept.iter().all(|(complete, _)| *complete);
    let bytes: u64 = kept.iter().map(|(_, bytes)| bytes).sum();
    let budget = prepared.config.features.cache_gib;
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    let feature_plan = if complete {
        format!("encoded once; activations kept on disk ({mebibytes:.0} MiB of {budget} GiB)")
    } else {
        format!(
            "activations beyond {budget} GiB on disk were encoded again in every pass (`features.cache_gib`)"
        )
    };
    tracing::info!("features: {feature_plan}");
    let steps = taps.iter().map(|tap| tap.time_step).fold(f64::INFINITY, f64::min);
    Method {
        features: taps.iter().map(|tap| tap.channels).sum(),
        time_step: steps,
        clusters: codebooks.first().map_or(0, |book| book.model.summary().clusters),
        codebooks: codebooks.iter().map(|book| book.facts.clone()).collect(),
        taps,
        feature_plan,
    }
}
