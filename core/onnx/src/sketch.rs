//! Small graphs for tests.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};

/// A node of ONNX's own domain.
pub(crate) fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

/// The node with a list of whole numbers as attribute; one number serves as both.
pub(crate) fn with(mut node: NodeProto, name: &str, ints: &[i64]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        i: ints.first().copied().unwrap_or(0),
        ints: ints.to_vec(),
        ..AttributeProto::default()
    });
    node
}

/// A weight of floats.
pub(crate) fn weight(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// Whole numbers, as axes are.
pub(crate) fn ints(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: DataType::Int64 as i32,
        int64_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// A graph from the input `x` to the last node's output.
pub(crate) fn graph(nodes: Vec<NodeProto>, initializers: Vec<TensorProto>) -> GraphProto {
    let value = |name: &str| ValueInfoProto {
        name: name.into(),
        ..ValueInfoProto::default()
    };
    let last = nodes.last().and_then(|node| node.output.first()).cloned();
    GraphProto {
        input: vec![value("x")],
        output: vec![value(&last.unwrap_or_default())],
        node: nodes,
        initializer: initializers,
        ..GraphProto::default()
    }
}
