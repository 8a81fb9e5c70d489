//! What flows through a graph: the values that depend on the signal.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, NodeProto};

use crate::nodes;

/// The values of a graph that depend on its inputs' values. Constants do not, nor does what is computed from shapes
/// alone.
pub(crate) struct Flow<'a> {
    graph: &'a GraphProto,
    producers: HashMap<&'a str, &'a NodeProto>,
    flowing: HashSet<&'a str>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(graph: &'a GraphProto) -> Self {
        let constants: HashSet<&str> = graph
            .initializer
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        let inputs = graph.input.iter().map(|input| input.name.as_str());
        let mut flowing: HashSet<&str> = inputs.filter(|name| !constants.contains(name)).collect();
        // ONNX asks for nodes in topological order.
        for node in &graph.node {
            let counts = !matches!(nodes::operator(node), Some("Shape" | "Size" | "Constant"));
            if counts && nodes::reads(node).iter().any(|name| flowing.contains(name)) {
                flowing.extend(outputs(node));
            }
        }
        let producers = graph
            .node
            .iter()
            .flat_map(|node| outputs(node).map(move |name| (name, node)))
            .collect();
        Self {
            graph,
            producers,
            flowing,
        }
    }

    /// Whether the value depends on the signal.
    pub(crate) fn carries(&self, name: &str) -> bool {
        self.flowing.contains(name)
    }

    /// The node that computes the value.
    pub(crate) fn producer(&self, name: &str) -> Option<&'a NodeProto> {
        self.producers.get(name).copied()
    }

    /// What `node` reads of what flows.
    pub(crate) fn read_by(&self, node: &'a NodeProto) -> Vec<&'a str> {
        let mut names = nodes::reads(node);
        names.retain(|name| self.carries(name));
        names
    }

    /// The values that nodes compute from the signal, in the graph's order, each with its node.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'a str, &'a NodeProto)> {
        self.graph
            .node
            .iter()
            .flat_map(|node| outputs(node).map(move |name| (name, node)))
            .filter(|(name, _)| self.carries(name))
    }

    /// The values that depend on `source`, itself among them.
    pub(crate) fn downstream_of(&self, source: &'a str) -> HashSet<&'a str> {
        let mut reached = HashSet::from([source]);
        for node in &self.graph.node {
            if self.read_by(node).iter().any(|name| reached.contains(name)) {
                reached.extend(outputs(node).filter(|name| self.carries(name)));
            }
        }
        reached
    }
}

fn outputs(node: &NodeProto) -> impl Iterator<Item = &str> {
    node.output
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
}
