//! The residual network of Ribeiro et al., to be trained.
//!
//! Two values run through it: x, which convolutions read, and y, which the next sum reads. In block i
//!
//! ```text
//! y' = conv2(dropout(relu(bn1(conv1 x)))) + skip y      skip: max pooling, then a 1×1 convolution, each where it is needed
//! x' = dropout(relu(bn2 y'))
//! ```
//!
//! and the last x', flattened, goes through `lin`. The tensors are named as in `ecg-age-prediction`.

use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor};

use crate::device::Generator;
use crate::plan::{Block, Plan};
use crate::{Error, random};

/// The constant that PyTorch adds to the variance in batch normalisation, and the weight of a new batch in its running
/// statistics.
pub(crate) const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// A tensor of the network.
#[derive(Debug)]
pub(crate) struct Weight {
    /// Path and name, as in `resblock1d_2.bn1.running_mean`.
    pub(crate) name: String,
    pub(crate) tensor: Tensor,
    /// Whether it is learnt; running statistics are not.
    pub(crate) learnt: bool,
}

impl Weight {
    /// A copy on the CPU, without gradients.
    pub(crate) fn copy(&self) -> Result<Tensor, Error> {
        let own = self.tensor.f_detach()?;
        let mut copy = own.f_zeros_like()?.f_to_device(Device::Cpu)?;
        copy.f_copy_(&own)?;
        Ok(copy)
    }
}

/// A network on a device.
pub(crate) struct Network {
    pub(crate) plan: Plan,
    pub(crate) weights: Vec<Weight>,
    stem: (Conv, Norm),
    blocks: Vec<Residual>,
    lin: (Tensor, Tensor),
}

struct Conv {
    weight: Tensor,
    stride: i64,
    padding: i64,
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
}

struct Residual {
    conv1: Conv,
    bn1: Norm,
    conv2: Conv,
    bn2: Norm,
    pool: i64,
    project: Option<Conv>,
}

/// How a network is run.
pub(crate) enum Mode<'a> {
    /// With dropout and the batch's own statistics.
    Train(&'a mut Generator),
    /// With running statistics.
    Eval,
}

impl Network {
    /// A network with random weights, drawn as PyTorch draws them: uniform within ±1/√(inputs of a unit).
    pub(crate) fn new(plan: Plan, device: Device, rng: &mut ChaCha8Rng) -> Result<Self, Error> {
        let mut maker = Maker {
            rng,
            device,
            weights: Vec::new(),
        };
        let kernel = plan.kernel;
        let stem = (
            maker.conv(
                "conv1",
                [plan.stem(), plan.leads, kernel],
                plan.stem_stride,
                &plan,
            )?,
            maker.norm("bn1", plan.stem())?,
        );
        let numbered = plan.blocks.iter().enumerate();
        let blocks = numbered
            .map(|(i, block)| maker.block(&format!("resblock1d_{i}"), block, &plan))
            .collect::<Result<_, _>>()?;
        let bound = 1.0 / (plan.features() as f32).sqrt();
        let lin = (
            maker.drawn("lin.weight", &[plan.outputs, plan.features()], bound)?,
            maker.drawn("lin.bias", &[plan.outputs], bound)?,
        );
        Ok(Self {
            weights: maker.weights,
            stem,
            blocks,
            lin,
            plan,
        })
    }

    /// Raw outputs `[B, outputs]` of signals `[B, leads, samples]`.
    pub(crate) fn forward(&self, signals: &Tensor, mode: &mut Mode<'_>) -> Result<Tensor, Error> {
        let (conv, norm) = &self.stem;
        let mut y = norm.forward(&conv.forward(signals)?, mode)?;
        let mut x = y.shallow_clone();
        for block in &self.blocks {
            (x, y) = block.forward(&x, &y, mode, self.plan.dropout)?;
        }
        let (weight, bias) = &self.lin;
        Ok(x.f_flatten(1, -1)?.f_linear(weight, Some(bias))?)
    }

    /// What is learnt.
    pub(crate) fn learnt(&self) -> Vec<&Tensor> {
        let learnt = self.weights.iter().filter(|weight| weight.learnt);
        learnt.map(|weight| &weight.tensor).collect()
    }

    /// Number of values that are learnt.
    pub(crate) fn parameters(&self) -> usize {
        self.learnt().iter().map(|tensor| tensor.numel()).sum()
    }

    /// Copies of all tensors, on the CPU.
    pub(crate) fn snapshot(&self) -> Result<Vec<Tensor>, Error> {
        self.weights.iter().map(Weight::copy).collect()
    }

    /// Takes up the tensors of a snapshot.
    pub(crate) fn restore(&mut self, snapshot: &[Tensor]) -> Result<(), Error> {
        let _guard = tch::no_grad_guard();
        for (weight, value) in self.weights.iter_mut().zip(snapshot) {
            weight.tensor.f_copy_(value)?;
        }
        Ok(())
    }
}

/// Makes tensors and remembers their names.
struct Maker<'a> {
    rng: &'a mut ChaCha8Rng,
    device: Device,
    weights: Vec<Weight>,
}

