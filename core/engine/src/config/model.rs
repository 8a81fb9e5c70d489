//! The keys of a configuration. Their docstrings are the configuration reference.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ecg_audit_ecg::datasets::Options;
use ecg_audit_ecg::preprocess::{Step, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::cross_validation::{self, CrossValidationSection};
use super::{ConfigError, Source};
use crate::audit::Threshold;

/// One audit: what is audited, on which data, with which plugins.
///
/// Relative paths start from the configuration's folder. `--set key.key=value` replaces any key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Config {
    /// The audit as a whole.
    pub audit: AuditSection,
    /// The data set.
    pub data: DataSection,
    /// From signals to what the network reads.
    pub preprocess: Preprocess,
    /// The network, read by a plugin.
    pub encoder: Selection,
    /// A network for every fold in place of `encoder.params.model`. Default: one network for all records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidationSection>,
    /// How activations become features.
    pub features: Features,
    /// What finds the clusters.
    pub clusterer: Selection,
    /// What scores how undecided a timestamp is. Default: the plugin `entropy`.
    pub uncertainty: Selection,
    /// What learns the network's decisions from cluster proportions; at least one.
    pub surrogate: Vec<Selection>,
    /// What finds P, QRS and T, so that clusters can be placed in the heartbeat. A data set's own annotations take
    /// precedence. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delineator: Option<Selection>,
    /// What else explains the network, and how far the clusters can be trusted.
    pub explain: ExplainSection,
    /// Which labels are flagged.
    pub issues: IssuesSection,
    /// Thresholds by name of the check. Without them, `fidelity_gain` warns below 0.02, `shuffled_gain` below 0.01,
    /// `timeline_stability` below 0.5, `skipped_share` above 0,
    /// `codebooks_converged` below 1, `duplicates_across_folds` and `underperforming_groups` above 0.
    pub checks: BTreeMap<String, Threshold>,
    /// The report.
    pub report: ReportSection,
    /// Where plugins are looked for.
    pub plugins: PluginsSection,
}

/// The audit as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSection {
    /// Name, shown on the report and used for the default run folder.
    pub name: String,
    /// Seed of everything random. The same seed gives the same audit for any number of threads.
    #[serde(default)]
    pub seed: u64,
    /// Threads to keep busy. Default: all the machine has.
    #[serde(default)]
    pub threads: Option<usize>,
}

/// The data set: the reader's own keys stand beside these.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DataSection {
    /// The reader: `ptb-xl`, `wfdb` or `npz`.
    pub reader: String,
    /// The data set's folder or file.
    pub path: PathBuf,
    /// The largest share of records that may be set aside before the audit fails. Default: 0.1.
    pub max_skipped_share: f64,
    /// Folds whose records the network was trained on. Its predictions there are marked as in-sample, and weigh less
    /// against a label. Default: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_folds: Option<Vec<u32>>,
    /// CSV file with the columns `record` and `fold`, such as a training or an earlier audit leaves, in place of the data
    /// set's own folds. Default: the data set's folds, or 10 folds made by patient where it has none (fewer
    /// where there are fewer patients).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds_file: Option<PathBuf>,
    /// The reader's keys.
    #[serde(flatten)]
    pub options: Options,
}

/// From signals to what the network reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// The steps, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Cut each record into windows; without it the whole record is one.
    #[serde(default)]
    pub window: Option<Window>,
}

/// A component of a plugin, with its parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Address: `library` or `library/component`. `ecg-audit plugin list` shows them.
    pub plugin: String,
    /// The component's parameters; `ecg-audit plugin list --params` shows them.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// SHA-256 that the library file must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// How activations become features.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Weight of each tapped block.
    pub weights: TapWeights,
    /// Features that the codebooks are fitted on are held in memory up to this many MiB; beyond it, each record
    /// contributes a seeded sample of its timestamps.
    pub codebook_mib: u64,
    /// Activations are kept on disk up to this many GiB between the stages; what goes beyond is encoded twice.
    pub cache_gib: f64,
    /// What describes a record to the surrogates, joined in the order given.
    pub proportions: Vec<ProportionKind>,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            weights: TapWeights::default(),
            codebook_mib: 256,
            cache_gib: 16.0,
            proportions: vec![ProportionKind::Hard],
        }
    }
}

/// Weight of each tapped block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TapWeights {
    /// A named rule.
    Rule(WeightRule),
    /// One weight per tap, from shallow to deep.
    Explicit(Vec<f64>),
}

impl Default for TapWeights {
    fn default() -> Self {
        Self::Rule(WeightRule::Channels)
    }
}

