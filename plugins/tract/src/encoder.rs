//! The encoder.

use ecg_audit_onnx::{Head, Network, Request};
use ecg_audit_plugin::{
    Activation, Context, Encoded, Encoder, EncoderInfo, Error, FromParams, InputShape, Layer, Tap,
};
use ndarray::{Array2, ArrayView3};

use crate::params::Params;
use crate::plan::Template;
use crate::plans::Plans;
use crate::run;

/// An ONNX network, run by tract.
pub struct Tract {
    context: Context,
    activation: Activation,
    taps: Vec<String>,
    output: String,
    layers: Vec<Layer>,
    heads: Vec<Result<Head, Error>>,
    sha256: String,
    plans: Plans,
}

impl FromParams for Tract {
    const NAME: &'static str = "tract";
    const SUMMARY: &'static str = "ONNX networks, run by tract (pure Rust, nothing to install)";
    const FORMATS: &'static [&'static str] = &["onnx"];
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        let network = Network::open(Request {
            model: &params.model,
            taps: &params.taps,
            output: params.output.as_deref(),
            input: params.input.as_deref(),
            randomize_weights: params.randomize_weights,
        })?;
        let template = Template::new(&network)?;
        template.check_ranks()?;
        let plans = Plans::new(template);
        if let InputShape {
            leads: Some(leads),
            samples: Some(samples),
        } = network.input.shape
        {
            plans.get(leads, samples)?;
        }
        Ok(Self {
            context: context.clone(),
            activation: params.activation,
            taps: network.taps,
            output: network.output,
            layers: network.layers,
            heads: network.heads,
            sha256: network.file.sha256,
            plans,
        })
    }
}

impl Tract {
    /// The batch's outputs after `activation`, and the taps.
    fn run(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
        self.plans.template().input().check(signal)?;
        let (_, leads, samples) = signal.dim();
        let plan = self.plans.get(leads, samples)?;
        let pool = self.plans.pool(self.context.threads())?;
        run::batch(&plan, &pool, &self.context, self.activation, signal)
    }
}

impl Encoder for Tract {
    fn info(&self) -> EncoderInfo {
        let shapes = self.plans.template().shapes();
        let last = |name: &str, from_end: usize| {
            let shape = shapes.get(name)?;
            shape
                .len()
                .checked_sub(from_end)
                .and_then(|index| shape.get(index).copied().flatten())
        };
        EncoderInfo {
            input: self.plans.template().input().shape,
            outputs: last(&self.output, 1),
            activation: self.activation,
            taps: self
                .taps
                .iter()
                .map(|name| Tap {
                    name: name.clone(),
                    channels: last(name, 2),
                    length: last(name, 1),
                })
                .collect(),
            model_sha256: Some(self.sha256.clone()),
        }
    }

    fn encode(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
        self.run(signal)
    }

    fn layers(&self) -> Result<Vec<Layer>, Error> {
        let shapes = self.plans.template().shapes();
        let shaped = self.layers.iter().cloned().map(|mut layer| {
            let dims = shapes.get(layer.name.as_str());
            layer.shape = dims.and_then(|dims| dims.iter().copied().collect());
            layer
        });
        Ok(shaped.collect())
    }

    fn grad_cam(&self, signal: ArrayView3<'_, f32>, class: usize, tap: usize) -> Result<Array2<f32>, Error> {
        Head::grad_cam_at(&self.heads, tap, class, || self.run(signal))
    }
}
