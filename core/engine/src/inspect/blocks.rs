//! Residual blocks: where branches of one value are summed again (He et al., *Deep residual learning*, 2016).

use ecg_audit_plugin::Role;

use super::graph::Graph;
use super::reach::Reach;

/// A residual block, as indices into the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The sum.
    pub merge: usize,
    /// The activation after it, where there is one.
    pub activation: Option<usize>,
    /// The layers that only some of the summed branches run through.
    pub body: Vec<usize>,
}

impl Block {
    /// What stands for the block: the activation after the merge, else the merge.
    pub fn tap(&self) -> usize {
        self.activation.unwrap_or(self.merge)
    }
}

/// The residual blocks that still have a time axis, in the graph's order.
pub(crate) fn residual(graph: &Graph<'_>, reach: &[Reach]) -> Vec<Block> {
    (0..graph.len())
        .filter(|layer| graph.role(*layer) == Role::Sum && reach[*layer].time_step.is_some())
        .filter(|layer| !is_partial_sum(graph, *layer))
        .filter_map(|merge| {
            let body = body(graph, merge)?;
            Some(Block {
                merge,
                activation: activation_after(graph, merge),
                body,
            })
        })
        .collect()
}

/// A sum of three branches is two sums in a row, of which the last is the block's.
fn is_partial_sum(graph: &Graph<'_>, sum: usize) -> bool {
    graph
        .only_consumer(sum)
        .is_some_and(|next| graph.role(next) == Role::Sum)
}

/// The layers between the fork and the merge. `None` where fewer than two branches meet, or nothing is convolved on
/// any of them. Branches without a layer in common share the network's input.
fn body(graph: &Graph<'_>, merge: usize) -> Option<Vec<usize>> {
    let branches = &graph.inputs[merge];
    if branches.len() < 2 {
        return None;
    }
    let reached: Vec<Vec<bool>> = branches.iter().map(|branch| graph.upstream(*branch)).collect();
    let body: Vec<usize> = (0..merge)
        .filter(|layer| {
            let on = reached.iter().filter(|reached| reached[*layer]).count();
            on > 0 && on < reached.len()
        })
        .collect();
    body.iter()
        .any(|layer| graph.role(*layer) == Role::Convolution)
        .then_some(body)
}

/// The activation that a value goes through next, at most behind normalisation and dropout. The value itself may also
/// go elsewhere, as in blocks that normalise and activate first.
pub(crate) fn activation_after(graph: &Graph<'_>, value: usize) -> Option<usize> {
    graph.consumers[value].iter().find_map(|&first| {
        let (mut before, mut at) = (value, first);
        loop {
            if graph.role(at) == Role::Activation {
                return Some(whole_activation(graph, before, at));
            }
            if !graph.is_transparent(at) {
                return None;
            }
            (before, at) = (at, graph.only_consumer(at)?);
        }
    })
}

/// Exporters write `x · sigmoid(x)` and `x · tanh(softplus(x))` as several layers: the product is the activation.
fn whole_activation(graph: &Graph<'_>, value: usize, activation: usize) -> usize {
    let mut gate = activation;
    while let Some(next) = graph.only_consumer(gate) {
        if graph.operator_has(next, &["mul"]) && graph.inputs[next].contains(&value) {
            return next;
        }
        if graph.role(next) != Role::Activation {
            break;
        }
        gate = next;
    }
    activation
}
