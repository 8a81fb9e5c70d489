//! Adam with decoupled weight decay (Kingma & Ba 2015, Loshchilov & Hutter 2019), with its state in our hands, so that it
//! can be kept in a checkpoint.

use std::ffi::c_void;

use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::ffi::{self, answer};
use crate::network::Network;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The optimiser's state: a tensor for each that is learnt.
pub(crate) struct Adam {
    means: Vec<Tensor>,
    squares: Vec<Tensor>,
    /// Steps taken, one value each.
    steps: Vec<Tensor>,
}

impl Adam {
    pub(crate) fn new(network: &Network) -> Result<Self, Error> {
        let learnt = network.learnt();
        let zeros = || -> Result<Vec<Tensor>, Error> {
            let like = learnt.iter().map(|tensor| Ok(tensor.f_detach()?.f_zeros_like()?));
            like.collect()
        };
        let steps = learnt
            .iter()
            .map(|tensor| Ok(Tensor::f_zeros([] as [i64; 0], (Kind::Float, tensor.device()))?));
        Ok(Self {
            means: zeros()?,
            squares: zeros()?,
            steps: steps.collect::<Result<_, Error>>()?,
        })
    }

    /// One step down the gradients of `loss`.
    pub(crate) fn step(
        &mut self,
        network: &Network,
        loss: &Tensor,
        rate: f64,
        decay: f64,
    ) -> Result<(), Error> {
        let learnt = network.learnt();
        let gradients = Tensor::f_run_backward(&[loss], &learnt, false, false)?;
        let pointers = |tensors: &[Tensor]| -> Vec<*mut c_void> {
            tensors
                .iter()
                .map(|tensor| tensor.as_ptr().cast_mut().cast())
                .collect()
        };
        let weights: Vec<*mut c_void> = learnt
            .iter()
            .map(|tensor| tensor.as_ptr().cast_mut().cast())
            .collect();
        let (gradients, means) = (pointers(&gradients), pointers(&self.means));
        let (squares, steps) = (pointers(&self.squares), pointers(&self.steps));
        // SAFETY: five lists of `weights.len()` live tensors; nobody else reads or writes them meanwhile.
        answer(unsafe {
            ffi::train_adam(
                weights.len(),
                weights.as_ptr(),
                gradients.as_ptr(),
                means.as_ptr(),
                squares.as_ptr(),
                steps.as_ptr(),
                rate,
                BETA1,
                BETA2,
                decay,
                EPSILON,
            )
        })
    }

    /// The state's tensors with names, to be kept.
    pub(crate) fn state(&self) -> impl Iterator<Item = (String, &Tensor)> {
        [
            ("mean", &self.means),
            ("square", &self.squares),
            ("step", &self.steps),
        ]
        .into_iter()
        .flat_map(|(name, tensors)| {
            let numbered = tensors.iter().enumerate();
            numbered.map(move |(i, tensor)| (format!("adam.{name}.{i}"), tensor))
        })
    }

    /// Takes up what [`Adam::state`] gave.
    pub(crate) fn restore(&mut self, find: impl Fn(&str) -> Result<Tensor, Error>) -> Result<(), Error> {
        for (name, tensors) in [
            ("mean", &mut self.means),
            ("square", &mut self.squares),
            ("step", &mut self.steps),
        ] {
            for (i, tensor) in tensors.iter_mut().enumerate() {
                let value = find(&format!("adam.{name}.{i}"))?;
                tensor.f_copy_(&value.f_to_device(Device::Cpu)?)?;
            }
        }
        Ok(())
    }
}
