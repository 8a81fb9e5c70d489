//! Which cluster of one run is which cluster of another.

use ndarray::{ArrayView2, Axis};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use crate::{Error, Result, check};

/// A one-to-one matching of the clusters of two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// (cluster of the first run, cluster of the second), by ascending first; min(K₁, K₂) pairs.
    pub pairs: Vec<(usize, usize)>,
    /// Share of the items that lie in matched clusters, in [0, 1]: the quality of the matching.
    pub overlap: f64,
}

/// Matches clusters so that they share as many items as possible, from the contingency table \[K₁, K₂\] of
/// [`contingency`](crate::clusters::contingency): the linear assignment problem, solved exactly by the
/// Hungarian method (Kuhn 1955, Munkres 1957) in whole counts, hence without rounding. O(K³).
///
/// # Errors
/// A table without items, or with more items than fit into an `i64`.
pub fn match_clusters(table: ArrayView2<'_, u64>) -> Result<Matching> {
    const WHAT: &str = "the contingency table";
    check::not_empty(WHAT, table.iter().filter(|&&c| c > 0).count())?;
    let items = table
        .iter()
        .try_fold(0_u64, |sum, &c| sum.checked_add(c))
        .filter(|&n| n <= MOST_ITEMS);
    let high = MOST_ITEMS as f64;
    let too_many = Error::OutOfRange {
        what: WHAT,
        index: 0,
        value: f64::INFINITY,
        low: 0.0,
        high,
    };
    let items = items.ok_or(too_many)?;

    // The solver assigns every row, so the shorter side has to be the rows.
    let transposed = table.len_of(Axis(0)) > table.len_of(Axis(1));
    let weights = if transposed { table.t() } else { table };
    let (rows, columns) = weights.dim();
    let matrix = Matrix::from_fn(rows, columns, |at| weights[at] as i64);
    let (shared, columns) = kuhn_munkres(&matrix);

    let pair = |(row, column)| if transposed { (column, row) } else { (row, column) };
    let mut pairs: Vec<(usize, usize)> = columns.into_iter().enumerate().map(pair).collect();
    pairs.sort_unstable();
    Ok(Matching {
        pairs,
        overlap: shared as f64 / items as f64,
    })
}

/// Labels of the solver stay within a few multiples of the largest count.
const MOST_ITEMS: u64 = i64::MAX as u64 / 1024;

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn renamed_clusters_find_each_other() {
        let matching = match_clusters(array![[0_u64, 0, 4], [3, 0, 0], [0, 2, 0]].view()).unwrap();
        assert_eq!(matching.pairs, [(0, 2), (1, 0), (2, 1)]);
        assert_eq!(matching.overlap, 1.0);
    }

    #[test]
    fn the_largest_overlap_is_given_up_where_the_sum_gains() {
        // Greedy would take the 10 and end at 10 + 1.
        let matching = match_clusters(array![[10_u64, 9], [9, 1]].view()).unwrap();
        assert_eq!(matching.pairs, [(0, 1), (1, 0)]);
        assert_eq!(matching.overlap, 18.0 / 29.0);
    }

    #[test]
    fn the_run_with_more_clusters_keeps_some_unmatched() {
        let tall = array![[1_u64, 0], [0, 5], [7, 0]];
        assert_eq!(match_clusters(tall.view()).unwrap().pairs, [(1, 1), (2, 0)]);
        assert_eq!(match_clusters(tall.t()).unwrap().pairs, [(0, 2), (1, 1)]);
    }

    #[test]
    fn bad_input_is_named() {
        let nothing = Array2::<u64>::zeros((0, 3));
        let empty = Err(Error::Empty {
            what: "the contingency table",
        });
        assert_eq!(match_clusters(nothing.view()), empty);
        assert!(match_clusters(array![[u64::MAX, 1]].view()).is_err());
        assert!(match_clusters(array![[u64::MAX]].view()).is_err());
    }
}
