//! The paper's two experiments: configurations of training and audit, and the paper's table beside what came out.
//!
//! Boubekki, Patlatzoglou, Barker, Ng and Ribeiro, *Explaining deep learning for ECG using time-localized clusters*, IEEE
//! TBME 2026 (arXiv 2509.15198).

mod rows;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::Error;
use crate::audit::Audit;

/// The training configuration that `ecg-audit-train` left beside the networks in the folder `models`, as TOML; nothing where
/// there is none.
///
/// # Errors
/// [`Error::Io`] and [`Error::Invalid`] for a file that cannot be read.
pub fn training_of(models: &Path) -> Result<Option<String>, Error> {
    let path = models.join("config.json");
    if !path.exists() {
        return Ok(None);
    }
    let wrong = |e: String| Error::Invalid(format!("{}: not a training configuration: {e}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let table = without_nulls(value);
    toml::to_string(&table)
        .map(Some)
        .map_err(|e| wrong(e.to_string()))
}

/// TOML has no null: what is null is left out.
fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Json::Array(list) => Json::Array(list.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// The value of `schema` in `reproduction.json`.
pub const SCHEMA: &str = "ecg-audit-reproduction/1";

/// Number of clusters; the paper's is not published.
const CLUSTERS: i64 = 20;
/// Trees of the forest; the paper's number is not published.
const TREES: i64 = 300;
/// Residual blocks whose activations are clustered.
const BLOCKS: usize = 3;

/// One of the paper's experiments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// Diagnostic superclasses of PTB-XL.
    PtbXl,
    /// Age from CODE-15%.
    Code15Age,
}

impl Experiment {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PtbXl => "ptb-xl",
            Self::Code15Age => "code15-age",
        }
    }

    /// The training configuration that comes with the program: the full size, or a small network that subsets train on
    /// two processors.
    pub fn training(self, quick: bool) -> &'static str {
        match (self, quick) {
            (Self::PtbXl, false) => include_str!("../../../configs/ptb-xl-train.toml"),
            (Self::PtbXl, true) => include_str!("../../../configs/ptb-xl-train-quick.toml"),
            (Self::Code15Age, false) => include_str!("../../../configs/code15-age-train.toml"),
            (Self::Code15Age, true) => include_str!("../../../configs/code15-age-train-quick.toml"),
        }
    }

    /// The audit of the networks that `training` (a training configuration) yielded in the folder `models`, on the data at
    /// `data`, as a configuration's text.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `training` is no such configuration.
    pub fn audit(self, training: &str, data: &Path, models: &Path) -> Result<String, Error> {
        let wrong = |what: &str| Error::Invalid(format!("the training configuration: {what}"));
        let training: Table = training
            .parse()
            .map_err(|e: toml::de::Error| wrong(e.message()))?;
        let section = |name: &str| match training.get(name) {
            Some(Value::Table(section)) => Ok(section.clone()),
            _ => Err(wrong(&format!("no `[{name}]`"))),
        };
        let mut data_section = section("data")?;
        data_section.insert("path".into(), text(data));
        data_section.insert("folds_file".into(), text(&models.join("folds.csv")));
        let blocks = blocks(&training).ok_or_else(|| wrong("no `network.channels`"))?;
        let seed = training.get("train").and_then(|train| train.get("seed")).cloned();
        let activation = match self {
            Self::PtbXl => "sigmoid",
            Self::Code15Age => "identity",
        };
        let taps = (blocks.saturating_sub(BLOCKS)..blocks).map(|block| format!("resblock1d_{block}"));
        let taps: Vec<Value> = taps.map(Value::from).collect();
        let mut config = toml::toml! {
            [encoder]
            plugin = "torch"
            [clusterer]
            plugin = "kmeans"
            [delineator]
            plugin = "dwt"
        };
        let table = |entries: &[(&str, Value)]| {
            let entries = entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()));
            Value::Table(entries.collect())
        };
        let seed = seed.unwrap_or(Value::from(0));
        config.insert(
            "audit".into(),
            table(&[("name", self.name().into()), ("seed", seed)]),
        );
        config.insert("data".into(), Value::Table(data_section));
        config.insert("preprocess".into(), Value::Table(section("preprocess")?));
        set(
            &mut config,
            "encoder",
            &[("taps", Value::Array(taps)), ("activation", activation.into())],
        );
        let model = text(&models.join("fold{fold}.pt"));
        config.insert("cross_validation".into(), table(&[("model", model)]));
        set(&mut config, "clusterer", &[("k", CLUSTERS.into())]);
        let forest = table(&[
            ("plugin", "forest".into()),
            ("params", table(&[("trees", TREES.into())])),
        ]);
        let mut surrogates = vec![forest];
        if self == Self::Code15Age {
            surrogates.push(table(&[("plugin", "linfa/elastic-net".into())]));
        }
        config.insert("surrogate".into(), Value::Array(surrogates));
        toml::to_string(&config).map_err(|e| Error::Invalid(format!("the audit's configuration: {e}")))
    }
}

