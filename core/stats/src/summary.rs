//! Location, spread and quantiles of one sample.

use ndarray::{Array1, ArrayView1};

use crate::{Result, check};

/// Arithmetic mean of `values` \[n\].
///
/// # Errors
/// Empty input, a value that is not finite.
pub fn mean(values: ArrayView1<'_, f64>) -> Result<f64> {
    check_values(values)?;
    Ok(values.sum() / values.len() as f64)
}

/// Sample standard deviation of `values` \[n\], with n − 1 in the denominator (NumPy's `ddof=1`).
///
/// # Errors
/// As [`mean`], and [`Error::TooFew`](crate::Error::TooFew) for a single value.
pub fn standard_deviation(values: ArrayView1<'_, f64>) -> Result<f64> {
    let mean = mean(values)?;
    check::at_least("values", 2, values.len())?;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Ok((squares / (values.len() - 1) as f64).sqrt())
}

/// Quantiles of `values` \[n\] at `probabilities` \[q\] in [0, 1] → \[q\], interpolated linearly between order
/// statistics (NumPy's default; type 7 of Hyndman & Fan 1996, Am. Stat. 50:361–365).
///
/// # Errors
/// As [`mean`]; a probability outside [0, 1].
pub fn quantiles(values: ArrayView1<'_, f64>, probabilities: &[f64]) -> Result<Array1<f64>> {
    check_values(values)?;
    check::probabilities("quantile probabilities", &ArrayView1::from(probabilities))?;
    let sorted = sorted(values);
    Ok(probabilities
        .iter()
        .map(|&p| quantile_of_sorted(&sorted, p))
        .collect())
}

/// The five numbers of a box plot (Tukey 1977).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxStatistics {
    /// Smallest value.
    pub min: f64,
    /// 25 % quantile.
    pub lower_quartile: f64,
    /// 50 % quantile.
    pub median: f64,
    /// 75 % quantile.
    pub upper_quartile: f64,
    /// Largest value.
    pub max: f64,
}

impl BoxStatistics {
    /// Of `values` \[n\], quartiles as in [`quantiles`].
    ///
    /// # Errors
    /// As [`mean`].
    pub fn new(values: ArrayView1<'_, f64>) -> Result<Self> {
        check_values(values)?;
        let sorted = sorted(values);
        let at = |p| quantile_of_sorted(&sorted, p);
        Ok(Self {
            min: at(0.0),
            lower_quartile: at(0.25),
            median: at(0.5),
            upper_quartile: at(0.75),
            max: at(1.0),
        })
    }
}

/// Quantile of ascending, non-empty values at a probability in [0, 1].
pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let last = sorted.len() - 1;
    let position = probability * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let (low, high) = (sorted[below], sorted[above]);
    // Kept inside the two neighbours: rounding must not push a quantile beyond them.
    (low + (high - low) * (position - below as f64)).clamp(low, high)
}

fn sorted(values: ArrayView1<'_, f64>) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn check_values(values: ArrayView1<'_, f64>) -> Result<()> {
    check::not_empty("values", values.len())?;
    check::finite("values", &values)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn quartiles_of_five_values_are_values() {
        let five = BoxStatistics::new(array![3.0, 1.0, 5.0, 2.0, 4.0].view()).unwrap();
        let expected = BoxStatistics {
            min: 1.0,
            lower_quartile: 2.0,
            median: 3.0,
            upper_quartile: 4.0,
            max: 5.0,
        };
        assert_eq!(five, expected);
    }

    #[test]
    fn one_value_has_quantiles_but_no_spread() {
        let one = array![7.0];
        assert_eq!(
            quantiles(one.view(), &[0.0, 0.3, 1.0]).unwrap(),
            array![7.0, 7.0, 7.0]
        );
        let error = standard_deviation(one.view()).unwrap_err();
        assert_eq!(error.to_string(), "values: at least 2 values are needed, found 1");
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(mean(array![].view()), Err(Error::Empty { what: "values" }));
        assert!(quantiles(array![1.0].view(), &[1.1]).is_err());
        assert!(quantiles(array![1.0, f64::NAN].view(), &[0.5]).is_err());
    }
}
