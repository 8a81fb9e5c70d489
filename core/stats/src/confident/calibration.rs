//! Scaling of the confident joint to the records that bear each class, in integers.

use ndarray::{Array2, ArrayView2};

use super::{COMPARISON_SLACK, TINY, pairwise};

/// Scales each row j of `counts` \[K, K\] to sum to `label_counts[j]`, and rounds to integers that keep row sums.
pub(super) fn calibrate(counts: ArrayView2<'_, u64>, label_counts: &[u64]) -> Array2<u64> {
    let mut scaled = counts.mapv(|count| count as f64);
    for (mut row, &bearers) in scaled.rows_mut().into_iter().zip(label_counts) {
        // Integers below 2⁵³: exact in any order.
        let sum = row.sum().max(TINY);
        row.mapv_inplace(|count| count / sum * bearers as f64);
    }
    // Column by column, as the reference holds its matrix.
    let in_order: Vec<f64> = scaled.t().iter().copied().collect();
    let total = pairwise::sum(&in_order).max(TINY);
    let records = label_counts.iter().sum::<u64>() as f64;
    scaled.mapv_inplace(|count| count / total * records);

    let mut rounded = Array2::zeros(scaled.dim());
    for (mut to, row) in rounded.rows_mut().into_iter().zip(scaled.rows()) {
        let row = round_keeping_sum(&row.to_vec());
        to.iter_mut().zip(row).for_each(|(to, count)| *to = count as u64);
    }
    rounded
}

/// Rounds (halves to even), then moves the values that were rounded furthest by one, until their sum is that of
/// `values`, rounded.
fn round_keeping_sum(values: &[f64]) -> Vec<f64> {
    let mut rounded: Vec<f64> = values.iter().map(|v| v.round_ties_even()).collect();
    let wanted = pairwise::sum(values).round_ties_even();
    loop {
        let missing = wanted - rounded.iter().sum::<f64>();
        if missing.abs() <= COMPARISON_SLACK {
            return rounded;
        }
        let remainder = |&i: &usize| values[i] - rounded[i];
        let mut furthest: Vec<usize> = (0..values.len()).collect();
        furthest.sort_by(|a, b| remainder(a).total_cmp(&remainder(b)));
        if missing > 0.0 {
            // An ascending order read backwards: of equal remainders, the last class comes first.
            furthest.reverse();
        }
        for i in furthest.into_iter().take(missing.abs() as usize) {
            rounded[i] += missing.signum();
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_sum_to_the_records_of_their_class() {
        let counts = array![[5, 1, 1], [0, 1, 0], [2, 2, 2]];
        let found = calibrate(counts.view(), &[10, 0, 7]);
        assert_eq!(found.sum_axis(ndarray::Axis(1)), array![10, 0, 7]);
        assert_eq!(found.row(2), array![2, 2, 3]);
    }

    #[test]
    fn the_last_of_equal_remainders_gives_or_takes() {
        assert_eq!(round_keeping_sum(&[0.25, 0.25, 0.25, 0.25]), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(round_keeping_sum(&[1.75, 1.75, 1.75, 1.75]), [1.0, 2.0, 2.0, 2.0]);
        assert_eq!(round_keeping_sum(&[0.5, 1.5]), [0.0, 2.0]);
    }
}
