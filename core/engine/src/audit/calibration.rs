//! Which decisions meet the target, and whether probabilities mean what they say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records by target and decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfusionCounts {
    /// Target holds, decided so.
    pub true_positives: usize,
    /// Target does not hold, decided that it does.
    pub false_positives: usize,
    /// Target does not hold, decided so.
    pub true_negatives: usize,
    /// Target holds, decided that it does not.
    pub false_negatives: usize,
}

/// Whether probabilities of one class mean what they say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// Mean squared difference of probability and target, 0 best (Brier 1950, Mon. Weather Rev. 78:1-3).
    pub brier: f64,
    /// Expected calibration error over the bins, 0 best (Naeini et al. 2015, AAAI).
    pub expected_error: f64,
    /// Ten bins of equal width over the probabilities, ascending; those without a record are left out.
    pub bins: Vec<CalibrationBin>,
}

/// Records with similar probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationBin {
    /// Lower edge of the probability, excluded (included in the first bin).
    pub low: f64,
    /// Upper edge, included.
    pub high: f64,
    /// Records in the bin.
    pub records: usize,
    /// Their mean probability.
    pub mean_probability: f64,
    /// Share of them in which the target holds.
    pub observed_share: f64,
}
