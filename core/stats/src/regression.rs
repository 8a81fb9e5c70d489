//! Error and correlation of a continuous prediction.

use ndarray::ArrayView1;

use crate::rank::Order;
use crate::{Error, Result, check};

/// Mean absolute error of `predictions` \[n\] for `targets` \[n\], in the unit of the target.
///
/// # Errors
/// Empty input, different lengths, a value that is not finite.
pub fn mean_absolute_error(targets: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> Result<f64> {
    check_targets(targets, predictions)?;
    let sum: f64 = targets.iter().zip(predictions).map(|(t, p)| (t - p).abs()).sum();
    Ok(sum / targets.len() as f64)
}

/// Root mean squared error of `predictions` \[n\] for `targets` \[n\], in the unit of the target.
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn root_mean_squared_error(
    targets: ArrayView1<'_, f64>,
    predictions: ArrayView1<'_, f64>,
) -> Result<f64> {
    check_targets(targets, predictions)?;
    Ok((squared_error(targets, predictions) / targets.len() as f64).sqrt())
}

/// Coefficient of determination R² = 1 − Σ(t − p)² / Σ(t − t̄)²: 1 best, 0 for the mean of the targets,
/// negative for anything worse. Not symmetric: `targets` come first.
///
/// # Errors
/// As [`mean_absolute_error`], and [`Error::Constant`] for constant targets.
pub fn r_squared(targets: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> Result<f64> {
    check_targets(targets, predictions)?;
    let mean = targets.sum() / targets.len() as f64;
    let total: f64 = targets.iter().map(|t| (t - mean).powi(2)).sum();
    if total == 0.0 {
        return Err(Error::Constant {
            what: "targets",
            count: targets.len(),
        });
    }
    Ok(1.0 - squared_error(targets, predictions) / total)
}

/// Pearson's correlation of `x` \[n\] and `y` \[n\], in [−1, 1].
///
/// # Errors
/// As [`mean_absolute_error`], and [`Error::Constant`] when either is constant.
pub fn pearson(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> Result<f64> {
    check_pair(["x", "y"], x, y)?;
    check::not_constant("x", x)?;
    check::not_constant("y", y)?;
    Ok(correlation(&unit(x), &unit(y)))
}

/// Spearman's rank correlation of `x` \[n\] and `y` \[n\]: Pearson's correlation of the midranks, in [−1, 1].
///
/// # Errors
/// As [`pearson`].
pub fn spearman(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> Result<f64> {
    check_pair(["x", "y"], x, y)?;
    pearson(Order::new(x).midranks().view(), Order::new(y).midranks().view())
}

/// `values` centred and scaled to unit length, so that correlations are dot products. All zero for constant
/// values.
pub(crate) fn unit(values: ArrayView1<'_, f64>) -> Vec<f64> {
    let mean = values.sum() / values.len() as f64;
    // Scaled by the largest deviation first: squares of tiny or huge values would leave the range of f64.
    let scale = values.iter().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    if scale == 0.0 {
        return vec![0.0; values.len()];
    }
    let mut centred: Vec<f64> = values.iter().map(|v| (v - mean) / scale).collect();
    let norm = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
    centred.iter_mut().for_each(|v| *v /= norm);
    centred
}

/// Dot product of two [`unit`] vectors, with rounding beyond ±1 cut off.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0)
}

fn squared_error(targets: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> f64 {
    targets
        .iter()
        .zip(predictions)
        .map(|(t, p)| (t - p).powi(2))
        .sum()
}

fn check_targets(targets: ArrayView1<'_, f64>, predictions: ArrayView1<'_, f64>) -> Result<()> {
    check_pair(["targets", "predictions"], targets, predictions)
}

fn check_pair(names: [&'static str; 2], a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> Result<()> {
    check::not_empty(names[0], a.len())?;
    check::same_shape(names[1], &a, &b)?;
    check::finite(names[0], &a)?;
    check::finite(names[1], &b)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_mean_of_the_targets_has_r_squared_zero() {
        let targets = array![1.0, 2.0, 3.0, 6.0];
        assert_eq!(
            r_squared(targets.view(), array![3.0, 3.0, 3.0, 3.0].view()),
            Ok(0.0)
        );
        assert_eq!(r_squared(targets.view(), targets.view()), Ok(1.0));
        assert_eq!(
            mean_absolute_error(targets.view(), array![3.0, 3.0, 3.0, 3.0].view()),
            Ok(1.5)
        );
    }

    #[test]
    fn correlation_survives_extreme_scales() {
        let x = array![1.0, 2.0, 4.0];
        for scale in [1e-200, 1e200] {
            let y = x.mapv(|v| -v * scale);
            assert!((pearson(x.view(), y.view()).unwrap() + 1.0).abs() < 1e-15);
        }
        assert!((spearman(x.view(), array![1.0, 10.0, 1e9].view()).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn constants_and_nan_are_refused() {
        let (x, flat) = (array![1.0, 2.0], array![3.0, 3.0]);
        assert_eq!(
            r_squared(flat.view(), x.view()),
            Err(Error::Constant {
                what: "targets",
                count: 2
            })
        );
        assert_eq!(
            pearson(x.view(), flat.view()),
            Err(Error::Constant { what: "y", count: 2 })
        );
        assert!(mean_absolute_error(x.view(), array![f64::INFINITY, 0.0].view()).is_err());
    }
}
