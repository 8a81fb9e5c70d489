//! Parameters.

use std::path::PathBuf;

use ecg_audit_plugin::Activation;
use schemars::JsonSchema;
use serde::Deserialize;

/// Parameters of the `torch` encoder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The TorchScript file, scripted or traced in evaluation mode; or a checkpoint of the Ribeiro ResNet (`torch.save` or
    /// safetensors), with its `config.json` or `args.json` beside it.
    #[schemars(extend("format" = "path"))]
    pub model: PathBuf,
    /// What to tap, from shallow to deep; each must be [batch, channels, timestamps]. Keys of what `forward_features`
    /// returns, elements of what `forward` returns, or submodules by path (`layer4.1.relu`, `layer4.1.relu#1` for the
    /// second of several calls).
    #[serde(default)]
    pub taps: Vec<String>,
    /// The raw outputs, [batch, outputs]: an element of what `forward` returns (`0`, or a key), a key of
    /// `forward_features`, or a submodule; by default what `forward` returns, of a tuple its first element.
    #[serde(default)]
    pub output: Option<String>,
    /// What turns raw outputs into what the audit reads.
    pub activation: Activation,
    /// Where the network runs: `cpu`, `cuda` or `cuda:N`.
    #[serde(default = "cpu")]
    #[schemars(extend("pattern" = "^(cpu|cuda(:[0-9]+)?)$"))]
    pub device: String,
    /// Size of the input, [leads, samples], which TorchScript does not tell; with it, the shapes of layers are known and
    /// other signals are refused.
    #[serde(default)]
    #[schemars(inner(range(min = 1)))]
    pub input: Option<[usize; 2]>,
    /// Seed with which every trained weight tensor is replaced by a permutation of its own values, for an audit of a
    /// network that has learnt nothing.
    #[serde(default)]
    pub randomize_weights: Option<u64>,
}

fn cpu() -> String {
    "cpu".into()
}
