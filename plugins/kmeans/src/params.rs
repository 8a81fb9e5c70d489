//! The component's parameters.

use ecg_audit_plugin::Error;
use schemars::JsonSchema;
use serde::Deserialize;

/// The largest K a codebook may have.
pub const MAX_CLUSTERS: usize = 1024;

/// Parameters of the `kmeans` clusterer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Number of clusters, or a range from which a rule chooses it.
    pub k: Clusters,
    /// Iterations after which Lloyd's algorithm stops even if it has not converged.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_iterations: usize,
    /// Converged once the centroids' squared shift is at most this times the features' mean variance; 0 waits
    /// until no row changes its cluster.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tolerance: f64,
    /// How often to start anew from other initial centroids; the fit with the lowest inertia is kept.
    #[schemars(range(min = 1, max = 1000))]
    pub restarts: usize,
    /// Softness of the memberships: they are softmax(-squared distance / (temperature × mean squared distance
    /// of the fitted rows to their centroid)).
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub temperature: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            k: Clusters::Fixed(20),
            max_iterations: 300,
            tolerance: 1e-4,
            restarts: 1,
            temperature: 1.0,
        }
    }
}

/// How K is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Clusters {
    /// This many clusters.
    Fixed(#[schemars(range(min = 2, max = 1024))] usize),
    /// The best of several K by a rule.
    Range(ClusterRange),
}

/// The K to try and the rule that chooses among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterRange {
    /// The smallest K.
    #[schemars(range(min = 2, max = 1024))]
    pub from: usize,
    /// The largest K; tried only when the steps meet it.
    #[schemars(range(min = 2, max = 1024))]
    pub to: usize,
    /// Distance between one K and the next.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1022))]
    pub step: usize,
    /// What chooses.
    #[serde(default)]
    pub rule: Rule,
}

fn one() -> usize {
    1
}

/// Rules that choose K.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The K with the largest variance ratio (between-cluster over within-cluster dispersion, each over its
    /// degrees of freedom; Caliński & Harabasz 1974), ties to the smaller K.
    #[default]
    CalinskiHarabasz,
}

impl Params {
    /// Checks what the schema bounds, for callers that come without it, and what it cannot express.
    ///
    /// # Errors
    /// [`Error::Params`] naming the field, its range and its value.
    pub fn check(&self) -> Result<(), Error> {
        match self.k {
            Clusters::Fixed(k) => within("k", k, 2, MAX_CLUSTERS)?,
            Clusters::Range(range) => {
                within("k.from", range.from, 2, MAX_CLUSTERS)?;
                within("k.to", range.to, 2, MAX_CLUSTERS)?;
                within("k.step", range.step, 1, MAX_CLUSTERS - 2)?;
                if range.from > range.to {
                    return Err(Error::Params(format!(
                        "k.from = {} is larger than k.to = {}",
                        range.from, range.to
                    )));
                }
            }
        }
        within("max_iterations", self.max_iterations, 1, 100_000)?;
        within("tolerance", self.tolerance, 0.0, 1.0)?;
        within("restarts", self.restarts, 1, 1000)?;
        within("temperature", self.temperature, 1e-6, 1e6)
    }
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, low: T, high: T) -> Result<(), Error> {
    if value >= low && value <= high {
        Ok(())
    } else {
        Err(Error::Params(format!(
            "{name} must be from {low} to {high}, found {value}"
        )))
    }
}
