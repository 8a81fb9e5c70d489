//! `compare.json`: what an earlier and a later run differ in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit::{CheckStatus, LabelValue, Task, Threshold};
use crate::sweep::Better;

/// Two runs side by side: `a` is the earlier one, `b` the later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunComparison {
    /// Version of this format: [`SCHEMA`](super::SCHEMA).
    pub schema: String,
    /// Version of ecg-audit that compared them.
    pub version: String,
    /// When they were compared, RFC 3339, UTC.
    pub compared: String,
    /// The earlier run.
    pub a: Run,
    /// The later run.
    pub b: Run,
    /// What the networks decide.
    pub task: Task,
    /// Keys of the resolved configurations that differ.
    pub config: Vec<KeyChange>,
    /// The networks.
    pub model: ModelChange,
    /// The components in use, those that are the same included.
    pub plugins: Vec<PluginChange>,
    /// The records.
    pub data: DataChange,
    /// How the intervals came about.
    pub bootstrap: BootstrapFacts,
    /// Figures over all classes, over the records that both runs hold.
    pub figures: Vec<FigureChange>,
    /// The same class by class; empty for a continuous target.
    pub per_class: Vec<FigureChange>,
    /// The networks' decisions; absent for a continuous target and for different classes.
    pub decisions: Option<DecisionChange>,
    /// The networks' values of a continuous target; absent for classes.
    pub values: Option<ValueChange>,
    /// Which cluster of the later run is which of the earlier; absent where no timestamp is in both.
    pub clusters: Option<ClusterChange>,
    /// Label issues.
    pub issues: IssueChanges,
    /// Checks by name.
    pub checks: Vec<CheckChange>,
    /// What could not be compared, with the reason.
    pub not_compared: Vec<NotCompared>,
    /// What got worse: figures whose interval excludes 0, and checks. One sentence each; `--fail-on-regression` fails on
    /// any.
    pub regressions: Vec<String>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Name of its folder.
    pub folder: String,
    /// Name of its audit.
    pub name: String,
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// Version of ecg-audit.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// Records audited.
    pub records: usize,
    /// Number of clusters K.
    pub clusters: usize,
    /// The surrogate that figures are about: the first; absent where none is configured.
    pub surrogate: Option<String>,
}

/// A key of the resolved configurations with two values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyChange {
    /// The key, dotted; entries of lists of tables by their place, from 0.
    pub key: String,
    /// Its value in the earlier run; absent where the configuration leaves it at its default.
    pub a: Option<Value>,
    /// Its value in the later run.
    pub b: Option<Value>,
}

/// The networks of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelChange {
    /// Whether they are the same files; absent where a hash is not known.
    pub same: Option<bool>,
    /// SHA-256 of the earlier run's model files: one, or one per fold, by ascending fold; null where not known.
    pub a: Vec<Option<String>>,
    /// Those of the later run.
    pub b: Vec<Option<String>>,
}

/// One place for a component in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginChange {
    /// Kind of component.
    pub kind: String,
    /// Whether name, version and library are the same.
    pub same: bool,
    /// The earlier run's component; absent where it has none.
    pub a: Option<Component>,
    /// The later run's.
    pub b: Option<Component>,
}

/// A component in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its address.
    pub name: String,
    /// Its library's version.
    pub version: String,
    /// SHA-256 of its library.
    pub sha256: String,
}

/// The records of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataChange {
    /// Records in both runs.
    pub both: usize,
    /// Patients of those.
    pub groups: usize,
    /// Records in the earlier run only.
    pub only_a: Names,
    /// Records in the later run only.
    pub only_b: Names,
    /// Records in both whose label differs between the runs, one without a label included.
    pub relabelled: Names,
    /// Records in both that are in different folds.
    pub refolded: Names,
}

/// Some records by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Names {
    /// How many there are.
    pub count: usize,
    /// The first of them.
    pub first: Vec<String>,
}

/// How the intervals came about.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapFacts {
    /// Resamples of patients; both runs are computed on the same ones.
    pub replicates: usize,
    /// Coverage.
    pub level: f64,
    /// Seed of the draws: that of the earlier run.
    pub seed: u64,
}

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The first surrogate, learnt from the network, against the network.
    VsModel,
    /// The first surrogate, learnt from the truth, against the truth.
    VsTruth,
    /// The network against the truth.
    ModelVsTruth,
    /// What simpler explanations reach.
    Baselines,
    /// The clusters' uncertainty.
    Uncertainty,
}

/// One figure in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureChange {
    /// What it is about, as the part of `audit.json` is called that it stands in.
    pub of: Subject,
    /// Its name there: `agreement`, `accuracy`, `auroc_hard`, `auroc_soft`, `mae`, `r2`, `majority_agreement`, `mean`.
    pub name: String,
    /// The class; absent for a figure over all classes.
    pub class: Option<String>,
    /// Which way it gets better.
    pub better: Better,
    /// Records that it is computed from: those in both runs, with a label in both where it is about the truth.
    pub records: usize,
    /// The earlier run's, over those records; absent where it is not defined.
    pub a: Option<f64>,
    /// The later run's.
    pub b: Option<f64>,
    /// The earlier run's over all of its records, as its `audit.json` has it.
    pub a_run: Option<f64>,
    /// The later run's.
    pub b_run: Option<f64>,
    /// `b` − `a`.
    pub difference: Option<f64>,
    /// Its 95 % interval, by paired bootstrap over patients; absent with one patient, and for baselines.
    pub ci95: Option<[f64; 2]>,
    /// Resamples on which the figure is not defined (a class without positives, say); the interval rests on the others.
    pub undefined_replicates: usize,
    /// What the interval says.
    pub verdict: Verdict,
}

