//! Which cluster of one fold's network is which of another's: by the timestamps of the same records.

use std::collections::HashMap;

use ecg_audit_stats::assignment::match_clusters;
use ecg_audit_stats::clusters::{adjusted_rand_index, contingency};
use ndarray::{Array2, ArrayView1, Axis};

use super::stages::Matched;
use crate::Error;
use crate::audit::FoldMatching;
use crate::cohort::Cohort;
use crate::explain::draw;

/// Records that clusters are matched on; beyond it, a seeded sample.
const RECORDS: usize = 500;
/// Stream of the draw of records.
const STREAM: u64 = 0x3a7c;

/// Timelines under the first fold's codebook.
pub(super) struct Reference {
    /// By position in the data set; empty until the first network has passed.
    clusters: HashMap<usize, Vec<u32>>,
}

impl Reference {
    /// Of a seeded sample of the records.
    pub fn new(cohort: &Cohort, seed: u64) -> Self {
        let rows: Vec<usize> = (0..cohort.len()).collect();
        let drawn = draw(&rows, RECORDS, seed, STREAM);
        let clusters = drawn.into_iter().map(|row| (cohort.positions[row], Vec::new()));
        Self {
            clusters: clusters.collect(),
        }
    }
}

/// What one network's pass shows of the reference's records.
pub(super) struct Seen<'a> {
    reference: &'a mut Reference,
    /// Whether this is the reference itself.
    first: bool,
    /// Clusters of the reference and of this network, of the same timestamps.
    pairs: [Vec<u32>; 2],
    records: usize,
}

impl<'a> Seen<'a> {
    pub fn new(reference: &'a mut Reference, network: usize) -> Self {
        Self {
            reference,
            first: network == 0,
            pairs: [Vec::new(), Vec::new()],
            records: 0,
        }
    }

    /// Takes in one record's clusters.
    pub fn take(&mut self, position: usize, clusters: &[u32]) -> Result<(), Error> {
        let Some(reference) = self.reference.clusters.get_mut(&position) else {
            return Ok(());
        };
        self.records += 1;
        if self.first {
            *reference = clusters.to_vec();
            return Ok(());
        }
        if reference.len() != clusters.len() {
            return Err(Error::Invalid(
                "the networks of the folds give one record different numbers of timestamps".into(),
            ));
        }
        self.pairs[0].extend_from_slice(reference);
        self.pairs[1].extend_from_slice(clusters);
        Ok(())
    }

    /// The correspondence with the reference's `k` clusters.
    pub fn matched(self, k: usize) -> Result<Matched, Error> {
        if self.first || self.records == 0 {
            return Ok(Matched {
                numbers: (0..k).collect(),
                quality: None,
                records: self.records,
            });
        }
        let [reference, own] = &self.pairs;
        let table = contingency(ArrayView1::from(reference), ArrayView1::from(own), (k, k))?;
        let (numbers, quality) = correspondence(&table)?;
        Ok(Matched {
            numbers,
            quality: Some(quality),
            records: self.records,
        })
    }
}

/// From the counts of shared timestamps `[K reference, K own]`: the reference's number of each own cluster, and how well
/// they match.
fn correspondence(table: &Array2<u64>) -> Result<(Vec<usize>, FoldMatching), Error> {
    let matched = clusters(table)?;
    let mut numbers: Vec<usize> = (0..table.ncols()).collect();
    let mut overlaps = vec![0.0; table.nrows()];
    for (reference, own, jaccard) in matched.pairs {
        numbers[own] = reference;
        overlaps[reference] = jaccard;
    }
    let quality = FoldMatching {
        overlap: matched.overlap,
        ari: matched.ari,
        clusters: overlaps,
    };
    Ok((numbers, quality))
}

/// The clusters of two timelines, matched.
pub(crate) struct Clusters {
    /// Cluster of the first, cluster of the second, and their Jaccard overlap, by ascending first.
    pub pairs: Vec<(usize, usize, f64)>,
    /// Share of timestamps in matched clusters.
    pub overlap: f64,
    /// Adjusted Rand index.
    pub ari: f64,
}

/// Matches clusters by the counts of shared timestamps `[K₁, K₂]`.
pub(crate) fn clusters(table: &Array2<u64>) -> Result<Clusters, Error> {
    let matching = match_clusters(table.view())?;
    let (rows, columns) = (table.sum_axis(Axis(1)), table.sum_axis(Axis(0)));
    let overlapping = |(first, second): (usize, usize)| {
        let both = table[[first, second]];
        let either = rows[first] + columns[second] - both;
        (first, second, both as f64 / either.max(1) as f64)
    };
    Ok(Clusters {
        pairs: matching.pairs.into_iter().map(overlapping).collect(),
        overlap: matching.overlap,
        ari: adjusted_rand_index(table.view())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn clusters_take_the_numbers_of_those_they_share_most_with() {
        let (numbers, quality) = correspondence(&array![[0_u64, 8, 1], [1, 0, 9], [7, 2, 0]]).unwrap();
        assert_eq!(numbers, [2, 0, 1]);
        assert!((quality.overlap - 24.0 / 28.0).abs() < 1e-12);
        assert!((quality.clusters[0] - 8.0 / 11.0).abs() < 1e-12);
        assert!(quality.ari > 0.4);
    }
}
