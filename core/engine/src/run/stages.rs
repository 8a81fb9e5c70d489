//! The heavy stages, shared by everything that runs an audit or a part of it.

use super::Prepared;
use super::clock::Clock;
use super::facts::{self, Seen};
use crate::Error;
use crate::assign::{Profiles, Timeline, assign, hard, record_features, rows};
use crate::atlas::Tally;
use crate::audit::{SkippedRecord, TapInfo};
use crate::codebook::{self, Codebook, Sample};
use crate::cohort::Cohort;
use crate::encode::{Cache, EncodedRecord, Encoding, Outcome};
use crate::features::tap_weights;
use crate::folder::{RunFolder, Table};
use crate::tables;

/// What the first pass leaves behind.
struct Encoded {
    cohort: Cohort,
    sample: Sample,
    seen: Seen,
    taps: Vec<TapInfo>,
    weights: Vec<f64>,
}

/// The encoded records under all codebooks: what everything else is computed from.
pub(super) struct Clustered {
    pub cohort: Cohort,
    pub seen: Seen,
    pub taps: Vec<TapInfo>,
    pub weights: Vec<f64>,
    pub codebooks: Vec<Codebook>,
    pub profiles: Profiles,
    pub tally: Tally,
}

impl Clustered {
    /// Positions in the cohort of the records with a label.
    pub fn labelled(&self) -> Vec<usize> {
        (0..self.cohort.len())
            .filter(|r| self.cohort.labelled[*r])
            .collect()
    }
}

/// The cache of activations for this configuration.
pub(super) fn cache(prepared: &Prepared, folder: &RunFolder) -> Result<Cache, Error> {
    let budget = (prepared.config.features.cache_gib * (1_u64 << 30) as f64) as u64;
    Cache::open(folder.work(), &cache_key(prepared), budget)
}

/// The stages `encode`, `codebooks` and `assign`. `timelines` takes every record's timeline under the last codebook.
pub(super) fn cluster(
    prepared: &Prepared,
    encoding: &Encoding<'_>,
    clock: &mut Clock<'_>,
    timelines: Option<&mut Table>,
) -> Result<Clustered, Error> {
    let config = &prepared.config;
    let records = prepared.data.records().len();
    let Encoded {
        cohort,
        sample,
        seen,
        taps,
        weights,
    } = clock.stage("encode", records, || encode(prepared, encoding))?;
    let folds = cohort.fold_names();
    let codebooks = clock.stage("codebooks", folds.len() + 1, || {
        codebook::fit(
            prepared.components.clusterer.as_ref(),
            &config.clusterer.plugin,
            &sample,
            &folds,
            |record| prepared.folds[record],
            config.audit.seed,
            prepared.observer.as_ref(),
        )
    })?;
    drop(sample);
    let (profiles, tally) = clock.stage("assign", records, || {
        assign_all(prepared, encoding, &cohort, &codebooks, &weights, timelines)
    })?;
    Ok(Clustered {
        cohort,
        seen,
        taps,
        weights,
        codebooks,
        profiles,
        tally,
    })
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
            receptive_field: None,
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
    mut timelines: Option<&mut Table>,
) -> Result<(Profiles, Tally), Error> {
    let config = &prepared.config;
    let kinds = &config.features.proportions;
    let clusters = codebooks.first().map_or(0, |book| book.model.summary().clusters);
    let records = prepared.data.records().len();
    let mut profiles = Profiles::new(records, codebooks.len(), crate::assign::width(kinds, clusters));
    let mut tally = Tally::new(records, clusters);
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
                if let Some(table) = timelines.as_deref_mut() {
                    let timelines = rows.records.iter().map(|record| {
                        let info = &prepared.data.records()[record.record];
                        (
                            info.id.as_str(),
                            Timeline::new(record, &memberships, &uncertainty),
                        )
                    });
                    tables::write_timelines(table, timelines)?;
                }
            }
        }
        Ok(())
    })?;
    Ok((profiles, tally))
}
