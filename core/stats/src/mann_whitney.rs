//! Do two groups differ in location? Mann–Whitney U with Cliff's delta, for one pair or all pairs of groups.

use ndarray::{Array1, ArrayView1};
use statrs::function::erf::erfc;

use crate::correction::holm;
use crate::rank::Order;
use crate::{Result, check};

/// Result of a two-sided Mann–Whitney test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// U of the first group: pairs in which its value is the larger, a tie counting one half.
    pub u: f64,
    /// Two-sided p-value of the normal approximation, with tie and continuity corrections.
    pub p: f64,
    /// Cliff's δ = P(first > second) − P(first < second), in [−1, 1] (Cliff 1993, Psychol. Bull. 114:494–509).
    pub cliffs_delta: f64,
}

/// Mann–Whitney test of `first` \[n₁\] against `second` \[n₂\] (Mann & Whitney 1947, Ann. Math. Stat. 18:50–60;
/// SciPy's `mannwhitneyu(method="asymptotic")`). Where all values are equal p is 1.
///
/// The normal approximation is meant for groups of about 8 values and more.
///
/// # Errors
/// An empty group, a value that is not finite.
pub fn mann_whitney(first: ArrayView1<'_, f64>, second: ArrayView1<'_, f64>) -> Result<MannWhitney> {
    check::not_empty("the first group", first.len())?;
    check::not_empty("the second group", second.len())?;
    check::finite("the first group", &first)?;
    check::finite("the second group", &second)?;
    let pooled: Array1<f64> = first.iter().chain(second).copied().collect();
    let order = Order::new(pooled.view());
    let ranks = order.group_midranks();
    let rank_sum: f64 = order
        .group_of
        .iter()
        .take(first.len())
        .map(|&g| ranks[g as usize])
        .sum();

    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let n = n1 + n2;
    let u = rank_sum - n1 * (n1 + 1.0) / 2.0;
    let larger = u.max(n1 * n2 - u);
    let variance = n1 * n2 / 12.0 * ((n + 1.0) - order.tie_term() / (n * (n - 1.0)));
    let p = if order.group_sizes.len() == 1 {
        1.0
    } else {
        let z = (larger - n1 * n2 / 2.0 - 0.5) / variance.sqrt();
        erfc(z / std::f64::consts::SQRT_2).clamp(0.0, 1.0)
    };
    Ok(MannWhitney {
        u,
        p,
        cliffs_delta: (2.0 * u - n1 * n2) / (n1 * n2),
    })
}

/// One pair of groups compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Position of the first group.
    pub first: usize,
    /// Position of the second group, above `first`.
    pub second: usize,
    /// The test of the pair.
    pub test: MannWhitney,
    /// Its p-value after Holm's correction over all pairs.
    pub p_adjusted: f64,
}

/// Every pair of `groups` (k ≥ 2) compared, k(k − 1)/2 entries by ascending `first`, then `second`.
///
/// # Errors
/// Fewer than two groups; else as [`mann_whitney`].
pub fn all_pairs(groups: &[ArrayView1<'_, f64>]) -> Result<Vec<Comparison>> {
    check::at_least("groups", 2, groups.len())?;
    let mut comparisons = Vec::new();
    for (first, a) in groups.iter().enumerate() {
        for (second, b) in groups.iter().enumerate().skip(first + 1) {
            comparisons.push(Comparison {
                first,
                second,
                test: mann_whitney(*a, *b)?,
                p_adjusted: 1.0,
            });
        }
    }
    let p_values: Array1<f64> = comparisons.iter().map(|c| c.test.p).collect();
    for (comparison, p) in comparisons.iter_mut().zip(holm(p_values.view())?) {
        comparison.p_adjusted = p;
    }
    Ok(comparisons)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn delta_is_signed_by_the_larger_group() {
        let (low, high) = (array![1.0, 2.0, 3.0], array![3.0, 4.0]);
        let test = mann_whitney(low.view(), high.view()).unwrap();
        assert_eq!(test.u, 0.5);
        assert!((test.cliffs_delta - (0.0 - 5.0) / 6.0).abs() < 1e-15);
        let swapped = mann_whitney(high.view(), low.view()).unwrap();
        assert_eq!((swapped.p, swapped.cliffs_delta), (test.p, -test.cliffs_delta));
    }

    #[test]
    fn equal_values_are_no_evidence() {
        let a = array![2.0, 2.0, 2.0];
        let test = mann_whitney(a.view(), a.view()).unwrap();
        assert_eq!((test.p, test.cliffs_delta), (1.0, 0.0));
    }

    #[test]
    fn bad_input_is_named() {
        let a = array![1.0];
        assert_eq!(
            mann_whitney(a.view(), array![].view()),
            Err(Error::Empty {
                what: "the second group"
            })
        );
        assert!(matches!(all_pairs(&[a.view()]), Err(Error::TooFew { .. })));
        assert!(all_pairs(&[a.view(), array![f64::NAN].view()]).is_err());
    }
}
