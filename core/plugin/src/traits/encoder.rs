//! Encoders: trained networks that are read, not trained.

use ndarray::{Array2, Array3, ArrayView3};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A trained network with tapped blocks.
pub trait Encoder: Send + Sync {
    /// What the network expects and what it gives.
    fn info(&self) -> EncoderInfo;

    /// Runs `signal` `[B, leads, samples]` through the network. Rows of a batch do not influence each other.
    ///
    /// # Errors
    /// [`Error::Input`] when the shape does not fit the network's input (both shapes named);
    /// [`Error::Failed`] when the network fails or answers values that are not finite.
    fn encode(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error>;

    /// The network's layers in topological order: all that can be tapped, whatever the taps are.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the component cannot list them.
    fn layers(&self) -> Result<Vec<Layer>, Error> {
        Err(Error::Unsupported(
            "this encoder cannot list the network's layers".into(),
        ))
    }

    /// Grad-CAM (Selvaraju et al. 2017) of output `class` at tap number `tap`: `[B, L_tap]`, non-negative, not normalised.
    ///
    /// With A `[C, L]` the tap's activation and y the raw output of the class, before the activation:
    /// α_c = mean over t of ∂y/∂A\[c, t\], map(t) = max(0, Σ_c α_c A\[c, t\]).
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the component has no gradients, or none at this tap; [`Error::Input`] for an unknown
    /// class or tap.
    fn grad_cam(&self, signal: ArrayView3<'_, f32>, class: usize, tap: usize) -> Result<Array2<f32>, Error> {
        let _ = (signal, class, tap);
        Err(Error::Unsupported(
            "this encoder has no gradients for Grad-CAM".into(),
        ))
    }
}

/// One batch's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Outputs after the activation, `[B, n]`.
    pub outputs: Array2<f32>,
    /// Activations of each tapped block, from shallow to deep, `[B, C_b, L_b]`.
    pub taps: Vec<Array3<f32>>,
}

/// What an encoder says of its network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderInfo {
    /// The input the network expects.
    pub input: InputShape,
    /// Number of outputs n, where known before the first batch.
    pub outputs: Option<usize>,
    /// The activation applied to the network's raw outputs.
    pub activation: Activation,
    /// The tapped blocks, from shallow to deep.
    pub taps: Vec<Tap>,
    /// SHA-256 of the model file, lower-case hexadecimal, where there is one file.
    pub model_sha256: Option<String>,
}

/// Dimensions of the input; `None` is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputShape {
    /// Number of leads.
    pub leads: Option<usize>,
    /// Number of samples.
    pub samples: Option<usize>,
}

/// One tapped block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// The name it was asked for by.
    pub name: String,
    /// Channels C_b, where known before the first batch.
    pub channels: Option<usize>,
    /// Timestamps L_b, where known before the first batch.
    pub length: Option<usize>,
}

/// One layer of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// The name under which it can be tapped.
    pub name: String,
    /// What it computes, as the model's format calls it (`Conv`, `Relu`, …).
    pub operator: String,
    /// What it computes, in terms that all formats share.
    #[serde(default)]
    pub role: Role,
    /// Output shape without the batch, where known.
    pub shape: Option<Vec<usize>>,
    /// Names of the layers whose outputs it reads; the network's input and constants are left out.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// What it reads of the time axis, for convolutions and pooling; `None` where each timestamp depends on the same
    /// timestamp alone, or on all of them (see `role`).
    #[serde(default)]
    pub window: Option<Window>,
}

/// What a layer computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A convolution over time.
    Convolution,
    /// A normalisation with constants learnt in training.
    Normalization,
    /// A pointwise non-linearity.
    Activation,
    /// A pooling over a window.
    Pooling,
    /// A pooling over all timestamps.
    GlobalPooling,
    /// A sum of several layers: where a residual block's branches meet.
    Sum,
    /// A concatenation of several layers' channels.
    Concatenation,
    /// A matrix product over channels.
    Linear,
    /// Anything else.
    #[default]
    #[serde(other)]
    Other,
}

/// The window of a convolution or pooling over time, in timestamps of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Taps of the kernel.
    pub kernel: usize,
    /// Step between two outputs.
    pub stride: usize,
    /// Step between two taps of the kernel.
    pub dilation: usize,
}

/// What turns raw outputs into what the audit reads, and so what task the network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Raw outputs already are what the audit reads: a continuous target.
    Identity,
    /// Independent probabilities: several labels may hold at once.
    Sigmoid,
    /// Probabilities that sum to 1: exactly one label holds.
    Softmax,
}
