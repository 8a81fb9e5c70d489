//! How far two clusterings of the same items agree, whatever their clusters are called.
//!
//! Everything starts from the contingency table, which is small and adds up over shards of the data.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::{Result, check, sequence::cluster_number};

/// Contingency table of two labellings of the same n items, `first` \[n\] with labels below K₁ and `second`
/// \[n\] with labels below K₂ → counts \[K₁, K₂\], where `clusters` is (K₁, K₂). Tables of several shards may
/// be added.
///
/// # Errors
/// Empty input, different lengths, a label that is negative or not below its number of clusters.
pub fn contingency<A, B>(
    first: ArrayView1<'_, A>,
    second: ArrayView1<'_, B>,
    clusters: (usize, usize),
) -> Result<Array2<u64>>
where
    A: Copy + TryInto<usize>,
    B: Copy + TryInto<usize>,
{
    check::not_empty("the first labelling", first.len())?;
    check::same_shape("the second labelling", &first, &second)?;
    let mut table = Array2::zeros(clusters);
    for (index, (&a, &b)) in first.iter().zip(second).enumerate() {
        let a = cluster_number("the first labelling", index, a, clusters.0)?;
        let b = cluster_number("the second labelling", index, b, clusters.1)?;
        table[[a, b]] += 1;
    }
    Ok(table)
}

/// Adjusted Rand index of two clusterings from their [`contingency`] table \[K₁, K₂\]: 1 for the same
/// clustering, 0 expected by chance, negative below chance (Hubert & Arabie 1985, J. Classif. 2:193–218;
/// scikit-learn's `adjusted_rand_score`).
///
/// # Errors
/// A table without items.
pub fn adjusted_rand_index(table: ArrayView2<'_, u64>) -> Result<f64> {
    let table = counts(table)?;
    if is_relabelling(&table) {
        return Ok(1.0);
    }
    let squares = |sums: Array1<f64>| sums.iter().map(|s| s * s).sum::<f64>();
    let n = table.sum();
    let both: f64 = table.iter().map(|c| c * c).sum();
    // Ordered pairs of items: together in both, in the first only, in the second only, in neither.
    let together = both - n;
    let first_only = squares(table.sum_axis(Axis(1))) - both;
    let second_only = squares(table.sum_axis(Axis(0))) - both;
    let apart = n * n - both - first_only - second_only;
    let chance =
        (together + first_only) * (first_only + apart) + (together + second_only) * (second_only + apart);
    Ok(2.0 * (together * apart - first_only * second_only) / chance)
}

/// Normalised mutual information of two clusterings from their [`contingency`] table \[K₁, K₂\], in [0, 1]:
/// mutual information over the arithmetic mean of both entropies (scikit-learn's
/// `normalized_mutual_info_score`). 1 where both have a single cluster.
///
/// # Errors
/// A table without items.
pub fn normalised_mutual_information(table: ArrayView2<'_, u64>) -> Result<f64> {
    let table = counts(table)?;
    let n = table.sum();
    let (rows, columns) = (table.sum_axis(Axis(1)), table.sum_axis(Axis(0)));
    let entropy = |sums: &Array1<f64>| {
        sums.iter()
            .filter(|&&s| s > 0.0)
            .map(|s| -s / n * (s / n).ln())
            .sum::<f64>()
    };
    let (first, second) = (entropy(&rows), entropy(&columns));
    if first == 0.0 && second == 0.0 {
        return Ok(1.0);
    }
    let information: f64 = table
        .indexed_iter()
        .filter(|&(_, &c)| c > 0.0)
        .map(|((i, j), c)| c / n * (c.ln() + n.ln() - rows[i].ln() - columns[j].ln()))
        .sum();
    Ok((information / ((first + second) / 2.0)).clamp(0.0, 1.0))
}

fn counts(table: ArrayView2<'_, u64>) -> Result<Array2<f64>> {
    let items = table.iter().filter(|&&c| c > 0).count();
    check::not_empty("the contingency table", items)?;
    Ok(table.mapv(|c| c as f64))
}

/// One clustering is the other with its clusters renamed: no row and no column has two entries.
fn is_relabelling(table: &Array2<f64>) -> bool {
    let single = |lane: ArrayView1<'_, f64>| lane.iter().filter(|&&c| c > 0.0).count() <= 1;
    table.rows().into_iter().all(single) && table.columns().into_iter().all(single)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn renamed_clusters_agree_fully() {
        let (a, b) = (array![0_u8, 0, 1, 2, 2], array![2_u32, 2, 0, 1, 1]);
        let table = contingency(a.view(), b.view(), (3, 4)).unwrap();
        assert_eq!(table.dim(), (3, 4));
        assert_eq!(adjusted_rand_index(table.view()), Ok(1.0));
        assert!((normalised_mutual_information(table.view()).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn independent_clusterings_share_nothing() {
        let table = array![[5_u64, 5], [5, 5]];
        assert!(normalised_mutual_information(table.view()).unwrap().abs() < 1e-15);
        assert!(adjusted_rand_index(table.view()).unwrap() < 0.0);
    }

    #[test]
    fn one_cluster_each_agrees_and_one_against_two_does_not() {
        assert_eq!(normalised_mutual_information(array![[7_u64]].view()), Ok(1.0));
        assert_eq!(adjusted_rand_index(array![[7_u64]].view()), Ok(1.0));
        assert_eq!(normalised_mutual_information(array![[3_u64, 4]].view()), Ok(0.0));
        assert_eq!(adjusted_rand_index(array![[3_u64, 4]].view()), Ok(0.0));
    }

    #[test]
    fn bad_input_is_named() {
        let a = array![0_i64, 1, -1];
        let error = contingency(a.view(), a.view(), (2, 2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the first labelling: label 2 is no cluster number below 2"
        );
        let short = contingency(a.view(), array![0_u8].view(), (2, 2));
        assert!(matches!(short, Err(Error::ShapeMismatch { .. })));
        let nothing = Array2::<u64>::zeros((2, 2));
        assert!(matches!(
            adjusted_rand_index(nothing.view()),
            Err(Error::Empty { .. })
        ));
        assert!(matches!(
            normalised_mutual_information(nothing.view()),
            Err(Error::Empty { .. })
        ));
    }
}
