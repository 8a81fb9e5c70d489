//! Elastic net as a surrogate of continuous targets.

mod model;

use ecg_audit_plugin::{Context, Error, FromParams, Level, Surrogate, SurrogateModel, Target};
use linfa::DatasetBase;
use linfa::prelude::Fit;
use linfa_elasticnet::ElasticNet as Linfa;
use ndarray::{ArrayView1, ArrayView2, Axis};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks;
use crate::standard::Standard;
use model::ElasticNetModel;

/// Parameters of `linfa/elastic-net`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ElasticNetParams {
    /// Strength of the penalty: the loss is half the mean squared error + penalty · (l1_ratio · ‖w‖₁ + (1 − l1_ratio) / 2 ·
    /// ‖w‖²), with features and target standardised, so that it means the same for years and for logits (scikit-learn's alpha).
    #[schemars(range(min = 0.0))]
    pub penalty: f64,
    /// Share of the L1 norm in the penalty: 0 is ridge regression, 1 the lasso.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub l1_ratio: f64,
    /// The solver (coordinate descent) stops when the duality gap is below this share of the target's sum of squares.
    #[schemars(range(min = 1e-14))]
    pub tolerance: f64,
    /// Most passes of the solver over the features.
    #[schemars(range(min = 1))]
    pub max_iterations: u32,
}

impl Default for ElasticNetParams {
    fn default() -> Self {
        Self {
            penalty: 0.01,
            l1_ratio: 0.5,
            tolerance: 1e-8,
            max_iterations: 10_000,
        }
    }
}

/// linfa's elastic net (Zou & Hastie 2005, *J. R. Statist. Soc. B* 67:301) on standardised features.
///
/// Importances are the absolute coefficients of the standardised features. Rows cannot be weighted (linfa has no
/// weights).
#[derive(Debug)]
pub struct ElasticNet {
    params: ElasticNetParams,
    context: Context,
}

impl FromParams for ElasticNet {
    const NAME: &'static str = "elastic-net";
    const SUMMARY: &'static str = "Linear regression with an L1 and L2 penalty, by linfa";
    type Params = ElasticNetParams;

    fn from_params(params: ElasticNetParams, context: &Context) -> Result<Self, Error> {
        let refuse = |key: &str, value: f64, must: &str| {
            Err(Error::Params(format!("`{key}` is {value}; it must be {must}")))
        };
        if !(params.penalty.is_finite() && params.penalty >= 0.0) {
            return refuse("penalty", params.penalty, "at least 0");
        }
        if !(0.0..=1.0).contains(&params.l1_ratio) {
            return refuse("l1_ratio", params.l1_ratio, "between 0 and 1");
        }
        if !(params.tolerance.is_finite() && params.tolerance > 0.0) {
            return refuse("tolerance", params.tolerance, "above 0");
        }
        if params.max_iterations == 0 {
            return refuse("max_iterations", 0.0, "at least 1");
        }
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

impl Surrogate for ElasticNet {
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        _seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        let values = checks::values(x, target, weights)?;
        let features = Standard::fit(x);
        let of_target = Standard::fit(values.insert_axis(Axis(1)));
        let z = features.apply(x);
        let y = of_target.apply(values.insert_axis(Axis(1)));
        self.context.check()?;
        let coefficients = if y.iter().all(|value| *value == 0.0) {
            // Nothing to learn, and linfa's solver would pass over the features to the last iteration.
            vec![0.0; x.ncols()]
        } else {
            self.coefficients(&z, y.iter().copied().collect())?
        };
        Ok(Box::new(ElasticNetModel::new(features, of_target, coefficients)?))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error> {
        Ok(Box::new(ElasticNetModel::load(bytes)?))
    }
}

impl ElasticNet {
    fn coefficients(&self, z: &ndarray::Array2<f64>, y: Vec<f64>) -> Result<Vec<f64>, Error> {
        let squares: f64 = y.iter().map(|value| value * value).sum();
        let records = ndarray_16::Array2::from_shape_vec(z.dim(), z.iter().copied().collect())
            .map_err(|error| Error::Failed(error.to_string()))?;
        let dataset = DatasetBase::new(records, ndarray_16::Array1::from_vec(y));
        let fitted = Linfa::params()
            .penalty(self.params.penalty)
            .l1_ratio(self.params.l1_ratio)
            .tolerance(self.params.tolerance)
            .max_iterations(self.params.max_iterations)
            .with_intercept(false) // The standardised target has the mean 0.
            .fit(&dataset)
            .map_err(|error| Error::Failed(format!("linfa's elastic net: {error}")))?;
        let (gap, passes) = (fitted.duality_gap(), fitted.n_steps());
        if passes >= self.params.max_iterations && gap > self.params.tolerance * squares {
            let message = format!(
                "the elastic net stopped after {passes} passes at a duality gap of {:.1e} of the target's sum of squares; \
                 raise `max_iterations`, `tolerance` or `penalty`",
                gap / squares
            );
            self.context.log(Level::Warn, &message);
        }
        let coefficients = fitted.hyperplane().to_vec();
        if coefficients.iter().all(|value| value.is_finite()) {
            Ok(coefficients)
        } else {
            Err(Error::Failed(
                "linfa's elastic net did not converge to finite coefficients; raise `penalty`".into(),
            ))
        }
    }
}