/// Named rules for block weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WeightRule {
    /// (1 + C₁) / (1 + C_b): deeper blocks with more channels weigh less.
    Channels,
    /// 1 for every block.
    Equal,
}

/// What describes a record to a surrogate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProportionKind {
    /// Share of timestamps in each cluster (K values).
    Hard,
    /// Mean membership of each cluster (K values).
    Soft,
    /// Share of steps from each cluster to each other cluster (K × K values).
    Transitions,
    /// Mean unbroken stay in each cluster, seconds (K values).
    Dwell,
}

/// What else explains the network, and how far the clusters can be trusted. What is set to 0 or `none` is left out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExplainSection {
    /// How attribution maps are made.
    pub attribution: AttributionChoice,
    /// The tap whose activations Grad-CAM weighs. Default: the deepest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tap: Option<String>,
    /// Records with attribution maps; beyond it, a seeded sample. Occlusion, which is dear, takes a tenth of them.
    pub records: usize,
    /// Length of the stretch that occlusion replaces, seconds; it moves by half of it.
    pub occlusion_seconds: f64,
    /// Records per cluster in which the cluster is masked out of the signal.
    pub masked_records: usize,
    /// Records on which the network with shuffled weights is audited; beyond it, a seeded sample of patients.
    pub shuffled_records: usize,
    /// Codebooks fitted again with another seed, and on half of the patients: as many of each.
    pub refits: usize,
}

impl Default for ExplainSection {
    fn default() -> Self {
        Self {
            attribution: AttributionChoice::Auto,
            tap: None,
            records: 1000,
            occlusion_seconds: 0.2,
            masked_records: 20,
            shuffled_records: 500,
            refits: 3,
        }
    }
}

/// How attribution maps are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttributionChoice {
    /// Grad-CAM where the encoder has it at the tap, else occlusion.
    Auto,
    /// Grad-CAM; an error where the encoder does not have it.
    GradCam,
    /// Occlusion.
    Occlusion,
    /// No maps.
    None,
}

/// Which labels are flagged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IssuesSection {
    /// Labels with a score below this are flagged. The score is the probability that the label is right, lowered by
    /// what else speaks against it. Default: 0.1.
    pub flag_below: f64,
}

impl Default for IssuesSection {
    fn default() -> Self {
        Self { flag_below: 0.1 }
    }
}

/// The report.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSection {
    /// Number of flagged records shown with their ECG. Default: 20.
    pub traces: usize,
    /// Number of exemplars of each cluster shown with their ECG. Default: 1.
    pub exemplars: usize,
    /// A folder with templates and a style sheet of your own, in place of or beside the report's own (docs/report.md).
    pub templates: Option<PathBuf>,
    /// How the leads of these ECGs are laid out: `auto`, `3x4`, `6x2` or `12x1`.
    pub layout: crate::audit::EcgLayout,
}

impl Default for ReportSection {
    fn default() -> Self {
        Self {
            traces: 20,
            exemplars: 1,
            templates: None,
            layout: crate::audit::EcgLayout::Auto,
        }
    }
}

/// Where plugins are looked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PluginsSection {
    /// Folders searched before `ECG_AUDIT_PLUGIN_PATH`, the user's data folder and the folder beside the executable.
    pub path: Vec<PathBuf>,
}

/// The file's own form: what is optional, and `[data]` still in one piece.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    audit: AuditSection,
    data: Map<String, Value>,
    #[serde(default)]
    preprocess: Preprocess,
    encoder: Selection,
    #[serde(default)]
    cross_validation: Option<CrossValidationSection>,
    #[serde(default)]
    features: Features,
    clusterer: Selection,
    #[serde(default = "entropy")]
    uncertainty: Selection,
    surrogate: Vec<Selection>,
    #[serde(default)]
    delineator: Option<Selection>,
    #[serde(default)]
    explain: ExplainSection,
    #[serde(default)]
    issues: IssuesSection,
    #[serde(default)]
    checks: BTreeMap<String, Threshold>,
    #[serde(default)]
    report: ReportSection,
    #[serde(default)]
    plugins: PluginsSection,
}

#[derive(Deserialize)]
struct DataKeys {
    reader: String,
    path: PathBuf,
    #[serde(default = "default_max_skipped_share")]
    max_skipped_share: f64,
    #[serde(default)]
    trained_folds: Option<Vec<u32>>,
    #[serde(default)]
    folds_file: Option<PathBuf>,
}

fn default_max_skipped_share() -> f64 {
    0.1
}

fn entropy() -> Selection {
    Selection {
        plugin: "entropy".into(),
        params: Map::new(),
        sha256: None,
    }
}

