//! What records with a similar cluster profile are labelled.

use linfa_nn::distance::L2Dist;
use linfa_nn::{CommonNearestNeighbour, NearestNeighbour};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::Error;

/// Neighbours that are asked.
pub(crate) const NEIGHBOURS: usize = 15;
/// Neighbours looked up beyond those, to make up for records of the same patient.
const SPARE: usize = 16;

/// Coordinates are rounded to this: the tree halves intervals, and would never end between two neighbouring floats. (The
/// crate's ball tree overflows the stack where many records have none of a cluster.)
const GRID: f64 = 1e-9;

/// The labels of each record's neighbours.
pub(crate) struct Neighbourhood {
    /// The nearest records of other patients, nearest first; positions among the records given.
    pub nearest: Vec<Vec<usize>>,
    /// Neighbours that bear the class `[n, C]`.
    pub carriers: Array2<usize>,
    /// Probability of the class `[n, C]`: the share of carriers, drawn towards the class's share in all records as if by
    /// one more neighbour.
    pub probabilities: Array2<f64>,
}

/// The [`NEIGHBOURS`] nearest records of other patients in the Hellinger distance of proportions `[n, F]`, exact.
///
/// The Hellinger distance (Euclidean between square roots) is a metric on distributions that does not let the largest
/// clusters drown the small ones.
pub(crate) fn neighbours(
    proportions: ArrayView2<'_, f64>,
    labels: ArrayView2<'_, bool>,
    groups: &[&str],
) -> Result<Neighbourhood, Error> {
    let (n, classes) = labels.dim();
    let roots = ndarray_16::Array2::from_shape_vec(
        proportions.dim(),
        proportions
            .iter()
            .map(|p| (p.max(0.0).sqrt() / GRID).round() * GRID)
            .collect(),
    )
    .map_err(|e| Error::Invalid(format!("proportions: {e}")))?;
    let index = CommonNearestNeighbour::KdTree
        .from_batch(&roots, L2Dist)
        .map_err(|e| Error::Invalid(format!("neighbours in cluster proportions: {e}")))?;
    let nearest = (0..n)
        .into_par_iter()
        .map(|row| {
            let found = index
                .k_nearest(roots.row(row), (NEIGHBOURS + SPARE).min(n))
                .map_err(|e| Error::Invalid(format!("neighbours in cluster proportions: {e}")))?;
            let distance = |other: usize| {
                let pairs = roots.row(row).into_iter().zip(roots.row(other));
                pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
            };
            let mut found: Vec<(f64, usize)> = found
                .into_iter()
                .filter(|(_, other)| groups[*other] != groups[row])
                .map(|(_, other)| (distance(other), other))
                .collect();
            // The tree gives equal distances in an order of its own.
            found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            Ok(found
                .into_iter()
                .take(NEIGHBOURS)
                .map(|(_, other)| other)
                .collect())
        })
        .collect::<Result<Vec<Vec<usize>>, Error>>()?;
    let mut carriers = Array2::zeros((n, classes));
    let mut probabilities = Array2::zeros((n, classes));
    for class in 0..classes {
        let positives = labels.column(class).iter().filter(|on| **on).count();
        let share = positives as f64 / n.max(1) as f64;
        for (row, near) in nearest.iter().enumerate() {
            let count = near.iter().filter(|other| labels[[**other, class]]).count();
            carriers[[row, class]] = count;
            probabilities[[row, class]] = (count as f64 + share) / (near.len() as f64 + 1.0);
        }
    }
    Ok(Neighbourhood {
        nearest,
        carriers,
        probabilities,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn neighbours_are_records_of_other_patients() {
        let proportions = array![[1.0, 0.0], [0.98, 0.02], [0.9, 0.1], [0.1, 0.9], [0.0, 1.0]];
        let labels = array![[true], [true], [true], [false], [false]];
        let found = neighbours(proportions.view(), labels.view(), &["a", "a", "b", "c", "d"]).unwrap();
        assert_eq!(
            found.nearest[0],
            [2, 3, 4],
            "the patient's own second record is left out"
        );
        assert_eq!(found.carriers[[0, 0]], 1);
        assert!((found.probabilities[[0, 0]] - (1.0 + 0.6) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn many_equal_profiles_are_no_trouble() {
        let n = 5000;
        // Most records have none of the first cluster, and all are of few kinds.
        let proportions = Array2::from_shape_fn((n, 3), |(row, k)| match (row % 50, k) {
            (0, 0) => row as f64 / n as f64,
            (_, 1) => 0.25,
            _ => 0.5,
        });
        let names: Vec<String> = (0..n).map(|row| row.to_string()).collect();
        let groups: Vec<&str> = names.iter().map(String::as_str).collect();
        let labels = Array2::from_elem((n, 1), true);
        let found = neighbours(proportions.view(), labels.view(), &groups).unwrap();
        assert!(found.nearest.iter().all(|near| near.len() == NEIGHBOURS));
    }

    #[test]
    fn records_without_neighbours_fall_back_on_the_share_of_the_class() {
        let found = neighbours(array![[0.5, 0.5]].view(), array![[true]].view(), &["a"]).unwrap();
        assert!(found.nearest[0].is_empty());
        assert_eq!(found.probabilities[[0, 0]], 1.0);
    }
}
