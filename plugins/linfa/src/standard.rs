//! Standardisation of columns.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Mean and standard deviation (over n, not n − 1) of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standard {
    pub(crate) mean: Vec<f64>,
    pub(crate) deviation: Vec<f64>,
}

impl Standard {
    /// Measures `x` `[n, F]`, n ≥ 1. A column that does not vary gets the deviation 1 and so becomes zero.
    pub(crate) fn fit(x: ArrayView2<'_, f64>) -> Self {
        let rows = x.nrows() as f64;
        let (mean, deviation) = x
            .axis_iter(Axis(1))
            .map(|column| {
                // Not ndarray's `sum`, whose order hangs on how the column lies in memory.
                let mean = column.iter().sum::<f64>() / rows;
                let variance = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows;
                let deviation = variance.sqrt();
                // Rounding leaves a trace of deviation in a constant column.
                let constant = deviation <= 1e-12 * mean.abs().max(f64::MIN_POSITIVE);
                (mean, if constant { 1.0 } else { deviation })
            })
            .unzip();
        Self { mean, deviation }
    }

    /// `(x − mean) / deviation`.
    pub(crate) fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut z = x.to_owned();
        for ((mut column, mean), deviation) in z.axis_iter_mut(Axis(1)).zip(&self.mean).zip(&self.deviation) {
            column.mapv_inplace(|value| (value - mean) / deviation);
        }
        z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn columns_get_mean_zero_and_deviation_one() {
        let x = array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]];
        let z = Standard::fit(x.view()).apply(x.view());
        let step = 2.0 / (8.0f64 / 3.0).sqrt();
        let expected = array![[-step, 0.0], [0.0, 0.0], [step, 0.0]];
        assert!((z - expected).iter().all(|difference| difference.abs() < 1e-9));
    }
}
