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
    /// What to do about a value beyond a threshold, or what the check needs to be run; absent when it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
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
    /// The heartbeats' landmarks, in time order; empty where nothing told them.
    #[serde(default)]
    pub landmarks: Vec<TraceBeat>,
    /// How reports lay out the leads.
    #[serde(default)]
    pub layout: EcgLayout,
    /// What else a reader wants to know: age, sex, …
    pub metadata: std::collections::BTreeMap<String, String>,
}

/// How the leads of an ECG are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EcgLayout {
    /// By the record: 3 × 4 for twelve leads of 8 s or more, 6 × 2 for twelve leads of at most 5 s, else a row per lead.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Three rows of four leads, the record's time shared between the columns, and a rhythm strip.
    #[serde(rename = "3x4")]
    ThreeByFour,
    /// Six rows of two leads, the record's time shared between the columns, and a rhythm strip where the page holds it.
    #[serde(rename = "6x2")]
    SixByTwo,
    /// A row per lead in the order of the standard twelve.
    #[serde(rename = "12x1")]
    TwelveByOne,
}

/// The waves of one heartbeat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraceBeat {
    /// The P wave.
    #[serde(default)]
    pub p: TraceWave,
    /// The QRS complex.
    #[serde(default)]
    pub qrs: TraceWave,
    /// The T wave.
    #[serde(default)]
    pub t: TraceWave,
}

/// One wave, seconds from the record's start; what was not found is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TraceWave {
    /// Where it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<f64>,
    /// Its peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<f64>,
    /// Where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
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
