//! Parameters.

use std::path::PathBuf;

use ecg_audit_plugin::Activation;
use schemars::JsonSchema;
use serde::Deserialize;

/// Parameters of the `ort` encoder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The ONNX file. Weights in external data files are looked for beside it.
    #[schemars(extend("format" = "path"))]
    pub model: PathBuf,
    /// ONNX value names of the tensors to tap, from shallow to deep; each must be [batch, channels, timestamps].
    /// Without any, there are outputs alone.
    #[serde(default)]
    pub taps: Vec<String>,
    /// ONNX value name of the raw outputs, [batch, outputs]; by default the graph's only output.
    #[serde(default)]
    pub output: Option<String>,
    /// What turns raw outputs into what the audit reads.
    pub activation: Activation,
    /// Name of the graph input that takes the signal, [batch, leads, samples]; by default the only one.
    #[serde(default)]
    pub input: Option<String>,
    /// Seed with which every trained weight tensor is replaced by a permutation of its own values: the network then
    /// has learnt nothing. For sanity checks.
    #[serde(default)]
    pub randomize_weights: Option<u64>,
    /// What computes.
    #[serde(default)]
    pub provider: Provider,
    /// Number of the CUDA device; 0 by default.
    #[serde(default)]
    pub device_id: Option<u16>,
    /// The ONNX Runtime library, or its folder. By default the one that the environment variable ORT_DYLIB_PATH names,
    /// else the one in the folder onnxruntime beside the plugin.
    #[schemars(extend("format" = "path"))]
    #[serde(default)]
    pub library: Option<PathBuf>,
}

/// Execution providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, where the library has CUDA.
    Cuda,
}
