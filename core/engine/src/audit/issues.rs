//! Labels that the evidence contradicts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records whose labels the evidence contradicts, most suspect first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Issues {
    /// Counts.
    pub summary: IssueSummary,
    /// The ranked list; all of it also stands in `issues.csv`.
    pub items: Vec<Issue>,
}

/// Counts of issues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSummary {
    /// Records looked at: those with a label.
    pub records: usize,
    /// Records with at least one issue.
    pub flagged_records: usize,
    /// Issues (record and label).
    pub flagged_labels: usize,
    /// Suggestions left out because a reviewer had rejected them.
    #[serde(default)]
    pub rejected_before: usize,
    /// How the list came about, in one sentence.
    pub rule: String,
    /// Labels that confident learning left out of the fit of the combined score.
    #[serde(default)]
    pub pruned_labels: usize,
    /// What the score is made of.
    #[serde(default)]
    pub sources: Vec<EvidenceSource>,
}

/// One source of evidence on labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceSource {
    /// Its name: `network`, `surrogate`, `neighbours`, `uncertainty`, `models`, `duplicates`, `signal` or `metadata`.
    pub name: String,
    /// How its support is computed.
    pub description: String,
    /// Whether its weight was fitted.
    pub fitted: bool,
    /// Fitted sources: the coefficient of its log-odds per class, averaged over folds. Others: the exponent of its
    /// support.
    pub weights: Vec<f64>,
    /// Score of the data set in [0, 1]: the mean over records of the support of their most suspect label.
    pub dataset_score: f64,
    /// Records with a label whose support is below 0.5; of a continuous target below 0.05.
    pub records_against: usize,
}

/// What one source says of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The source.
    pub source: String,
    /// Support of the given label in [0, 1]; lower is more suspect.
    pub score: f64,
}

/// One doubtful label of one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// The record.
    pub record: String,
    /// The class in question (or the name of the continuous target).
    pub label: String,
    /// What the data set says.
    pub given: LabelValue,
    /// What the evidence says.
    pub suggested: LabelValue,
    /// Score in [0, 1]; lower is more suspect.
    pub score: f64,
    /// The reasons, one sentence each.
    pub reasons: Vec<String>,
    /// Every source's support of the given label.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// The network's probability for the class; absent for a continuous target.
    #[serde(default)]
    pub model_probability: Option<f64>,
    /// The network's value of a continuous target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_value: Option<f64>,
    /// Whether the network was trained on the record; absent where the configuration does not say
    /// (`data.trained_folds`).
    #[serde(default)]
    pub in_sample: Option<bool>,
    /// The surrogate's out-of-fold probability for the class, learnt from the truth.
    pub surrogate_probability: Option<f64>,
    /// The surrogate's out-of-fold value of a continuous target, learnt from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surrogate_value: Option<f64>,
    /// Share of the nearest records of other patients, by cluster proportions, that bear the class.
    #[serde(default)]
    pub neighbour_share: Option<f64>,
    /// Mean of a continuous target over the nearest records of other patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbour_value: Option<f64>,
    /// The nearest of them.
    #[serde(default)]
    pub neighbours: Vec<String>,
    /// What the data set says of the nearest of them, in the same order.
    #[serde(default)]
    pub similar: Vec<Similar>,
    /// Groups that the record belongs to, as in `data_quality.groups`: `age`, `sex`, `device`, …
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// The record's mean uncertainty.
    pub uncertainty: f64,
    /// All labels the data set gives the record.
    pub given_labels: Vec<String>,
    /// All labels the network decides for.
    pub model_labels: Vec<String>,
}

/// A record with similar clusters, of another patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Similar {
    /// The record.
    pub record: String,
    /// The labels that the data set gives it; empty for a continuous target.
    pub labels: Vec<String>,
    /// The value that the data set gives it, of a continuous target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// A label's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LabelValue {
    /// A class holds or not.
    Flag(bool),
    /// A continuous target's value.
    Number(f64),
}
