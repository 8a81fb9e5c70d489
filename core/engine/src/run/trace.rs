//! The ECGs that reports show, with their timelines.

use ecg_audit_ecg::{DataSet, Signal};
use ecg_audit_plugin::{Beat, Wave};

use super::Prepared;
use super::explain::each;
use super::stages::Clustered;
use crate::assign::{Timeline, assign, renumbered, rows};
use crate::audit::{Cluster, EcgLayout, Issue, Trace, TraceAttribution, TraceBeat, TraceWave};
use crate::cohort::Cohort;
use crate::config::ReportSection;
use crate::encode::Encodings;
use crate::explain::{Attributor, Steps};
use crate::{Error, Silent};

/// The records that the report shows: the most suspect ones, then exemplars of each cluster.
pub(super) fn shown(report: &ReportSection, issues: &[Issue], clusters: &[Cluster]) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for issue in issues {
        if shown.len() == report.traces {
            break;
        }
        if !shown.contains(&issue.record) {
            shown.push(issue.record.clone());
        }
    }
    for cluster in clusters {
        for record in cluster.exemplars.iter().take(report.exemplars) {
            if !shown.contains(record) {
                shown.push(record.clone());
            }
        }
    }
    shown
}

/// Traces of the records `shown`.
pub(super) fn traces(
    prepared: &Prepared,
    encodings: &Encodings<'_>,
    clustered: &Clustered,
    attributors: &[Attributor<'_>],
    shown: &[String],
) -> Result<Vec<Trace>, Error> {
    let cohort = &clustered.cohort;
    let (mut traces, mut places) = (Vec::with_capacity(shown.len()), Vec::new());
    for id in shown {
        let Some(row) = cohort.ids.iter().position(|other| other == id) else {
            continue;
        };
        let position = cohort.positions[row];
        if let Some(timeline) = timeline(prepared, encodings, clustered, row)? {
            let beats = clustered.heartbeats.as_ref().and_then(|beats| beats.of(position));
            let mut trace = of_record(prepared.data.as_ref(), position)?;
            trace.landmarks = marked(beats.unwrap_or_default());
            trace.layout = prepared.config.report.layout;
            (trace.timeline_start, trace.timeline_step) = (timeline.start, timeline.step);
            trace.clusters = timeline.clusters;
            trace.memberships = timeline.memberships;
            trace.uncertainty = timeline.uncertainty;
            traces.push(trace);
            places.push(row);
        }
    }
    attribute(prepared, cohort, attributors, &places, &mut traces)?;
    Ok(traces)
}

/// One record's timeline as it is drawn.
fn timeline(
    prepared: &Prepared,
    encodings: &Encodings<'_>,
    clustered: &Clustered,
    row: usize,
) -> Result<Option<Timeline>, Error> {
    let position = clustered.cohort.positions[row];
    let Some((codebook, numbers)) = clustered.drawn_with(row) else {
        return Ok(None);
    };
    let rows = rows(
        &[(position, encodings.of(position)?.one(position)?)],
        &clustered.weights,
    );
    let (memberships, uncertainty) = assign(
        codebook,
        &prepared.config.clusterer.plugin,
        prepared.components.uncertainty.as_ref(),
        &prepared.config.uncertainty.plugin,
        rows.features.view(),
    )?;
    let memberships = match numbers {
        None => memberships,
        Some(numbers) => renumbered(&memberships, numbers),
    };
    let record = rows.records.first();
    Ok(record.map(|record| Timeline::new(record, &memberships, &uncertainty)))
}

/// Fills in the maps of `traces`, which are of `rows` of the cohort.
fn attribute(
    prepared: &Prepared,
    cohort: &Cohort,
    attributors: &[Attributor<'_>],
    rows: &[usize],
    traces: &mut [Trace],
) -> Result<(), Error> {
    let (data, pipeline) = (prepared.data.as_ref(), &prepared.pipeline);
    each(attributors, prepared, cohort, rows, |attributor, own| {
        attributor.each(data, pipeline, cohort, own, &Silent, |found| {
            let of = |(class, steps): (usize, Steps)| TraceAttribution {
                class: cohort.answers[class].clone(),
                method: attributor.method,
                start: steps.start,
                step: steps.step,
                values: steps.relative(),
            };
            let place = rows.iter().position(|row| *row == found.row);
            if let Some(trace) = place.and_then(|place| traces.get_mut(place)) {
                trace.attribution = found.maps.into_iter().map(of).collect();
            }
        })
    })
}

/// A record of `data` as it is drawn, without a timeline.
pub(crate) fn of_record(data: &dyn DataSet, position: usize) -> Result<Trace, Error> {
    let signal = data.read(position)?;
    let info = &data.records()[position];
    Ok(Trace {
        record: info.id.clone(),
        sampling_rate: signal.sampling_rate,
        microvolts: microvolts(&signal),
        leads: signal.leads,
        timeline_start: 0.0,
        timeline_step: 0.0,
        clusters: Vec::new(),
        memberships: Vec::new(),
        uncertainty: Vec::new(),
        attribution: Vec::new(),
        landmarks: Vec::new(),
        layout: EcgLayout::default(),
        metadata: info.metadata.clone(),
    })
}

/// Beats in seconds as a trace holds them, to the millisecond; those without any point are left out.
pub(crate) fn marked(beats: &[Beat]) -> Vec<TraceBeat> {
    let point = |time: Option<f64>| {
        time.filter(|t| t.is_finite())
            .map(|t| (t * 1000.0).round() / 1000.0)
    };
    let wave = |wave: Wave| TraceWave {
        onset: point(wave.onset),
        peak: point(wave.peak),
        offset: point(wave.offset),
    };
    beats
        .iter()
        .map(|beat| TraceBeat {
            p: wave(beat.p),
            qrs: wave(beat.qrs),
            t: wave(beat.t),
        })
        .filter(|beat| *beat != TraceBeat::default())
        .collect()
}

fn microvolts(signal: &Signal) -> Vec<Vec<Option<i32>>> {
    let whole = |millivolts: &f32| {
        millivolts
            .is_finite()
            .then(|| (millivolts * 1000.0).round() as i32)
    };
    signal
        .samples
        .rows()
        .into_iter()
        .map(|lead| lead.iter().map(whole).collect())
        .collect()
}
