//! `[cross_validation]`: a network for every fold.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, ConfigError, Source};

/// A network for every fold: every record is audited with the one that was not trained on it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossValidationSection {
    /// The models' path, with `{fold}` where the number of the fold stands that the model was not trained on. Where a card
    /// of the same name with the extension `json` lies beside a model (`ecg-audit-train` writes one), it is held against
    /// the data's folds and classes.
    pub model: PathBuf,
}

impl CrossValidationSection {
    /// The model of the network that was not trained on `fold`.
    pub fn model_of(&self, fold: u32) -> PathBuf {
        PathBuf::from(self.model.to_string_lossy().replace(FOLD, &fold.to_string()))
    }
}

/// Stands for the fold's number in a path.
const FOLD: &str = "{fold}";

/// Refuses what contradicts a network per fold.
pub(super) fn check(config: &Config, source: &Source) -> Result<(), ConfigError> {
    let Some(section) = &config.cross_validation else {
        return Ok(());
    };
    let wrong = |pointer: &str, message: &str| Err(source.error_at(pointer, message));
    if !section.model.to_string_lossy().contains(FOLD) {
        return wrong(
            "/cross_validation/model",
            "`cross_validation.model` has no `{fold}`; write the number of the held-out fold as `{fold}`, as in \
                 `models/fold{fold}.onnx`",
        );
    }
    if config.encoder.params.contains_key("model") {
        return wrong(
            "/encoder/params/model",
            "both `encoder.params.model` and `cross_validation.model` name models; remove one",
        );
    }
    if config.data.trained_folds.is_some() {
        return wrong(
            "/data/trained_folds",
            "`data.trained_folds` is of one network for all records; with `cross_validation.model` each fold has its own",
        );
    }
    Ok(())
}
