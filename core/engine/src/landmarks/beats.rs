//! The heartbeats of every record: from the data set's annotations where it has them, else from the delineator.

use std::collections::BTreeSet;

use ecg_audit_ecg::{DataSet, Signal};
use ecg_audit_plugin::{Beat, Delineator, Wave};
use rayon::prelude::*;

use crate::{Error, Observer};

/// Records between two looks at the observer.
const CHUNK: usize = 256;

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
    let Some((name, delineator)) = delineator else {
        return Ok(None);
    };
    // A record that cannot be read was set aside by the encoding stage, with the reason.
    let Ok(signal) = data.read(position) else {
        return Ok(None);
    };
    match delineator.delineate(signal.samples.view(), signal.sampling_rate) {
        Ok(found) => Ok(Some((name.to_owned(), seconds(&found.fused, &signal)))),
        Err(ecg_audit_plugin::Error::Input(reason)) => {
            let id = data.records().get(position).map_or("?", |info| info.id.as_str());
            tracing::warn!("record {id}: no landmarks: {reason}");
            Ok(None)
        }
        Err(error) => Err(Error::plugin("delineator", name)(error)),
    }
}

/// Beats in samples as beats in seconds.
fn seconds(beats: &[Beat], signal: &Signal) -> Vec<Beat> {
    let rate = signal.sampling_rate;
    let time = |sample: Option<f64>| sample.map(|s| s / rate);
    let wave = |wave: Wave| Wave {
        onset: time(wave.onset),
        peak: time(wave.peak),
        offset: time(wave.offset),
    };
    let beat = |beat: &Beat| Beat {
        p: wave(beat.p),
        qrs: wave(beat.qrs),
        t: wave(beat.t),
    };
    beats.iter().map(beat).collect()
}
