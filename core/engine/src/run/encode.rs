//! The first pass: every record is encoded by one network, and gives its share to the sample that codebooks are fitted on.

use std::collections::{BTreeSet, HashSet};

use super::Prepared;
use super::facts::Seen;
use crate::Error;
use crate::assign::record_features;
use crate::audit::{SkippedRecord, TapInfo};
use crate::codebook::Sample;
use crate::encode::{EncodedRecord, Encoding, Outcome};
use crate::features::tap_weights;

/// What the first pass by one network leaves behind.
pub(super) struct Encoded {
    /// Position in the data set and outputs of each record, ascending.
    pub outputs: Vec<(usize, Vec<f32>)>,
    pub sample: Sample,
    pub taps: Vec<TapInfo>,
    pub weights: Vec<f64>,
}

impl Encoded {
    /// The folds of its records, ascending.
    pub fn folds(&self, prepared: &Prepared) -> Vec<u32> {
        let folds: BTreeSet<u32> = self
            .outputs
            .iter()
            .map(|(position, _)| prepared.folds[*position])
            .collect();
        folds.into_iter().collect()
    }
}

/// What is known before any record is read.
pub(super) fn seen(prepared: &Prepared) -> Seen {
    let skipped = prepared.data.skipped().iter().map(|s| SkippedRecord {
        record: s.record.clone(),
        reason: s.reason.clone(),
    });
    Seen {
        skipped: skipped.collect(),
        ..Seen::default()
    }
}

/// Encodes every record, and takes from each what codebooks are fitted on. What is set aside is added to `seen`, each
/// record once, whichever network it was.
pub(super) fn encode(
    prepared: &Prepared,
    encoding: &Encoding<'_>,
    seen: &mut Seen,
) -> Result<Encoded, Error> {
    let data = prepared.data.as_ref();
    let config = &prepared.config;
    let id = |record: usize| {
        data.records()
            .get(record)
            .map_or(String::new(), |info| info.id.clone())
    };
    let known: HashSet<String> = seen.skipped.iter().map(|s| s.record.clone()).collect();
    let again = !seen.warnings.is_empty();
    let mut outputs: Vec<(usize, Vec<f32>)> = Vec::new();
    let mut start: Option<(Sample, Vec<TapInfo>, Vec<f64>)> = None;
    encoding.for_each(|shard| {
        for item in shard.items {
            let warn = |reason| SkippedRecord {
                record: id(item.record),
                reason,
            };
            if !again {
                seen.warnings.extend(item.warnings.iter().cloned().map(warn));
            }
            let reason = match item.outcome {
                Outcome::Done(record) => {
                    if start.is_none() {
                        seen.sampling_rate = record.geometry.sampling_rate;
                        start = Some(first_record(prepared, &record)?);
                    }
                    let (seconds, unread) = record.geometry.unread();
                    seen.seconds += seconds;
                    seen.unread += unread;
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
            let record = id(item.record);
            if !known.contains(&record) {
                seen.skipped.push(SkippedRecord { record, reason });
            }
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
    Ok(Encoded {
        outputs,
        sample,
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
    let names = prepared.components.encoder().info().taps;
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