fn text(path: &Path) -> Value {
    Value::from(path.to_string_lossy().into_owned())
}

/// Number of residual blocks of the network.
fn blocks(training: &Table) -> Option<usize> {
    let default = Some(5);
    let Some(network) = training.get("network") else {
        return default;
    };
    match network.get("channels") {
        None => default,
        Some(channels) => channels.as_array().map(Vec::len),
    }
}

/// Sets parameters of a component.
fn set(config: &mut Table, section: &str, params: &[(&str, Value)]) {
    if let Some(section) = config.get_mut(section).and_then(Value::as_table_mut) {
        let params = params
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        section.insert("params".into(), Value::Table(params.collect()));
    }
}

/// The paper's table beside what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduction {
    /// Version of this format: [`SCHEMA`].
    pub schema: String,
    /// The experiment.
    pub experiment: Experiment,
    /// Whether the small network for subsets was trained.
    pub quick: bool,
    /// Records audited.
    pub records: usize,
    /// Networks, each trained without one fold.
    pub networks: usize,
    /// The table.
    pub rows: Vec<Row>,
    /// Where this protocol differs from the paper's, one sentence each.
    pub differences: Vec<String>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What it is.
    pub figure: String,
    /// What the paper reports; absent where its abstract gives no number.
    pub paper: Option<String>,
    /// What came out here.
    pub here: String,
}

/// The table of an experiment. `training` is the training configuration, where the networks were not given ready-made.
///
/// # Errors
/// [`Error::Invalid`] when the audit is not one of the experiment.
pub fn reproduction(
    experiment: Experiment,
    quick: bool,
    training: Option<&str>,
    audit: &Audit,
) -> Result<Reproduction, Error> {
    Ok(Reproduction {
        schema: SCHEMA.into(),
        experiment,
        quick,
        records: audit.provenance.data.records,
        networks: audit
            .cross_validation
            .as_ref()
            .map_or(1, |folds| folds.networks.len()),
        rows: rows::rows(experiment, audit)?,
        differences: rows::differences(experiment, quick, training, audit),
    })
}

/// The JSON Schema of `reproduction.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Reproduction).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Source};

    #[test]
    fn every_experiment_gives_an_audit_that_the_program_accepts() {
        for experiment in [Experiment::PtbXl, Experiment::Code15Age] {
            for quick in [true, false] {
                let training = experiment.training(quick);
                let text = experiment
                    .audit(training, Path::new("/data"), Path::new("/models"))
                    .unwrap();
                let source = Source::parse(Path::new("audit.toml"), text.clone(), &[]).unwrap();
                let config = Config::from_source(&source).unwrap();
                assert_eq!(config.data.path, Path::new("/data"), "{text}");
                assert_eq!(
                    config.cross_validation.unwrap().model_of(3),
                    Path::new("/models/fold3.pt")
                );
                assert_eq!(config.encoder.params["taps"].as_array().unwrap().len(), BLOCKS);
                assert!(!config.preprocess.steps.is_empty());
            }
        }
    }
}
