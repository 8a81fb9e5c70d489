//! Whether clusters and phases go together more than by chance: timelines shifted circularly within their records.
//!
//! A shift keeps every beat and every stay in a cluster as it is and breaks only how the two lie to each other, so that
//! autocorrelation cannot pass for association.

use ndarray::{Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::phases::{Fractions, PHASES};

/// Random shifts.
pub(super) const PERMUTATIONS: usize = 999;

/// One record's timeline beside its phases.
pub(super) struct Aligned {
    /// Cluster of each timestamp; the number of clusters where it is masked.
    pub clusters: Vec<usize>,
    pub phases: Vec<Fractions>,
    /// The tables that it counts in: 0 for all records, 1 + c for class c.
    pub tables: Vec<usize>,
}

/// What the shifts say.
pub(crate) struct Test {
    pub permutations: usize,
    pub records: usize,
    /// Per table, two-sided p-values `[K, phases]`.
    pub cells: Vec<Array2<f64>>,
    /// One-sided p-value of the mutual information over all records.
    pub information_p: f64,
}

/// Tables `[K, phases]` of time for each of `tables` groups of records, every record shifted by what `shift` says of its
/// number and length.
pub(super) fn tables(
    records: &[Aligned],
    clusters: usize,
    tables: usize,
    mut shift: impl FnMut(usize) -> usize,
) -> Vec<Array2<f64>> {
    let mut sums = vec![Array2::zeros((clusters, PHASES.len())); tables];
    let mut own = vec![[0.0_f32; 7]; clusters + 1];
    for record in records {
        own.iter_mut().for_each(|row| *row = [0.0; 7]);
        let n = record.clusters.len();
        if n == 0 {
            continue;
        }
        let (after, before) = record.clusters.split_at(shift(n) % n);
        for (cluster, parts) in before.iter().chain(after).zip(&record.phases) {
            own[*cluster]
                .iter_mut()
                .zip(parts)
                .for_each(|(sum, part)| *sum += part);
        }
        for table in &record.tables {
            for (mut row, own) in sums[*table].rows_mut().into_iter().zip(&own) {
                row.iter_mut()
                    .zip(own)
                    .for_each(|(sum, part)| *sum += f64::from(*part));
            }
        }
    }
    sums
}

/// The test on `records`; the same for any number of threads.
pub(super) fn test(records: &[Aligned], clusters: usize, groups: usize, seed: u64) -> Test {
    let observed = tables(records, clusters, groups, |_| 0);
    let shifted: Vec<Vec<Array2<f64>>> = (0..PERMUTATIONS)
        .into_par_iter()
        .map(|i| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(i as u64 + 1);
            tables(records, clusters, groups, |n| rng.random_range(0..n))
        })
        .collect();
    let p = |more: usize| (more + 1) as f64 / (PERMUTATIONS + 1) as f64;
    let cells = observed.iter().enumerate().map(|(group, table)| {
        Array2::from_shape_fn(table.dim(), |at| {
            let mean = shifted.iter().map(|s| s[group][at]).sum::<f64>() / PERMUTATIONS as f64;
            let far = (table[at] - mean).abs() - 1e-6 * table[at].abs();
            p(shifted
                .iter()
                .filter(|s| (s[group][at] - mean).abs() >= far)
                .count())
        })
    });
    let information = observed
        .first()
        .map_or(0.0, |table| mutual_information(table.view()));
    let more = |s: &&Vec<Array2<f64>>| {
        s.first()
            .is_some_and(|table| mutual_information(table.view()) >= information * (1.0 - 1e-9))
    };
    Test {
        permutations: PERMUTATIONS,
        records: records.len(),
        cells: cells.collect(),
        information_p: p(shifted.iter().filter(more).count()),
    }
}

/// Mutual information of the rows and columns of a table of weights, bits.
pub(super) fn mutual_information(table: ArrayView2<'_, f64>) -> f64 {
    let total = table.sum();
    if total <= 0.0 {
        return 0.0;
    }
    let rows: Vec<f64> = table.rows().into_iter().map(|row| row.sum()).collect();
    let columns: Vec<f64> = table.columns().into_iter().map(|column| column.sum()).collect();
    let cell = |((i, j), weight): ((usize, usize), &f64)| {
        if *weight > 0.0 {
            weight / total * (weight * total / (rows[i] * columns[j])).log2()
        } else {
            0.0
        }
    };
    table.indexed_iter().map(cell).sum::<f64>().max(0.0)
}

/// Entropy of the columns of a table of weights, bits.
pub(super) fn phase_entropy(table: ArrayView2<'_, f64>) -> f64 {
    let total = table.sum();
    let shares = table.columns().into_iter().map(|column| column.sum() / total);
    shares
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn records(bound: bool) -> Vec<Aligned> {
        (0..30)
            .map(|r| {
                let phases = (0..40).map(|i| {
                    let mut parts = [0.0; 7];
                    parts[if (i + r) % 10 < 3 { 2 } else { 5 }] = 1.0;
                    parts
                });
                // Bound: cluster 0 lies in the QRS complex. Free: it comes as often, in a rhythm of its own.
                let cluster = |i: usize| {
                    if bound {
                        usize::from((i + r) % 10 >= 3)
                    } else {
                        usize::from((i * 7 + r * r * 3) % 10 >= 3)
                    }
                };
                Aligned {
                    clusters: (0..40).map(cluster).collect(),
                    phases: phases.collect(),
                    tables: vec![0],
                }
            })
            .collect()
    }

    #[test]
    fn bound_clusters_are_found_and_free_ones_are_not() {
        let bound = test(&records(true), 2, 1, 3);
        assert_eq!(bound.information_p, 0.001);
        assert!(bound.cells[0][[0, 2]] == 0.001 && bound.cells[0][[1, 2]] == 0.001);
        let free = test(&records(false), 2, 1, 3);
        assert!(free.cells[0][[0, 2]] > 0.05, "{}", free.cells[0]);
        assert_eq!(
            free.cells[0][[0, 0]],
            1.0,
            "a phase that does not occur proves nothing"
        );
    }

    #[test]
    fn shifts_keep_the_margins() {
        let records = records(true);
        let (still, shifted) = (tables(&records, 2, 1, |_| 0), tables(&records, 2, 1, |n| n / 3));
        assert!((still[0].sum() - shifted[0].sum()).abs() < 1e-6);
        for i in 0..2 {
            assert!((still[0].row(i).sum() - shifted[0].row(i).sum()).abs() < 1e-6);
        }
        assert_ne!(still, shifted);
    }

    #[test]
    fn information_is_that_of_the_table() {
        assert!((mutual_information(array![[1.0, 0.0], [0.0, 1.0]].view()) - 1.0).abs() < 1e-12);
        assert!(mutual_information(array![[1.0, 2.0], [2.0, 4.0]].view()).abs() < 1e-12);
        assert!((phase_entropy(array![[1.0, 0.0], [0.0, 1.0]].view()) - 1.0).abs() < 1e-12);
        assert_eq!(mutual_information(array![[0.0]].view()), 0.0);
    }
}
