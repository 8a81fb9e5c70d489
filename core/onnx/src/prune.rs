//! The part of a graph that is needed.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::nodes;

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
            queue.extend(nodes::reads(&graph.node[index]).into_iter().map(str::to_owned));
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
