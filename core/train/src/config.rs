//! The configuration: `[data]` and `[preprocess]` exactly as in an audit, `[train]` and `[network]` beside them.

use ecg_audit_engine::config::{ConfigError, DataSection, Preprocess, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One training run.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// How the network is trained.
    pub train: Train,
    /// The data set.
    pub data: DataSection,
    /// From signals to what the network reads.
    pub preprocess: Preprocess,
    /// The network.
    pub network: Network,
}

/// How the network is trained. The defaults are those of Lima et al. (*Deep neural network-estimated electrocardiographic age
/// as a mortality predictor*, 2021).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// Name, shown in the cards.
    pub name: String,
    /// Seed of everything random, and of the folds where the data set has none.
    #[serde(default)]
    pub seed: u64,
    /// What the labels are. Default: `regression` for a continuous target, else `multi-label`.
    #[serde(default)]
    pub task: Option<Task>,
    /// The most epochs.
    #[serde(default = "epochs")]
    pub epochs: usize,
    /// Windows per step.
    #[serde(default = "batch")]
    pub batch: usize,
    /// Learning rate of the first epoch.
    #[serde(default = "learning_rate")]
    pub learning_rate: f64,
    /// Share by which the learning rate shrinks the weights in each step (decoupled: Loshchilov & Hutter 2019). Default: 0.
    #[serde(default)]
    pub weight_decay: f64,
    /// Epochs in a row without a better validation loss that are borne; the next lowers the learning rate.
    #[serde(default = "patience")]
    pub patience: usize,
    /// What the learning rate is multiplied by then.
    #[serde(default = "factor")]
    pub factor: f64,
    /// Training ends when the learning rate falls below this.
    #[serde(default = "min_learning_rate")]
    pub min_learning_rate: f64,
    /// Folds that are trained side by side on the CPU. Changes no result. Default: all processors.
    #[serde(default)]
    pub threads: Option<usize>,
    /// Threads within one fold, on the CPU. Sums are split by it: another number gives other last bits.
    #[serde(default = "one")]
    pub fold_threads: usize,
    /// `cpu`, `cuda` or `cuda:N`.
    #[serde(default = "cpu")]
    pub device: String,
    /// Convolutions in bfloat16, on CUDA.
    #[serde(default)]
    pub mixed_precision: bool,
    /// Folds to hold out, one network each. Default: all.
    #[serde(default)]
    pub folds: Option<Vec<u32>>,
}

/// What the labels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Any number of classes at once: binary cross-entropy per class.
    MultiLabel,
    /// Exactly one class: cross-entropy.
    MultiClass,
    /// A continuous target: mean squared error on the standardised target.
    Regression,
}

/// The network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The residual network of Ribeiro et al. (*Automatic diagnosis of the 12-lead ECG using a deep neural network*, 2020).
    pub kind: Kind,
    /// Channels of each residual block.
    pub channels: Vec<usize>,
    /// Samples that each block's output has; the input's samples must be a multiple of the first, each a multiple of the next.
    pub lengths: Vec<usize>,
    /// Kernel of the convolutions; odd.
    pub kernel: usize,
    /// Share of activations that dropout sets to zero in training.
    pub dropout: f64,
}

/// Kinds of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The residual network of Ribeiro et al.
    Ribeiro,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            kind: Kind::Ribeiro,
            channels: vec![64, 128, 196, 256, 320],
            lengths: vec![4096, 1024, 256, 64, 16],
            kernel: 17,
            dropout: 0.8,
        }
    }
}

fn epochs() -> usize {
    70
}

fn batch() -> usize {
    32
}

fn learning_rate() -> f64 {
    1e-3
}

fn patience() -> usize {
    7
}

fn factor() -> f64 {
    0.1
}

fn min_learning_rate() -> f64 {
    1e-7
}

fn one() -> usize {
    1
}

fn cpu() -> String {
    "cpu".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    train: Train,
    data: Map<String, Value>,
    #[serde(default)]
    preprocess: Preprocess,
    #[serde(default)]
    network: Network,
}

