//! Fitted logistic regressions.

use ecg_audit_plugin::{Error, SurrogateModel};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::standard::Standard;
use crate::{checks, saved};

const FORM: &str = "linfa/logistic/1";

/// The fitted surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LogisticModel {
    classes: usize,
    /// The classes that occurred, ascending.
    occurring: Vec<usize>,
    standard: Standard,
    /// Intercept and coefficients: of the second class where two occurred (the first's are zero), else of each.
    coefficients: Vec<(f64, Vec<f64>)>,
}

impl LogisticModel {
    pub(super) fn new(
        classes: usize,
        occurring: Vec<usize>,
        standard: Standard,
        coefficients: Vec<(f64, Vec<f64>)>,
    ) -> Self {
        Self {
            classes,
            occurring,
            standard,
            coefficients,
        }
    }

    pub(super) fn load(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = saved::read(FORM, bytes)?;
        let features = model.standard.mean.len();
        let rows = match model.occurring.len() {
            0 => return Err(saved::inconsistent(FORM)),
            1 | 2 => 1,
            several => several,
        };
        let fits = model.occurring.iter().all(|&class| class < model.classes)
            && model.standard.deviation.len() == features
            && model.coefficients.len() == rows
            && model
                .coefficients
                .iter()
                .all(|(_, values)| values.len() == features);
        if fits {
            Ok(model)
        } else {
            Err(saved::inconsistent(FORM))
        }
    }

    fn predict_row(&self, z: ArrayView1<'_, f64>, out: &mut [f64]) {
        if let [only] = self.occurring.as_slice() {
            out[*only] = 1.0;
            return;
        }
        let logits = self.coefficients.iter().map(|(intercept, values)| {
            intercept
                + z.iter()
                    .zip(values)
                    .map(|(value, coefficient)| value * coefficient)
                    .sum::<f64>()
        });
        let logits: Vec<f64> = match self.coefficients.len() {
            1 => std::iter::once(0.0).chain(logits).collect(),
            _ => logits.collect(),
        };
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        for (&class, logit) in self.occurring.iter().zip(logits) {
            out[class] = (logit - largest).exp() / sum;
        }
    }
}

impl SurrogateModel for LogisticModel {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        checks::columns(self.standard.mean.len(), x.ncols())?;
        checks::finite("features", x)?;
        let z = self.standard.apply(x);
        let mut probabilities = vec![0.0; x.nrows() * self.classes];
        for (row, out) in z
            .axis_iter(Axis(0))
            .zip(probabilities.chunks_exact_mut(self.classes))
        {
            self.predict_row(row, out);
        }
        if let Some(index) = probabilities.iter().position(|share| !share.is_finite()) {
            let row = index / self.classes.max(1);
            return Err(Error::Input(format!(
                "row {row} is too far from the fitted rows for a finite answer"
            )));
        }
        Array2::from_shape_vec((x.nrows(), self.classes), probabilities)
            .map_err(|error| Error::Failed(error.to_string()))
    }

    fn importances(&self) -> Option<Array1<f64>> {
        let mut sums = vec![0.0; self.standard.mean.len()];
        for (_, values) in &self.coefficients {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value.abs();
            }
        }
        Some(Array1::from_vec(checks::shares(sums)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        saved::write(FORM, self)
    }
}
