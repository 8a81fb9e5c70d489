//! The encoder.

use ecg_audit_onnx::{Head, Network, Request, SignalInput, sizes};
use ecg_audit_plugin::{Activation, Context, Encoded, Encoder, EncoderInfo, Error, FromParams, Layer, Tap};
use ndarray::{Array2, ArrayView3};

use crate::library;
use crate::params::{Params, Provider};
use crate::run;
use crate::session::{Sessions, Shape};

/// An ONNX network, run by ONNX Runtime.
pub struct Ort {
    pub(crate) context: Context,
    pub(crate) activation: Activation,
    /// The output, then the taps.
    pub(crate) wanted: Vec<String>,
    pub(crate) input: SignalInput,
    pub(crate) sessions: Sessions,
    pub(crate) provider: Provider,
    layers: Vec<Layer>,
    /// The layers that the output and the taps need.
    kept: Vec<String>,
    heads: Vec<Result<Head, Error>>,
    shapes: Vec<Shape>,
    sha256: String,
}

impl FromParams for Ort {
    const NAME: &'static str = "ort";
    const SUMMARY: &'static str =
        "ONNX networks, run by ONNX Runtime (fast; `cargo xtask onnxruntime` installs it)";
    const FORMATS: &'static [&'static str] = &["onnx"];
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        if params.device_id.is_some() && params.provider == Provider::Cpu {
            return Err(Error::Params(
                "`device_id` numbers CUDA devices, and `provider` is \"cpu\"".into(),
            ));
        }
        let network = Network::open(Request {
            model: &params.model,
            taps: &params.taps,
            output: params.output.as_deref(),
            input: params.input.as_deref(),
            randomize_weights: params.randomize_weights,
        })?;
        let runtime = library::runtime(params.library.as_deref())?;
        let sessions = Sessions::new(runtime, &network, params.provider, params.device_id.unwrap_or(0))?;
        let (wanted, shapes) = (network.wanted(), sessions.shapes()?);
        for (slot, (name, shape)) in wanted.iter().zip(&shapes).enumerate() {
            match (slot, shape) {
                (_, Shape::Unknown) => {}
                (0, Shape::Known(dims)) => sizes::check_output(name, dims)?,
                (_, Shape::Known(dims)) => sizes::check_tap(name, dims)?,
            }
        }
        Ok(Self {
            context: context.clone(),
            activation: params.activation,
            wanted,
            input: network.input,
            sessions,
            provider: params.provider,
            layers: network.layers,
            kept: network.kept,
            heads: network.heads,
            shapes,
            sha256: network.file.sha256,
        })
    }
}

impl Encoder for Ort {
    fn info(&self) -> EncoderInfo {
        let mut shaped = self.wanted.iter().zip(&self.shapes);
        EncoderInfo {
            input: self.input.shape,
            outputs: shaped.next().and_then(|(_, shape)| shape.last(1)),
            activation: self.activation,
            taps: shaped
                .map(|(name, shape)| Tap {
                    name: name.clone(),
                    channels: shape.last(2),
                    length: shape.last(1),
                })
                .collect(),
            model_sha256: Some(self.sha256.clone()),
        }
    }

    fn encode(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
        self.input.check(signal)?;
        run::batch(self, signal)
    }

    fn layers(&self) -> Result<Vec<Layer>, Error> {
        let inner = self.kept.iter().filter(|name| !self.wanted.contains(name));
        let shapes = self
            .sessions
            .shapes_of(&inner.map(String::as_str).collect::<Vec<_>>())?;
        let shaped = self.layers.iter().cloned().map(|mut layer| {
            layer.shape = shapes.get(&layer.name).and_then(Shape::whole);
            layer
        });
        Ok(shaped.collect())
    }

    fn grad_cam(&self, signal: ArrayView3<'_, f32>, class: usize, tap: usize) -> Result<Array2<f32>, Error> {
        Head::grad_cam_at(&self.heads, tap, class, || self.encode(signal))
    }
}
