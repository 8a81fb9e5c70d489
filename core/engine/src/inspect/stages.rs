//! Convolution stages: what stands in for residual blocks where there are none.

use ecg_audit_plugin::Role;

use super::blocks::activation_after;
use super::graph::Graph;
use super::reach::Reach;

/// Convolutions of one time step, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The convolutions.
    pub convolutions: Vec<usize>,
    /// The stage's last activation, else its last convolution.
    pub tap: usize,
}

/// The stages of those convolutions that `counts` accepts, in the graph's order.
pub(crate) fn stages(graph: &Graph<'_>, reach: &[Reach], counts: impl Fn(usize) -> bool) -> Vec<Stage> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for convolution in convolutions(graph, reach).filter(|layer| counts(*layer)) {
        let step = reach[convolution].time_step;
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| reach[*last].time_step == step) => {
                group.push(convolution);
            }
            _ => groups.push(vec![convolution]),
        }
    }
    groups
        .into_iter()
        .filter_map(|convolutions| {
            let tap = tap(graph, reach, &convolutions)?;
            Some(Stage { convolutions, tap })
        })
        .collect()
}

/// The convolutions that have a time axis.
pub(crate) fn convolutions<'g>(graph: &'g Graph<'_>, reach: &'g [Reach]) -> impl Iterator<Item = usize> + 'g {
    (0..graph.len())
        .filter(|layer| graph.role(*layer) == Role::Convolution && reach[*layer].time_step.is_some())
}

/// The activation after a convolution; that of concatenated convolutions comes after the concatenation.
pub(crate) fn settled(graph: &Graph<'_>, convolution: usize) -> Option<usize> {
    activation_after(graph, convolution).or_else(|| {
        graph.consumers[convolution]
            .iter()
            .filter(|next| graph.role(**next) == Role::Concatenation)
            .find_map(|concatenation| activation_after(graph, *concatenation))
    })
}

fn tap(graph: &Graph<'_>, reach: &[Reach], convolutions: &[usize]) -> Option<usize> {
    let (&first, &last) = (convolutions.first()?, convolutions.last()?);
    // Where the stage ends in a bare convolution, as before the pooling of a DenseNet, the activation before it.
    let within = || {
        (first..last).rev().find(|layer| {
            graph.role(*layer) == Role::Activation && reach[*layer].time_step == reach[last].time_step
        })
    };
    settled(graph, last).or_else(within).or(Some(last))
}