impl Config {
    /// Checks `source` and resolves its paths.
    ///
    /// # Errors
    /// [`ConfigError`] at the first value that does not fit.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.deserialize()?;
        let data = DataSection::from_source(source, file.data)?;
        let mut plugins = file.plugins;
        for (i, path) in plugins.path.iter_mut().enumerate() {
            *path = source.resolve(&format!("/plugins/path/{i}"), path);
        }
        let mut cross_validation = file.cross_validation;
        if let Some(section) = &mut cross_validation {
            section.model = source.resolve("/cross_validation/model", &section.model);
        }
        let config = Self {
            audit: file.audit,
            data,
            preprocess: file.preprocess,
            encoder: file.encoder,
            cross_validation,
            features: file.features,
            clusterer: file.clusterer,
            uncertainty: file.uncertainty,
            surrogate: file.surrogate,
            delineator: file.delineator,
            explain: file.explain,
            issues: file.issues,
            checks: file.checks,
            report: ReportSection {
                templates: file
                    .report
                    .templates
                    .map(|folder| source.resolve("/report/templates", &folder)),
                ..file.report
            },
            plugins,
        };
        config.check(source)?;
        Ok(config)
    }

    /// The selected components in the order of provenance: encoder, clusterer, uncertainty, surrogates, delineator.
    pub(crate) fn selections_mut(&mut self) -> impl Iterator<Item = &mut Selection> {
        let first = [&mut self.encoder, &mut self.clusterer, &mut self.uncertainty];
        first
            .into_iter()
            .chain(&mut self.surrogate)
            .chain(&mut self.delineator)
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        let wrong = |pointer: &str, message: String| Err(source.error_at(pointer, message));
        if self.audit.name.trim().is_empty() {
            return wrong("/audit/name", "`audit.name` is empty".into());
        }
        if self.audit.threads == Some(0) {
            return wrong(
                "/audit/threads",
                "`audit.threads` is 0; expected at least 1".into(),
            );
        }
        if !(0.0..=1.0).contains(&self.data.max_skipped_share) {
            return wrong(
                "/data/max_skipped_share",
                format!(
                    "`data.max_skipped_share` is {}; expected 0 to 1",
                    self.data.max_skipped_share
                ),
            );
        }
        cross_validation::check(self, source)?;
        if self.surrogate.is_empty() {
            return wrong(
                "/surrogate",
                "no `[[surrogate]]` is named; at least one is needed".into(),
            );
        }
        if self.features.codebook_mib == 0 {
            return wrong(
                "/features/codebook_mib",
                "`features.codebook_mib` is 0; expected at least 1".into(),
            );
        }
        if self.features.cache_gib < 0.0 {
            return wrong("/features/cache_gib", "`features.cache_gib` is negative".into());
        }
        let stretch = self.explain.occlusion_seconds;
        if !(stretch.is_finite() && stretch > 0.0) {
            return wrong(
                "/explain/occlusion_seconds",
                format!("`explain.occlusion_seconds` is {stretch}; expected a length above 0"),
            );
        }
        if self.features.proportions.is_empty() {
            return wrong("/features/proportions", "`features.proportions` is empty".into());
        }
        if let TapWeights::Explicit(weights) = &self.features.weights
            && (weights.is_empty() || weights.iter().any(|w| *w < 0.0) || weights.iter().all(|w| *w == 0.0))
        {
            return wrong(
                "/features/weights",
                "`features.weights` must be non-negative, and not all zero".into(),
            );
        }
        Ok(())
    }
}

impl DataSection {
    /// `[data]` of `source`, from its keys.
    ///
    /// # Errors
    /// [`ConfigError`] at the first value that does not fit.
    pub fn from_source(source: &Source, mut keys: Map<String, Value>) -> Result<Self, ConfigError> {
        let mut own = Map::new();
        for key in [
            "reader",
            "path",
            "max_skipped_share",
            "trained_folds",
            "folds_file",
        ] {
            if let Some(value) = keys.remove(key) {
                own.insert(key.into(), value);
            }
        }
        let own: DataKeys = source.deserialize_part("/data", &Value::Object(own))?;
        let mut options: Options = source.deserialize_part("/data", &Value::Object(keys))?;
        if let Some(csv) = &mut options.csv {
            *csv = source.resolve("/data/csv", csv);
        }
        Ok(Self {
            path: source.resolve("/data/path", &own.path),
            reader: own.reader,
            max_skipped_share: own.max_skipped_share,
            trained_folds: own.trained_folds,
            folds_file: own
                .folds_file
                .map(|file| source.resolve("/data/folds_file", &file)),
            options,
        })
    }
}
