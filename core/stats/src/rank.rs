//! Ranks of values, ties sharing the mean of their ranks.

use ndarray::{Array1, ArrayView1};

use crate::{Result, check};

/// The order of values, with ties made explicit. Sorting happens once, here.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// For each value, the number of its tie group, groups counted upwards from the smallest value.
    pub(crate) group_of: Vec<u32>,
    /// Number of values in each tie group, smallest value first.
    pub(crate) group_sizes: Vec<u64>,
}

impl Order {
    /// Sorts finite values. `-0.0` and `0.0` are a tie.
    pub(crate) fn new(values: ArrayView1<'_, f64>) -> Self {
        let mut sorted: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut group_of = vec![0; sorted.len()];
        let mut group_sizes: Vec<u64> = Vec::new();
        let mut previous = None;
        for (value, index) in sorted {
            match group_sizes.last_mut() {
                Some(size) if previous == Some(value) => *size += 1,
                _ => group_sizes.push(1),
            }
            previous = Some(value);
            group_of[index] = (group_sizes.len() - 1) as u32;
        }
        Self {
            group_of,
            group_sizes,
        }
    }

    /// One midrank per tie group, the smallest value having rank 1.
    pub(crate) fn group_midranks(&self) -> Vec<f64> {
        let mut below = 0;
        self.group_sizes
            .iter()
            .map(|&size| {
                let rank = below as f64 + (size as f64 + 1.0) / 2.0;
                below += size;
                rank
            })
            .collect()
    }

    /// Midrank of every value.
    pub(crate) fn midranks(&self) -> Array1<f64> {
        let of_group = self.group_midranks();
        self.group_of.iter().map(|&g| of_group[g as usize]).collect()
    }

    /// Σ (t³ − t) over tie groups of size t, the term by which rank variances shrink.
    pub(crate) fn tie_term(&self) -> f64 {
        self.group_sizes
            .iter()
            .map(|&t| t as f64)
            .map(|t| t * (t * t - 1.0))
            .sum()
    }
}

/// Midranks of `values` \[n\] → \[n\], the smallest having rank 1 and ties the mean of the ranks they span
/// (SciPy's `rankdata(method="average")`).
///
/// # Errors
/// [`Error::Empty`](crate::Error::Empty), [`Error::NotFinite`](crate::Error::NotFinite).
pub fn midranks(values: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
    check::not_empty("values", values.len())?;
    check::finite("values", &values)?;
    Ok(Order::new(values).midranks())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn ties_share_the_mean_of_their_ranks() {
        let ranks = midranks(array![2.0, 1.0, 2.0, -0.0, 0.0, 2.0].view()).unwrap();
        assert_eq!(ranks, array![5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
    }

    #[test]
    fn refuses_what_has_no_order() {
        assert_eq!(midranks(array![].view()), Err(Error::Empty { what: "values" }));
        let error = midranks(array![1.0, f64::NAN].view()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "values: value 1 is NaN, expected a finite number"
        );
    }
}