impl Maker<'_> {
    fn keep(&mut self, name: &str, tensor: Tensor, learnt: bool) -> Result<Tensor, Error> {
        let tensor = tensor.f_to_device(self.device)?.f_set_requires_grad(learnt)?;
        self.weights.push(Weight {
            name: name.to_owned(),
            tensor: tensor.shallow_clone(),
            learnt,
        });
        Ok(tensor)
    }

    fn drawn(&mut self, name: &str, shape: &[usize], bound: f32) -> Result<Tensor, Error> {
        let values = random::uniform(shape.iter().product(), bound, self.rng);
        let shape: Vec<i64> = shape.iter().map(|size| *size as i64).collect();
        let tensor = Tensor::f_from_slice(&values)?.f_view(shape.as_slice())?;
        self.keep(name, tensor, true)
    }

    fn filled(&mut self, name: &str, size: usize, value: f64, learnt: bool) -> Result<Tensor, Error> {
        let tensor = Tensor::f_full([size as i64], value, (Kind::Float, Device::Cpu))?;
        self.keep(name, tensor, learnt)
    }

    fn conv(&mut self, name: &str, shape: [usize; 3], stride: usize, plan: &Plan) -> Result<Conv, Error> {
        let [_, inputs, kernel] = shape;
        let bound = 1.0 / ((inputs * kernel) as f32).sqrt();
        let padding = if kernel == 1 { 0 } else { plan.padding(stride) };
        Ok(Conv {
            weight: self.drawn(&format!("{name}.weight"), &shape, bound)?,
            stride: stride as i64,
            padding: padding as i64,
        })
    }

    fn norm(&mut self, name: &str, channels: usize) -> Result<Norm, Error> {
        Ok(Norm {
            weight: self.filled(&format!("{name}.weight"), channels, 1.0, true)?,
            bias: self.filled(&format!("{name}.bias"), channels, 0.0, true)?,
            mean: self.filled(&format!("{name}.running_mean"), channels, 0.0, false)?,
            variance: self.filled(&format!("{name}.running_var"), channels, 1.0, false)?,
        })
    }

    fn block(&mut self, name: &str, block: &Block, plan: &Plan) -> Result<Residual, Error> {
        let (channels_in, channels, kernel) = (block.channels_in, block.channels, plan.kernel);
        let at = |part: &str| format!("{name}.{part}");
        let conv1 = self.conv(&at("conv1"), [channels, channels_in, kernel], 1, plan)?;
        let bn1 = self.norm(&at("bn1"), channels)?;
        let conv2 = self.conv(&at("conv2"), [channels, channels, kernel], block.stride, plan)?;
        let bn2 = self.norm(&at("bn2"), channels)?;
        let position = usize::from(block.stride > 1);
        let project = block
            .projects()
            .then(|| {
                let name = at(&format!("skip_connection.{position}"));
                self.conv(&name, [channels, channels_in, 1], 1, plan)
            })
            .transpose()?;
        Ok(Residual {
            conv1,
            bn1,
            conv2,
            bn2,
            pool: block.stride as i64,
            project,
        })
    }
}

impl Conv {
    fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(x.f_conv1d(&self.weight, None::<Tensor>, self.stride, self.padding, 1, 1)?)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor, mode: &Mode<'_>) -> Result<Tensor, Error> {
        let training = matches!(mode, Mode::Train(_));
        Ok(x.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.mean),
            Some(&self.variance),
            training,
            MOMENTUM,
            EPSILON,
            true,
        )?)
    }
}

impl Residual {
    fn forward(
        &self,
        x: &Tensor,
        y: &Tensor,
        mode: &mut Mode<'_>,
        dropout: f64,
    ) -> Result<(Tensor, Tensor), Error> {
        let mut skip = y.shallow_clone();
        if self.pool > 1 {
            skip = skip.f_max_pool1d(self.pool, self.pool, 0, 1, false)?;
        }
        if let Some(project) = &self.project {
            skip = project.forward(&skip)?;
        }
        let inner = self.bn1.forward(&self.conv1.forward(x)?, mode)?.f_relu()?;
        let y = self
            .conv2
            .forward(&dropped(&inner, mode, dropout)?)?
            .f_add(&skip)?;
        let x = self.bn2.forward(&y, mode)?.f_relu()?;
        Ok((dropped(&x, mode, dropout)?, y))
    }
}

fn dropped(x: &Tensor, mode: &mut Mode<'_>, share: f64) -> Result<Tensor, Error> {
    match mode {
        Mode::Train(generator) => generator.dropout(x, share),
        Mode::Eval => Ok(x.shallow_clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use proptest::prelude::*;
    use rand::SeedableRng;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Whatever the strides, every block's output has the length that the plan says, so that `lin` fits; and all
        /// that is learnt has a gradient.
        #[test]
        fn every_plan_runs(
            stem in 1usize..=4,
            strides in prop::collection::vec(1usize..=4, 1..4),
            channels in prop::collection::vec(1usize..=4, 3),
            kernel in prop::sample::select(vec![3usize, 5, 9]),
        ) {
            let lengths: Vec<usize> = (0..strides.len())
                .map(|block| 2 * strides[block + 1..].iter().product::<usize>())
                .collect();
            let samples = lengths[0] * stem;
            let keys = config::Network {
                channels: channels[..lengths.len()].to_vec(),
                lengths,
                kernel,
                ..config::Network::default()
            };
            let Ok(plan) = Plan::new(&keys, 2, samples, 3) else {
                return Err(TestCaseError::reject("a factor beyond the kernel"));
            };
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let network = Network::new(plan, Device::Cpu, &mut rng).unwrap();
            let x = Tensor::rand([4, 2, samples as i64], (Kind::Float, Device::Cpu));
            let mut generator = Generator::new(Device::Cpu).unwrap();
            let outputs = network.forward(&x, &mut Mode::Train(&mut generator)).unwrap();
            prop_assert_eq!(outputs.size(), [4, 3]);
            let learnt = network.learnt();
            let gradients = Tensor::run_backward(&[outputs.sum(Kind::Float)], &learnt, false, false);
            prop_assert!(gradients.iter().all(Tensor::defined));
        }
    }
}
