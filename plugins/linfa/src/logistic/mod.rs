//! Logistic regression as a surrogate.

mod model;

use ecg_audit_plugin::{Context, Error, FromParams, Level, Surrogate, SurrogateModel, Target};
use linfa::DatasetBase;
use linfa::prelude::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{ArrayView1, ArrayView2};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks;
use crate::standard::Standard;
use model::LogisticModel;

/// Parameters of `linfa/logistic`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticParams {
    /// Strength of the L2 penalty on the coefficients of the standardised features: the loss is the summed log
    /// loss + alpha/2 · ‖w‖² (scikit-learn's 1/C). The intercept is free.
    #[schemars(range(min = 0.0))]
    pub alpha: f64,
    /// The solver (L-BFGS) stops when the gradient's norm is below this.
    #[schemars(range(min = 1e-12))]
    pub tolerance: f64,
    /// Most iterations of the solver.
    #[schemars(range(min = 1))]
    pub max_iterations: u64,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            tolerance: 1e-5,
            max_iterations: 500,
        }
    }
}

/// linfa's logistic regression, binomial for two classes and multinomial for more, on standardised features.
///
/// Importances are the absolute coefficients of the standardised features, the mean over the classes. Rows cannot
/// be weighted (linfa has no weights).
#[derive(Debug)]
pub struct Logistic {
    params: LogisticParams,
    context: Context,
}

impl FromParams for Logistic {
    const NAME: &'static str = "logistic";
    const SUMMARY: &'static str = "Logistic regression with an L2 penalty, by linfa";
    type Params = LogisticParams;

    fn from_params(params: LogisticParams, context: &Context) -> Result<Self, Error> {
        if !(params.alpha.is_finite() && params.alpha >= 0.0) {
            return Err(Error::Params(format!(
                "`alpha` is {}; it must be at least 0",
                params.alpha
            )));
        }
        if !(params.tolerance.is_finite() && params.tolerance > 0.0) {
            return Err(Error::Params(format!(
                "`tolerance` is {}; it must be above 0",
                params.tolerance
            )));
        }
        if params.max_iterations == 0 {
            return Err(Error::Params("`max_iterations` must be at least 1".into()));
        }
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

/// Intercept and coefficients of each class.
type Coefficients = Vec<(f64, Vec<f64>)>;

impl Surrogate for Logistic {
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        _seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        let input = checks::classes(x, target, weights)?;
        if input.weights.is_some() {
            return Err(Error::Unsupported(
                "linfa's logistic regression cannot weight rows; leave the weights out or use another surrogate".into(),
            ));
        }
        let mut occurring = input.labels.clone();
        occurring.sort_unstable();
        occurring.dedup();
        let standard = Standard::fit(x);
        let z = standard.apply(x);
        let records = ndarray_16::Array2::from_shape_vec(z.dim(), z.iter().copied().collect())
            .map_err(|error| Error::Failed(error.to_string()))?;
        // Equal weights multiply the loss, which is the same as dividing the penalty.
        let alpha = self.params.alpha / input.mean_weight;
        let coefficients = match occurring.len() {
            0 | 1 => vec![(0.0, vec![0.0; x.ncols()])],
            2 => self
                .relaxing(|tolerance| self.binomial(&records, &input.labels, &occurring, alpha, tolerance))?,
            _ => self.relaxing(|tolerance| self.multinomial(&records, &input.labels, alpha, tolerance))?,
        };
        let model = LogisticModel::new(input.classes, occurring, standard, coefficients);
        Ok(Box::new(model))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error> {
        Ok(Box::new(LogisticModel::load(bytes)?))
    }
}

impl Logistic {
    /// linfa's line search gives up with an error where rounding leaves no further descent; a looser stop then
    /// ends before that point.
    fn relaxing(&self, fit: impl Fn(f64) -> Result<Coefficients, Error>) -> Result<Coefficients, Error> {
        let mut tolerance = self.params.tolerance;
        loop {
            self.context.check()?;
            match fit(tolerance) {
                Err(error) if tolerance < 1e-2 => {
                    tolerance *= 10.0;
                    let message = format!("{error}; trying again with a tolerance of {tolerance:e}");
                    self.context.log(Level::Warn, &message);
                }
                outcome => return outcome,
            }
        }
    }

    fn binomial(
        &self,
        records: &ndarray_16::Array2<f64>,
        labels: &[usize],
        occurring: &[usize],
        alpha: f64,
        tolerance: f64,
    ) -> Result<Coefficients, Error> {
        let dataset = DatasetBase::new(records.view(), ndarray_16::Array1::from_vec(labels.to_vec()));
        let fitted = LogisticRegression::default()
            .alpha(alpha)
            .gradient_tolerance(tolerance)
            .max_iterations(self.params.max_iterations)
            .fit(&dataset)
            .map_err(|error| Error::Failed(format!("linfa's logistic regression: {error}")))?;
        // Which class linfa calls positive hangs on the counts; the second class is it here.
        let sign = if occurring.last() == Some(&fitted.labels().pos.class) {
            1.0
        } else {
            -1.0
        };
        let coefficients = fitted.params().iter().map(|value| sign * value).collect();
        finite(vec![(sign * fitted.intercept(), coefficients)])
    }

    fn multinomial(
        &self,
        records: &ndarray_16::Array2<f64>,
        labels: &[usize],
        alpha: f64,
        tolerance: f64,
    ) -> Result<Coefficients, Error> {
        let dataset = DatasetBase::new(records.view(), ndarray_16::Array1::from_vec(labels.to_vec()));
        let fitted = MultiLogisticRegression::default()
            .alpha(alpha)
            .gradient_tolerance(tolerance)
            .max_iterations(self.params.max_iterations)
            .fit(&dataset)
            .map_err(|error| Error::Failed(format!("linfa's logistic regression: {error}")))?;
        // Columns are the classes that occur, in ascending order.
        let columns = fitted
            .params()
            .columns()
            .into_iter()
            .map(|column| column.to_vec());
        finite(fitted.intercept().iter().copied().zip(columns).collect())
    }
}

fn finite(coefficients: Coefficients) -> Result<Coefficients, Error> {
    let fine = coefficients
        .iter()
        .all(|(intercept, values)| intercept.is_finite() && values.iter().all(|value| value.is_finite()));
    if fine {
        Ok(coefficients)
    } else {
        Err(Error::Failed(
            "linfa's logistic regression did not converge to finite coefficients; raise `alpha`".into(),
        ))
    }
}
