//! Logistic regression on a handful of columns.
//!
//! Newton's method on the penalised log-likelihood: with a few coefficients it ends in a handful of steps at the one
//! optimum, to the last digits, whatever the order of columns. (linfa's quasi-Newton line search stops with an error where
//! rounding leaves no descent, which a ranking of thousands of small fits runs into.)

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// Newton steps at most; a well-posed fit takes fewer than ten.
const STEPS: usize = 50;

/// Intercept and coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logistic {
    pub intercept: f64,
    pub coefficients: Array1<f64>,
}

impl Logistic {
    /// Minimises Σ log-loss + ½ `penalty` |coefficients|² over rows of `x` `[n, d]`; the intercept is free. `None` where
    /// all of `y` are equal, for then no finite intercept is best.
    pub fn fit(x: ArrayView2<'_, f64>, y: &[bool], penalty: f64) -> Option<Self> {
        let positives = y.iter().filter(|on| **on).count();
        if positives == 0 || positives == y.len() || x.nrows() != y.len() {
            return None;
        }
        let d = x.ncols() + 1;
        let share = positives as f64 / y.len() as f64;
        let mut beta = Array1::zeros(d);
        beta[0] = (share / (1.0 - share)).ln();
        let mut loss = objective(x, y, beta.view(), penalty);
        for _ in 0..STEPS {
            let (gradient, hessian) = derivatives(x, y, beta.view(), penalty);
            let step = solve(hessian, gradient)?;
            let mut length = 1.0;
            let (next, next_loss) = loop {
                let next = &beta - &(&step * length);
                let next_loss = objective(x, y, next.view(), penalty);
                if next_loss <= loss || length < 1e-8 {
                    break (next, next_loss);
                }
                length /= 2.0;
            };
            if next_loss > loss {
                break;
            }
            let gain = loss - next_loss;
            (beta, loss) = (next, next_loss);
            if gain <= 1e-12 * (1.0 + loss) {
                break;
            }
        }
        let fitted = Self {
            intercept: beta[0],
            coefficients: beta.slice(ndarray::s![1..]).to_owned(),
        };
        beta.iter().all(|b| b.is_finite()).then_some(fitted)
    }

    /// The probability at `row` `[d]`.
    pub fn probability(&self, row: ArrayView1<'_, f64>) -> f64 {
        sigmoid(self.intercept + self.coefficients.dot(&row))
    }
}

pub(crate) fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

fn linear(row: ArrayView1<'_, f64>, beta: ArrayView1<'_, f64>) -> f64 {
    beta[0]
        + row
            .iter()
            .zip(beta.iter().skip(1))
            .map(|(x, b)| x * b)
            .sum::<f64>()
}

fn objective(x: ArrayView2<'_, f64>, y: &[bool], beta: ArrayView1<'_, f64>, penalty: f64) -> f64 {
    // log(1 + eᶻ) without overflow.
    let softplus = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    let loss: f64 = x
        .rows()
        .into_iter()
        .zip(y)
        .map(|(row, on)| {
            let z = linear(row, beta);
            softplus(if *on { -z } else { z })
        })
        .sum();
    loss + 0.5 * penalty * beta.iter().skip(1).map(|b| b * b).sum::<f64>()
}

fn derivatives(
    x: ArrayView2<'_, f64>,
    y: &[bool],
    beta: ArrayView1<'_, f64>,
    penalty: f64,
) -> (Array1<f64>, Array2<f64>) {
    let d = beta.len();
    let mut gradient = Array1::zeros(d);
    let mut hessian = Array2::zeros((d, d));
    let mut full = vec![1.0; d];
    for (row, on) in x.rows().into_iter().zip(y) {
        full.iter_mut()
            .skip(1)
            .zip(row)
            .for_each(|(to, from)| *to = *from);
        let p = sigmoid(linear(row, beta));
        let (residual, weight) = (p - f64::from(u8::from(*on)), p * (1.0 - p));
        for i in 0..d {
            gradient[i] += residual * full[i];
            for j in 0..d {
                hessian[[i, j]] += weight * full[i] * full[j];
            }
        }
    }
    for i in 1..d {
        gradient[i] += penalty * beta[i];
        hessian[[i, i]] += penalty;
    }
    // Keeps the intercept's row regular where every probability has come to 0 or 1.
    hessian[[0, 0]] += 1e-9;
    (gradient, hessian)
}

/// Solves `a` x = `b` for a symmetric positive definite `a` by Cholesky's decomposition.
pub(super) fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Option<Array1<f64>> {
    let d = b.len();
    for j in 0..d {
        for k in 0..j {
            for i in j..d {
                a[[i, j]] -= a[[i, k]] * a[[j, k]];
            }
        }
        let pivot = a[[j, j]];
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        let root = pivot.sqrt();
        for i in j..d {
            a[[i, j]] /= root;
        }
    }
    for i in 0..d {
        for k in 0..i {
            b[i] -= a[[i, k]] * b[k];
        }
        b[i] /= a[[i, i]];
    }
    for i in (0..d).rev() {
        for k in i + 1..d {
            b[i] -= a[[k, i]] * b[k];
        }
        b[i] /= a[[i, i]];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn equals_scikit_learn() {
        // scikit-learn 1.9.1: LogisticRegression(C=1.0, tol=1e-12, max_iter=10000).fit(x, y).
        let x = array![
            [0.5, -1.0],
            [1.5, 0.3],
            [-0.7, 0.8],
            [2.0, -0.4],
            [-1.2, -0.6],
            [0.1, 1.1]
        ];
        let fitted = Logistic::fit(x.view(), &[false, true, false, true, false, true], 1.0).unwrap();
        let expected = [-0.41424118, 0.994632307, 0.604734566];
        let found = [fitted.intercept, fitted.coefficients[0], fitted.coefficients[1]];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} against {expected}");
        }
    }

    #[test]
    fn separable_rows_stay_finite_and_one_class_has_no_fit() {
        let x = array![[-2.0], [-1.0], [1.0], [2.0]];
        let fitted = Logistic::fit(x.view(), &[false, false, true, true], 1.0).unwrap();
        assert!(fitted.coefficients[0] > 0.5 && fitted.intercept.abs() < 1e-6);
        assert!(Logistic::fit(x.view(), &[true; 4], 1.0).is_none());
        assert!(Logistic::fit(x.view(), &[], 1.0).is_none());
    }

    proptest::proptest! {
        #[test]
        fn the_gradient_vanishes_at_the_fit(
            rows in proptest::collection::vec((-8.0..8.0_f64, -8.0..8.0_f64, proptest::bool::ANY), 4..40)
        ) {
            let x = Array2::from_shape_fn((rows.len(), 2), |(i, j)| if j == 0 { rows[i].0 } else { rows[i].1 });
            let y: Vec<bool> = rows.iter().map(|r| r.2).collect();
            if let Some(fitted) = Logistic::fit(x.view(), &y, 1.0) {
                let beta = array![fitted.intercept, fitted.coefficients[0], fitted.coefficients[1]];
                let (gradient, _) = derivatives(x.view(), &y, beta.view(), 1.0);
                proptest::prop_assert!(gradient.iter().all(|g| g.abs() < 1e-4), "{gradient}");
            }
        }
    }
}
