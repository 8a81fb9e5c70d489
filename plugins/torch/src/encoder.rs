//! The encoder.

use ecg_audit_plugin::{
    Activation, Context, Encoded, Encoder, EncoderInfo, Error, FromParams, InputShape, Layer, Tap,
};
use ndarray::{Array2, Array3, ArrayView3, Axis};
use tch::{Device, Tensor};

use crate::network::Network;
use crate::params::Params;
use crate::ribeiro::Ribeiro;
use crate::run::{self, Threads};
use crate::script::Script;
use crate::{cam, file, shuffle, tensors};

/// A PyTorch network, run by libtorch.
pub struct Torch {
    context: Context,
    activation: Activation,
    taps: Vec<String>,
    input: Option<[usize; 2]>,
    /// Of one row of that input.
    sizes: Option<Encoded>,
    sha256: String,
    network: Box<dyn Network>,
    threads: Threads,
}

impl FromParams for Torch {
    const NAME: &'static str = "torch";
    const SUMMARY: &'static str = "PyTorch networks, run by libtorch: TorchScript, and checkpoints of the Ribeiro ResNet; with Grad-CAM";
    const FORMATS: &'static [&'static str] = &["pt", "pth", "torchscript", "safetensors"];
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        let device = ecg_audit_libtorch::device(&params.device)
            .map_err(|error| Error::Params(format!("`device`: {error}")))?;
        if let Some(input @ ([0, _] | [_, 0])) = params.input {
            return Err(Error::Params(format!(
                "`input`: expected at least [1, 1], found {input:?}"
            )));
        }
        // Rows are shared out among threads of our own: see `run::blocks`. Threads that libtorch meets later take this over.
        tch::set_num_threads(1);
        let network = open(&params, device, context)?;
        let sha256 = file::sha256(&params.model)?;
        if let Some(seed) = params.randomize_weights {
            shuffle::shuffle(&network.weights(), seed)?;
        }
        let mut encoder = Self {
            context: context.clone(),
            activation: params.activation,
            taps: params.taps,
            input: params.input,
            sizes: None,
            sha256,
            network,
            threads: Threads::default(),
        };
        if let (Some(leads), Some(samples)) = (encoder.shape().leads, encoder.shape().samples) {
            encoder.check(Array3::zeros((0, leads, samples)).view())?;
            encoder.sizes = Some(encoder.encode(Array3::zeros((0, leads, samples)).view())?);
        }
        Ok(encoder)
    }
}

/// TorchScript or a checkpoint, told apart by what is in the file.
fn open(params: &Params, device: Device, context: &Context) -> Result<Box<dyn Network>, Error> {
    let (model, output, taps) = (&params.model, params.output.as_deref(), &params.taps);
    if Ribeiro::reads(model) {
        return Ok(Box::new(Ribeiro::open(model, device, output, taps, context)?));
    }
    file::check(model)?;
    Ok(Box::new(Script::load(model, device, output, taps)?))
}

impl Torch {
    /// The input as far as it is known.
    fn shape(&self) -> InputShape {
        match self.input {
            Some([leads, samples]) => InputShape {
                leads: Some(leads),
                samples: Some(samples),
            },
            None => self.network.input(),
        }
    }

    fn check(&self, signal: ArrayView3<'_, f32>) -> Result<(), Error> {
        let (_, leads, samples) = signal.dim();
        let (own, shape) = (self.network.input(), self.shape());
        let fits = |expected: Option<usize>, got: usize| got > 0 && expected.is_none_or(|size| size == got);
        let told = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
        for (whose, shape) in [("the network", own), ("the network with this `input`", shape)] {
            if !(fits(shape.leads, leads) && fits(shape.samples, samples)) {
                return Err(Error::Input(format!(
                    "{whose} takes [leads, samples]: expected [{}, {}], got [{leads}, {samples}]",
                    told(shape.leads),
                    told(shape.samples)
                )));
            }
        }
        match signal.indexed_iter().find(|(_, value)| !value.is_finite()) {
            None => Ok(()),
            Some(((row, lead, sample), value)) => Err(Error::Input(format!(
                "row {row}, lead {lead}, sample {sample} is {value}; signals are finite"
            ))),
        }
    }

    /// One block of rows.
    fn block(&self, signal: &Tensor) -> Result<Encoded, Error> {
        let _guard = tch::no_grad_guard();
        let run = self.network.forward(signal)?;
        let raw = tensors::outputs_of(&run.outputs)?;
        let rows = signal.size().first().copied().unwrap_or(0);
        let mut taps = Vec::with_capacity(run.taps.len());
        for (number, tap) in run.taps.iter().enumerate() {
            tensors::tap_of(number, tap)?;
            same_rows(rows, tap)?;
            taps.push(tensors::cube(
                tap,
                &format!("the network's activations at tap {number}"),
            )?);
        }
        same_rows(rows, &raw)?;
        // Checked before the activation, which can make finite probabilities of what is not.
        tensors::matrix(&raw, "the network's outputs")?;
        let outputs = tensors::activated(self.activation, &raw)?;
        let outputs = tensors::matrix(&outputs, "the network's outputs")?;
        Ok(Encoded { outputs, taps })
    }

