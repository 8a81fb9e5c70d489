//! TorchScript networks.

use std::ffi::CStr;
use std::path::Path;

use ecg_audit_plugin::{Error, InputShape, Layer};
use tch::{Device, Kind, Tensor};

use crate::graph::{Graph, Shape};
use crate::layers;
use crate::lookup::{Lookup, Source};
use crate::module::{Code, Module, Run};
use crate::network::{Forward, Network};
use crate::tensors::copied;

const FORWARD: &CStr = c"forward";
const FEATURES: &CStr = c"forward_features";

/// A TorchScript module with its output and taps.
pub(crate) struct Script {
    module: Module,
    graph: Graph,
    device: Device,
    /// Each method is there when something is read of it.
    forward: Option<Code>,
    features: Option<Code>,
    output: Source,
    taps: Vec<Source>,
}

impl Script {
    /// Loads the file and finds output and taps.
    pub(crate) fn load(
        path: &Path,
        device: Device,
        output: Option<&str>,
        taps: &[String],
    ) -> Result<Self, Error> {
        let name = match device {
            Device::Cuda(number) => format!("cuda:{number}"),
            _ => "cpu".to_owned(),
        };
        let module = Module::load(path, &name)?;
        let graph = Graph::parse(&module.describe(FORWARD)?)?;
        layers::check_evaluation(&graph)?;
        let features = if module.has_method(FEATURES) {
            Some(Graph::parse(&module.describe(FEATURES)?)?).filter(|it| it.returns.kind == Shape::Dict)
        } else {
            None
        };
        let frozen = graph.children == 0 && module.weights().is_empty();
        let mut lookup = Lookup::new(&graph, features.as_ref(), frozen);
        let output = lookup.output(output)?;
        let taps = lookup.taps(taps)?;
        let wanted = lookup.wanted;
        let all = || std::iter::once(&output).chain(&taps);
        let forward = all()
            .any(|source| !matches!(source, Source::Feature(_)))
            .then(|| module.compile(FORWARD, &wanted))
            .transpose()?;
        let features = all()
            .any(|source| matches!(source, Source::Feature(_)))
            .then(|| module.compile(FEATURES, &[]))
            .transpose()?;
        Ok(Self {
            module,
            graph,
            device,
            forward,
            features,
            output,
            taps,
        })
    }

    fn shapes(&self, input: [usize; 2]) -> Result<Vec<Vec<i64>>, Error> {
        let every: Vec<usize> = (0..self.graph.values.len()).collect();
        let code = self.module.compile(FORWARD, &every)?;
        let _guard = tch::no_grad_guard();
        let zeros = self.zeros(input)?;
        let run = code.run(&zeros).map_err(|reason| cannot_run(&zeros, &reason))?;
        Ok(run.wanted.iter().map(Tensor::size).collect())
    }

    fn zeros(&self, [leads, samples]: [usize; 2]) -> Result<Tensor, Error> {
        let size = [1, leads, samples].map(|size| i64::try_from(size).unwrap_or(i64::MAX));
        Tensor::f_zeros(size, (self.kind(), self.device)).map_err(|error| Error::Failed(error.to_string()))
    }
}

impl Network for Script {
    fn forward(&self, signal: &Tensor) -> Result<Forward, Error> {
        let run =
            |code: &Code, signal: &Tensor| code.run(signal).map_err(|reason| cannot_run(signal, &reason));
        let features = match &self.features {
            // Each method gets a signal of its own to write to.
            Some(code) if self.forward.is_some() => Some(run(
                code,
                &copied(signal).map_err(|error| cannot_run(signal, &error.to_string()))?,
            )?),
            Some(code) => Some(run(code, signal)?),
            None => None,
        };
        let forward = self.forward.as_ref().map(|code| run(code, signal)).transpose()?;
        let find = |source: &Source| source.of(forward.as_ref(), features.as_ref());
        Ok(Forward {
            outputs: find(&self.output)?,
            taps: self.taps.iter().map(find).collect::<Result<_, _>>()?,
        })
    }

    fn layers(&self, input: Option<[usize; 2]>) -> Result<Vec<Layer>, Error> {
        let shapes = input.map(|input| self.shapes(input)).transpose()?;
        Ok(layers::layers(&self.graph, shapes.as_deref()))
    }

    fn input(&self) -> InputShape {
        InputShape {
            leads: layers::leads(&self.graph),
            samples: None,
        }
    }

    fn device(&self) -> Device {
        self.device
    }

    fn kind(&self) -> Kind {
        self.weights().first().map_or(Kind::Float, Tensor::kind)
    }

    fn weights(&self) -> Vec<Tensor> {
        self.module.weights()
    }
}

impl Source {
    /// The tensor of this source.
    fn of(&self, forward: Option<&Run>, features: Option<&Run>) -> Result<Tensor, Error> {
        let (run, name) = match self {
            Self::Wanted(slot) => {
                let tensor = forward.and_then(|run| run.wanted.get(*slot));
                return tensor
                    .map(Tensor::shallow_clone)
                    .ok_or_else(|| Error::Failed("the network returned too little".into()));
            }
            Self::Returned(name) => (forward, name),
            Self::Feature(name) => (features, name),
        };
        let returned = run.map_or(&[][..], |run| &run.returned);
        match returned.iter().find(|(key, _)| key == name) {
            Some((_, tensor)) => Ok(tensor.shallow_clone()),
            None => {
                let keys = returned.iter().map(|(key, _)| key.as_str());
                Err(crate::names::unknown("key of the network's result", name, keys))
            }
        }
    }
}

fn cannot_run(signal: &Tensor, reason: &str) -> Error {
    Error::Failed(format!(
        "the network does not run on a signal of {:?}: {reason}",
        signal.size()
    ))
}
