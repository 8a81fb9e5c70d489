//! The component: fits of one K or of a range, with restarts.

use std::sync::Arc;

use ecg_audit_plugin::{ClusterModel, Clusterer, Context, Error, FitSummary, FromParams, Level};
use ndarray::ArrayView2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::data::{Moments, Rows};
use crate::fit::checked_rows;
use crate::lloyd::{Fit, Lloyd, Stop};
use crate::model::KMeansModel;
use crate::params::{ClusterRange, Clusters, Params, Rule};
use crate::persistence::Stored;
use crate::seeding;
use crate::workers::{Workers, WorkersCache};

/// K-means: greedy k-means++ (Arthur & Vassilvitskii 2007), Lloyd's algorithm (1982) with Hamerly's bounds (2010).
///
/// Memberships are softmax(−‖z − μ_k‖² / τ), τ being the fitted rows' mean squared distance to their centroid times
/// `temperature`. Where every fitted row lies on its centroid τ is 0, and the nearest centroid takes all.
/// Fewer distinct rows than clusters are refused.
pub struct KMeans {
    params: Params,
    context: Context,
    workers: Arc<WorkersCache>,
}

impl FromParams for KMeans {
    const NAME: &'static str = "kmeans";
    const SUMMARY: &'static str =
        "K-means (k-means++, Lloyd) with soft memberships; K given or chosen by the variance ratio";
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        params.check()?;
        Ok(Self {
            params,
            context: context.clone(),
            workers: Arc::default(),
        })
    }
}

impl Clusterer for KMeans {
    fn fit(&self, features: ArrayView2<'_, f32>, seed: u64) -> Result<Box<dyn ClusterModel>, Error> {
        let least_rows = match self.params.k {
            Clusters::Fixed(k) => k,
            // The variance ratio has n − K degrees of freedom.
            Clusters::Range(range) => range.to + 1,
        };
        let rows = checked_rows(features, least_rows)?;
        let workers = self.workers.get(self.context.threads())?;
        let moments = Moments::of(&rows, &workers)?;
        let data = Data {
            rows: &rows,
            moments: &moments,
            workers: &workers,
        };
        let fit = match self.params.k {
            Clusters::Fixed(k) => self.best_of_restarts(
                &data,
                k,
                seed,
                Span {
                    first: 0,
                    runs: self.params.restarts,
                },
            )?,
            Clusters::Range(range) => self.best_of_range(&data, range, seed)?,
        };
        Ok(Box::new(self.model(fit, moments)))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn ClusterModel>, Error> {
        let stored = Stored::from_bytes(bytes)?;
        Ok(Box::new(KMeansModel::new(
            stored,
            self.context.clone(),
            Arc::clone(&self.workers),
        )))
    }
}

/// The rows of a fit and what is known of them.
struct Data<'a, 'd> {
    rows: &'a Rows<'d>,
    moments: &'a Moments,
    workers: &'a Workers,
}

/// Which of all runs of a fit these are, for the progress.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    runs: usize,
}

impl KMeans {
    /// The run with the lowest inertia, the first of equal ones.
    fn best_of_restarts(&self, data: &Data<'_, '_>, k: usize, seed: u64, span: Span) -> Result<Fit, Error> {
        let stop = Stop {
            max_iterations: self.params.max_iterations,
            tolerance: self.params.tolerance,
        };
        let lloyd = Lloyd {
            rows: data.rows,
            moments: data.moments,
            workers: data.workers,
            context: &self.context,
        };
        let mut best: Option<Fit> = None;
        for restart in 0..self.params.restarts {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(restart as u64);
            let initial = seeding::seed(data.rows, data.moments, k, &mut rng, data.workers, &self.context)?;
            let done = (span.first + restart) * stop.max_iterations;
            let total = (span.runs * stop.max_iterations) as u64;
            let fit = lloyd.run(initial, stop, |iteration| {
                self.context.progress((done + iteration) as u64, total);
            })?;
            self.context.progress((done + stop.max_iterations) as u64, total);
            if !fit.converged {
                let limit = stop.max_iterations;
                let message = format!("k = {k} has not converged after {limit} iterations (max_iterations)");
                self.context.log(Level::Warn, &message);
            }
            if best.as_ref().is_none_or(|best| fit.inertia < best.inertia) {
                best = Some(fit);
            }
        }
        best.ok_or_else(|| Error::Params("restarts must be at least 1, found 0".into()))
    }

    /// The fit of the K that the rule prefers; the table of scores goes to the log.
    fn best_of_range(&self, data: &Data<'_, '_>, range: ClusterRange, seed: u64) -> Result<Fit, Error> {
        let tried: Vec<usize> = (range.from..=range.to).step_by(range.step).collect();
        let runs = tried.len() * self.params.restarts;
        let mut best: Option<(f64, usize, Fit)> = None;
        let mut table = String::new();
        for (i, k) in tried.into_iter().enumerate() {
            let span = Span {
                first: i * self.params.restarts,
                runs,
            };
            let fit = self.best_of_restarts(data, k, seed, span)?;
            let score = match range.rule {
                Rule::CalinskiHarabasz => variance_ratio(data.moments, &fit),
            };
            table.push_str(&format!(
                "\n  k = {k:4}  inertia {:.6e}  variance ratio {score:.6}",
                fit.inertia
            ));
            if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                best = Some((score, k, fit));
            }
        }
        let (_, k, fit) = best.ok_or_else(|| Error::Params("the range of k is empty".into()))?;
        let message = format!("k = {k} has the largest variance ratio (Caliński–Harabasz):{table}");
        self.context.log(Level::Info, &message);
        Ok(fit)
    }

    fn model(&self, fit: Fit, moments: Moments) -> KMeansModel {
        let mean_squared_distance = fit.inertia / moments.norms.len() as f64;
        let (clusters, features) = fit.centroids.dim();
        let stored = Stored {
            summary: FitSummary {
                clusters,
                features,
                iterations: fit.iterations,
                converged: fit.converged,
                mean_squared_distance,
            },
            tau: mean_squared_distance * self.params.temperature,
            origin: moments.origin,
            centroids: fit.centroids,
        };
        KMeansModel::new(stored, self.context.clone(), Arc::clone(&self.workers))
    }
}

/// Caliński & Harabasz's criterion (1974): (B / (K − 1)) / (W / (n − K)) with the between-cluster dispersion B =
/// total − W. Infinite when no row is off its centroid.
fn variance_ratio(moments: &Moments, fit: &Fit) -> f64 {
    let (rows, clusters) = (moments.norms.len() as f64, fit.centroids.nrows() as f64);
    let between = (moments.total - fit.inertia).max(0.0);
    if fit.inertia > 0.0 {
        (between / (clusters - 1.0)) / (fit.inertia / (rows - clusters))
    } else {
        f64::INFINITY
    }
}
