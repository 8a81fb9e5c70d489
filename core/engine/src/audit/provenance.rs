//! What was audited, with what, and how long it took.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was audited, with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Version of ecg-audit.
    pub version: String,
    /// When the audit began, RFC 3339, UTC.
    pub started: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Thread budget.
    pub threads: usize,
    /// SHA-256 of the model file, where the encoder has one.
    pub model_sha256: Option<String>,
    /// The components, in the order encoder, clusterer, uncertainty, surrogates.
    pub plugins: Vec<Plugin>,
    /// SHA-256 of the resolved configuration.
    pub config_sha256: String,
    /// The data.
    pub data: Data,
}

/// One component in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plugin {
    /// Kind: encoder, clusterer, uncertainty, surrogate or delineator.
    pub kind: String,
    /// Address in the configuration, such as `kmeans` or `linfa/gmm`.
    pub name: String,
    /// The library's version.
    pub version: String,
    /// SHA-256 of the library file.
    pub sha256: String,
    /// Its parameters as given.
    pub params: serde_json::Value,
}

/// The data that went in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Data {
    /// The reader.
    pub reader: String,
    /// The folder or file.
    pub path: String,
    /// Number of records audited.
    pub records: usize,
    /// Number of audited records with a label.
    pub labelled: usize,
    /// Number of groups (patients).
    pub groups: usize,
    /// The folds, ascending.
    pub folds: Vec<u32>,
    /// Number of audited records per class that carry it, in class order.
    pub class_counts: Vec<usize>,
    /// Sampling rate after preprocessing, Hz.
    pub sampling_rate: f64,
    /// Leads after preprocessing, in the network's order.
    pub leads: Vec<String>,
    /// Records set aside.
    pub skipped: Vec<SkippedRecord>,
    /// Lines on data that was used but deserves a look, such as flat leads.
    pub warnings: Vec<SkippedRecord>,
}

/// A record and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedRecord {
    /// Record name.
    pub record: String,
    /// The reason.
    pub reason: String,
}

/// How features and codebooks came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Method {
    /// The tapped blocks, from shallow to deep.
    pub taps: Vec<TapInfo>,
    /// Number of features D per timestamp.
    pub features: usize,
    /// Duration of one timestamp after alignment, seconds.
    pub time_step: f64,
    /// Number of clusters K.
    pub clusters: usize,
    /// The codebooks: one per held-out fold, and one on all folds, which timelines are drawn with.
    pub codebooks: Vec<Codebook>,
    /// How network features were kept between stages, with the reason.
    pub feature_plan: String,
}

/// One tapped block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TapInfo {
    /// Name of the tap.
    pub name: String,
    /// Channels C_b.
    pub channels: usize,
    /// Timestamps L_b in one window.
    pub length: usize,
    /// Duration of one of its own timestamps, seconds.
    pub time_step: f64,
    /// How far a change of one input sample reaches at this tap, seconds, measured on the first record; absent where it
    /// could not be measured.
    #[serde(default)]
    pub receptive_field: Option<f64>,
    /// Weight of the block in the features.
    pub weight: f64,
}

/// One fitted codebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Codebook {
    /// The fold that was held out; absent for the codebook on all folds.
    pub fold: Option<u32>,
    /// Timestamps it was fitted on.
    pub timestamps: usize,
    /// Timestamps there were; more than `timestamps` when a sample was drawn.
    pub available: usize,
    /// Iterations.
    pub iterations: usize,
    /// False when the fit stopped at its iteration limit.
    pub converged: bool,
    /// Mean squared distance of a timestamp to its cluster's centre.
    pub mean_squared_distance: f64,
}

/// Where the time went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// The stages in order.
    pub stages: Vec<StageTiming>,
    /// Wall time of the whole audit, seconds.
    pub total_seconds: f64,
    /// Peak resident memory of the process, bytes; absent where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
}

/// One stage's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageTiming {
    /// Name of the stage.
    pub name: String,
    /// Wall time, seconds.
    pub seconds: f64,
}

/// A network for every fold, none of which was trained on the records it is audited with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossValidation {
    /// The networks, by fold.
    pub networks: Vec<FoldNetwork>,
    /// The fold whose clusters give all others their numbers.
    pub reference_fold: u32,
    /// Records that clusters were matched on: all, or a seeded sample.
    pub matched_records: usize,
    /// Mean over the other folds of the share of timestamps in matched clusters.
    pub overlap: Option<f64>,
}

/// One fold's network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldNetwork {
    /// The fold it was not trained on.
    pub fold: u32,
    /// The model file.
    pub model: String,
    /// Its SHA-256, where the encoder gives it.
    pub sha256: Option<String>,
    /// How its clusters correspond to the reference's; absent for the reference itself.
    pub matching: Option<FoldMatching>,
}

/// The correspondence of the clusters of two networks, from the timestamps of the same records: the one-to-one
/// assignment that shares most of them (Kuhn 1955, Munkres 1957).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldMatching {
    /// Share of timestamps in matched clusters.
    pub overlap: f64,
    /// Adjusted Rand index of the two networks' timelines.
    pub ari: f64,
    /// Per cluster of the reference, the Jaccard overlap with its match, in cluster order.
    pub clusters: Vec<f64>,
}
