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

/// Whether a reduction is over all timestamps and nothing else. Exporters put a dimension of one beside time, and reduce
/// over both.
pub(crate) fn over_time(node: &NodeProto, constants: &Constants<'_>) -> bool {
    // Axes were an attribute until operator set 17, and are an input since.
    let axes = match node.input.get(1).filter(|name| !name.is_empty()) {
        Some(name) => constants.ints(name),
        None => nodes::ints(node, "axes").map(<[i64]>::to_vec),
    };
    matches!(
        axes.as_deref(),
        Some([-1 | 2] | [-1, -2] | [-2, -1] | [2, 3] | [3, 2])
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{graph, node, weight, with};

    #[test]
    fn roles_inputs_and_windows() {
        let conv = with(
            with(node("Conv", &["x", "k"], "c"), "strides", &[2]),
            "dilations",
            &[3],
        );
        let pool = with(node("MaxPool", &["c"], "p"), "kernel_shape", &[4]);
        let nodes = vec![
            conv,
            pool,
            node("Add", &["c", "b"], "biased"),
            node("Add", &["c", "biased"], "sum"),
            node("Shape", &["sum"], "s"),
            node("Concat", &["s", "b"], "shape"),
            node("Reshape", &["sum", "shape"], "flat"),
            node("MatMul", &["flat", "w"], "scores"),
            node("MatMul", &["scores", "flat"], "attention"),
        ];
        let graph = graph(
            nodes,
            vec![
                weight("k", &[8, 2, 7], &[0.0; 112]),
                weight("b", &[1], &[0.0]),
                weight("w", &[1], &[0.0]),
            ],
        );
        let layers = list(&Flow::new(&graph), &Constants::new(&graph, None));
        let told: Vec<_> = layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.role, layer.inputs.len()))
            .collect();
        // What is computed from shapes alone is no layer.
        let expected = [
            ("c", Role::Convolution, 0),
            ("p", Role::Pooling, 1),
            ("biased", Role::Other, 1),
            ("sum", Role::Sum, 2),
            ("flat", Role::Other, 1),
            ("scores", Role::Linear, 1),
            ("attention", Role::Other, 2),
        ];
        assert_eq!(told, expected);
        let window = |kernel, stride, dilation| {
            Some(Window {
                kernel,
                stride,
                dilation,
            })
        };
        assert_eq!(
            (layers[0].window, layers[1].window),
            (window(7, 2, 3), window(4, 1, 1))
        );
        assert_eq!(layers[3].inputs, ["c", "biased"]);
    }

    #[test]
    fn windows_that_make_no_sense_are_left_out() {
        let nodes = vec![with(node("MaxPool", &["x"], "p"), "kernel_shape", &[-4])];
        let graph = graph(nodes, vec![]);
        assert_eq!(
            list(&Flow::new(&graph), &Constants::new(&graph, None))[0].window,
            None
        );
    }
}
