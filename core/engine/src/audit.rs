//! `audit.json`: everything an audit found, as data.
//!
//! It is the single source that reports are rendered from, and others script against it: keys are only ever
//! added within `ecg-audit/1`. [`schema`] gives its JSON Schema.

mod calibration;
mod clusters;
mod explain;
mod fidelity;
mod findings;
mod issues;
mod provenance;
mod quality;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use calibration::{Calibration, CalibrationBin, ConfusionCounts};
pub use clusters::{
    Cluster, Correlation, Follower, Landmark, Landmarks, MeanBeat, PhaseShare, Segment, Uncertainty,
    UncertaintyGroup,
};
pub use explain::{
    Attribution, AttributionMethod, Comparison, Effect, FaithfulShare, Faithfulness, MaskedCluster, Measure,
    PairEffect, Refits, Sanity, Stability,
};
pub use fidelity::{
    Baselines, ClassFidelity, DecisionAccuracy, Fidelity, Figures, FoldFidelity, FoldValues, Importance,
    ModelVsTruth, Spread, Surrogate, ValueFigures, ValueHistogram,
};
pub use findings::{Check, CheckStatus, EcgLayout, Threshold, Trace, TraceAttribution, TraceBeat, TraceWave};
pub use issues::{Evidence, EvidenceSource, Issue, IssueSummary, Issues, LabelValue, Similar};
pub use provenance::{
    Codebook, CrossValidation, Data, FoldMatching, FoldNetwork, Method, Plugin, Provenance, SkippedRecord,
    StageTiming, TapInfo, Timing,
};
pub use quality::{ClassBalance, DataQuality, DuplicatePair, GroupFigures, QualityFinding, QualityKind};

/// The value of `schema` in every file that follows these types.
pub const SCHEMA: &str = "ecg-audit/1";

/// One audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Version of this format: [`SCHEMA`].
    pub schema: String,
    /// Name of the audit, from the configuration.
    pub name: String,
    /// What the network decides.
    pub task: Task,
    /// Class names in the order of the network's outputs; empty for regression.
    pub classes: Vec<String>,
    /// Name of the continuous target; absent for classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What was audited, with what.
    pub provenance: Provenance,
    /// How features and codebooks came about.
    pub method: Method,
    /// The networks of the folds; absent with one network for all records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// The network against the truth; absent where no record has a label.
    pub model_vs_truth: Option<ModelVsTruth>,
    /// What simpler explanations reach.
    pub baselines: Baselines,
    /// One entry per configured surrogate.
    pub surrogates: Vec<Surrogate>,
    /// How undecided the encoder's clusters are.
    pub uncertainty: Uncertainty,
    /// The clusters of the codebook fitted on all folds, which timelines are drawn with.
    pub clusters: Vec<Cluster>,
    /// How clusters and heartbeat go together; absent without landmarks.
    #[serde(default)]
    pub landmarks: Option<Landmarks>,
    /// Attribution maps beside the clusters' uncertainty; absent where they were not asked for.
    #[serde(default)]
    pub attribution: Option<Attribution>,
    /// What masking clusters does to the network; absent where it was not asked for.
    #[serde(default)]
    pub faithfulness: Option<Faithfulness>,
    /// The same network with shuffled weights; absent where it was not asked for or the encoder cannot shuffle them.
    #[serde(default)]
    pub sanity: Option<Sanity>,
    /// How far timelines depend on chance and on the records; absent where it was not asked for.
    #[serde(default)]
    pub stability: Option<Stability>,
    /// Records whose labels the evidence contradicts.
    pub issues: Issues,
    /// What is wrong with the data itself.
    #[serde(default)]
    pub data_quality: DataQuality,
    /// Verdicts.
    pub checks: Vec<Check>,
    /// What this audit cannot say, one sentence each.
    pub limits: Vec<String>,
    /// ECGs of the records shown in reports, with their timelines.
    pub traces: Vec<Trace>,
    /// Where the time went.
    pub timing: Timing,
}

/// What the network decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Several labels may hold at once; a label holds above probability 0.5.
    MultiLabel,
    /// Exactly one label holds: the most probable.
    MultiClass,
    /// A continuous target.
    Regression,
}

/// The JSON Schema of `audit.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Audit).to_value()
}
