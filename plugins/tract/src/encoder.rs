//! The encoder.

use ecg_audit_plugin::{
    Activation, Context, Encoded, Encoder, EncoderInfo, Error, FromParams, InputShape, Layer, Role, Tap,
};
use ndarray::ArrayView3;

use crate::graph::{self, NamedValue};
use crate::onnx_file::OnnxFile;
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
    values: Vec<NamedValue>,
    sha256: String,
    plans: Plans,
}

impl FromParams for Tract {
    const NAME: &'static str = "tract";
    const SUMMARY: &'static str = "ONNX networks, run by tract (pure Rust, nothing to install)";
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        let mut file = OnnxFile::read(&params.model)?;
        let values = graph::values(file.graph()?);
        let output = graph::output_name(file.graph()?, params.output.as_deref(), &values)?;
        let taps = graph::tap_names(&params.taps, &values)?;
        if taps.contains(&output) {
            return Err(Error::Params(format!("'{output}' is both the output and a tap")));
        }
        let wanted: Vec<String> = std::iter::once(&output).chain(&taps).cloned().collect();
        if let Some(graph) = &mut file.model.graph {
            graph::prune(graph, &wanted);
        }
        let input = graph::signal_input(file.graph()?, params.input.as_deref())?;
        let shape = input.shape;
        let template = Template::new(&file, input, wanted)?;
        template.check_ranks()?;
        let plans = Plans::new(template);
        if let InputShape {
            leads: Some(leads),
            samples: Some(samples),
        } = shape
        {
            plans.get(leads, samples)?;
        }
        Ok(Self {
            context: context.clone(),
            activation: params.activation,
            taps,
            output,
            values,
            sha256: file.sha256,
            plans,
        })
    }
}

impl Tract {
    fn check(&self, signal: ArrayView3<'_, f32>) -> Result<(), Error> {
        let input = self.plans.template().input();
        let (_, leads, samples) = signal.dim();
        let fits = |expected: Option<usize>, got: usize| got > 0 && expected.is_none_or(|size| size == got);
        if !(fits(input.shape.leads, leads) && fits(input.shape.samples, samples)) {
            let told = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
            return Err(Error::Input(format!(
                "the model's input '{}' takes [leads, samples]: expected [{}, {}], got [{leads}, {samples}]",
                input.name,
                told(input.shape.leads),
                told(input.shape.samples)
            )));
        }
        if let Some(((row, lead, sample), value)) =
            signal.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            return Err(Error::Input(format!(
                "row {row}, lead {lead}, sample {sample} is {value}; signals are finite"
            )));
        }
        Ok(())
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
        self.check(signal)?;
        let (_, leads, samples) = signal.dim();
        let plan = self.plans.get(leads, samples)?;
        let pool = self.plans.pool(self.context.threads())?;
        run::batch(&plan, &pool, &self.context, self.activation, signal)
    }

    fn layers(&self) -> Result<Vec<Layer>, Error> {
        let shapes = self.plans.template().shapes();
        Ok(self
            .values
            .iter()
            .map(|value| Layer {
                name: value.name.clone(),
                operator: value.operator.clone(),
                role: Role::Other,
                shape: shapes
                    .get(value.name.as_str())
                    .and_then(|dims| dims.iter().copied().collect()),
                inputs: Vec::new(),
                window: None,
            })
            .collect())
    }
}
