//! Time step and theoretical receptive field of each layer.
//!
//! The recursions are those of Araujo, Norris and Sim, *Computing receptive fields of convolutional neural networks*
//! (Distill, 2019); where branches meet, the largest counts.

use ecg_audit_plugin::{Role, Window};
use serde::Serialize;

use super::graph::Graph;

/// Where a layer's timestamps lie on the input, and how much of it each depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reach {
    /// Input samples from one timestamp to the next; `None` where the layer has no time axis any more.
    pub time_step: Option<f64>,
    /// Input samples that a timestamp can depend on, padding included; `None` for all of them.
    pub receptive_field: Option<usize>,
}

const WHOLE: Reach = Reach {
    time_step: None,
    receptive_field: None,
};

/// Of every layer, in the graph's order.
pub(crate) fn reaches(graph: &Graph<'_>) -> Vec<Reach> {
    let mut all: Vec<Reach> = Vec::with_capacity(graph.len());
    for layer in 0..graph.len() {
        let from = merged(graph.inputs[layer].iter().filter_map(|input| all.get(*input)));
        all.push(of_layer(graph, layer, from));
    }
    all
}

/// What a layer starts from: of its inputs the coarsest step and the widest field, or the network's own input.
fn merged<'r>(inputs: impl Iterator<Item = &'r Reach>) -> Reach {
    inputs
        .copied()
        .reduce(|a, b| Reach {
            time_step: match (a.time_step, b.time_step) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            },
            receptive_field: a.receptive_field.zip(b.receptive_field).map(|(a, b)| a.max(b)),
        })
        .unwrap_or(Reach {
            time_step: Some(1.0),
            receptive_field: Some(1),
        })
}

fn of_layer(graph: &Graph<'_>, layer: usize, from: Reach) -> Reach {
    let Some(step) = from.time_step else {
        return WHOLE;
    };
    let role = graph.role(layer);
    let rank = graph.layers[layer].shape.as_ref().map(Vec::len);
    let ends_time = match rank {
        Some(rank) => rank < 2,
        None => role == Role::Linear || graph.operator_has(layer, &["flatten"]),
    };
    if role == Role::GlobalPooling || ends_time {
        return WHOLE;
    }
    match graph.layers[layer].window {
        Some(window) => windowed(
            from.receptive_field,
            step,
            window,
            graph.operator_has(layer, &["transpose"]),
        ),
        None => Reach {
            time_step: Some(step * resampled(graph, layer).unwrap_or(1.0)),
            ..from
        },
    }
}

fn windowed(field: Option<usize>, step: f64, window: Window, transposed: bool) -> Reach {
    let stride = window.stride.max(1);
    // An output of a transposed convolution reads every `stride`-th tap of the kernel.
    let taps = if transposed {
        window.kernel.div_ceil(stride)
    } else {
        window.kernel
    };
    let wider = taps.saturating_sub(1).saturating_mul(window.dilation) as f64 * step;
    Reach {
        time_step: Some(if transposed {
            step / stride as f64
        } else {
            step * stride as f64
        }),
        // A float beyond what usize holds becomes its largest value.
        receptive_field: field.map(|field| field.saturating_add(wider.ceil() as usize)),
    }
}

/// How much longer the steps become where a layer interpolates, from the lengths before and after.
fn resampled(graph: &Graph<'_>, layer: usize) -> Option<f64> {
    if !graph.operator_has(layer, &["resize", "upsample", "interpolate"]) {
        return None;
    }
    let length = |layer: usize| graph.layers[layer].shape.as_ref()?.last().copied();
    let before = graph.inputs[layer].iter().find_map(|input| length(*input))?;
    let after = length(layer).filter(|after| *after > 0)?;
    Some(before as f64 / after as f64)
}
