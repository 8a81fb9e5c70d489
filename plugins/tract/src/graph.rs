//! The part of an ONNX graph that the output and the taps need.

use std::collections::{HashMap, HashSet};

use ecg_audit_plugin::{Error, InputShape};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension;
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{GraphProto, NodeProto, ValueInfoProto};
use tract_onnx::prelude::*;

use crate::names;

/// A value that can be tapped.
#[derive(Debug, Clone)]
pub(crate) struct NamedValue {
    pub(crate) name: String,
    pub(crate) operator: String,
}

/// The values that nodes compute, in the graph's order. Constants are left out: nothing flows through them.
pub(crate) fn values(graph: &GraphProto) -> Vec<NamedValue> {
    graph
        .node
        .iter()
        .filter(|node| node.op_type != "Constant")
        .flat_map(|node| {
            node.output
                .iter()
                .filter(|name| !name.is_empty())
                .map(|name| NamedValue {
                    name: name.clone(),
                    operator: node.op_type.clone(),
                })
        })
        .collect()
}

/// The output to read: the one asked for, or the graph's only one.
pub(crate) fn output_name(
    graph: &GraphProto,
    asked: Option<&str>,
    values: &[NamedValue],
) -> Result<String, Error> {
    if let Some(name) = asked {
        return known("output", name, values);
    }
    match graph.output.as_slice() {
        [only] => known("output", &only.name, values),
        several => {
            let names: Vec<&str> = several.iter().map(|output| output.name.as_str()).collect();
            Err(Error::Params(format!(
                "the model has {} outputs ({}); name one as `output`",
                several.len(),
                names.join(", ")
            )))
        }
    }
}

/// The taps asked for, checked against the graph.
pub(crate) fn tap_names(asked: &[String], values: &[NamedValue]) -> Result<Vec<String>, Error> {
    if asked.is_empty() {
        return Err(Error::Params(
            "`taps` is empty; at least one tensor must be tapped".into(),
        ));
    }
    let mut seen = HashSet::new();
    for name in asked {
        if !seen.insert(name) {
            return Err(Error::Params(format!("the tap '{name}' is named twice")));
        }
    }
    asked.iter().map(|name| known("tap", name, values)).collect()
}

fn known(role: &str, name: &str, values: &[NamedValue]) -> Result<String, Error> {
    if values.iter().any(|value| value.name == name) {
        Ok(name.to_owned())
    } else {
        Err(names::unknown(
            role,
            name,
            values.iter().map(|value| value.name.as_str()),
        ))
    }
}

/// Cuts `graph` down to what `wanted` needs and makes `wanted` its outputs. Everything else may then be of any
/// kind: it is not even looked at.
pub(crate) fn prune(graph: &mut GraphProto, wanted: &[String]) {
    let producers: HashMap<&str, usize> = graph
        .node
        .iter()
        .enumerate()
        .flat_map(|(index, node)| node.output.iter().map(move |name| (name.as_str(), index)))
        .collect();
    let mut needed_nodes = vec![false; graph.node.len()];
    let mut needed_values: HashSet<String> = HashSet::new();
    let mut queue: Vec<String> = wanted.to_vec();
    while let Some(name) = queue.pop() {
        if let Some(&index) = producers.get(name.as_str())
            && !std::mem::replace(&mut needed_nodes[index], true)
        {
            read_by(&graph.node[index], &mut queue);
        }
        needed_values.insert(name);
    }
    let mut kept = needed_nodes.into_iter();
    graph.node.retain(|_| kept.next().unwrap_or(false));
    graph
        .initializer
        .retain(|tensor| needed_values.contains(&tensor.name));
    graph.input.retain(|input| needed_values.contains(&input.name));
    graph.output = wanted
        .iter()
        .map(|name| ValueInfoProto {
            name: name.clone(),
            ..ValueInfoProto::default()
        })
        .collect();
}

/// All names that `node` reads, those that its subgraphs (`If`, `Loop`, `Scan`) take from outside among them.
fn read_by(node: &NodeProto, names: &mut Vec<String>) {
    names.extend(node.input.iter().filter(|name| !name.is_empty()).cloned());
    for attribute in &node.attribute {
        for graph in attribute.g.iter().chain(&attribute.graphs) {
            graph.node.iter().for_each(|node| read_by(node, names));
            names.extend(graph.output.iter().map(|output| output.name.clone()));
        }
    }
}

/// The graph input that takes the signal.
#[derive(Debug, Clone)]
pub(crate) struct SignalInput {
    pub(crate) name: String,
    pub(crate) shape: InputShape,
    pub(crate) datum_type: DatumType,
}

/// Finds the signal input of a pruned graph.
pub(crate) fn signal_input(graph: &GraphProto, asked: Option<&str>) -> Result<SignalInput, Error> {
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
    let listed = || {
        inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let input = match (asked, inputs.as_slice()) {
        (_, []) => {
            return Err(Error::Params(
                "the output and the taps do not depend on any input of the model".into(),
            ));
        }
        (Some(name), [only]) if only.name == name => only,
        (None, [only]) => only,
        (Some(name), _) if !inputs.iter().any(|input| input.name == name) => {
            return Err(names::unknown(
                "input",
                name,
                inputs.iter().map(|input| input.name.as_str()),
            ));
        }
        _ => {
            return Err(Error::Params(format!(
                "the output and the taps need {} inputs ({}); an encoder has one, the signal",
                inputs.len(),
                listed()
            )));
        }
    };
    let Some(Value::TensorType(tensor)) = input.r#type.as_ref().and_then(|kind| kind.value.as_ref()) else {
        return Err(Error::Resource(format!(
            "the model's input '{}' has no tensor type",
            input.name
        )));
    };
    Ok(SignalInput {
        name: input.name.clone(),
        shape: input_shape(input, tensor.shape.as_ref().map(|shape| shape.dim.as_slice()))?,
        datum_type: float_type(&input.name, tensor.elem_type)?,
    })
}

fn input_shape(
    input: &ValueInfoProto,
    dims: Option<&[tract_onnx::pb::tensor_shape_proto::Dimension]>,
) -> Result<InputShape, Error> {
    let Some(dims) = dims else {
        return Ok(InputShape {
            leads: None,
            samples: None,
        });
    };
    let fixed = |dim: &tract_onnx::pb::tensor_shape_proto::Dimension| match &dim.value {
        Some(dimension::Value::DimValue(size)) => usize::try_from(*size).ok().filter(|&size| size > 0),
        _ => None,
    };
    match dims {
        [_, leads, samples] => Ok(InputShape {
            leads: fixed(leads),
            samples: fixed(samples),
        }),
        other => Err(Error::Params(format!(
            "the model's input '{}' has {} dimensions; an encoder's is [batch, leads, samples]",
            input.name,
            other.len()
        ))),
    }
}

fn float_type(name: &str, code: i32) -> Result<DatumType, Error> {
    match DataType::try_from(code) {
        Ok(DataType::Float) => Ok(f32::datum_type()),
        Ok(DataType::Double) => Ok(f64::datum_type()),
        Ok(DataType::Float16) => Ok(DatumType::F16),
        other => Err(Error::Params(format!(
            "the model's input '{name}' has elements of type {}; an encoder's are float, double or float16",
            other.map_or_else(|_| format!("number {code}"), |kind| format!("{kind:?}"))
        ))),
    }
}
