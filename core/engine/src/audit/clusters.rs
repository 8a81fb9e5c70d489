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
    /// Where in the heartbeat it sits, over all records and per class; empty without landmarks.
    pub landmarks: Vec<Landmark>,
    /// The mean beat of the records in which it takes the largest share; absent without landmarks.
    #[serde(default)]
    pub beat: Option<MeanBeat>,
    /// Timestamps that belong to it most plainly, from different patients.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// The clusters that follow it most often, most often first.
    #[serde(default)]
    pub followed_by: Vec<Follower>,
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
    /// The phase: `P`, `PR`, `QRS`, `ST`, `T`, `TP` or `none`.
    pub phase: String,
    /// The class whose records are counted; absent for all records.
    #[serde(default)]
    pub class: Option<String>,
    /// Share of the cluster's time in it.
    pub share: f64,
    /// That share over the phase's share of all time.
    pub lift: f64,
    /// Two-sided p-value under circular shifts of the timelines within their records, after Benjamini-Hochberg over all
    /// clusters and phases of the same `class`.
    pub p_adjusted: Option<f64>,
}

/// The mean heartbeat of some records, and where in it a cluster is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeanBeat {
    /// Records averaged.
    pub records: usize,
    /// Beats averaged.
    pub beats: usize,
    /// Lead names.
    pub leads: Vec<String>,
    /// Time of the first value before the R peak, seconds; negative.
    pub start: f64,
    /// Time between two values, seconds.
    pub step: f64,
    /// Mean amplitude, one list per lead, whole microvolts; null where no beat has a value.
    pub microvolts: Vec<Vec<Option<i32>>>,
    /// Share of the beats of all records in which the cluster is active, at the same times.
    pub occupancy: Vec<f64>,
}

/// A place in a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// The record.
    pub record: String,
    /// The timestamp's centre, seconds from the record's start.
    pub time: f64,
    /// Its membership in the cluster.
    pub membership: f64,
}

/// A cluster that follows another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Follower {
    /// The cluster.
    pub cluster: usize,
    /// Share of the changes out of the cluster that lead to it.
    pub share: f64,
}

/// How clusters and heartbeat go together, over all records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Landmarks {
    /// Where the landmarks come from: the delineator's address, or `annotations`.
    pub sources: Vec<String>,
    /// Records with at least one beat.
    pub records: usize,
    /// Beats in them.
    pub beats: usize,
    /// Share of time in each phase.
    pub phases: Vec<PhaseShare>,
    /// Mutual information of cluster and phase, bits.
    pub mutual_information: f64,
    /// That over the entropy of the phase: the share of the phase that the cluster tells.
    pub explained: f64,
    /// One-sided p-value of the mutual information under the same shifts.
    pub p: f64,
    /// Number of random shifts.
    pub permutations: usize,
    /// Records that were shifted: all, or a seeded sample.
    pub tested_records: usize,
    /// Duration of one timestamp, seconds: nothing can be placed more finely.
    pub time_step: f64,
}

/// A phase's share of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseShare {
    /// The phase.
    pub phase: String,
    /// Its share.
    pub share: f64,
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
