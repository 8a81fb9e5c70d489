//! Do several groups differ in location? Kruskal–Wallis with effect sizes.

use ndarray::{Array1, ArrayView1};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::rank::Order;
use crate::{Error, Result, check};

/// Result of a Kruskal–Wallis test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KruskalWallis {
    /// H, divided by the tie correction.
    pub h: f64,
    /// Number of groups − 1.
    pub degrees_of_freedom: usize,
    /// Upper tail of χ² at H.
    pub p: f64,
    /// ε² = H / (n − 1), in [0, 1].
    pub epsilon_squared: f64,
    /// η² = (H − k + 1) / (n − k); slightly negative where groups differ less than chance would make them.
    pub eta_squared: f64,
}

/// Kruskal–Wallis test of `groups`, k ≥ 2 samples of one value or more each (Kruskal & Wallis 1952, JASA
/// 47:583–621; p as SciPy's `kruskal`), with the effect sizes of Tomczak & Tomczak 2014 (Trends Sport Sci. 21:19–25).
///
/// # Errors
/// Fewer than two groups, an empty group, no more values than groups, a value that is not finite, all values
/// equal.
pub fn kruskal_wallis(groups: &[ArrayView1<'_, f64>]) -> Result<KruskalWallis> {
    let k = groups.len();
    check::at_least("groups", 2, k)?;
    for group in groups {
        check::not_empty("a group", group.len())?;
        check::finite("a group", group)?;
    }
    let pooled: Array1<f64> = groups.iter().flat_map(|group| group.iter().copied()).collect();
    check::at_least("values of all groups", k + 1, pooled.len())?;
    check::not_constant("values of all groups", pooled.view())?;

    let order = Order::new(pooled.view());
    let ranks = order.midranks();
    let n = pooled.len() as f64;
    let mut start = 0;
    let mut sum = 0.0;
    for group in groups {
        let end = start + group.len();
        // Deviations from the mean rank: the textbook form subtracts two numbers of order n³.
        let deviation: f64 = ranks
            .iter()
            .take(end)
            .skip(start)
            .map(|r| r - (n + 1.0) / 2.0)
            .sum();
        sum += deviation * deviation / group.len() as f64;
        start = end;
    }
    let ties = 1.0 - order.tie_term() / (n * (n * n - 1.0));
    let h = 12.0 / (n * (n + 1.0)) * sum / ties;
    Ok(KruskalWallis {
        h,
        degrees_of_freedom: k - 1,
        p: chi_squared_tail(h, k - 1)?,
        epsilon_squared: h / (n - 1.0),
        eta_squared: (h - k as f64 + 1.0) / (n - k as f64),
    })
}

fn chi_squared_tail(h: f64, degrees_of_freedom: usize) -> Result<f64> {
    let distribution = ChiSquared::new(degrees_of_freedom as f64).map_err(|_| Error::TooFew {
        what: "groups",
        needed: 2,
        found: degrees_of_freedom + 1,
    })?;
    Ok(distribution.sf(h).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn separated_groups_have_the_largest_effect() {
        let (a, b) = (array![1.0, 2.0, 3.0], array![10.0, 11.0, 12.0]);
        let test = kruskal_wallis(&[a.view(), b.view()]).unwrap();
        // Rank sums 6 and 15: H = 12 / 42 · (36/3 + 225/3) − 21 = 27/7.
        assert!((test.h - 27.0 / 7.0).abs() < 1e-14);
        assert!((test.epsilon_squared - 27.0 / 35.0).abs() < 1e-14);
    }

    #[test]
    fn bad_input_is_named() {
        let a = array![1.0, 1.0];
        assert!(matches!(
            kruskal_wallis(&[a.view()]),
            Err(Error::TooFew { what: "groups", .. })
        ));
        assert!(matches!(
            kruskal_wallis(&[a.view(), a.view()]),
            Err(Error::Constant { count: 4, .. })
        ));
        assert!(matches!(
            kruskal_wallis(&[a.view(), array![].view()]),
            Err(Error::Empty { .. })
        ));
        let one = array![1.0];
        assert!(matches!(
            kruskal_wallis(&[one.view(), one.view()]),
            Err(Error::TooFew { needed: 3, .. })
        ));
        assert!(kruskal_wallis(&[a.view(), array![f64::NAN].view()]).is_err());
    }
}
