//! The stages that explain the network beyond its clusters.

use ndarray::Axis;

use super::stages::Clustered;
use super::{Network, Prepared};
use crate::Error;
use crate::audit::{Attribution, Cluster, Faithfulness};
use crate::cohort::Cohort;
use crate::encode::Encodings;
use crate::explain::{Attributor, Exemplar, Masking, Records, Steps, compare, draw};
use crate::landmarks::PHASES;

/// Stream of the draw of records.
const STREAM: u64 = 0xa77;

/// Settles how attribution maps are made, per network; nothing where none are asked for.
pub(super) fn attributors<'a>(
    prepared: &'a Prepared,
    clustered: &Clustered,
) -> Result<Vec<Attributor<'a>>, Error> {
    let mut signals = clustered
        .cohort
        .positions
        .iter()
        .filter_map(|position| prepared.data.read(*position).ok());
    let Some(ready) = signals.find_map(|signal| prepared.pipeline.apply(&signal).ok()) else {
        return Ok(Vec::new());
    };
    let windows = ready.windowed();
    let of = |network: &'a Network| {
        Attributor::new(
            network.encoder.as_ref(),
            &prepared.config.encoder.plugin,
            &prepared.config.explain,
            windows.view(),
        )
        .transpose()
    };
    prepared.components.networks.iter().filter_map(of).collect()
}

/// Hands each network's attributor the `rows` that it is asked for.
pub(super) fn each<'a>(
    attributors: &'a [Attributor<'a>],
    prepared: &Prepared,
    cohort: &Cohort,
    rows: &[usize],
    mut visit: impl FnMut(&'a Attributor<'a>, &[usize]) -> Result<(), Error>,
) -> Result<(), Error> {
    for (number, attributor) in attributors.iter().enumerate() {
        let asked = |row: &&usize| prepared.components.network_of(cohort.folds[**row]) == number;
        let own: Vec<usize> = rows.iter().filter(asked).copied().collect();
        visit(attributor, &own)?;
    }
    Ok(())
}

/// Attribution maps of a sample of records, and the classes compared by them and by the uncertainty. `uncertainty`: each
/// record's mean.
pub(super) fn attribution(
    prepared: &Prepared,
    clustered: &Clustered,
    attributors: &[Attributor<'_>],
    uncertainty: &[f64],
) -> Result<Attribution, Error> {
    let cohort = &clustered.cohort;
    let Some(first) = attributors.first() else {
        return Err(Error::Invalid("there is no network".into()));
    };
    let rows = sampled(prepared, clustered, first);
    let in_phase = clustered.alignment.uncertainty_by_record();
    let in_phase = in_phase.select(Axis(0), &cohort.positions);
    let mut records = Records::new(uncertainty.to_vec(), in_phase, cohort.answers.len());
    let (mut maps, mut flat, mut time_step) = (0, 0, 0.0);
    let mut visit = |found: crate::explain::Maps| {
        for (class, steps) in found.maps {
            maps += 1;
            time_step = steps.step;
            let Some(entropy) = steps.entropy() else {
                flat += 1;
                continue;
            };
            records.entropy[[found.row, class]] = entropy;
            for (phase, share) in mass(clustered, found.row, &steps)
                .into_iter()
                .flatten()
                .enumerate()
            {
                records.mass[[found.row, class * PHASES.len() + phase]] = share;
            }
        }
    };
    each(attributors, prepared, cohort, &rows, |attributor, own| {
        attributor.each(
            prepared.data.as_ref(),
            &prepared.pipeline,
            cohort,
            own,
            prepared.observer.as_ref(),
            &mut visit,
        )
    })?;
    Ok(Attribution {
        method: first.method,
        tap: first.tap.as_ref().map(|(_, name)| name.clone()),
        unavailable: first.unavailable.clone(),
        records: rows.len(),
        maps,
        flat_maps: flat,
        time_step,
        comparisons: compare(cohort, &rows, &records)?,
    })
}

/// The records that maps are made of. Occlusion asks the network once per stretch: it takes a tenth of the records.
pub(super) fn sampled(prepared: &Prepared, clustered: &Clustered, attributor: &Attributor<'_>) -> Vec<usize> {
    let all: Vec<usize> = (0..clustered.cohort.len()).collect();
    let most = prepared.config.explain.records;
    let most = if attributor.tap.is_some() {
        most
    } else {
        most.div_ceil(10)
    };
    draw(&all, most, prepared.config.audit.seed, STREAM)
}

/// The map's share in each phase; nothing without beats.
fn mass(clustered: &Clustered, row: usize, steps: &Steps) -> Option<Vec<f64>> {
    let position = clustered.cohort.positions[row];
    let beats = clustered.heartbeats.as_ref()?.of(position)?;
    (!beats.is_empty()).then(|| steps.phases(beats))?
}

/// What masking clusters does to the network; nothing where it was not asked for.
pub(super) fn faithfulness(
    prepared: &Prepared,
    encodings: &Encodings<'_>,
    clustered: &Clustered,
    clusters: &[Cluster],
) -> Result<Option<Faithfulness>, Error> {
    let records = prepared.config.explain.masked_records;
    if records == 0 {
        return Ok(None);
    }
    let cohort = &clustered.cohort;
    let mut largest: Vec<&Cluster> = clusters.iter().collect();
    largest.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.id.cmp(&b.id)));
    let exemplar = |cluster: &&Cluster| {
        let segment = cluster.segments.first()?;
        let row = cohort.ids.iter().position(|id| *id == segment.record)?;
        Some(Exemplar {
            cluster: cluster.id,
            position: cohort.positions[row],
            time: segment.time,
        })
    };
    let exemplars: Vec<Exemplar> = largest.iter().filter_map(exemplar).collect();
    let masking = Masking {
        encodings,
        data: prepared.data.as_ref(),
        pipeline: &prepared.pipeline,
        cohort,
        sequences: &clustered.sequences,
        exemplars: &exemplars,
        clusters: clusters.len(),
        records,
        seed: prepared.config.audit.seed,
        observer: prepared.observer.as_ref(),
    };
    masking.run().map(Some)
}
