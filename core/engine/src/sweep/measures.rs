//! The figures of a sweep that stand in its table, by their place in a setting's findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Setting;

/// One figure of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Its name, as in `sweep.csv`.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it says, in one clause.
    pub meaning: &'static str,
    /// Which way is better.
    pub better: Better,
    /// Decimals that are worth showing.
    pub digits: usize,
    place: Place,
}

/// Which way a figure gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Larger is better.
    High,
    /// Smaller is better.
    Low,
    /// It is what it is.
    Neither,
}

impl Better {
    /// The factor that turns better into larger.
    pub(crate) fn sign(self) -> Option<f64> {
        match self {
            Self::High => Some(1.0),
            Self::Low => Some(-1.0),
            Self::Neither => None,
        }
    }
}

/// Where a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// JSON pointers in the findings: the value, its standard deviation, its interval.
    Findings(&'static str, &'static str, &'static str),
    /// The adjusted Rand index of the refits of this kind.
    Refits(&'static str),
    /// Wall time of the setting.
    Seconds,
}

/// A value with its spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: f64,
    /// Its standard deviation over folds.
    pub sd: Option<f64>,
    /// Its 95 % interval.
    pub ci95: Option<[f64; 2]>,
}

impl Measure {
    /// Its value in `setting`, where the setting has it. `findings` are the setting's as JSON: figures stand in other places
    /// for decisions and for a continuous target, and what a setting does not have is not there.
    pub(super) fn read(&self, setting: &Setting, findings: &Value) -> Option<Reading> {
        let (value, sd, ci95) = match self.place {
            Place::Seconds => (setting.findings.as_ref().map(|_| setting.seconds)?, None, None),
            Place::Refits(change) => {
                let stability = setting.findings.as_ref()?.stability.as_ref()?;
                let refits = stability.refits.iter().find(|refits| refits.change == change)?;
                (refits.ari, None, None)
            }
            Place::Findings(value, sd, ci95) => {
                let number = |pointer: &str| findings.pointer(pointer).and_then(Value::as_f64);
                let end = |side: usize| number(&format!("{ci95}/{side}"));
                let ends = end(0).zip(end(1)).map(|(low, high)| [low, high]);
                (number(value)?, number(sd), ends)
            }
        };
        Some(Reading { value, sd, ci95 })
    }
}

const fn measure(
    key: &'static str,
    title: &'static str,
    meaning: &'static str,
    better: Better,
    digits: usize,
    place: Place,
) -> Measure {
    Measure {
        key,
        title,
        meaning,
        better,
        digits,
        place,
    }
}

/// All figures, in the order in which they are shown: what settings are compared by before what it is held against. Those
/// of surrogates are the first surrogate's.
pub const MEASURES: &[Measure] = &[
    measure(
        "clusters",
        "K",
        "number of clusters",
        Better::Neither,
        0,
        Place::Findings("/clusters", "", ""),
    ),
    measure(
        "agreement",
        "Agreement",
        "share of the network’s decisions that the surrogate reproduces, mean over folds",
        Better::High,
        3,
        Place::Findings(
            "/surrogates/0/vs_model/agreement/mean",
            "/surrogates/0/vs_model/agreement/sd",
            "/surrogates/0/vs_model/agreement/ci95",
        ),
    ),
    measure(
        "r2",
        "R²",
        "share of the variance of the network’s values that the surrogate reproduces",
        Better::High,
        3,
        Place::Findings(
            "/surrogates/0/vs_model/r2",
            "/surrogates/0/vs_model/r2_by_fold/sd",
            "/surrogates/0/vs_model/r2_ci95",
        ),
    ),
    measure(
        "mae",
        "MAE",
        "mean absolute difference of the surrogate’s values from the network’s",
        Better::Low,
        3,
        Place::Findings(
            "/surrogates/0/vs_model/mae",
            "/surrogates/0/vs_model/mae_by_fold/sd",
            "/surrogates/0/vs_model/mae_ci95",
        ),
    ),
    measure(
        "auroc_soft",
        "AUROC soft",
        "macro AUROC of the surrogate’s probabilities against the network’s decisions",
        Better::High,
        3,
        Place::Findings("/surrogates/0/vs_model/auroc_soft", "", ""),
    ),
    measure(
        "truth_agreement",
        "Truth",
        "share of true labels that a surrogate on the same proportions meets",
        Better::High,
        3,
        Place::Findings(
            "/surrogates/0/vs_truth/agreement/mean",
            "/surrogates/0/vs_truth/agreement/sd",
            "/surrogates/0/vs_truth/agreement/ci95",
        ),
    ),
    measure(
        "truth_mae",
        "MAE to truth",
        "mean absolute error of a surrogate on the same proportions against the truth",
        Better::Low,
        3,
        Place::Findings(
            "/surrogates/0/vs_truth/mae",
            "/surrogates/0/vs_truth/mae_by_fold/sd",
            "/surrogates/0/vs_truth/mae_ci95",
        ),
    ),
    measure(
        "uncertainty",
        "Uncertainty",
        "mean uncertainty of held-out timestamps",
        Better::Neither,
        3,
        Place::Findings("/uncertainty/mean", "/uncertainty/sd", ""),
    ),
    measure(
        "ari_seeds",
        "ARI seeds",
        "adjusted Rand index of timelines under codebooks fitted with other seeds",
        Better::High,
        3,
        Place::Refits("seed"),
    ),
    measure(
        "ari_halves",
        "ARI halves",
        "adjusted Rand index of timelines under codebooks fitted on halves of the patients",
        Better::High,
        3,
        Place::Refits("half of the patients"),
    ),
    measure(
        "seconds",
        "Seconds",
        "wall time of what was done for this setting; what is shared counts with the first setting that needed it",
        Better::Neither,
        1,
        Place::Seconds,
    ),
    measure(
        "majority",
        "Majority",
        "agreement of always answering the majority decision",
        Better::Neither,
        3,
        Place::Findings("/baselines/majority_agreement", "", ""),
    ),
    measure(
        "permuted",
        "Permuted",
        "agreement of the surrogate on proportions shuffled between records",
        Better::Neither,
        3,
        Place::Findings("/baselines/permuted_agreement", "", ""),
    ),
    measure(
        "mean_mae",
        "MAE of the mean",
        "mean absolute difference from the network of always answering its mean",
        Better::Neither,
        3,
        Place::Findings("/baselines/mean_mae", "", ""),
    ),
    measure(
        "permuted_r2",
        "R² permuted",
        "R² of the surrogate on proportions shuffled between records",
        Better::Neither,
        3,
        Place::Findings("/baselines/permuted_r2", "", ""),
    ),
    measure(
        "permuted_mae",
        "MAE permuted",
        "MAE of the surrogate on proportions shuffled between records",
        Better::Neither,
        3,
        Place::Findings("/baselines/permuted_mae", "", ""),
    ),
    measure(
        "auroc_hard",
        "AUROC hard",
        "macro AUROC of the surrogate’s decisions against the network’s",
        Better::High,
        3,
        Place::Findings("/surrogates/0/vs_model/auroc_hard", "", ""),
    ),
    measure(
        "converged",
        "Converged",
        "share of codebooks that converged",
        Better::Neither,
        2,
        Place::Findings("/codebooks_converged", "", ""),
    ),
];
