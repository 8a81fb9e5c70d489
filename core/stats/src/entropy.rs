//! How undecided a row of memberships is.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};

use crate::{Error, Result, check};

/// How far the sum of a row may be from 1: memberships are stored as f32.
const SUM_TOLERANCE: f64 = 1e-4;

/// Entropy of `probabilities` \[K\] divided by ln K, in [0, 1]: 0 for certainty, 1 for the uniform row
/// (Shannon 1948; 0 ln 0 = 0). A single class is always certain.
///
/// # Errors
/// Empty input, a value outside [0, 1], a sum further than 1e-4 from 1.
pub fn normalised_entropy(probabilities: ArrayView1<'_, f64>) -> Result<f64> {
    let row = probabilities.insert_axis(Axis(0));
    Ok(normalised_entropies(row)?.sum())
}

/// [`normalised_entropy`] of every row of `probabilities` \[n, K\] → \[n\].
///
/// # Errors
/// As [`normalised_entropy`].
pub fn normalised_entropies(probabilities: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    const WHAT: &str = "probabilities";
    check::not_empty(WHAT, probabilities.len())?;
    check::probabilities(WHAT, &probabilities)?;
    let classes = probabilities.len_of(Axis(1));
    let entropy = |(row, values): (usize, ArrayView1<'_, f64>)| {
        let sum = values.sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(Error::NotNormalised { what: WHAT, row, sum });
        }
        if classes == 1 {
            return Ok(0.0);
        }
        let nats: f64 = values.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
        Ok((nats / (classes as f64).ln()).clamp(0.0, 1.0))
    };
    probabilities
        .rows()
        .into_iter()
        .enumerate()
        .map(entropy)
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn certain_is_zero_and_uniform_is_one() {
        assert_eq!(normalised_entropy(array![0.0, 1.0, 0.0].view()), Ok(0.0));
        assert!((normalised_entropy(array![0.25, 0.25, 0.25, 0.25].view()).unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(normalised_entropy(array![1.0].view()), Ok(0.0));
        // Half of two among four classes: ln 2 / ln 4.
        assert_eq!(normalised_entropy(array![0.5, 0.5, 0.0, 0.0].view()), Ok(0.5));
    }

    #[test]
    fn bad_input_is_named() {
        let error = normalised_entropies(array![[0.5, 0.5], [0.5, 0.4]].view()).unwrap_err();
        assert_eq!(error.to_string(), "probabilities: row 1 sums to 0.9, expected 1");
        assert!(normalised_entropy(array![f64::NAN, 1.0].view()).is_err());
        assert_eq!(
            normalised_entropy(array![].view()),
            Err(Error::Empty {
                what: "probabilities"
            })
        );
    }
}
