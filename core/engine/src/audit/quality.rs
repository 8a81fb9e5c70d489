//! What is wrong with the data itself: signals, duplicates, entries, balance, groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Evidence from the data, without the network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataQuality {
    /// Records whose signal was looked at.
    pub records: usize,
    /// Every kind of finding, those without a case included.
    pub kinds: Vec<QualityKind>,
    /// The findings, worst first within a record, records in the data set's order.
    pub findings: Vec<QualityFinding>,
    /// Pairs of records with the same signal.
    pub duplicates: Vec<DuplicatePair>,
    /// How the classes are balanced.
    pub balance: Vec<ClassBalance>,
    /// Groups of records, each against all other records.
    pub groups: Vec<GroupFigures>,
}

/// One kind of finding over the data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityKind {
    /// Its name.
    pub kind: String,
    /// How it is measured.
    pub description: String,
    /// Records with such a finding.
    pub records: usize,
    /// Score of the data set in [0, 1]: the mean over records of their worst such finding, 1 without one.
    pub dataset_score: f64,
}

/// One finding on one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityFinding {
    /// The record.
    pub record: String,
    /// The kind.
    pub kind: String,
    /// The leads concerned.
    pub leads: Vec<String>,
    /// Score in [0, 1]; lower is worse.
    pub score: f64,
    /// What was found, in one sentence.
    pub sentence: String,
}

/// Two records with the same signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicatePair {
    /// The record that comes first in the data set.
    pub first: String,
    /// The other.
    pub second: String,
    /// Whether every sample is equal.
    pub exact: bool,
    /// Correlation of the aligned signals.
    pub correlation: f64,
    /// Amplitude of the second over that of the first.
    pub scale: f64,
    /// How much later the second begins, seconds.
    pub shift_seconds: f64,
    /// Whether the leads stand in another order.
    pub leads_reordered: bool,
    /// Whether both are of one patient; absent where the data set names none.
    pub same_group: Option<bool>,
    /// Whether both are in one fold.
    pub same_fold: bool,
    /// Classes that one bears and the other does not.
    pub labels_differ: Vec<String>,
}

/// One class among the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassBalance {
    /// The class.
    pub class: String,
    /// Records that bear it.
    pub records: usize,
    /// Their share of the labelled records.
    pub share: f64,
    /// Imbalance ratio: records of the most frequent class over those of this one (IRLbl of Charte et al. 2015,
    /// Neurocomputing 163:3-16); absent where nobody bears the class.
    pub imbalance: Option<f64>,
    /// Whether it is a minority class: its ratio above the mean ratio of all classes (same source).
    pub minority: bool,
}

/// How the network does in one group of records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupFigures {
    /// What the records are grouped by: `age`, `sex`, `device`, `site`, `cluster`, …
    pub by: String,
    /// The group's value.
    pub group: String,
    /// Labelled records in it.
    pub records: usize,
    /// Mean share of labels on which network and truth agree; for a continuous target the mean absolute error.
    pub accuracy: f64,
    /// The same of all other labelled records.
    pub others: f64,
    /// Two-sided Mann-Whitney p-value of the difference, after Benjamini-Hochberg over all groups.
    pub p_adjusted: f64,
    /// Whether the network does worse here: lower accuracy (or larger error), adjusted p-value below 0.05.
    pub underperforms: bool,
}