/// What the interval of a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It excludes 0, on the better side.
    Better,
    /// It excludes 0, on the worse side.
    Worse,
    /// It excludes 0, and neither side is the better one.
    Changed,
    /// It holds 0: no difference was shown, which does not show that there is none.
    Unchanged,
    /// There is none.
    Untested,
}

/// The decisions of both networks on the records in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionChange {
    /// Decisions compared: records times classes.
    pub decisions: usize,
    /// Decisions that flipped.
    pub flipped: usize,
    /// Records with one or more of them.
    pub records: usize,
    /// By class.
    pub by_class: Vec<ClassFlips>,
    /// The flipped decisions whose probability moved most, at most 200.
    pub items: Vec<Flip>,
}

/// Flipped decisions on one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassFlips {
    /// The class.
    pub class: String,
    /// Records in which only the later network decides for it.
    pub gained: usize,
    /// Records in which only the earlier network decided for it.
    pub lost: usize,
}

/// One flipped decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// The record.
    pub record: String,
    /// The class.
    pub class: String,
    /// Whether the later network decides for it.
    pub now: bool,
    /// The earlier network's probability.
    pub a: f64,
    /// The later network's.
    pub b: f64,
}

/// The values of both networks on the records in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueChange {
    /// Mean of the later less the earlier value, in the target's unit.
    pub mean_shift: f64,
    /// Mean size of that.
    pub mean_absolute_shift: f64,
    /// Records whose value changed at all.
    pub records: usize,
    /// Those that moved most, at most 200.
    pub items: Vec<Moved>,
}

/// One record's value of a continuous target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// The record.
    pub record: String,
    /// The earlier network's value.
    pub a: f64,
    /// The later network's.
    pub b: f64,
}

/// The clusters of both runs, matched one to one such that they share as many timestamps as possible (Kuhn 1955, Munkres
/// 1957). Each timestamp of the earlier run is held against the one of the later run that its centre lies in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterChange {
    /// Records with a timeline in both runs.
    pub records: usize,
    /// Timestamps compared.
    pub timestamps: u64,
    /// Share of them in matched clusters.
    pub overlap: f64,
    /// Adjusted Rand index of the two runs' timelines (Hubert & Arabie 1985): 1 for the same clustering, 0 by chance.
    pub ari: f64,
    /// Matched clusters by their number in the earlier run, then those without a match.
    pub pairs: Vec<ClusterPair>,
}

/// A cluster of the earlier run and its match.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterPair {
    /// The earlier run's cluster; absent where the later run's has no match.
    pub a: Option<usize>,
    /// The later run's cluster.
    pub b: Option<usize>,
    /// Share of the compared timestamps in the earlier run's cluster.
    pub share_a: Option<f64>,
    /// Share in the later run's cluster.
    pub share_b: Option<f64>,
    /// Timestamps in both over timestamps in either (Jaccard); absent without a match.
    pub jaccard: Option<f64>,
}

/// Label issues of both runs, by record and label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueChanges {
    /// Issues of the later run alone.
    pub new: usize,
    /// Of those, on records that the earlier run does not hold.
    pub new_on_new_records: usize,
    /// Issues of the earlier run alone.
    pub gone: usize,
    /// Of those, on records that the later run does not hold.
    pub gone_with_records: usize,
    /// Issues of both.
    pub kept: usize,
    /// All of them: new ones, gone ones, kept ones, each in the order of the run that lists them.
    pub items: Vec<IssueChange>,
}

/// A label issue in one run or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueChange {
    /// The record.
    pub record: String,
    /// The class, or the continuous target.
    pub label: String,
    /// Which run lists it.
    pub change: Presence,
    /// Whether the record is in both runs.
    pub shared_record: bool,
    /// What the earlier run says.
    pub a: Option<IssueSide>,
    /// What the later run says.
    pub b: Option<IssueSide>,
}

/// Which run lists an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The later run alone.
    New,
    /// The earlier run alone.
    Gone,
    /// Both.
    Kept,
}

/// What one run says of a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSide {
    /// What the data set says.
    pub given: LabelValue,
    /// What the evidence says.
    pub suggested: LabelValue,
    /// Score in [0, 1]; lower is more suspect.
    pub score: f64,
}

/// One check in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckChange {
    /// Its name.
    pub name: String,
    /// What it looks at.
    pub description: String,
    /// In the earlier run; absent where it had no such check.
    pub a: Option<CheckSide>,
    /// In the later run.
    pub b: Option<CheckSide>,
    /// `better` or `worse` where pass, warn and fail differ; `unchanged` for the same status; else `untested`.
    pub verdict: Verdict,
}

/// One run's check.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckSide {
    /// The value; absent when it could not be computed.
    pub value: Option<f64>,
    /// The thresholds.
    pub threshold: Threshold,
    /// The verdict.
    pub status: CheckStatus,
}

/// Something that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotCompared {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
}