impl Config {
    /// Checks `source` and resolves its paths.
    ///
    /// # Errors
    /// [`ConfigError`] at the first value that does not fit.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.deserialize()?;
        let config = Self {
            data: DataSection::from_source(source, file.data)?,
            train: file.train,
            preprocess: file.preprocess,
            network: file.network,
        };
        config.check(source)?;
        Ok(config)
    }

    /// What the results depend on: everything but the number of threads and the choice of folds, of which each has a
    /// network of its own.
    pub(crate) fn identity(&self) -> Result<Value, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        if let Some(train) = value.get_mut("train").and_then(Value::as_object_mut) {
            train.remove("threads");
            train.remove("folds");
        }
        Ok(value)
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        let Train {
            learning_rate,
            factor,
            min_learning_rate,
            weight_decay,
            ..
        } = self.train;
        let train = &self.train;
        let network = &self.network;
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let rules: [(&str, bool, &str); 14] = [
            (
                "train.name",
                !train.name.trim().is_empty(),
                "a name that is not empty",
            ),
            ("train.epochs", train.epochs > 0, "at least 1"),
            ("train.batch", train.batch > 1, "at least 2"),
            ("train.patience", train.patience > 0, "at least 1"),
            ("train.learning_rate", positive(learning_rate), "a rate above 0"),
            (
                "train.min_learning_rate",
                min_learning_rate.is_finite() && (0.0..=learning_rate).contains(&min_learning_rate),
                "0 to `train.learning_rate`",
            ),
            ("train.factor", (0.0..1.0).contains(&factor), "0 to less than 1"),
            (
                "train.weight_decay",
                weight_decay.is_finite() && weight_decay >= 0.0,
                "0 or more",
            ),
            ("train.threads", train.threads != Some(0), "at least 1"),
            (
                "train.fold_threads",
                (1..=1024).contains(&train.fold_threads),
                "1 to 1024",
            ),
            (
                "train.mixed_precision",
                !train.mixed_precision || train.device.starts_with("cuda"),
                "false where `train.device` is not cuda",
            ),
            (
                "train.folds",
                train.folds.as_ref().is_none_or(|folds| !folds.is_empty()),
                "at least one fold",
            ),
            ("network.kernel", network.kernel % 2 == 1, "an odd number"),
            (
                "network.dropout",
                (0.0..1.0).contains(&network.dropout),
                "0 to less than 1",
            ),
        ];
        let wrong = rules.into_iter().find(|(_, holds, _)| !holds);
        match wrong {
            None => Ok(()),
            Some((key, _, expected)) => {
                let pointer = format!("/{}", key.replace('.', "/"));
                let found = source.value().pointer(&pointer).cloned().unwrap_or_default();
                Err(source.error_at(&pointer, format!("`{key}` is {found}; expected {expected}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const SMALL: &str =
        "[train]\nname = \"x\"\n[data]\nreader = \"npz\"\npath = \"x.npz\"\nsampling_rate = 100\n";

    fn parse(text: &str, set: &[&str]) -> Result<Config, ConfigError> {
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        Config::from_source(&Source::parse(Path::new("a.toml"), text.into(), &set)?)
    }

    #[test]
    fn the_defaults_are_the_published_settings() {
        let config = parse(SMALL, &[]).unwrap();
        assert_eq!((config.train.epochs, config.train.batch), (70, 32));
        assert_eq!(config.network.channels, [64, 128, 196, 256, 320]);
        assert_eq!(config.network.kernel, 17);
    }

    #[test]
    fn wrong_values_are_placed() {
        for (set, word) in [
            ("train.epochs=0", "at least 1"),
            ("train.factor=1.0", "less than 1"),
            ("train.mixed_precision=true", "cuda"),
            ("network.kernel=16", "odd"),
            ("train.learning_rate=-1.0", "above 0"),
            ("train.min_learning_rate=1.0", "train.learning_rate"),
        ] {
            let error = parse(SMALL, &[set]).unwrap_err();
            assert!(error.message.contains(word), "{}", error.message);
        }
        let error = parse("[train]\nname = \"x\"\nepoch = 3\n[data]\n", &[]).unwrap_err();
        assert_eq!(error.line_column(), Some((3, 1)));
        assert!(error.help.unwrap().contains("`epochs`"));
    }

    #[test]
    fn threads_and_the_choice_of_folds_change_no_result() {
        let identity = |set: &[&str]| parse(SMALL, set).unwrap().identity().unwrap();
        assert_eq!(identity(&[]), identity(&["train.threads=3", "train.folds=[2]"]));
        assert_ne!(identity(&[]), identity(&["train.seed=3"]));
    }
}
