//! What describes a record to a surrogate (method step 9).

use ecg_audit_stats::sequence;
use ndarray::{Array1, ArrayView1, ArrayView2, s};

use super::RecordRows;
use crate::Error;
use crate::config::ProportionKind;

/// Number of values that `kinds` give for K clusters.
pub(crate) fn width(kinds: &[ProportionKind], clusters: usize) -> usize {
    let one = |kind: &ProportionKind| match kind {
        ProportionKind::Transitions => clusters * clusters,
        ProportionKind::Hard | ProportionKind::Soft | ProportionKind::Dwell => clusters,
    };
    kinds.iter().map(one).sum()
}

/// The values of one record, kinds joined in their order.
///
/// Windows are separate sequences: a step from the last timestamp of one to the first of the next is no transition.
pub(crate) fn describe(
    record: &RecordRows,
    memberships: ArrayView2<'_, f32>,
    clusters: &[u32],
    kinds: &[ProportionKind],
) -> Result<Array1<f64>, Error> {
    let k = memberships.ncols();
    let mut values = Vec::with_capacity(width(kinds, k));
    if clusters.is_empty() {
        values.resize(width(kinds, k), 0.0);
        return Ok(values.into());
    }
    for kind in kinds {
        match kind {
            ProportionKind::Hard => values.extend(sequence::proportions(ArrayView1::from(clusters), k)?),
            ProportionKind::Soft => values.extend(sequence::soft_proportions(memberships)?),
            ProportionKind::Transitions => values.extend(transitions(record, clusters, k)?),
            ProportionKind::Dwell => values.extend(dwell(record, clusters, k)?),
        }
    }
    Ok(values.into())
}

/// Share of steps from each cluster to each, row by row.
fn transitions(record: &RecordRows, clusters: &[u32], k: usize) -> Result<Vec<f64>, Error> {
    let mut counts = vec![0_u64; k * k];
    for sequence in stretches(record, clusters) {
        let table = sequence::transitions(sequence, k)?;
        counts.iter_mut().zip(&table).for_each(|(sum, n)| *sum += n);
    }
    let total = counts.iter().sum::<u64>().max(1) as f64;
    Ok(counts.into_iter().map(|n| n as f64 / total).collect())
}

/// Mean unbroken stay in each cluster, seconds.
pub(super) fn dwell(record: &RecordRows, clusters: &[u32], k: usize) -> Result<Vec<f64>, Error> {
    let (mut time, mut count) = (vec![0_usize; k], vec![0_usize; k]);
    for sequence in stretches(record, clusters) {
        for run in sequence::runs(sequence, k)? {
            time[run.cluster] += run.length;
            count[run.cluster] += 1;
        }
    }
    let step = record.geometry.time_step(record.steps);
    Ok(time
        .iter()
        .zip(&count)
        .map(|(t, n)| *t as f64 / (*n).max(1) as f64 * step)
        .collect())
}

/// The clusters of each window.
fn stretches<'a>(record: &'a RecordRows, clusters: &'a [u32]) -> impl Iterator<Item = ArrayView1<'a, u32>> {
    let view = ArrayView1::from(clusters);
    let mut first = 0;
    record.places.chunk_by(|a, b| a.0 == b.0).map(move |window| {
        let range = first..first + window.len();
        first = range.end;
        view.slice_move(s![range])
    })
}
