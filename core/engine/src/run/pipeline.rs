//! The stages of an audit in their order.

use std::time::SystemTime;

use ndarray::Array2;

use super::clock::Clock;
use super::facts::{self, Seen};
use super::{Prepared, trace};
use crate::assign::{Profiles, Timeline, assign, hard, record_features, rows};
use crate::atlas::{self, Tally};
use crate::audit::{Audit, Method, SCHEMA, SkippedRecord, Surrogate, TapInfo, Timing};
use crate::checks;
use crate::codebook::{self, Codebook, Sample};
use crate::cohort::Cohort;
use crate::encode::{Cache, EncodedRecord, Encoding, Outcome};
use crate::features::tap_weights;
use crate::fidelity::{self, Cross};
use crate::folder::{RunFolder, Table};
use crate::tables;
use crate::{Error, issues};

/// What the first pass leaves behind.
struct Encoded {
    cohort: Cohort,
    sample: Sample,
    seen: Seen,
    taps: Vec<TapInfo>,
    weights: Vec<f64>,
}

pub(super) fn audit(prepared: &Prepared, folder: &RunFolder) -> Result<Audit, Error> {
    let started = SystemTime::now();
    let observer = prepared.observer.as_ref();
    let config = &prepared.config;
    let mut clock = Clock::new(observer);
    let budget = (config.features.cache_gib * (1_u64 << 30) as f64) as u64;
    let cache = Cache::open(folder.work(), &cache_key(prepared), budget)?;
    let encoding = Encoding {
        data: prepared.data.as_ref(),
        pipeline: &prepared.pipeline,
        encoder: prepared.components.encoder.as_ref(),
        encoder_name: &config.encoder.plugin,
        cache: &cache,
        readers: &prepared.readers,
        observer,
    };
    let records = prepared.data.records().len();
    let Encoded {
        cohort,
        sample,
        seen,
        taps,
        weights,
    } = clock.stage("encode", records, || encode(prepared, &encoding))?;
    let folds = cohort.fold_names();
    let codebooks = clock.stage("codebooks", folds.len() + 1, || {
        let fold_of = |record: usize| prepared.folds[record];
        let clusterer = prepared.components.clusterer.as_ref();
        codebook::fit(
            clusterer,
            &config.clusterer.plugin,
            &sample,
            &folds,
            fold_of,
            config.audit.seed,
            observer,
        )
    })?;
    drop(sample);
    let (profiles, tally) = clock.stage("assign", records, || {
        assign_all(prepared, &encoding, &cohort, &codebooks, &weights, folder)
    })?;
    let labelled: Vec<usize> = (0..cohort.len()).filter(|r| cohort.labelled[*r]).collect();
    let fits =
        prepared.components.surrogates.len() * Cross::fits(&cohort) * if labelled.is_empty() { 2 } else { 3 };
    let learnt = clock.stage("surrogates", fits, || {
        surrogates(prepared, &cohort, &profiles, &labelled)
    })?;
    let method = method(prepared, &cache, taps, &codebooks);
    let scores = atlas::held_out_uncertainty(&cohort, &profiles);
    let mut audit = clock.stage("figures", 1, || {
        let seed = config.audit.seed;
        let permuted = learnt
            .surrogates
            .first()
            .and_then(|s| s.vs_model.permuted_agreement);
        let truth = learnt.truth.first();
        Ok(Audit {
            schema: SCHEMA.into(),
            name: config.audit.name.clone(),
            task: cohort.task,
            classes: cohort.classes.clone(),
            provenance: facts::provenance(prepared, &cohort, &seen, started),
            limits: facts::limits(prepared, &cohort, &seen, &method),
            method,
            model_vs_truth: fidelity::model_vs_truth(&cohort, &labelled, seed)?,
            baselines: fidelity::baselines(&cohort, permuted)?,
            issues: issues::rank(&cohort, &labelled, truth, &scores, config.issues.flag_below)?,
            surrogates: learnt.surrogates.clone(),
            uncertainty: atlas::uncertainty(
                &cohort,
                &profiles,
                &labelled,
                &scores,
                &config.uncertainty.plugin,
            )?,
            clusters: tally.clusters(&cohort, &labelled)?,
            checks: Vec::new(),
            traces: Vec::new(),
            timing: Timing {
                stages: Vec::new(),
                total_seconds: 0.0,
                peak_rss_bytes: None,
            },
        })
    })?;
    clock.stage("tables", 1, || {
        tables::write_records(
            folder,
            prepared.data.as_ref(),
            &cohort,
            &profiles,
            &learnt,
            &scores,
        )
    })?;
    audit.traces = clock.stage("traces", config.report.traces, || match codebooks.last() {
        Some(last) => trace::traces(prepared, &encoding, &cohort, last, &weights, &audit.issues.items),
        None => Ok(Vec::new()),
    })?;
    audit.checks = checks::run(&audit, &config.checks);
    audit.timing = clock.timing();
    Ok(audit)
}

