//! Stability: how far timelines agree when the codebook is fitted again.

use std::collections::HashSet;

use ecg_audit_plugin::Clusterer;
use ecg_audit_stats::clusters::{adjusted_rand_index, contingency, normalised_mutual_information};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use super::draw_groups;
use crate::assign::hard;
use crate::audit::{Refits, Stability};
use crate::codebook::{Codebook, Sample};
use crate::{Error, Observer};

/// Timestamps compared at most; with more, every so manieth is.
const COMPARED: usize = 200_000;
/// Timestamps assigned at once.
const CHUNK: usize = 16_384;
/// Stream of the draws of patients.
const STREAM: u64 = 0x5ab1e;

/// Fits `refits` codebooks with other seeds and as many on half of the patients, and holds them and the folds' against
/// the last of `codebooks`. `group_of` gives a record's patient, `training` says whether codebooks may learn from it.
pub(crate) fn stability(
    clusterer: &dyn Clusterer,
    name: &str,
    sample: &Sample,
    codebooks: &[Codebook],
    (group_of, training): (impl Fn(usize) -> String, impl Fn(usize) -> bool),
    (refits, seed): (usize, u64),
    observer: &dyn Observer,
) -> Result<Option<Stability>, Error> {
    let Some((reference, folds)) = codebooks.split_last() else {
        return Ok(None);
    };
    let (features, _) = sample.select(&training);
    let compared = thinned(&features);
    let labels = |model: &dyn ecg_audit_plugin::ClusterModel| assigned(model, name, compared.view());
    let own = labels(reference.model.as_ref())?;
    let k = reference.model.summary().clusters;
    let mut tables: [Vec<Array2<u64>>; 3] = Default::default();
    let table = |labels: &Array1<u32>, other: usize| {
        contingency(own.view(), labels.view(), (k, other)).map_err(Error::from)
    };
    let mut done = 0;
    let mut refit = |kind: usize, features: ArrayView2<'_, f32>, seed: u64| -> Result<(), Error> {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        if features.nrows() >= k {
            let fitted = clusterer.fit(features, seed);
            let model = fitted.map_err(Error::plugin("clusterer", name))?;
            tables[kind].push(table(&labels(model.as_ref())?, model.summary().clusters)?);
        }
        done += 1;
        observer.progress(done);
        Ok(())
    };
    for number in 0..refits {
        refit(0, features.view(), seed.wrapping_add(1 + number as u64))?;
    }
    // Before the halves are taken: both together would be the largest thing in memory.
    drop(features);
    for number in 0..refits {
        refit(1, half(sample, &group_of, &training, seed, number).view(), seed)?;
    }
    for fold in folds {
        tables[2].push(table(
            &labels(fold.model.as_ref())?,
            fold.model.summary().clusters,
        )?);
    }
    let overlaps = |tables: &[Array2<u64>]| -> Vec<f64> { (0..k).map(|c| overlap(tables, c)).collect() };
    let clusters = overlaps(&tables[1]);
    let changes = ["seed", "half of the patients", "fold held out"];
    let found = changes
        .iter()
        .zip(&tables)
        .map(|(change, tables)| refitted(change, tables));
    Ok(Some(Stability {
        timestamps: compared.nrows(),
        refits: found.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        clusters,
    }))
}

/// The features of a seeded half of the patients.
fn half(
    sample: &Sample,
    group_of: &impl Fn(usize) -> String,
    training: &impl Fn(usize) -> bool,
    seed: u64,
    number: usize,
) -> Array2<f32> {
    let records: Vec<usize> = sample
        .records()
        .into_iter()
        .filter(|record| training(*record))
        .collect();
    let groups: Vec<String> = records.iter().map(|record| group_of(*record)).collect();
    let count = groups.len().div_ceil(2);
    let drawn = draw_groups(&groups, count, seed, STREAM + number as u64);
    let chosen: HashSet<usize> = drawn.into_iter().map(|row| records[row]).collect();
    sample.select(|record| chosen.contains(&record)).0
}

fn thinned(features: &Array2<f32>) -> Array2<f32> {
    let every = features.nrows().div_ceil(COMPARED).max(1);
    features.slice(s![..;every, ..]).to_owned()
}

fn assigned(
    model: &dyn ecg_audit_plugin::ClusterModel,
    name: &str,
    features: ArrayView2<'_, f32>,
) -> Result<Array1<u32>, Error> {
    let mut labels = Vec::with_capacity(features.nrows());
    for chunk in features.axis_chunks_iter(Axis(0), CHUNK) {
        let assignment = model.assign(chunk).map_err(Error::plugin("clusterer", name))?;
        labels.extend(hard(assignment.memberships.view()));
    }
    Ok(labels.into())
}

/// Mean over refits of the largest Jaccard overlap of the reference's cluster with a cluster of the refit.
fn overlap(tables: &[Array2<u64>], cluster: usize) -> f64 {
    let best = |table: &Array2<u64>| {
        let own = table.row(cluster).sum();
        let columns = table.sum_axis(Axis(0));
        let jaccard =
            |(other, both): (usize, &u64)| *both as f64 / (own + columns[other] - both).max(1) as f64;
        table
            .row(cluster)
            .iter()
            .enumerate()
            .map(jaccard)
            .fold(0.0, f64::max)
    };
    tables.iter().map(best).sum::<f64>() / tables.len().max(1) as f64
}

fn refitted(change: &str, tables: &[Array2<u64>]) -> Result<Option<Refits>, Error> {
    let (mut ari, mut nmi) = (Vec::new(), Vec::new());
    for table in tables {
        ari.push(adjusted_rand_index(table.view())?);
        nmi.push(normalised_mutual_information(table.view())?);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    Ok((!tables.is_empty()).then(|| Refits {
        change: change.to_owned(),
        refits: tables.len(),
        ari: mean(&ari),
        ari_min: least(&ari),
        nmi: mean(&nmi),
        nmi_min: least(&nmi),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_cluster_found_again_overlaps_fully_and_a_split_one_by_its_larger_part() {
        let tables = [array![[0_u64, 10], [6, 2]], array![[10_u64, 0], [4, 4]]];
        let first = (10.0 / 12.0 + 10.0 / 14.0) / 2.0;
        assert!((overlap(&tables, 0) - first).abs() < 1e-12);
        assert!((overlap(&tables, 1) - (6.0 / 8.0 + 4.0 / 8.0) / 2.0).abs() < 1e-12);
        let same = refitted("seed", &[array![[5_u64, 0], [0, 7]]]).unwrap().unwrap();
        assert_eq!(same.ari, 1.0);
        assert!((same.nmi_min - 1.0).abs() < 1e-12);
        assert_eq!(refitted("seed", &[]).unwrap(), None);
    }
}
