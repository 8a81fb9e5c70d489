//! One audit under many settings: `sweep.json`, and what is read from it.
//!
//! A [`Plan`] lists the settings; [`run::prepare_sweep`](crate::run::prepare_sweep) checks them all, and
//! [`run::PreparedSweep::run`](crate::run::PreparedSweep::run) carries them out. Settings share what is equal: one
//! encoding for all that differ behind the network, one set of codebooks for all that differ in their surrogates alone.

mod measures;
mod plan;
mod table;
mod vary;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use measures::{Better, MEASURES, Measure, Reading};
pub use plan::{MOST_SETTINGS, Plan};
pub(crate) use plan::{Planned, named};
pub use table::Table;
pub use vary::Vary;

use crate::audit::{Baselines, Codebook, ModelVsTruth, Stability, StageTiming, Surrogate, Task, Uncertainty};

/// The value of `schema` in `sweep.json`.
pub const SCHEMA: &str = "ecg-audit-sweep/1";
/// Name of the page in a sweep's folder.
pub const PAGE: &str = "sweep.html";
/// Name of the table in a sweep's folder.
pub const TABLE: &str = "sweep.csv";
/// Name of the data in a sweep's folder.
pub const SWEEP: &str = "sweep.json";

/// A finished sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sweep {
    /// Version of this format: [`SCHEMA`].
    pub schema: String,
    /// Name of the audit.
    pub name: String,
    /// The configuration that the settings change.
    pub config: String,
    /// Version of ecg-audit.
    pub version: String,
    /// When the sweep began, RFC 3339, UTC.
    pub started: String,
    /// What was varied.
    pub varied: Vec<Varied>,
    /// Every combination, the last key changing fastest.
    pub settings: Vec<Setting>,
    /// What the sweep took.
    pub cost: Cost,
}

/// One key that was varied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Varied {
    /// The key, dotted.
    pub key: String,
    /// Its values.
    pub values: Vec<Value>,
}

/// One setting and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its place, from 1.
    pub number: usize,
    /// The varied keys' values, in the order of `varied`.
    pub values: Vec<Value>,
    /// What came out; absent where the setting failed.
    pub findings: Option<Findings>,
    /// Why it failed; absent where it did not.
    pub error: Option<String>,
    /// Number of its encoding, from 1: settings with the same number share the network's activations.
    pub encoding: usize,
    /// Number of its codebooks, from 1: settings with the same number differ in their surrogates alone, and share them.
    pub clustering: usize,
    /// Wall time of what was done for this setting, by stage. `encode` is the network at work, `activations` the reading of
    /// what it left for an earlier setting. What was shared stands with the setting that came first.
    pub stages: Vec<StageTiming>,
    /// Their sum, seconds.
    pub seconds: f64,
}

/// What an audit of one setting finds: the same figures as a full run's, under the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// What the network decides.
    pub task: Task,
    /// Records audited.
    pub records: usize,
    /// Number of clusters K.
    pub clusters: usize,
    /// The codebooks: one per held-out fold, and one on all folds.
    pub codebooks: Vec<Codebook>,
    /// Share of them that converged.
    pub codebooks_converged: f64,
    /// The network against the truth; absent where no record has a label.
    pub model_vs_truth: Option<ModelVsTruth>,
    /// What simpler explanations reach.
    pub baselines: Baselines,
    /// One entry per configured surrogate.
    pub surrogates: Vec<Surrogate>,
    /// How undecided the clusters are; not by landmark.
    pub uncertainty: Uncertainty,
    /// How far timelines depend on chance and on the records; absent with `explain.refits = 0`.
    pub stability: Option<Stability>,
}

/// What a sweep took, seconds of wall time by what was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Encodings that the settings needed.
    pub encodings: usize,
    /// Sets of codebooks that the settings needed.
    pub clusterings: usize,
    /// The network at work.
    pub encode_seconds: f64,
    /// Reading its activations again for other settings.
    pub activations_seconds: f64,
    /// Codebooks, their stability, and assigning every timestamp.
    pub cluster_seconds: f64,
    /// Surrogates and their figures.
    pub surrogate_seconds: f64,
    /// Opening data set and plugins.
    pub prepare_seconds: f64,
    /// What the sweep took in all; only the last part of one that was taken up.
    pub total_seconds: f64,
    /// Settings that were there already when the sweep was taken up; their seconds count above, but not in the total.
    pub taken_up: usize,
}

impl Cost {
    /// The account of `settings`, without what only the run itself knows.
    pub(crate) fn of(settings: &[Setting]) -> Self {
        let seconds = |names: &[&str]| {
            let stages = settings.iter().flat_map(|setting| &setting.stages);
            stages
                .filter(|stage| names.contains(&stage.name.as_str()))
                .fold(0.0, |sum, stage| sum + stage.seconds)
        };
        let most = |of: fn(&Setting) -> usize| settings.iter().map(of).max().unwrap_or_default();
        Self {
            encodings: most(|setting| setting.encoding),
            clusterings: most(|setting| setting.clustering),
            encode_seconds: seconds(&[ENCODE]),
            activations_seconds: seconds(&[ACTIVATIONS]),
            cluster_seconds: seconds(&["codebooks", "stability", "landmarks", "assign"]),
            surrogate_seconds: seconds(&["surrogates", "figures"]),
            prepare_seconds: seconds(&[PREPARE]),
            ..Self::default()
        }
    }
}

/// The network at work.
pub(crate) const ENCODE: &str = "encode";
/// Reading what the network left for an earlier setting.
pub(crate) const ACTIVATIONS: &str = "activations";
/// Opening data set and plugins.
pub(crate) const PREPARE: &str = "prepare";

impl Sweep {
    /// The settings that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(|setting| setting.error.is_some())
    }
}

/// A value as people write it on a command line: texts without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The JSON Schema of `sweep.json`.
pub fn schema() -> Value {
    schemars::schema_for!(Sweep).to_value()
}