/// All that the encoded records depend on; a shard of another key is never read.
fn cache_key(prepared: &Prepared) -> serde_json::Value {
    let config = &prepared.config;
    let components = &prepared.components;
    let ids: Vec<&str> = prepared
        .data
        .records()
        .iter()
        .map(|info| info.id.as_str())
        .collect();
    serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "data": config.data,
        "records": facts::sha256(ids.join("\n").as_bytes()),
        "preprocess": config.preprocess,
        "encoder": components.facts.first(),
        "model": components.encoder.info().model_sha256,
    })
}

/// The first pass: encodes every record, and takes from each what codebooks are fitted on.
fn encode(prepared: &Prepared, encoding: &Encoding<'_>) -> Result<Encoded, Error> {
    let data = prepared.data.as_ref();
    let config = &prepared.config;
    let id = |record: usize| {
        data.records()
            .get(record)
            .map_or(String::new(), |info| info.id.clone())
    };
    let mut seen = Seen::default();
    seen.skipped.extend(data.skipped().iter().map(|s| SkippedRecord {
        record: s.record.clone(),
        reason: s.reason.clone(),
    }));
    let mut outputs: Vec<(usize, Vec<f32>)> = Vec::new();
    let mut start: Option<(Sample, Vec<TapInfo>, Vec<f64>)> = None;
    encoding.for_each(|shard| {
        for item in shard.items {
            let warn = |reason| SkippedRecord {
                record: id(item.record),
                reason,
            };
            seen.warnings.extend(item.warnings.iter().cloned().map(warn));
            let reason = match item.outcome {
                Outcome::Done(record) => {
                    if start.is_none() {
                        seen.sampling_rate = record.geometry.sampling_rate;
                        start = Some(first_record(prepared, &record)?);
                    }
                    let Some((sample, taps, weights)) = start.as_mut() else {
                        continue;
                    };
                    match take(sample, taps, weights, item.record, &record) {
                        Ok(()) => {
                            outputs.push((item.record, record.outputs));
                            continue;
                        }
                        Err(reason) => reason,
                    }
                }
                Outcome::Skipped(reason) => reason,
            };
            seen.skipped.push(SkippedRecord {
                record: id(item.record),
                reason,
            });
        }
        Ok(())
    })?;
    check_skipped(
        &seen.skipped,
        data.records().len() + data.skipped().len(),
        config.data.max_skipped_share,
    )?;
    let Some((sample, taps, weights)) = start else {
        return Err(Error::Invalid("no record could be encoded".into()));
    };
    let activation = prepared.components.encoder.info().activation;
    let cohort = Cohort::new(data, &prepared.folds, activation, outputs)?;
    if cohort.fold_names().len() < 2 {
        return Err(Error::Invalid(format!(
            "all {} records are in one fold; cross-validation needs two or more. Name another column in `data.folds`",
            cohort.len()
        )));
    }
    Ok(Encoded {
        cohort,
        sample,
        seen,
        taps,
        weights,
    })
}

