//! Fitted elastic nets.

use ecg_audit_plugin::{Error, SurrogateModel};
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::standard::Standard;
use crate::{checks, saved};

const FORM: &str = "linfa/elastic-net/1";

/// The fitted surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ElasticNetModel {
    features: Standard,
    mean: f64,
    deviation: f64,
    /// Of the standardised features, for the standardised target.
    coefficients: Vec<f64>,
}

impl ElasticNetModel {
    pub(super) fn new(features: Standard, target: Standard, coefficients: Vec<f64>) -> Result<Self, Error> {
        let ([mean], [deviation]) = (target.mean.as_slice(), target.deviation.as_slice()) else {
            return Err(Error::Failed("the target is one column".into()));
        };
        Ok(Self {
            features,
            mean: *mean,
            deviation: *deviation,
            coefficients,
        })
    }

    pub(super) fn load(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = saved::read(FORM, bytes)?;
        let features = model.coefficients.len();
        if model.features.mean.len() == features && model.features.deviation.len() == features {
            Ok(model)
        } else {
            Err(saved::inconsistent(FORM))
        }
    }
}

impl SurrogateModel for ElasticNetModel {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        checks::columns(self.coefficients.len(), x.ncols())?;
        checks::finite("features", x)?;
        let z = self.features.apply(x);
        // Not ndarray's `dot`, whose order of summation hangs on the layout.
        let value = |row: ndarray::ArrayView1<'_, f64>| {
            let terms = row
                .iter()
                .zip(&self.coefficients)
                .map(|(value, coefficient)| value * coefficient);
            self.mean + self.deviation * terms.sum::<f64>()
        };
        let values: Vec<f64> = z.rows().into_iter().map(value).collect();
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Input(format!(
                "row {row} is too far from the fitted rows for a finite answer"
            )));
        }
        Array2::from_shape_vec((x.nrows(), 1), values).map_err(|error| Error::Failed(error.to_string()))
    }

    fn importances(&self) -> Option<Array1<f64>> {
        let sizes = self.coefficients.iter().map(|value| value.abs()).collect();
        Some(Array1::from_vec(checks::shares(sizes)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        saved::write(FORM, self)
    }
}
