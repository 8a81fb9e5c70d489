//! p-values corrected for the number of tests.

use ndarray::{Array1, ArrayView1};

use crate::{Result, check};

/// Benjamini–Hochberg adjusted `p_values` \[m\] → \[m\]: the smallest false discovery rate at which each test
/// would be called (Benjamini & Hochberg 1995, JRSS B 57:289–300). Equal p-values stay equal.
///
/// # Errors
/// Empty input, a p-value outside [0, 1].
pub fn benjamini_hochberg(p_values: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
    let ascending = order(p_values)?;
    let m = ascending.len() as f64;
    let mut adjusted = Array1::zeros(p_values.len());
    let mut smallest = 1.0_f64;
    for (rank, &index) in ascending.iter().enumerate().rev() {
        smallest = smallest.min(p_values[index] * (m / (rank + 1) as f64));
        adjusted[index] = smallest;
    }
    Ok(adjusted)
}

/// Holm adjusted `p_values` \[m\] → \[m\], controlling the family-wise error rate without assumptions on
/// dependence (Holm 1979, Scand. J. Stat. 6:65–70).
///
/// # Errors
/// Empty input, a p-value outside [0, 1].
pub fn holm(p_values: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
    let ascending = order(p_values)?;
    let mut adjusted = Array1::zeros(p_values.len());
    let mut largest = 0.0_f64;
    for (rank, &index) in ascending.iter().enumerate() {
        largest = largest
            .max(p_values[index] * (ascending.len() - rank) as f64)
            .min(1.0);
        adjusted[index] = largest;
    }
    Ok(adjusted)
}

/// Positions by ascending p-value.
fn order(p_values: ArrayView1<'_, f64>) -> Result<Vec<usize>> {
    check::not_empty("p-values", p_values.len())?;
    check::probabilities("p-values", &p_values)?;
    let mut ascending: Vec<usize> = (0..p_values.len()).collect();
    ascending.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(ascending)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn one_test_needs_no_correction() {
        assert_eq!(benjamini_hochberg(array![0.03].view()).unwrap(), array![0.03]);
        assert_eq!(holm(array![0.03].view()).unwrap(), array![0.03]);
    }

    #[test]
    fn worked_example() {
        let p = array![0.01, 0.04, 0.03, 0.9];
        let bh = benjamini_hochberg(p.view()).unwrap();
        for (found, expected) in bh.iter().zip([0.04, 0.16 / 3.0, 0.16 / 3.0, 0.9]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(holm(p.view()).unwrap(), array![0.04, 0.09, 0.09, 0.9]);
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(holm(array![].view()), Err(Error::Empty { what: "p-values" }));
        assert!(matches!(
            benjamini_hochberg(array![0.1, 1.1].view()),
            Err(Error::OutOfRange { index: 1, .. })
        ));
        assert!(matches!(
            holm(array![f64::NAN].view()),
            Err(Error::NotFinite { .. })
        ));
    }
}
