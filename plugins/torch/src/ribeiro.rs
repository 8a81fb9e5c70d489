//! The residual network of Ribeiro et al. (*Automatic diagnosis of the 12-lead ECG using a deep neural network*, 2020; in
//! PyTorch: Lima et al., *Deep neural network-estimated electrocardiographic age as a mortality predictor*, 2021), from
//! its weights alone.
//!
//! A checkpoint has no program, so the program is here. Two values run through the network: x, which convolutions read,
//! and y, which the next sum reads. In block i
//!
//! ```text
//! y' = conv2(relu(bn1(conv1 x))) + skip y          skip: max pooling, then a 1×1 convolution, each where it is needed
//! x' = relu(bn2 y')
//! ```
//!
//! and the last x', flattened, goes through `lin`. Dropout does nothing in evaluation.

mod arguments;
mod plan;
mod steps;

use std::path::Path;

use ecg_audit_checkpoint::{Checkpoint, Content, StateDict};
use ecg_audit_plugin::{Context, Error, InputShape, Layer, Level};
use tch::{Device, Kind, TchError, Tensor};

use crate::names;
use crate::network::{Forward, Network};
use arguments::Arguments;
use plan::Plan;
use steps::{Op, Step};

/// Tensors by which the network is recognised in a checkpoint.
const REQUIRED: [&str; 3] = ["conv1.weight", "resblock1d_0.conv1.weight", "lin.weight"];

/// The only output.
const OUTPUT: &str = "lin";

/// The constant PyTorch adds to the variance in batch normalisation.
const EPSILON: f64 = 1e-5;

/// The network with its weights on a device.
pub(crate) struct Ribeiro {
    plan: Plan,
    steps: Vec<Step>,
    /// The weights of each step, in the order in which its operation takes them.
    weights: Vec<Vec<Tensor>>,
    /// The step after which a value is not read any more.
    last_use: Vec<usize>,
    /// The step of each tap.
    taps: Vec<usize>,
    device: Device,
}

// SAFETY: a tensor's handle may be read from several threads at once (libtorch counts references atomically, and takes no
// writable pointer here); after `open` nothing but the caller of `weights` writes to them, before other threads have them.
unsafe impl Sync for Ribeiro {}

impl Ribeiro {
    /// Whether a file is a checkpoint, this network's or another's.
    pub(crate) fn reads(model: &Path) -> bool {
        matches!(ecg_audit_checkpoint::content(model), Ok(Content::Checkpoint(_)))
    }

    /// Reads `model.pth` or `model.safetensors`, and `config.json` or `args.json` beside it where there is one.
    ///
    /// # Errors
    /// [`Error::Resource`] for a file that is no checkpoint, holds code, holds another network, or contradicts the JSON;
    /// [`Error::Params`] for an unknown tap or output.
    pub(crate) fn open(
        model: &Path,
        device: Device,
        output: Option<&str>,
        taps: &[String],
        context: &Context,
    ) -> Result<Self, Error> {
        if let Some(name) = output.filter(|name| *name != OUTPUT) {
            return Err(names::unknown("output", name, std::iter::once(OUTPUT)));
        }
        let checkpoint = Checkpoint::open(model).map_err(|e| Error::Resource(e.to_string()))?;
        let state = checkpoint.state_dict(&REQUIRED).map_err(|e| {
            Error::Resource(format!(
                "{e}. A checkpoint has weights and no program; without one, only the Ribeiro ResNet is known: export other \
                 networks by torch.jit.save or as ONNX"
            ))
        })?;
        let arguments = Arguments::beside(model)?;
        let shapes = state
            .names()
            .filter_map(|name| Some((name.to_owned(), state.get(name).ok()?.shape().to_vec())))
            .collect();
        let plan = Plan::new(&shapes, arguments.as_ref())
            .map_err(|reason| Error::Resource(format!("{}: {reason}", model.display())))?;
        context.log(
            Level::Info,
            &format!("{}: {}", model.display(), plan.summary(arguments.as_ref())),
        );
        let steps = steps::of(&plan);
        let taps = taps
            .iter()
            .map(|name| find(&steps, name))
            .collect::<Result<_, _>>()?;
        let weights = steps
            .iter()
            .map(|step| {
                step.weights()
                    .iter()
                    .map(|name| weight(&state, name, device))
                    .collect()
            })
            .collect::<Result<_, _>>()?;
        let last_use = (0..steps.len())
            .map(|value| {
                steps
                    .iter()
                    .rposition(|step| step.inputs.contains(&Some(value)))
                    .unwrap_or(usize::MAX)
            })
            .collect();
        Ok(Self {
            plan,
            steps,
            weights,
            last_use,
            taps,
            device,
        })
    }
}

