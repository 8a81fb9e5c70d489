//! What else explains the network: attribution beside uncertainty, and how far the clusters can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::UncertaintyGroup;

/// Attribution maps, and what they show of the classes beside the clusters' uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// `grad-cam` (Selvaraju et al. 2017), or `occlusion` (Zeiler and Fergus 2014) where the encoder has no gradients.
    pub method: AttributionMethod,
    /// The tap whose activations Grad-CAM weighs; absent for occlusion.
    pub tap: Option<String>,
    /// Why it is not Grad-CAM; absent where it is, or where occlusion was asked for.
    pub unavailable: Option<String>,
    /// Records looked at: all, or a seeded sample.
    pub records: usize,
    /// Maps made: one per record and class that the network decides on or the truth names.
    pub maps: usize,
    /// Maps of those that are zero everywhere, and so have no distribution over time.
    pub flat_maps: usize,
    /// Duration of one step of a map, seconds.
    pub time_step: f64,
    /// Classes compared, by the network's decisions and by the truth.
    pub comparisons: Vec<Comparison>,
}

/// How a map was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttributionMethod {
    /// Gradient-weighted class activation mapping.
    GradCam,
    /// The fall of the class's log-odds when a stretch of the signal is replaced by the record's mean.
    Occlusion,
}

/// The classes compared, over the records that have exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// By what records belong to a class: `model` (its decisions) or `truth`.
    pub by: String,
    /// Records with exactly one class.
    pub records: usize,
    /// What was compared, the clusters' measures before those of attribution.
    pub measures: Vec<Measure>,
}

/// One number per record, compared between classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// Whose it is: `uncertainty` of the clusters (a record's mean), or `attribution` (of the record's map for its class).
    pub of: String,
    /// `mean` of the uncertainty, `entropy` of the map's distribution over time (0 = one step, 1 = even), or a phase of the
    /// heartbeat: mean uncertainty in it, or the map's share in it.
    pub name: String,
    /// The distribution over records by class.
    pub groups: Vec<UncertaintyGroup>,
    /// Kruskal-Wallis test of the classes with two records or more; absent with fewer than two such classes.
    pub test: Option<Effect>,
    /// Pairs of those classes.
    pub pairs: Vec<PairEffect>,
}

/// A Kruskal-Wallis test with effect sizes (Tomczak and Tomczak 2014).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// H, corrected for ties.
    pub h: f64,
    /// Groups less one.
    pub degrees_of_freedom: usize,
    /// p-value.
    pub p: f64,
    /// p-value after Holm over the measures of one comparison.
    pub p_adjusted: f64,
    /// ε² = H / (n − 1): 0 = classes do not differ, 1 = they share no ranks.
    pub epsilon_squared: f64,
    /// η² = (H − k + 1) / (n − k).
    pub eta_squared: f64,
}

/// Two classes compared by Mann-Whitney's test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairEffect {
    /// The first class.
    pub first: String,
    /// The second.
    pub second: String,
    /// Cliff's δ: above 0 where the first is the larger.
    pub cliffs_delta: f64,
    /// p-value after Holm over the pairs.
    pub p_adjusted: f64,
}

/// What the network does when a cluster's timestamps are taken out of the signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Faithfulness {
    /// Records per cluster at most.
    pub records_per_cluster: usize,
    /// Random placements of the same mask that each masked signal is held against: the mask shifted circularly within
    /// the record, so that as many timestamps are masked in stretches as long.
    pub controls: usize,
    /// Clusters whose masking changes the network's outputs more than the random placements do, by an interval that
    /// excludes 0, of those that could be masked; by replacement.
    pub faithful: Vec<FaithfulShare>,
    /// Per cluster and replacement.
    pub clusters: Vec<MaskedCluster>,
}

/// Share of clusters with an effect of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaithfulShare {
    /// What stands in for the masked signal: `mean` or `exemplar`.
    pub replacement: String,
    /// Clusters with an effect beyond chance.
    pub faithful: usize,
    /// Clusters with less of an effect than chance.
    pub less: usize,
    /// Clusters that could be masked.
    pub clusters: usize,
}

/// One cluster masked in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MaskedCluster {
    /// The cluster.
    pub cluster: usize,
    /// What stands in for the masked signal: `mean`, the record's own mean per lead, or `exemplar`, the plainest timestamp
    /// of another cluster.
    pub replacement: String,
    /// The cluster whose exemplar it is.
    pub exemplar_of: Option<usize>,
    /// Records masked.
    pub records: usize,
    /// Mean share of the record that was masked.
    pub masked_share: f64,
    /// Mean absolute change of the outputs, over classes and records.
    pub change: f64,
    /// The same for the random placements.
    pub random_change: f64,
    /// `change` − `random_change`.
    pub difference: f64,
    /// Its 95 % interval, by bootstrap over patients; absent with fewer than two.
    pub difference_ci95: Option<[f64; 2]>,
    /// Share of records in which a decision changes.
    pub flips: f64,
    /// The same for the random placements.
    pub random_flips: f64,
    /// Mean signed change of each class's output.
    pub by_class: Vec<f64>,
}

/// The audit of the same network with its trained weights shuffled (Adebayo et al. 2018): clusters that explain as much
/// there do not explain what was learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sanity {
    /// Records looked at: all, or a seeded sample of patients.
    pub records: usize,
    /// Seed of the shuffle.
    pub seed: u64,
    /// Agreement of the first surrogate with the trained network's decisions, from the trained network's clusters; for a
    /// continuous target R².
    pub agreement: f64,
    /// The same from the shuffled network's clusters.
    pub random_agreement: f64,
    /// `agreement` − `random_agreement`, 95 % interval by bootstrap over patients; absent with fewer than two.
    pub difference_ci95: Option<[f64; 2]>,
    /// Agreement of always answering each class's majority decision; absent for a continuous target.
    #[serde(default)]
    pub majority_agreement: Option<f64>,
    /// Macro AUROC of the first surrogate, from the trained network's clusters.
    pub auroc_soft: Option<f64>,
    /// The same from the shuffled network's clusters.
    pub random_auroc_soft: Option<f64>,
    /// Adjusted Rand index of the two networks' timelines.
    pub timelines_ari: f64,
    /// Normalised mutual information of the two networks' timelines.
    pub timelines_nmi: f64,
    /// Mean uncertainty of the trained network's clusters over these records.
    pub uncertainty: f64,
    /// The same of the shuffled network's.
    pub random_uncertainty: f64,
}

/// How far timelines depend on chance and on the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stability {
    /// Timestamps compared.
    pub timestamps: usize,
    /// By what was changed.
    pub refits: Vec<Refits>,
    /// Per cluster: the mean over refits on half of the patients of its largest Jaccard overlap with a cluster of the
    /// refit (Hennig 2007): 1 = found every time, below 0.5 = dissolved.
    pub clusters: Vec<f64>,
}

/// The codebook on all folds against others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refits {
    /// What was changed: `seed`, `half of the patients`, or `fold held out`.
    pub change: String,
    /// Refits.
    pub refits: usize,
    /// Mean adjusted Rand index with the codebook on all folds.
    pub ari: f64,
    /// The smallest.
    pub ari_min: f64,
    /// Mean normalised mutual information with it.
    pub nmi: f64,
    /// The smallest.
    pub nmi_min: f64,
}
