//! Codebooks: one per held-out fold, fitted on the other folds alone, and one on all folds to draw timelines with.

use ecg_audit_plugin::{ClusterModel, Clusterer};
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::audit;
use crate::{Error, Observer};

/// The timestamps that codebooks are fitted on: all of them, or a seeded sample per record.
pub(crate) struct Sample {
    width: usize,
    /// Timestamps that each record may contribute.
    quota: usize,
    seed: u64,
    values: Vec<f32>,
    /// Record, its timestamps there were, and those taken.
    rows: Vec<(usize, usize, usize)>,
}

impl Sample {
    /// For `records` records of features of `width`, in at most `bytes` of memory.
    pub fn new(records: usize, width: usize, bytes: u64, seed: u64) -> Self {
        let cap = bytes / (4 * width.max(1) as u64);
        let quota = usize::try_from(cap / records.max(1) as u64)
            .unwrap_or(usize::MAX)
            .max(1);
        Self {
            width,
            quota,
            seed,
            values: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Takes a record's share of its `features` `[timestamps, D]`, those at `valid` rows.
    pub fn add(&mut self, record: usize, features: ArrayView2<'_, f32>, valid: &[bool]) {
        let usable: Vec<usize> = (0..features.nrows())
            .filter(|t| valid.get(*t) == Some(&true))
            .collect();
        let taken: Vec<usize> = if usable.len() <= self.quota {
            usable.clone()
        } else {
            // A stream per record: what one record contributes does not depend on the others.
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(record as u64);
            let mut drawn = rand::seq::index::sample(&mut random, usable.len(), self.quota).into_vec();
            drawn.sort_unstable();
            drawn.into_iter().map(|i| usable[i]).collect()
        };
        for t in &taken {
            self.values.extend(features.row(*t));
        }
        self.rows.push((record, usable.len(), taken.len()));
    }

    /// The records that contributed, in the order they came.
    pub fn records(&self) -> Vec<usize> {
        self.rows.iter().map(|(record, _, _)| *record).collect()
    }

    /// The rows of the records that `training` lets in, how many timestamps those records have in all.
    pub fn select(&self, training: impl Fn(usize) -> bool) -> (Array2<f32>, usize) {
        let mut values = Vec::new();
        let (mut first, mut available) = (0, 0);
        for (record, all, taken) in &self.rows {
            let next = first + taken * self.width;
            if training(*record) {
                values.extend_from_slice(&self.values[first..next]);
                available += all;
            }
            first = next;
        }
        let rows = values.len() / self.width.max(1);
        let features = Array2::from_shape_vec((rows, self.width), values);
        (
            features.unwrap_or_else(|_| Array2::zeros((0, self.width))),
            available,
        )
    }
}

/// A fitted codebook.
pub(crate) struct Codebook {
    pub model: Box<dyn ClusterModel>,
    pub facts: audit::Codebook,
}

/// Fits one codebook per entry of `held_out`: a fold that is left out, or nothing. `fold_of` gives a record's fold.
pub(crate) fn fit(
    clusterer: &dyn Clusterer,
    name: &str,
    sample: &Sample,
    held_out: &[Option<u32>],
    fold_of: impl Fn(usize) -> u32,
    seed: u64,
    observer: &dyn Observer,
) -> Result<Vec<Codebook>, Error> {
    let mut codebooks: Vec<Codebook> = Vec::with_capacity(held_out.len());
    for &fold in held_out {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let (features, available) = sample.select(|record| Some(fold_of(record)) != fold);
        let model = clusterer
            .fit(features.view(), seed)
            .map_err(Error::plugin("clusterer", name))?;
        let summary = model.summary();
        let facts = audit::Codebook {
            fold,
            timestamps: features.nrows(),
            available,
            iterations: summary.iterations,
            converged: summary.converged,
            mean_squared_distance: summary.mean_squared_distance,
        };
        codebooks.push(Codebook { model, facts });
        observer.progress(codebooks.len() as u64);
    }
    Ok(codebooks)
}

/// Refuses codebooks of different numbers of clusters: figures over folds need one.
pub(crate) fn one_size(clusterer: &str, codebooks: &[Codebook]) -> Result<(), Error> {
    let clusters: Vec<usize> = codebooks.iter().map(|c| c.model.summary().clusters).collect();
    match clusters.iter().find(|k| **k != clusters[0]) {
        None => Ok(()),
        Some(other) => Err(Error::Invalid(format!(
            "clusterer `{clusterer}` found {} clusters with one fold held out and {other} with another; \
             figures over folds need one number of clusters: give `k`",
            clusters[0]
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn features(record: usize) -> Array2<f32> {
        Array2::from_shape_fn((10, 2), |(t, d)| (record * 1000 + t * 10 + d) as f32)
    }

    #[test]
    fn without_a_need_to_sample_everything_valid_is_taken() {
        let mut sample = Sample::new(2, 2, 1 << 20, 0);
        let valid = [vec![true; 9], vec![false]].concat();
        sample.add(0, features(0).view(), &valid);
        sample.add(1, features(1).view(), &[true; 10]);
        let (all, available) = sample.select(|_| true);
        assert_eq!((all.nrows(), available), (19, 19));
        let (second, _) = sample.select(|record| record == 1);
        assert_eq!(second, features(1));
    }

    #[test]
    fn a_sample_is_per_record_seeded_and_within_the_cap() {
        let draw = |order: &[usize]| {
            let mut sample = Sample::new(3, 2, 3 * 4 * 2 * 4, 9);
            for record in order {
                sample.add(*record, features(*record).view(), &[true; 10]);
            }
            sample
        };
        let forward = draw(&[0, 1, 2]);
        assert_eq!(forward.select(|_| true).0.nrows(), 12);
        assert_eq!(forward.select(|_| true).1, 30);
        assert_eq!(forward.select(|r| r == 1).0, draw(&[2, 1]).select(|r| r == 1).0);
        assert_ne!(
            forward.select(|r| r == 1).0.mapv(|v| v - 1000.0),
            forward.select(|r| r == 2).0.mapv(|v| v - 2000.0)
        );
    }
}
