//! Which layers to tap.

use serde::Serialize;

use super::blocks::Block;
use super::graph::Graph;
use super::reach::Reach;
use super::stages::{convolutions, settled, stages};

/// Taps that are proposed: the method reads the last three residual blocks.
const TAPS: usize = 3;

/// What a proposed tap is the end of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TapOrigin {
    /// A residual block.
    ResidualBlock,
    /// The convolutions of one time step.
    ConvolutionStage,
    /// One convolution among several of the same time step.
    Convolution,
}

/// The proposal, as indices into the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// From shallow to deep.
    pub taps: Vec<(usize, TapOrigin)>,
    /// What there is to say of it.
    pub notes: Vec<String>,
}

/// The last three residual blocks that lead to the output; where there are fewer, convolution stages beside them.
pub(crate) fn propose(
    graph: &Graph<'_>,
    reach: &[Reach],
    blocks: &[Block],
    output: Option<usize>,
) -> Proposal {
    let needed = output.map(|output| graph.upstream(output));
    let usable = |layer: usize| {
        let shape = graph.layers[layer].shape.as_deref();
        reach[layer].time_step.is_some()
            && shape.is_none_or(|shape| shape.len() == 2)
            && Some(layer) != output
            && needed.as_ref().is_none_or(|needed| needed[layer])
    };
    let blocks: Vec<&Block> = blocks.iter().filter(|block| usable(block.tap())).collect();
    let mut taps: Vec<(usize, TapOrigin)> = Vec::new();
    let mut add = |tap: usize, origin| {
        if taps.len() < TAPS && usable(tap) && taps.iter().all(|(other, _)| *other != tap) {
            taps.push((tap, origin));
        }
    };
    for block in blocks.iter().rev() {
        add(block.tap(), TapOrigin::ResidualBlock);
    }
    let outside = |layer: usize| !blocks.iter().any(|block| block.body.contains(&layer));
    for stage in stages(graph, reach, |layer| outside(layer) && usable(layer))
        .iter()
        .rev()
    {
        add(stage.tap, TapOrigin::ConvolutionStage);
    }
    // What a block sums is nearly the block's own tap.
    let summed = |tap: usize| {
        blocks
            .iter()
            .any(|block| graph.inputs[block.merge].contains(&tap))
    };
    let single: Vec<usize> = convolutions(graph, reach).collect();
    for &convolution in single.iter().rev() {
        if let Some(tap) = settled(graph, convolution).filter(|tap| !summed(*tap)) {
            add(tap, TapOrigin::Convolution);
        }
    }
    taps.sort_unstable_by_key(|(tap, _)| *tap);
    let notes = notes(blocks.len(), &taps, !single.is_empty());
    Proposal { taps, notes }
}

fn notes(blocks: usize, taps: &[(usize, TapOrigin)], convolved: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let added = taps.len() - blocks.min(taps.len());
    let stages = if added == 1 { "stage is" } else { "stages are" };
    match (blocks, added) {
        (TAPS.., _) => {}
        (0, 0) if convolved => notes.push(
            "no residual blocks were recognised, and no convolution with the form [channels, timestamps] either: no taps \
             can be proposed"
                .into(),
        ),
        (0, 0) => notes.push("no convolution was recognised: no taps can be proposed".into()),
        (0, TAPS) => notes.push(
            "no residual blocks were recognised; the last three convolution stages are proposed instead".into(),
        ),
        (0, _) => notes.push(format!(
            "no residual blocks were recognised; {added} convolution {stages} proposed instead"
        )),
        (_, 0) => {}
        (_, _) => notes.push(format!(
            "{blocks} residual block{} recognised; {added} convolution {stages} proposed beside {}",
            if blocks == 1 { " was" } else { "s were" },
            if blocks == 1 { "it" } else { "them" }
        )),
    }
    if !taps.is_empty() && taps.len() < TAPS {
        notes.push(format!(
            "{} tap{} in all: nothing else in the network is convolved over time",
            taps.len(),
            if taps.len() == 1 { "" } else { "s" }
        ));
    }
    notes
}
