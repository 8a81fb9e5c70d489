//! Expectation maximisation.

use ecg_audit_plugin::{Context, Error, Level};
use ndarray_16::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use super::mixture::Mixture;
use super::start;

/// Rows per task of the expectation step.
const CHUNK: usize = 2048;

/// What a fit is told.
pub(super) struct Settings {
    pub(super) clusters: usize,
    pub(super) tolerance: f64,
    pub(super) max_iterations: usize,
    pub(super) restarts: usize,
    pub(super) reg_covar: f64,
}

/// What a fit came to.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) mixture: Mixture,
    pub(super) iterations: usize,
    pub(super) converged: bool,
    /// Mean squared Mahalanobis distance of a row to the mean of its likeliest component.
    pub(super) mean_squared_distance: f64,
}

/// Fits to `x` `[n, P]`; of several restarts, the one with the largest likelihood.
pub(super) fn fit(
    x: &Array2<f64>,
    settings: &Settings,
    seed: u64,
    context: &Context,
) -> Result<Fitted, Error> {
    let mut best: Option<(f64, Fitted)> = None;
    let mut last_error = None;
    for restart in 0..settings.restarts {
        let seed = seed.wrapping_add(restart as u64);
        match climb(x, settings, seed, context) {
            Ok((likelihood, fitted)) => {
                if best.as_ref().is_none_or(|(largest, _)| likelihood > *largest) {
                    best = Some((likelihood, fitted));
                }
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                context.log(Level::Warn, &format!("start {restart}: {error}"));
                last_error = Some(error);
            }
        }
    }
    match (best, last_error) {
        (Some((_, fitted)), _) => Ok(fitted),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::Params("`restarts` must be at least 1".into())),
    }
}

fn climb(x: &Array2<f64>, settings: &Settings, seed: u64, context: &Context) -> Result<(f64, Fitted), Error> {
    let first = start::responsibilities(x, settings.clusters, seed)?;
    let mut mixture = Mixture::estimate(x, &first, settings.reg_covar)?;
    let mut expectation = expect(&mixture, x);
    let mut iterations = 0;
    let mut converged = false;
    while !converged && iterations < settings.max_iterations {
        context.check()?;
        context.progress(iterations as u64, settings.max_iterations as u64);
        mixture = Mixture::estimate(x, &expectation.responsibilities, settings.reg_covar)?;
        let next = expect(&mixture, x);
        iterations += 1;
        converged = (next.likelihood - expectation.likelihood).abs() <= settings.tolerance;
        expectation = next;
    }
    Ok((
        expectation.likelihood,
        Fitted {
            mixture,
            iterations,
            converged,
            mean_squared_distance: expectation.mean_squared_distance,
        },
    ))
}

struct Expectation {
    responsibilities: Array2<f64>,
    /// Mean log likelihood of a row.
    likelihood: f64,
    mean_squared_distance: f64,
}

/// The expectation step: chunks in parallel, sums in the rows' order.
fn expect(mixture: &Mixture, x: &Array2<f64>) -> Expectation {
    let rows = x.nrows();
    let parts: Vec<(Array2<f64>, Array1<f64>, f64)> = (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let first = chunk * CHUNK;
            let last = (first + CHUNK).min(rows);
            let distances = mixture.distances(x.slice(s![first..last, ..]));
            let (posterior, likelihoods) = mixture.posterior(&distances);
            let own = posterior
                .rows()
                .into_iter()
                .zip(distances.rows())
                .map(|(shares, distances)| {
                    let mut likeliest = 0;
                    for (component, share) in shares.iter().enumerate() {
                        if *share > shares[likeliest] {
                            likeliest = component;
                        }
                    }
                    distances[likeliest]
                });
            let sum = own.sum();
            (posterior, likelihoods, sum)
        })
        .collect();
    let mut responsibilities = Array2::zeros((rows, mixture.components()));
    let (mut likelihood, mut distance) = (0.0, 0.0);
    let targets = responsibilities.axis_chunks_iter_mut(Axis(0), CHUNK);
    for (mut target, (posterior, likelihoods, sum)) in targets.zip(&parts) {
        target.assign(posterior);
        likelihood += likelihoods.sum();
        distance += sum;
    }
    Expectation {
        responsibilities,
        likelihood: likelihood / rows as f64,
        mean_squared_distance: distance / rows as f64,
    }
}
