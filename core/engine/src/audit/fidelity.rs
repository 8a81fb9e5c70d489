//! How well the clusters explain the network, and how good the network is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibration, ConfusionCounts};

/// A figure over folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Mean over folds.
    pub mean: f64,
    /// Standard deviation over folds (n − 1); absent with one fold.
    pub sd: Option<f64>,
    /// 95 % interval of the pooled figure, by bootstrap over patients.
    pub ci95: Option<[f64; 2]>,
}

/// The network against the truth, over all labelled records.
pub type ModelVsTruth = Figures<DecisionAccuracy>;

/// The network's decisions against the truth, over all labelled records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionAccuracy {
    /// Share of (record, class) decisions that are right; for multi-class, of records.
    pub accuracy: f64,
    /// 95 % interval of the accuracy, by bootstrap over patients.
    pub accuracy_ci95: Option<[f64; 2]>,
    /// Share of records with every class right.
    pub exact_match: f64,
    /// Macro AUROC of the 0/1 decisions; absent when no class has both values.
    pub auroc_hard: Option<f64>,
    /// Macro AUROC of the probabilities; absent when no class has both values.
    pub auroc_soft: Option<f64>,
    /// Accuracy of always answering each class's majority.
    pub majority_accuracy: f64,
    /// The same per class.
    pub per_class: Vec<ClassFidelity>,
    /// Multi-class: records by target and decision: a list per class of the target, in which a number per class decided,
    /// both in the order of `classes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Vec<Vec<usize>>>,
    /// Classes left out of the AUROC because only one value occurs.
    pub auroc_skipped: Vec<String>,
    /// The same per fold; `agreement` is the accuracy.
    #[serde(default)]
    pub per_fold: Vec<FoldFidelity>,
    /// Accuracy over folds.
    #[serde(default)]
    pub accuracy_by_fold: Option<Spread>,
    /// `auroc_hard` over folds.
    #[serde(default)]
    pub auroc_hard_by_fold: Option<Spread>,
    /// `auroc_soft` over folds.
    #[serde(default)]
    pub auroc_soft_by_fold: Option<Spread>,
}

/// What simpler explanations of the network's answers reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baselines {
    /// Agreement with the network of always answering each class's majority decision; absent for a continuous target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub majority_agreement: Option<f64>,
    /// Agreement with the network of the first surrogate when proportions are shuffled between records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_agreement: Option<f64>,
    /// Continuous target: mean absolute difference from the network of always answering its mean over the other folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_mae: Option<f64>,
    /// Continuous target: that of the first surrogate when proportions are shuffled between records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_mae: Option<f64>,
    /// Continuous target: R² of the first surrogate when proportions are shuffled between records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_r2: Option<f64>,
}

/// One surrogate's fidelity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Surrogate {
    /// Name: the address of its component.
    pub name: String,
    /// Learnt from and held against the network's answers.
    pub vs_model: Figures,
    /// Learnt from and held against the truth; absent where no record has a label.
    pub vs_truth: Option<Figures>,
    /// Importance of each cluster for the network's decisions, where the surrogate has them: of one more fit on all
    /// records under the codebook on all folds, which no figure of fidelity is taken from.
    pub importances: Vec<Importance>,
}

/// What a surrogate (out of fold) or the network reaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "FiguresOf{D}")]
#[expect(
    clippy::large_enum_variant,
    reason = "figures of decisions are as large as those of values; clippy takes D for empty"
)]
pub enum Figures<D = Fidelity> {
    /// On decisions.
    Decisions(D),
    /// On a continuous target.
    Values(ValueFigures),
}

impl<D> Figures<D> {
    /// The figures of decisions; nothing for a continuous target.
    pub fn decisions(&self) -> Option<&D> {
        match self {
            Self::Decisions(figures) => Some(figures),
            Self::Values(_) => None,
        }
    }

    /// The figures of a continuous target; nothing for decisions.
    pub fn values(&self) -> Option<&ValueFigures> {
        match self {
            Self::Decisions(_) => None,
            Self::Values(figures) => Some(figures),
        }
    }
}

