//! Pairwise summation in NumPy's order.
//!
//! Counts of the calibrated joint are rounded to integers, and exact halves are common (3 × ½): the sums before them
//! must carry NumPy's rounding errors, or a count would be rounded the other way than in the reference.

use crate::{Result, summary};

/// Sum of `values` in the order of NumPy's `add.reduce` on contiguous 64-bit floats.
pub(super) fn sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(-0.0, |sum, v| sum + v);
    }
    if n > 128 {
        let half = n / 2 - (n / 2) % 8;
        return sum(&values[..half]) + sum(&values[half..]);
    }
    let eights = values.chunks_exact(8);
    let rest = eights.remainder();
    let mut lanes = [0.0; 8];
    for (i, eight) in eights.enumerate() {
        for (lane, &v) in lanes.iter_mut().zip(eight) {
            *lane = if i == 0 { v } else { *lane + v };
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    rest.iter()
        .fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, v| sum + v)
}

/// Mean, of at least one value.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Standard deviation with divisor n, of at least one value.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: Vec<f64> = values.iter().map(|v| (v - centre) * (v - centre)).collect();
    mean(&squares).sqrt()
}

/// Median: the mean of the middle two of an even number of values.
///
/// # Errors
/// Empty input, a value that is not finite.
pub(super) fn median(values: &[f64]) -> Result<f64> {
    let quantiles = summary::quantiles(values.into(), &[0.5])?;
    Ok(quantiles.sum())
}
