//! Checks, and the ECGs that reports show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Name of the check, as `[checks]` spells it.
    pub name: String,
    /// What it looks at, in one sentence.
    pub description: String,
    /// The value; absent when it could not be computed.
    pub value: Option<f64>,
    /// The thresholds.
    pub threshold: Threshold,
    /// The verdict.
    pub status: CheckStatus,
}

/// Thresholds of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Warn when the value is below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_below: Option<f64>,
    /// Fail when the value is below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_below: Option<f64>,
    /// Warn when the value is above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_above: Option<f64>,
    /// Fail when the value is above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_above: Option<f64>,
}

/// A check's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Within the thresholds.
    Pass,
    /// The value could not be computed.
    NotRun,
    /// Beyond the warning threshold.
    Warn,
    /// Beyond the failure threshold.
    Fail,
}

/// An ECG with its timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The record.
    pub record: String,
    /// Sampling rate of `microvolts`, Hz.
    pub sampling_rate: f64,
    /// Lead names.
    pub leads: Vec<String>,
    /// The signal as read, before preprocessing, one list per lead, whole microvolts; null where invalid.
    pub microvolts: Vec<Vec<Option<i32>>>,
    /// Where the timeline begins, seconds from the record's start.
    pub timeline_start: f64,
    /// Duration of one timeline step, seconds.
    pub timeline_step: f64,
    /// Cluster of each step; null where masked.
    pub clusters: Vec<Option<u32>>,
    /// Largest membership of each step.
    pub memberships: Vec<f32>,
    /// Uncertainty of each step.
    pub uncertainty: Vec<f32>,
    /// Attribution of the classes that the network decides on or the truth names.
    #[serde(default)]
    pub attribution: Vec<TraceAttribution>,
    /// What else a reader wants to know: age, sex, …
    pub metadata: std::collections::BTreeMap<String, String>,
}

/// An attribution map over the time of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraceAttribution {
    /// The class.
    pub class: String,
    /// How it was made.
    pub method: super::AttributionMethod,
    /// Where it begins, seconds from the record's start.
    pub start: f64,
    /// Duration of one step, seconds.
    pub step: f64,
    /// Value of each step over the record's largest, 0 to 1; null where masked.
    pub values: Vec<Option<f32>>,
}