/// Values against a continuous target, all out of fold, in the target's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueFigures {
    /// Mean absolute error over all records.
    pub mae: f64,
    /// Its 95 % interval, by bootstrap over patients.
    pub mae_ci95: Option<[f64; 2]>,
    /// Coefficient of determination R² over all records; absent when the target is constant.
    pub r2: Option<f64>,
    /// Its 95 % interval, by bootstrap over patients.
    pub r2_ci95: Option<[f64; 2]>,
    /// Spearman's ρ; absent when one side is constant.
    pub rank_correlation: Option<f64>,
    /// Mean of value less target.
    pub bias: f64,
    /// Mean absolute error of always answering the target's mean over the other folds.
    pub mean_mae: f64,
    /// `mean_mae` − `mae`: above 0 where the values are nearer than the mean.
    pub gain: f64,
    /// Its 95 % interval, paired, by bootstrap over patients.
    pub gain_ci95: Option<[f64; 2]>,
    /// Mean absolute error when proportions are shuffled between records; only of surrogates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_mae: Option<f64>,
    /// R² when proportions are shuffled between records; only of surrogates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_r2: Option<f64>,
    /// Mean absolute error over folds.
    pub mae_by_fold: Spread,
    /// R² over folds; absent where no fold has one.
    pub r2_by_fold: Option<Spread>,
    /// How values and targets lie to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<ValueHistogram>,
    /// The same per fold.
    pub per_fold: Vec<FoldValues>,
}

/// Counts of records by target and value, on one grid for both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueHistogram {
    /// Where the first cell begins, along either side.
    pub start: f64,
    /// Width of a cell; a value on an edge belongs to the next one.
    pub width: f64,
    /// Records per cell: a list per cell of the value, in which a number per cell of the target, both ascending; 40 × 40
    /// at most.
    pub counts: Vec<Vec<usize>>,
}

/// One fold's figures on a continuous target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldValues {
    /// The held-out fold.
    pub fold: u32,
    /// Its records.
    pub records: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// R²; absent when the fold's targets are constant.
    pub r2: Option<f64>,
    /// Mean absolute error of the mean over the other folds.
    pub mean_mae: f64,
}

/// Out-of-fold agreement with decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fidelity {
    /// Share of (record, class) decisions that agree; for multi-class, of records.
    pub agreement: Spread,
    /// The mean of `agreement`, under the name it has in `model_vs_truth`; only against the truth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accuracy: Option<f64>,
    /// Macro AUROC of the surrogate's 0/1 decisions, pooled out of fold.
    pub auroc_hard: Option<f64>,
    /// Macro AUROC of the surrogate's probabilities, pooled out of fold.
    pub auroc_soft: Option<f64>,
    /// `auroc_hard` over folds.
    #[serde(default)]
    pub auroc_hard_by_fold: Option<Spread>,
    /// `auroc_soft` over folds.
    #[serde(default)]
    pub auroc_soft_by_fold: Option<Spread>,
    /// Agreement when proportions are shuffled between records.
    pub permuted_agreement: Option<f64>,
    /// Multi-class: records by target and decision: a list per class of the target, in which a number per class decided,
    /// both in the order of `classes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Vec<Vec<usize>>>,
    /// The same per class.
    pub per_class: Vec<ClassFidelity>,
    /// The same per fold.
    pub per_fold: Vec<FoldFidelity>,
}

/// One class's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassFidelity {
    /// The class.
    pub class: String,
    /// Records in which the target holds.
    pub positives: usize,
    /// Share of records that agree.
    pub agreement: f64,
    /// Share answered by the majority.
    pub majority: f64,
    /// AUROC of the 0/1 decisions; absent when only one value occurs.
    pub auroc_hard: Option<f64>,
    /// AUROC of the probabilities; absent when only one value occurs.
    pub auroc_soft: Option<f64>,
    /// Sensitivity of the decisions; absent without positives.
    pub sensitivity: Option<f64>,
    /// Specificity of the decisions; absent without negatives.
    pub specificity: Option<f64>,
    /// Records by target and decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<ConfusionCounts>,
    /// Whether the probabilities mean what they say; absent where they are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

/// One fold's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldFidelity {
    /// The held-out fold.
    pub fold: u32,
    /// Its records.
    pub records: usize,
    /// Agreement in it.
    pub agreement: f64,
    /// Macro AUROC of the 0/1 decisions in it, over the classes of which both values occur; absent without any.
    #[serde(default)]
    pub auroc_hard: Option<f64>,
    /// Macro AUROC of the probabilities in it.
    #[serde(default)]
    pub auroc_soft: Option<f64>,
}

/// How much a surrogate leans on a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// The class.
    pub class: String,
    /// Importance per cluster, in cluster order.
    pub by_cluster: Vec<f64>,
}
