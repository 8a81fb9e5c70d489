//! A Gaussian mixture as a clusterer.

mod em;
mod mixture;
mod model;
mod projection;
mod start;

use ecg_audit_plugin::{ClusterModel, Clusterer, Context, Error, FromParams, Level};
use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPool;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks;
use em::Settings;
use model::GmmModel;
use projection::Projection;

/// Features above which principal components are taken when `pca` is not given: a full covariance has D²/2
/// parameters per cluster.
const DEFAULT_COMPONENTS: usize = 16;

/// Parameters of `linfa/gmm`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GmmParams {
    /// Number of clusters K.
    #[schemars(range(min = 1))]
    pub k: usize,
    /// Number of principal components that the features are projected on before the fit; all features as they are
    /// where it is no smaller than their number. By default 16.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub pca: Option<usize>,
    /// Expectation maximisation stops when the mean log likelihood of a row gains less than this.
    #[serde(default = "default_tolerance")]
    #[schemars(range(min = 0.0))]
    pub tolerance: f64,
    /// Most iterations of one fit.
    #[serde(default = "default_max_iterations")]
    #[schemars(range(min = 1))]
    pub max_iterations: usize,
    /// Fits from different starts, of which the likeliest is kept.
    #[serde(default = "default_restarts")]
    #[schemars(range(min = 1))]
    pub restarts: usize,
    /// Added to the diagonal of each covariance.
    #[serde(default = "default_reg_covar")]
    #[schemars(range(min = 0.0))]
    pub reg_covar: f64,
    /// Most rows to fit to; of more, this many are drawn without replacement, by the seed.
    #[serde(default = "default_max_rows")]
    #[schemars(range(min = 1))]
    pub max_rows: usize,
}

fn default_tolerance() -> f64 {
    1e-3
}

fn default_max_iterations() -> usize {
    100
}

fn default_restarts() -> usize {
    1
}

fn default_reg_covar() -> f64 {
    1e-6
}

fn default_max_rows() -> usize {
    20_000
}

/// A mixture of Gaussians with full covariances (Dempster, Laird, Rubin 1977); memberships are the posterior
/// probabilities of the components, distances the squared Mahalanobis distances to their means.
///
/// Starts come from linfa's k-means++ and k-means, factorisations from linfa's linear algebra. The expectation
/// maximisation is ours: linfa's adds densities outside the logarithm (rows far from every mean become NaN), does
/// not restart between its runs, and answers an error instead of a model when it meets its iteration limit.
#[derive(Debug)]
pub struct Gmm {
    params: GmmParams,
    context: Context,
}

impl FromParams for Gmm {
    const NAME: &'static str = "gmm";
    const SUMMARY: &'static str = "Gaussian mixture with full covariances; memberships from the posterior";
    type Params = GmmParams;

    fn from_params(params: GmmParams, context: &Context) -> Result<Self, Error> {
        let counts = [
            ("k", params.k),
            ("pca", params.pca.unwrap_or(1)),
            ("max_iterations", params.max_iterations),
            ("restarts", params.restarts),
            ("max_rows", params.max_rows),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(Error::Params(format!("`{name}` must be at least 1")));
        }
        for (name, value) in [("tolerance", params.tolerance), ("reg_covar", params.reg_covar)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::Params(format!(
                    "`{name}` is {value}; it must be at least 0"
                )));
            }
        }
        if params.max_rows < params.k {
            return Err(Error::Params(format!(
                "`max_rows` is {}, fewer than the {} clusters",
                params.max_rows, params.k
            )));
        }
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

impl Clusterer for Gmm {
    fn fit(&self, features: ArrayView2<'_, f32>, seed: u64) -> Result<Box<dyn ClusterModel>, Error> {
        let (rows, columns) = features.dim();
        if columns == 0 || rows < self.params.k {
            return Err(Error::Input(format!(
                "features are [{rows}, {columns}]; {} clusters need at least as many rows and one column",
                self.params.k
            )));
        }
        checks::finite("features", features)?;
        let pool = pool(&self.context)?;
        let sample = self.sample(features, seed);
        let projection = Projection::fit(&sample, self.params.pca.unwrap_or(DEFAULT_COMPONENTS))?;
        if projection.components() < columns {
            let message = format!(
                "{columns} features projected on {} principal components",
                projection.components()
            );
            self.context.log(Level::Info, &message);
        }
        let x = projection.apply(sample);
        let settings = Settings {
            clusters: self.params.k,
            tolerance: self.params.tolerance,
            max_iterations: self.params.max_iterations,
            restarts: self.params.restarts,
            reg_covar: self.params.reg_covar,
        };
        let fitted = pool.install(|| em::fit(&x, &settings, seed, &self.context))?;
        if !fitted.converged {
            let message = format!("the mixture did not converge in {} iterations", fitted.iterations);
            self.context.log(Level::Warn, &message);
        }
        Ok(Box::new(GmmModel::new(projection, fitted, &self.context)))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn ClusterModel>, Error> {
        Ok(Box::new(GmmModel::load(bytes, &self.context)?))
    }
}

impl Gmm {
    /// The rows to fit to, in their order.
    fn sample(&self, features: ArrayView2<'_, f32>, seed: u64) -> ndarray_16::Array2<f64> {
        let (rows, columns) = features.dim();
        let limit = self.params.max_rows;
        if rows <= limit {
            return ndarray_16::Array2::from_shape_fn((rows, columns), |(i, j)| f64::from(features[[i, j]]));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = rand::seq::index::sample(&mut rng, rows, limit).into_vec();
        drawn.sort_unstable();
        let message = format!("fits to {limit} of {rows} rows, drawn by the seed (`max_rows`)");
        self.context.log(Level::Info, &message);
        let chosen = features.select(Axis(0), &drawn);
        ndarray_16::Array2::from_shape_fn((limit, columns), |(i, j)| f64::from(chosen[[i, j]]))
    }
}

/// Threads within the host's budget, for linfa's k-means too, which uses whatever pool it is called in.
fn pool(context: &Context) -> Result<ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(context.threads())
        .build()
        .map_err(|error| Error::Failed(format!("cannot start threads: {error}")))
}