fn find(steps: &[Step], name: &str) -> Result<usize, Error> {
    let tappable = |step: &&Step| !matches!(step.op, Op::Linear);
    steps
        .iter()
        .position(|step| step.layer.name == name && tappable(&step))
        .ok_or_else(|| {
            names::unknown(
                "tap",
                name,
                steps.iter().filter(tappable).map(|s| s.layer.name.as_str()),
            )
        })
}

fn weight(state: &StateDict<'_>, name: &str, device: Device) -> Result<Tensor, Error> {
    let values = state
        .get(name)
        .and_then(|tensor| tensor.read_f32())
        .map_err(|e| Error::Resource(e.to_string()))?;
    let shape: Vec<i64> = values.shape().iter().map(|&dim| dim as i64).collect();
    let values = values.into_raw_vec_and_offset().0;
    Tensor::f_from_slice(&values)
        .and_then(|tensor| tensor.f_reshape(shape.as_slice()))
        .and_then(|tensor| tensor.f_to_device(device))
        .map_err(|e| Error::Failed(format!("weight {name}: {e}")))
}

impl Network for Ribeiro {
    fn forward(&self, signal: &Tensor) -> Result<Forward, Error> {
        let mut values: Vec<Option<Tensor>> = Vec::with_capacity(self.steps.len());
        let mut outputs = None;
        for (index, (step, weights)) in self.steps.iter().zip(&self.weights).enumerate() {
            let inputs: Vec<&Tensor> = step
                .inputs
                .iter()
                .filter_map(|input| input.map_or(Some(signal), |value| values.get(value)?.as_ref()))
                .collect();
            let value = run(&step.op, &inputs, weights)
                .map_err(|e| Error::Failed(format!("layer {}: {e}", step.layer.name)))?;
            if matches!(step.op, Op::Linear) {
                outputs = Some(value.shallow_clone());
            }
            values.push(Some(value));
            for (used, slot) in values.iter_mut().enumerate() {
                if self.last_use.get(used) == Some(&index) && !self.taps.contains(&used) {
                    *slot = None;
                }
            }
        }
        let taps = self
            .taps
            .iter()
            .filter_map(|tap| Some(values.get(*tap)?.as_ref()?.shallow_clone()))
            .collect();
        let outputs = outputs.ok_or_else(|| Error::Failed("the network has no output".into()))?;
        Ok(Forward { outputs, taps })
    }

    fn layers(&self, input: Option<[usize; 2]>) -> Result<Vec<Layer>, Error> {
        let trained = [self.plan.leads, self.plan.samples];
        if let Some(asked) = input.filter(|asked| *asked != trained) {
            return Err(Error::Params(format!(
                "input = {asked:?}, but the network's own input is {trained:?}"
            )));
        }
        Ok(self.steps.iter().map(|step| step.layer.clone()).collect())
    }

    fn input(&self) -> InputShape {
        InputShape {
            leads: Some(self.plan.leads),
            samples: Some(self.plan.samples),
        }
    }

    fn device(&self) -> Device {
        self.device
    }

    fn kind(&self) -> Kind {
        Kind::Float
    }

    fn weights(&self) -> Vec<Tensor> {
        self.weights.iter().flatten().map(Tensor::shallow_clone).collect()
    }
}

/// One operation, as the modules of PyTorch compute it in evaluation.
fn run(op: &Op, inputs: &[&Tensor], weights: &[Tensor]) -> Result<Tensor, TchError> {
    let bias = || None::<Tensor>;
    match (op, inputs, weights) {
        (Op::Convolution { stride, padding }, [x], [kernel]) => {
            x.f_conv1d(kernel, bias(), *stride, *padding, 1, 1)
        }
        (Op::Normalization, [x], [scale, shift, mean, variance]) => x.f_batch_norm(
            Some(scale),
            Some(shift),
            Some(mean),
            Some(variance),
            false,
            0.1,
            EPSILON,
            true,
        ),
        (Op::Activation, [x], _) => x.f_relu(),
        (Op::Pooling { factor }, [x], _) => x.f_max_pool1d(*factor, *factor, 0, 1, false),
        (Op::Sum, [x, y], _) => x.f_add(y),
        (Op::Linear, [x], [matrix, shift]) => x.f_flatten(1, -1)?.f_linear(matrix, Some(shift)),
        (Op::Linear, [x], [matrix]) => x.f_flatten(1, -1)?.f_linear(matrix, bias()),
        _ => Err(TchError::Kind("a value it reads is missing".to_owned())),
    }
}
