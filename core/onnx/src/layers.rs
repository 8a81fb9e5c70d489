//! The list of layers.

use std::collections::HashSet;

use ecg_audit_plugin::{Layer, Role, Window};
use tract_onnx::pb::NodeProto;

use crate::constants::Constants;
use crate::flow::Flow;
use crate::nodes;

/// The values that depend on the signal, in the graph's order; shapes are left open.
pub(crate) fn list(flow: &Flow<'_>, constants: &Constants<'_>) -> Vec<Layer> {
    let listed: HashSet<&str> = flow.values().map(|(name, _)| name).collect();
    flow.values()
        .map(|(name, node)| {
            let mut inputs: Vec<String> = Vec::new();
            for input in flow.read_by(node) {
                if listed.contains(input) && !inputs.iter().any(|known| known == input) {
                    inputs.push(input.to_owned());
                }
            }
            Layer {
                name: name.to_owned(),
                operator: node.op_type.clone(),
                role: role(node, flow.read_by(node).len(), constants),
                shape: None,
                inputs,
                window: window(node, constants),
            }
        })
        .collect()
}

/// What `node` computes; `flowing` of its inputs depend on the signal.
fn role(node: &NodeProto, flowing: usize, constants: &Constants<'_>) -> Role {
    match nodes::operator(node) {
        Some("Conv") => Role::Convolution,
        Some("BatchNormalization") => Role::Normalization,
        Some(
            "Relu" | "LeakyRelu" | "PRelu" | "ThresholdedRelu" | "Elu" | "Selu" | "Celu" | "Gelu" | "Mish"
            | "Swish" | "HardSwish" | "Sigmoid" | "HardSigmoid" | "Tanh" | "Softplus" | "Softsign" | "Clip"
            | "Erf",
        ) => Role::Activation,
        Some("MaxPool" | "AveragePool" | "LpPool") => Role::Pooling,
        Some("GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool") => Role::GlobalPooling,
        Some("ReduceMean" | "ReduceMax" | "ReduceSum") if over_time(node, constants) => Role::GlobalPooling,
        Some("Add" | "Sum") if flowing > 1 => Role::Sum,
        Some("Concat") if flowing > 1 => Role::Concatenation,
        Some("Gemm" | "MatMul") if flowing == 1 => Role::Linear,
        _ => Role::Other,
    }
}

/// Whether a reduction of `[batch, channels, timestamps]` is over all timestamps and nothing else.
pub(crate) fn over_time(node: &NodeProto, constants: &Constants<'_>) -> bool {
    // Axes were an attribute until operator set 17, and are an input since.
    let axes = match node.input.get(1).filter(|name| !name.is_empty()) {
        Some(name) => constants.ints(name),
        None => nodes::ints(node, "axes").map(<[i64]>::to_vec),
    };
    matches!(axes.as_deref(), Some([-1 | 2]))
}

/// What a convolution or pooling reads of the last axis.
fn window(node: &NodeProto, constants: &Constants<'_>) -> Option<Window> {
    if !matches!(
        nodes::operator(node),
        Some("Conv" | "MaxPool" | "AveragePool" | "LpPool")
    ) {
        return None;
    }
    let last = |name: &str| nodes::ints(node, name).and_then(|sizes| sizes.last().copied());
    let kernel = last("kernel_shape").or_else(|| constants.dims(node.input.get(1)?)?.last().copied())?;
    let size = |value: i64| usize::try_from(value).ok().filter(|&size| size > 0);
    Some(Window {
        kernel: size(kernel)?,
        stride: size(last("strides").unwrap_or(1))?,
        dilation: size(last("dilations").unwrap_or(1))?,
    })
}