    /// The sizes of the answer to no rows at all, by running one of zeros.
    fn nothing(&self, leads: usize, samples: usize) -> Result<Encoded, Error> {
        let _guard = tch::no_grad_guard();
        let zeros = Array3::zeros((1, leads, samples));
        let signal = tensors::signal(zeros.view(), self.network.kind(), self.network.device())?;
        let run = self.network.forward(&signal)?;
        let size = |tensor: &Tensor, axis: usize| {
            let size = tensor.size().get(axis).copied().unwrap_or(0);
            usize::try_from(size).unwrap_or(0)
        };
        for (number, tap) in run.taps.iter().enumerate() {
            tensors::tap_of(number, tap)?;
        }
        let outputs = tensors::outputs_of(&run.outputs)?;
        Ok(Encoded {
            outputs: Array2::zeros((0, size(&outputs, 1))),
            taps: run
                .taps
                .iter()
                .map(|tap| Array3::zeros((0, size(tap, 1), size(tap, 2))))
                .collect(),
        })
    }
}

impl Encoder for Torch {
    fn info(&self) -> EncoderInfo {
        let tap = |(number, name): (usize, &String)| {
            let size = self.sizes.as_ref().and_then(|sizes| sizes.taps.get(number));
            Tap {
                name: name.clone(),
                channels: size.map(|tap| tap.len_of(Axis(1))),
                length: size.map(|tap| tap.len_of(Axis(2))),
            }
        };
        EncoderInfo {
            input: self.shape(),
            outputs: self.sizes.as_ref().map(|sizes| sizes.outputs.ncols()),
            activation: self.activation,
            taps: self.taps.iter().enumerate().map(tap).collect(),
            model_sha256: Some(self.sha256.clone()),
        }
    }

    fn encode(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
        self.check(signal)?;
        let (rows, leads, samples) = signal.dim();
        if rows == 0 {
            return self.nothing(leads, samples);
        }
        let network = &*self.network;
        let parts = run::blocks(network, &self.threads, &self.context, signal, |block| {
            self.block(block)
        })?;
        joined(&parts)
    }

    fn layers(&self) -> Result<Vec<Layer>, Error> {
        self.network.layers(self.input)
    }

    fn grad_cam(&self, signal: ArrayView3<'_, f32>, class: usize, tap: usize) -> Result<Array2<f32>, Error> {
        self.check(signal)?;
        let taps = self.taps.len();
        if tap >= taps {
            return Err(Error::Input(format!("tap {tap}: there are {taps} taps")));
        }
        let (rows, leads, samples) = signal.dim();
        let network = &*self.network;
        if rows == 0 {
            let length = self
                .nothing(leads, samples)?
                .taps
                .get(tap)
                .map_or(0, |tap| tap.len_of(Axis(2)));
            return Ok(Array2::zeros((0, length)));
        }
        let parts = run::blocks(network, &self.threads, &self.context, signal, |block| {
            let maps = cam::maps(network, block, class, tap)?;
            tensors::matrix(&maps, "the Grad-CAM maps")
        })?;
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        ndarray::concatenate(Axis(0), &views).map_err(lengths_differ)
    }
}

/// The blocks' answers below each other.
fn joined(parts: &[Encoded]) -> Result<Encoded, Error> {
    let outputs: Vec<_> = parts.iter().map(|part| part.outputs.view()).collect();
    let taps = parts.first().map_or(0, |part| part.taps.len());
    Ok(Encoded {
        outputs: ndarray::concatenate(Axis(0), &outputs).map_err(lengths_differ)?,
        taps: (0..taps)
            .map(|number| {
                let views: Vec<_> = parts
                    .iter()
                    .filter_map(|part| part.taps.get(number))
                    .map(|tap| tap.view())
                    .collect();
                ndarray::concatenate(Axis(0), &views).map_err(lengths_differ)
            })
            .collect::<Result<_, _>>()?,
    })
}

fn same_rows(rows: i64, tensor: &Tensor) -> Result<(), Error> {
    match tensor.size().first() {
        Some(&found) if found == rows => Ok(()),
        found => Err(Error::Failed(format!(
            "the network answers {} rows to {rows}",
            found.copied().unwrap_or(0)
        ))),
    }
}

fn lengths_differ(error: ndarray::ShapeError) -> Error {
    Error::Failed(format!(
        "the network's answers differ in size from row to row: {error}"
    ))
}
