//! The clusters and the uncertainty of their assignment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One cluster of the codebook on all folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// Number, from 0.
    pub id: usize,
    /// Share of all timestamps.
    pub share: f64,
    /// Share of records in which it occurs.
    pub records_share: f64,
    /// Mean uncertainty of its timestamps.
    pub uncertainty: f64,
    /// Mean duration of an unbroken stay, seconds.
    pub dwell_seconds: f64,
    /// Its proportion against predictions and labels.
    pub correlations: Vec<Correlation>,
    /// Where in the heartbeat it sits; empty without a delineator.
    pub landmarks: Vec<Landmark>,
    /// Records in which it takes the largest share.
    pub exemplars: Vec<String>,
}

/// The rank correlation of a cluster's proportion with a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Correlation {
    /// The class.
    pub class: String,
    /// Against what: `model` (predicted probability) or `truth` (label).
    pub against: String,
    /// Spearman's ρ; absent when one side is constant.
    pub rho: Option<f64>,
    /// Two-sided p-value.
    pub p: Option<f64>,
    /// The p-value after Benjamini–Hochberg over all clusters and classes of the same `against`.
    pub p_adjusted: Option<f64>,
}

/// A cluster's share in one phase of the heartbeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Landmark {
    /// The phase.
    pub phase: String,
    /// Share of the cluster's timestamps in it.
    pub share: f64,
    /// That share over the phase's share of all timestamps.
    pub lift: f64,
    /// p-value after correction.
    pub p_adjusted: Option<f64>,
}

/// How undecided the assignment is. All figures are means over a record's timestamps under the codebook that did not
/// see the record's fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Uncertainty {
    /// The measure: the address of its component.
    pub measure: String,
    /// Mean over folds of the mean over held-out timestamps.
    pub mean: f64,
    /// Standard deviation over folds.
    pub sd: Option<f64>,
    /// Distribution over records by class.
    pub by_class: Vec<UncertaintyGroup>,
    /// Distribution over records where the network is right in every class, and where it is not.
    pub by_correctness: Vec<UncertaintyGroup>,
    /// Distribution by phase of the heartbeat; empty without a delineator.
    pub by_landmark: Vec<UncertaintyGroup>,
}

/// The distribution of record means in one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UncertaintyGroup {
    /// Name of the group: a class, `correct`, `incorrect`, …
    pub group: String,
    /// By what records were grouped: `truth`, `model` or `correctness`.
    pub by: String,
    /// Number of records.
    pub records: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation; absent with one record.
    pub sd: Option<f64>,
    /// 5 %, 25 %, 50 %, 75 % and 95 % quantiles.
    pub quantiles: [f64; 5],
}
