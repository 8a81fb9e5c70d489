//! How well the clusters explain the network, and how good the network is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// The network's decisions against the truth, over all labelled records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelVsTruth {
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
    /// Classes left out of the AUROC because only one value occurs.
    pub auroc_skipped: Vec<String>,
}

/// What simpler explanations of the network's decisions reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baselines {
    /// Agreement with the network of always answering each class's majority decision.
    pub majority_agreement: f64,
    /// Agreement with the network of the first surrogate when proportions are shuffled between records.
    pub permuted_agreement: Option<f64>,
}

/// One surrogate's fidelity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Surrogate {
    /// Name: the address of its component.
    pub name: String,
    /// Learnt from and held against the network's decisions.
    pub vs_model: Fidelity,
    /// Learnt from and held against the truth; absent where no record has a label.
    pub vs_truth: Option<Fidelity>,
    /// Importance of each cluster for the network's decisions, where the surrogate has them: of one more fit on all
    /// records under the codebook on all folds, which no figure of fidelity is taken from.
    pub importances: Vec<Importance>,
}

/// Out-of-fold agreement with a target.
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
    /// Agreement when proportions are shuffled between records.
    pub permuted_agreement: Option<f64>,
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
}

/// How much a surrogate leans on a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// The class.
    pub class: String,
    /// Importance per cluster, in cluster order.
    pub by_cluster: Vec<f64>,
}
