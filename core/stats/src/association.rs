//! Rank correlation between every column of one table and every column of another.
//!
//! Used for cluster proportions against predicted probabilities and against labels. On 0/1 labels Spearman's
//! ρ is the point-biserial correlation of the ranks, so labels need no second method: pass them as 0.0 and 1.0.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use statrs::function::beta::checked_beta_reg;

use crate::correction::benjamini_hochberg;
use crate::rank::Order;
use crate::regression::{correlation, unit};
use crate::{Error, Result, check};

/// One rank correlation and how surprising it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// Spearman's ρ, in [−1, 1].
    pub rho: f64,
    /// Two-sided p-value of ρ = 0.
    pub p: f64,
    /// `p` after Benjamini–Hochberg over all pairs of the table in which ρ is defined.
    pub p_adjusted: f64,
}

/// Spearman correlation of every column of `x` \[n, K\] with every column of `y` \[n, C\] → \[K, C\], ties by
/// midranks, each column ranked once. `None` where a column is constant, since ρ is undefined there.
///
/// # Errors
/// Fewer than 3 records, no columns, different numbers of records, a value that is not finite.
pub fn spearman_table(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Result<Array2<Option<Correlation>>> {
    let records = x.len_of(Axis(0));
    if y.len_of(Axis(0)) != records {
        let expected = vec![records, y.len_of(Axis(1))];
        return Err(Error::ShapeMismatch {
            what: "y",
            expected,
            found: y.shape().to_vec(),
        });
    }
    check::at_least("records", 3, records)?;
    let (x, y) = (ranked_columns("x", x)?, ranked_columns("y", y)?);
    let mut pairs = Vec::with_capacity(x.len() * y.len());
    for a in &x {
        for b in &y {
            pairs.push(match (a, b) {
                (Some(a), Some(b)) => {
                    let rho = correlation(a, b);
                    Some(Correlation {
                        rho,
                        p: spearman_p_value(rho, records)?,
                        p_adjusted: 1.0,
                    })
                }
                _ => None,
            });
        }
    }
    adjust(&mut pairs)?;
    let pair = |(k, c): (usize, usize)| pairs[k * y.len() + c];
    Ok(Array2::from_shape_fn((x.len(), y.len()), pair))
}

/// Two-sided p-value of Spearman's ρ over `records` records, by Student's t with n − 2 degrees of freedom
/// (Kendall & Stuart 1973, §31.19; SciPy's `spearmanr`).
///
/// # Errors
/// Fewer than 3 records, ρ outside [−1, 1].
pub fn spearman_p_value(rho: f64, records: usize) -> Result<f64> {
    check::at_least("records", 3, records)?;
    let out_of_range = || Error::OutOfRange {
        what: "rho",
        index: 0,
        value: rho,
        low: -1.0,
        high: 1.0,
    };
    if !(-1.0..=1.0).contains(&rho) {
        return Err(out_of_range());
    }
    // With t² = ρ² ν / (1 − ρ²) the two tails of Student's t are the regularised incomplete beta function
    // I at ν / (ν + t²) = 1 − ρ², which needs no t and so no infinity at |ρ| = 1. Near ρ = 0, 1 − ρ² would
    // lose the digits of ρ, and 1 − I with exchanged arguments keeps them; the border is the one at which the
    // continued fraction of I changes sides (Press et al. 2007, Numerical Recipes, §6.4).
    let half_freedom = (records - 2) as f64 / 2.0;
    let p = if rho * rho < 1.5 / (half_freedom + 2.5) {
        checked_beta_reg(0.5, half_freedom, rho * rho).map(|p| 1.0 - p)
    } else {
        checked_beta_reg(half_freedom, 0.5, (1.0 - rho) * (1.0 + rho))
    };
    p.map(|p| p.clamp(0.0, 1.0)).map_err(|_| out_of_range())
}

/// Midranks of every column, centred and scaled to unit length; `None` for a constant column.
fn ranked_columns(what: &'static str, table: ArrayView2<'_, f64>) -> Result<Vec<Option<Vec<f64>>>> {
    check::not_empty(what, table.len())?;
    check::finite(what, &table)?;
    let rank = |c| {
        let order = Order::new(table.column(c));
        (order.group_sizes.len() > 1).then(|| unit(order.midranks().view()))
    };
    Ok((0..table.len_of(Axis(1))).into_par_iter().map(rank).collect())
}

fn adjust(pairs: &mut [Option<Correlation>]) -> Result<()> {
    let p_values: Array1<f64> = pairs.iter().flatten().map(|pair| pair.p).collect();
    if p_values.is_empty() {
        return Ok(());
    }
    let adjusted = benjamini_hochberg(p_values.view())?;
    for (pair, p) in pairs.iter_mut().flatten().zip(adjusted) {
        pair.p_adjusted = p;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_monotone_pair_is_certain_and_a_constant_column_undefined() {
        let x = array![[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]];
        let y = array![[1.0], [8.0], [27.0], [64.0]];
        let table = spearman_table(x.view(), y.view()).unwrap();
        assert!((table[[0, 0]].unwrap().rho - 1.0).abs() < 1e-15);
        assert!(table[[0, 0]].unwrap().p < 1e-7);
        assert_eq!(table[[1, 0]], None);
    }

    #[test]
    fn certainty_and_independence_have_the_p_values_zero_and_one() {
        assert_eq!(spearman_p_value(1.0, 10), Ok(0.0));
        assert_eq!(spearman_p_value(-1.0, 10), Ok(0.0));
        assert_eq!(spearman_p_value(0.0, 10), Ok(1.0));
    }

    #[test]
    fn bad_input_is_named() {
        let x = array![[1.0], [2.0], [3.0]];
        let error = spearman_table(x.view(), array![[1.0], [2.0]].view()).unwrap_err();
        assert_eq!(error.to_string(), "y has shape [2, 1], expected [3, 1]");
        assert!(spearman_table(x.view(), array![[1.0], [f64::NAN], [2.0]].view()).is_err());
        assert!(matches!(
            spearman_p_value(0.5, 2),
            Err(Error::TooFew { needed: 3, .. })
        ));
        assert!(spearman_p_value(f64::NAN, 9).is_err());
    }
}
