//! The graph input that takes the signal.

use std::collections::HashSet;

use ecg_audit_plugin::{Error, InputShape};
use ndarray::ArrayView3;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::names;

/// The element types that a signal may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32 bits.
    Float,
    /// 64 bits.
    Double,
    /// 16 bits.
    Half,
}

/// The graph input that takes the signal, `[batch, leads, samples]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalInput {
    /// Name.
    pub name: String,
    /// The batch, where the model fixes it.
    pub batch: Option<usize>,
    /// Leads and samples, where the model fixes them.
    pub shape: InputShape,
    /// Element type.
    pub element: Element,
}

impl SignalInput {
    /// Finds the input of a graph that is cut down to what is needed.
    ///
    /// # Errors
    /// [`Error::Params`] for no input, several, an unknown name, a rank other than 3, elements that are no floats.
    pub(crate) fn find(graph: &GraphProto, asked: Option<&str>) -> Result<Self, Error> {
        let input = only(graph, asked)?;
        let Some(Value::TensorType(tensor)) = input.r#type.as_ref().and_then(|kind| kind.value.as_ref())
        else {
            return Err(Error::Resource(format!(
                "the model's input '{}' has no tensor type",
                input.name
            )));
        };
        let [batch, leads, samples] = match &tensor.shape {
            Some(shape) => sizes(&input.name, &shape.dim)?,
            None => [None; 3],
        };
        Ok(Self {
            name: input.name.clone(),
            batch,
            shape: InputShape { leads, samples },
            element: element(&input.name, tensor.elem_type)?,
        })
    }

    /// Refuses a signal `[B, leads, samples]` that the input does not take, or that is not finite.
    ///
    /// # Errors
    /// [`Error::Input`] with both shapes, or the place of the value.
    pub fn check(&self, signal: ArrayView3<'_, f32>) -> Result<(), Error> {
        let (_, leads, samples) = signal.dim();
        let fits = |expected: Option<usize>, got: usize| got > 0 && expected.is_none_or(|size| size == got);
        if !(fits(self.shape.leads, leads) && fits(self.shape.samples, samples)) {
            let told = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
            return Err(Error::Input(format!(
                "the model's input '{}' takes [leads, samples]: expected [{}, {}], got [{leads}, {samples}]",
                self.name,
                told(self.shape.leads),
                told(self.shape.samples)
            )));
        }
        match signal.indexed_iter().find(|(_, value)| !value.is_finite()) {
            Some(((row, lead, sample), value)) => Err(Error::Input(format!(
                "row {row}, lead {lead}, sample {sample} is {value}; signals are finite"
            ))),
            None => Ok(()),
        }
    }
}

/// The only input, which must be the one asked for.
fn only<'a>(graph: &'a GraphProto, asked: Option<&str>) -> Result<&'a ValueInfoProto, Error> {
    let weights: HashSet<&str> = graph
        .initializer
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    let inputs: Vec<&ValueInfoProto> = graph
        .input
        .iter()
        .filter(|input| !weights.contains(input.name.as_str()))
        .collect();
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    match (asked, inputs.as_slice()) {
        (_, []) => Err(Error::Params(
            "the output and the taps do not depend on any input of the model".into(),
        )),
        (Some(name), _) if !names.contains(&name) => Err(names::unknown("input", name, names.into_iter())),
        (_, &[only]) => Ok(only),
        _ => Err(Error::Params(format!(
            "the output and the taps need {} inputs ({}); an encoder has one, the signal",
            inputs.len(),
            names.join(", ")
        ))),
    }
}

fn sizes(name: &str, dims: &[Dimension]) -> Result<[Option<usize>; 3], Error> {
    let fixed = |dim: &Dimension| match &dim.value {
        Some(dimension::Value::DimValue(size)) => usize::try_from(*size).ok().filter(|&size| size > 0),
        _ => None,
    };
    match dims {
        [batch, leads, samples] => Ok([batch, leads, samples].map(fixed)),
        other => Err(Error::Params(format!(
            "the model's input '{name}' has {} dimensions; an encoder's is [batch, leads, samples]",
            other.len()
        ))),
    }
}

fn element(name: &str, code: i32) -> Result<Element, Error> {
    match DataType::try_from(code) {
        Ok(DataType::Float) => Ok(Element::Float),
        Ok(DataType::Double) => Ok(Element::Double),
        Ok(DataType::Float16) => Ok(Element::Half),
        other => Err(Error::Params(format!(
            "the model's input '{name}' has elements of type {}; an encoder's are float, double or float16",
            other.map_or_else(|_| format!("number {code}"), |kind| format!("{kind:?}"))
        ))),
    }
}