/// What the first record settles: tap weights and the size of a feature.
fn first_record(
    prepared: &Prepared,
    record: &EncodedRecord,
) -> Result<(Sample, Vec<TapInfo>, Vec<f64>), Error> {
    let config = &prepared.config;
    let shapes: Vec<(usize, usize)> = record.taps.iter().map(|tap| (tap.dim().1, tap.dim().2)).collect();
    if shapes.is_empty() || shapes.iter().any(|(c, l)| *c == 0 || *l == 0) {
        return Err(Error::Invalid(format!(
            "the encoder's taps have no values: [channels, timestamps] {shapes:?}"
        )));
    }
    let channels: Vec<usize> = shapes.iter().map(|(c, _)| *c).collect();
    let weights = tap_weights(&config.features.weights, &channels).map_err(Error::Invalid)?;
    let names = prepared.components.encoder.info().taps;
    let taps = shapes
        .iter()
        .zip(&weights)
        .enumerate()
        .map(|(i, ((channels, length), weight))| TapInfo {
            name: names
                .get(i)
                .map_or_else(|| format!("tap {i}"), |tap| tap.name.clone()),
            channels: *channels,
            length: *length,
            time_step: record.geometry.time_step(*length),
            weight: *weight,
        });
    let bytes = config.features.codebook_mib << 20;
    let width = channels.iter().sum();
    let sample = Sample::new(prepared.data.records().len(), width, bytes, config.audit.seed);
    Ok((sample, taps.collect(), weights))
}

/// Takes one record's timestamps into the sample; a reason where it does not fit the others.
fn take(
    sample: &mut Sample,
    taps: &[TapInfo],
    weights: &[f64],
    position: usize,
    record: &EncodedRecord,
) -> Result<(), String> {
    let channels: Vec<usize> = record.taps.iter().map(|tap| tap.dim().1).collect();
    if !channels.iter().eq(taps.iter().map(|tap| &tap.channels)) {
        return Err(format!(
            "its taps have {channels:?} channels, unlike the first record's"
        ));
    }
    if let Some(value) = record.outputs.iter().find(|v| !v.is_finite()) {
        return Err(format!("the network answers {value}"));
    }
    let (features, valid) = record_features(record, weights);
    if !valid.contains(&true) {
        return Err("nothing but padding".into());
    }
    sample.add(position, features.view(), &valid);
    Ok(())
}

fn check_skipped(skipped: &[SkippedRecord], records: usize, limit: f64) -> Result<(), Error> {
    if skipped.len() as f64 <= limit * records as f64 {
        return Ok(());
    }
    let first = skipped
        .iter()
        .take(5)
        .map(|s| format!("  {}: {}", s.record, s.reason))
        .collect();
    Err(Error::TooManySkipped {
        skipped: skipped.len(),
        records,
        limit,
        first,
    })
}

