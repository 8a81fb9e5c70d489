//! The heartbeats of every record: from the data set's annotations where it has them, else from the delineator.

use std::collections::BTreeSet;

use ecg_audit_ecg::{DataSet, landmarks};
use ecg_audit_plugin::{Beat, Delineator, Wave};
use rayon::prelude::*;

use crate::{Error, Observer};

/// Records between two looks at the observer.
const CHUNK: usize = 256;

/// What `landmarks.sources` calls the data set's own annotations.
const ANNOTATIONS: &str = "annotations";

/// Beats by record, in seconds from the record's start.
pub(crate) struct Heartbeats {
    /// Where they come from.
    pub sources: Vec<String>,
    /// By position in the data set; `None` where nothing could tell.
    of_record: Vec<Option<Vec<Beat>>>,
}

impl Heartbeats {
    /// The beats of one record, in time order.
    pub fn of(&self, position: usize) -> Option<&[Beat]> {
        self.of_record.get(position)?.as_deref()
    }
}

/// Finds the beats of the records at `positions`. Nothing where neither annotations nor a delineator tell any.
pub(crate) fn find(
    data: &dyn DataSet,
    delineator: Option<(&str, &dyn Delineator)>,
    positions: &[usize],
    observer: &dyn Observer,
) -> Result<Option<Heartbeats>, Error> {
    let mut of_record: Vec<Option<Vec<Beat>>> = vec![None; data.records().len()];
    let mut sources = BTreeSet::new();
    for (chunk, own) in positions.chunks(CHUNK).enumerate() {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let found = own
            .par_iter()
            .map(|position| Ok((*position, one(data, delineator, *position)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        for (position, found) in found {
            if let Some((source, beats)) = found {
                sources.insert(source);
                of_record[position] = Some(beats);
            }
        }
        observer.progress((chunk * CHUNK + own.len()) as u64);
    }
    let heartbeats = Heartbeats {
        sources: sources.into_iter().collect(),
        of_record,
    };
    Ok((!heartbeats.sources.is_empty()).then_some(heartbeats))
}

/// One record's beats, and who found them.
fn one(
    data: &dyn DataSet,
    delineator: Option<(&str, &dyn Delineator)>,
    position: usize,
) -> Result<Option<(String, Vec<Beat>)>, Error> {
    let id = || data.records().get(position).map_or("?", |info| info.id.as_str());
    let annotated = data.annotations(position).unwrap_or_else(|error| {
        tracing::warn!("record {}: its annotations cannot be used: {error}", id());
        None
    });
    if annotated.is_none() && delineator.is_none() {
        return Ok(None);
    }
    // A record that cannot be read was set aside by the encoding stage, with the reason.
    let Ok(signal) = data.read(position) else {
        return Ok(None);
    };
    let per_second = 1.0 / signal.sampling_rate;
    if let Some(annotated) = annotated {
        let beats = annotated
            .fused
            .iter()
            .map(|beat| of_annotation(&beat.scaled(per_second)));
        return Ok(Some((ANNOTATIONS.into(), beats.collect())));
    }
    let Some((name, delineator)) = delineator else {
        return Ok(None);
    };
    match delineator.delineate(signal.samples.view(), signal.sampling_rate) {
        Ok(found) => {
            let beats = found.fused.iter().map(|beat| scaled(beat, per_second));
            Ok(Some((name.to_owned(), beats.collect())))
        }
        Err(ecg_audit_plugin::Error::Input(reason)) => {
            tracing::warn!("record {}: no landmarks: {reason}", id());
            Ok(None)
        }
        Err(error) => Err(Error::plugin("delineator", name)(error)),
    }
}

fn of_annotation(beat: &landmarks::Beat) -> Beat {
    let wave = |wave: landmarks::Wave| Wave {
        onset: wave.onset,
        peak: wave.peak,
        offset: wave.offset,
    };
    Beat {
        p: wave(beat.p),
        qrs: wave(beat.qrs),
        t: wave(beat.t),
    }
}

fn scaled(beat: &Beat, factor: f64) -> Beat {
    let wave = |wave: Wave| Wave {
        onset: wave.onset.map(|point| point * factor),
        peak: wave.peak.map(|point| point * factor),
        offset: wave.offset.map(|point| point * factor),
    };
    Beat {
        p: wave(beat.p),
        qrs: wave(beat.qrs),
        t: wave(beat.t),
    }
}
