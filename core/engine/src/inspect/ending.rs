//! What a network ends in.

use ecg_audit_plugin::Activation;
use serde::Serialize;

use super::graph::Graph;

/// The layer that gives the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// Its name.
    pub layer: String,
    /// The sigmoid or softmax that the network ends in.
    pub activation: Option<Activation>,
    /// The value that it is applied to: the raw outputs.
    pub raw: Option<String>,
}

/// How the network ends at the layer `output`.
pub(crate) fn ending(graph: &Graph<'_>, output: usize) -> Ending {
    let mut at = output;
    while let ([input], true) = (graph.inputs[at].as_slice(), graph.operator_has(at, &["identity"])) {
        at = *input;
    }
    let activation = if graph.operator_has(at, &["logsoftmax", "log_softmax", "hard"]) {
        None
    } else if graph.operator_has(at, &["softmax"]) {
        Some(Activation::Softmax)
    } else if graph.operator_has(at, &["sigmoid"]) {
        Some(Activation::Sigmoid)
    } else {
        None
    };
    let raw = match (activation, graph.inputs[at].as_slice()) {
        (Some(_), [input]) => Some(graph.layers[*input].name.clone()),
        _ => None,
    };
    Ending {
        layer: graph.layers[output].name.clone(),
        activation,
        raw,
    }
}