/// The second pass: every record under every codebook, and its timeline under the last.
fn assign_all(
    prepared: &Prepared,
    encoding: &Encoding<'_>,
    cohort: &Cohort,
    codebooks: &[Codebook],
    weights: &[f64],
    folder: &RunFolder,
) -> Result<(Profiles, Tally), Error> {
    let config = &prepared.config;
    let kinds = &config.features.proportions;
    let clusters = codebooks.first().map_or(0, |book| book.model.summary().clusters);
    let records = prepared.data.records().len();
    let mut profiles = Profiles::new(records, codebooks.len(), crate::assign::width(kinds, clusters));
    let mut tally = Tally::new(records, clusters);
    let mut table = Table::new(&folder.path("timeline.parquet"));
    encoding.for_each(|shard| {
        let kept: Vec<(usize, EncodedRecord)> = shard
            .items
            .into_iter()
            .filter_map(|item| match item.outcome {
                Outcome::Done(record) if cohort.positions.binary_search(&item.record).is_ok() => {
                    Some((item.record, record))
                }
                _ => None,
            })
            .collect();
        if kept.is_empty() {
            return Ok(());
        }
        let rows = rows(&kept, weights);
        for (number, codebook) in codebooks.iter().enumerate() {
            let (memberships, uncertainty) = assign(
                codebook,
                &config.clusterer.plugin,
                prepared.components.uncertainty.as_ref(),
                &config.uncertainty.plugin,
                rows.features.view(),
            )?;
            let hard = hard(memberships.view());
            profiles.add(number, &rows, &memberships, &hard, &uncertainty, kinds)?;
            if number + 1 == codebooks.len() {
                tally.add(&rows, &hard, &uncertainty)?;
                let timelines = rows.records.iter().map(|record| {
                    let info = &prepared.data.records()[record.record];
                    (
                        info.id.as_str(),
                        Timeline::new(record, &memberships, &uncertainty),
                    )
                });
                tables::write_timelines(&mut table, timelines)?;
            }
        }
        Ok(())
    })?;
    table.finish()?;
    Ok((profiles, tally))
}

/// What the surrogates learnt.
pub(crate) struct Learnt {
    pub surrogates: Vec<Surrogate>,
    /// Out-of-fold probabilities of the network's decisions, per surrogate, `[n, C]`.
    pub model: Vec<Array2<f64>>,
    /// Out-of-fold probabilities of the truth, per surrogate, `[n, C]`; empty where no record has a label.
    pub truth: Vec<Array2<f64>>,
}

fn surrogates(
    prepared: &Prepared,
    cohort: &Cohort,
    profiles: &Profiles,
    labelled: &[usize],
) -> Result<Learnt, Error> {
    let all: Vec<usize> = (0..cohort.len()).collect();
    let seed = prepared.config.audit.seed;
    let mut learnt = Learnt {
        surrogates: Vec::new(),
        model: Vec::new(),
        truth: Vec::new(),
    };
    let mut done = 0;
    for (name, surrogate) in &prepared.components.surrogates {
        let observer = prepared.observer.as_ref();
        let cross = Cross {
            surrogate: surrogate.as_ref(),
            name,
            cohort,
            profiles,
            seed,
            observer,
        };
        let decisions = cohort.decisions.view();
        let soft = cross.out_of_fold(decisions, &all, false, &mut done)?;
        let permuted = cross.out_of_fold(decisions, &all, true, &mut done)?;
        let vs_model = fidelity::fidelity(cohort, &all, &cohort.decisions, &soft, Some(&permuted), seed)?;
        let mut vs_truth = None;
        if !labelled.is_empty() {
            let soft = cross.out_of_fold(cohort.labels.view(), labelled, false, &mut done)?;
            let mut figures = fidelity::fidelity(cohort, labelled, &cohort.labels, &soft, None, seed)?;
            figures.accuracy = Some(figures.agreement.mean);
            vs_truth = Some(figures);
            learnt.truth.push(soft);
        }
        let importances = cross.importances(decisions, &all)?;
        learnt.surrogates.push(Surrogate {
            name: name.clone(),
            vs_model,
            vs_truth,
            importances,
        });
        learnt.model.push(soft);
    }
    Ok(learnt)
}

fn method(prepared: &Prepared, cache: &Cache, taps: Vec<TapInfo>, codebooks: &[Codebook]) -> Method {
    let (complete, bytes) = cache.kept();
    let budget = prepared.config.features.cache_gib;
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    let feature_plan = if complete {
        format!("encoded once; activations kept on disk ({mebibytes:.0} MiB of {budget} GiB)")
    } else {
        format!("activations beyond {budget} GiB on disk were encoded twice (`features.cache_gib`)")
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
