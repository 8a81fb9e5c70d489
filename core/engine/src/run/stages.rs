//! The heavy stages, shared by everything that runs an audit or a part of it.

use super::Prepared;
use super::clock::Clock;
use super::facts::{self, Seen};
use crate::assign::{Profiles, RecordRows, Rows, Sequence, Timeline, assign, hard, record_features, rows};
use crate::atlas::Tally;
use crate::audit::{SkippedRecord, Stability, TapInfo};
use crate::codebook::{self, Codebook, Sample};
use crate::cohort::{Answers, Cohort};
use crate::encode::{Cache, EncodedRecord, Encoding, Outcome};
use crate::features::tap_weights;
use crate::folder::{RunFolder, Table};
use crate::landmarks::{self, Alignment, Heartbeats};
use crate::tables;
use crate::{Error, explain};
use ecg_audit_plugin::Beat;
use ndarray::s;

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
    pub heartbeats: Option<Heartbeats>,
    pub alignment: Alignment,
    /// Timelines under the last codebook, by position in the data set.
    pub sequences: Vec<Option<Sequence>>,
    pub stability: Option<Stability>,
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
    Cache::open(folder.work(), &cache_key(prepared), prepared.cache_bytes())
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
    let refits = 2 * config.explain.refits;
    let stability = clock.stage("stability", refits, || stability(prepared, &sample, &codebooks))?;
    drop(sample);
    let heartbeats = clock.stage("landmarks", cohort.len(), || heartbeats(prepared, &cohort))?;
    let assigning = Assigning {
        prepared,
        cohort: &cohort,
        codebooks: &codebooks,
        heartbeats: heartbeats.as_ref(),
    };
    let Gathered {
        profiles,
        tally,
        alignment,
        sequences,
    } = clock.stage("assign", records, || assigning.run(encoding, &weights, timelines))?;
    Ok(Clustered {
        cohort,
        seen,
        taps,
        weights,
        codebooks,
        profiles,
        tally,
        heartbeats,
        alignment,
        sequences,
        stability,
    })
}

/// Codebooks fitted again; nothing where it was not asked for.
fn stability(
    prepared: &Prepared,
    sample: &Sample,
    codebooks: &[Codebook],
) -> Result<Option<Stability>, Error> {
    let config = &prepared.config;
    if config.explain.refits == 0 {
        return Ok(None);
    }
    let records = prepared.data.records();
    let group_of = |record: usize| {
        let info = &records[record];
        info.group
            .clone()
            .unwrap_or_else(|| format!("record {}", info.id))
    };
    explain::stability(
        prepared.components.clusterer.as_ref(),
        &config.clusterer.plugin,
        sample,
        codebooks,
        group_of,
        (config.explain.refits, config.audit.seed),
        prepared.observer.as_ref(),
    )
}

/// The heartbeats of the audited records.
fn heartbeats(prepared: &Prepared, cohort: &Cohort) -> Result<Option<Heartbeats>, Error> {
    let delineator = prepared.components.delineator.as_ref();
    let delineator = delineator.map(|(name, made)| (name.as_str(), made.as_ref()));
    landmarks::find(
        prepared.data.as_ref(),
        delineator,
        &cohort.positions,
        prepared.observer.as_ref(),
    )
}

/// All that the encoded records depend on; a shard of another key is never read.
pub(super) fn cache_key(prepared: &Prepared) -> serde_json::Value {
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
    let answers = vec![Answers {
        held_out: None,
        outputs,
    }];
    let cohort = Cohort::new(data, &prepared.folds, activation, answers)?;
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
struct Assigning<'a> {
    prepared: &'a Prepared,
    cohort: &'a Cohort,
    codebooks: &'a [Codebook],
    heartbeats: Option<&'a Heartbeats>,
}

/// What it gathers.
struct Gathered {
    profiles: Profiles,
    tally: Tally,
    alignment: Alignment,
    sequences: Vec<Option<Sequence>>,
}

impl Assigning<'_> {
    fn run(
        &self,
        encoding: &Encoding<'_>,
        weights: &[f64],
        mut timelines: Option<&mut Table>,
    ) -> Result<Gathered, Error> {
        let config = &self.prepared.config;
        let clusters = self
            .codebooks
            .first()
            .map_or(0, |book| book.model.summary().clusters);
        let records = self.prepared.data.records().len();
        let width = crate::assign::width(&config.features.proportions, clusters);
        let mut gathered = Gathered {
            profiles: Profiles::new(records, self.codebooks.len(), width),
            tally: Tally::new(records, clusters),
            alignment: Alignment::new(records, clusters, self.cohort.classes.len(), config.audit.seed),
            sequences: vec![None; records],
        };
        encoding.for_each(|shard| {
            let kept: Vec<(usize, EncodedRecord)> = shard
                .items
                .into_iter()
                .filter_map(|item| match item.outcome {
                    Outcome::Done(record) if self.row(item.record).is_some() => Some((item.record, record)),
                    _ => None,
                })
                .collect();
            if kept.is_empty() {
                return Ok(());
            }
            let rows = rows(&kept, weights);
            (0..self.codebooks.len())
                .try_for_each(|number| self.under(number, &rows, &mut gathered, timelines.as_deref_mut()))
        })?;
        gathered.alignment.finish();
        Ok(gathered)
    }

    /// The cohort's row of a position in the data set.
    fn row(&self, position: usize) -> Option<usize> {
        self.cohort.positions.binary_search(&position).ok()
    }

    /// A shard's rows under one codebook.
    fn under(
        &self,
        number: usize,
        rows: &Rows,
        gathered: &mut Gathered,
        timelines: Option<&mut Table>,
    ) -> Result<(), Error> {
        let config = &self.prepared.config;
        let codebook = &self.codebooks[number];
        let (memberships, uncertainty) = assign(
            codebook,
            &config.clusterer.plugin,
            self.prepared.components.uncertainty.as_ref(),
            &config.uncertainty.plugin,
            rows.features.view(),
        )?;
        let hard = hard(memberships.view());
        let kinds = &config.features.proportions;
        gathered
            .profiles
            .add(number, rows, &memberships, &hard, &uncertainty, kinds)?;
        for record in &rows.records {
            let held_out = self
                .row(record.record)
                .is_some_and(|row| codebook.facts.fold == Some(self.cohort.folds[row]));
            if let (true, Some(beats)) = (held_out, self.beats(record.record)) {
                let scores = uncertainty.slice(s![record.first..record.first + record.places.len()]);
                gathered.alignment.add_uncertainty(record, scores, beats);
            }
        }
        if number + 1 < self.codebooks.len() {
            return Ok(());
        }
        gathered.tally.add(rows, &hard, &uncertainty)?;
        let of = |record: &RecordRows| Timeline::new(record, &memberships, &uncertainty);
        let drawn: Vec<(usize, Timeline)> = rows.records.iter().map(|r| (r.record, of(r))).collect();
        for (record, timeline) in &drawn {
            gathered.sequences[*record] = Some(Sequence::new(timeline));
            if let Some(row) = self.row(*record) {
                let beats = self.beats(*record);
                gathered.alignment.add(*record, row, self.cohort, timeline, beats);
            }
        }
        match timelines {
            Some(table) => {
                let infos = self.prepared.data.records();
                let named = drawn
                    .into_iter()
                    .map(|(record, timeline)| (infos[record].id.as_str(), timeline));
                tables::write_timelines(table, named)
            }
            None => Ok(()),
        }
    }

    fn beats(&self, position: usize) -> Option<&[Beat]> {
        let beats = self.heartbeats?.of(position)?;
        (!beats.is_empty()).then_some(beats)
    }
}
