//! Reading a node's attributes.

use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

/// The standard operator of `node`: its type, where it is of ONNX's own domain.
pub(crate) fn operator(node: &NodeProto) -> Option<&str> {
    matches!(node.domain.as_str(), "" | "ai.onnx").then_some(node.op_type.as_str())
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// A whole number.
pub(crate) fn int(node: &NodeProto, name: &str) -> Option<i64> {
    attribute(node, name).map(|attribute| attribute.i)
}

/// A number.
pub(crate) fn float(node: &NodeProto, name: &str) -> Option<f32> {
    attribute(node, name).map(|attribute| attribute.f)
}

/// Whole numbers.
pub(crate) fn ints<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    attribute(node, name).map(|attribute| attribute.ints.as_slice())
}

/// A tensor.
pub(crate) fn tensor<'a>(node: &'a NodeProto, name: &str) -> Option<&'a TensorProto> {
    attribute(node, name).and_then(|attribute| attribute.t.as_ref())
}

/// All names that `node` reads, those that its subgraphs (`If`, `Loop`, `Scan`) take from outside among them.
pub(crate) fn reads(node: &NodeProto) -> Vec<&str> {
    let mut names = Vec::new();
    collect(node, &mut names);
    names
}

fn collect<'a>(node: &'a NodeProto, names: &mut Vec<&'a str>) {
    names.extend(
        node.input
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty()),
    );
    for attribute in &node.attribute {
        for graph in attribute.g.iter().chain(&attribute.graphs) {
            graph.node.iter().for_each(|node| collect(node, names));
            names.extend(graph.output.iter().map(|output| output.name.as_str()));
        }
    }
}
