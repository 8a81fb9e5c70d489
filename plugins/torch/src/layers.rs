//! The network's layers, from its graph.

use std::collections::BTreeSet;

use ecg_audit_plugin::{Error, Layer, Role, Window};
use serde_json::Value as Json;

use crate::graph::{Graph, Value};

/// Pointwise non-linearities, as `Value::short_operator` names them.
const ACTIVATIONS: [&str; 20] = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
];

/// Lists what leaves a submodule, and every operator of a known role. A value that leaves several submodules at once is
/// one layer, named by the innermost.
pub(crate) fn layers(graph: &Graph, shapes: Option<&[Vec<i64>]>) -> Vec<Layer> {
    let names = graph.names();
    let roles: Vec<Role> = graph.values.iter().map(role).collect();
    let listed = |number: usize| {
        graph.values.get(number).is_some_and(|value| {
            value.used && (!value.exits.is_empty() || !matches!(roles.get(number), None | Some(Role::Other)))
        })
    };
    let name = |number: usize| names.get(number).and_then(|own| own.first()).cloned();
    graph
        .values
        .iter()
        .enumerate()
        .filter(|(number, _)| listed(*number))
        .filter_map(|(number, value)| {
            let role = roles.get(number).copied().unwrap_or_default();
            Some(Layer {
                name: name(number)?,
                operator: value.operator.clone(),
                role,
                shape: shapes.and_then(|all| without_batch(all.get(number)?)),
                inputs: sources(graph, number, &listed)
                    .into_iter()
                    .filter_map(name)
                    .collect(),
                window: window(value, role),
            })
        })
        .collect()
}

/// The nearest listed values that a value is computed from.
fn sources(graph: &Graph, number: usize, listed: &impl Fn(usize) -> bool) -> BTreeSet<usize> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let inputs = |number: usize| graph.values.get(number).map_or(&[][..], |value| &value.inputs);
    let mut queue = inputs(number).to_vec();
    while let Some(input) = queue.pop() {
        if listed(input) {
            found.insert(input);
        } else if seen.insert(input) {
            queue.extend(inputs(input));
        }
    }
    found
}

fn without_batch(shape: &[i64]) -> Option<Vec<usize>> {
    let (_, rest) = shape.split_first()?;
    rest.iter().map(|&size| usize::try_from(size).ok()).collect()
}

fn role(value: &Value) -> Role {
    let branches = value.inputs.len() + usize::from(value.signal);
    match value.short_operator() {
        "conv1d" | "conv2d" | "convolution" | "convolution_mode" | "mkldnn_convolution"
            if value.arguments.get("transposed") != Some(&Json::Bool(true)) =>
        {
            Role::Convolution
        }
        "batch_norm" | "native_batch_norm" | "cudnn_batch_norm" => Role::Normalization,
        operator if ACTIVATIONS.contains(&operator) => Role::Activation,
        "max_pool1d" | "max_pool1d_with_indices" | "avg_pool1d" => Role::Pooling,
        "adaptive_avg_pool1d" | "adaptive_max_pool1d" => match value.integers("output_size").as_deref() {
            Some([1]) => Role::GlobalPooling,
            _ => Role::Pooling,
        },
        "mean" | "amax" | "max" if over_time(value) => Role::GlobalPooling,
        _ if value.is_sum() => Role::Sum,
        "cat" | "concat" | "concatenate" if matches!(value.integers("dim").as_deref(), Some([1 | -2])) => {
            Role::Concatenation
        }
        "linear" | "addmm" | "mm" | "matmul" if branches == 1 => Role::Linear,
        _ => Role::Other,
    }
}

/// True for a reduction of `[batch, channels, time]` over time, and over no batch or channel.
fn over_time(value: &Value) -> bool {
    matches!(value.integers("dim").as_deref(), Some([2 | -1]))
}

fn window(value: &Value, role: Role) -> Option<Window> {
    let first = |argument: &str| {
        let numbers = value.integers(argument)?;
        usize::try_from(*numbers.first()?).ok()
    };
    match role {
        Role::Convolution => match value.integers("weight")?.as_slice() {
            [_, _, kernel] => Some(Window {
                kernel: usize::try_from(*kernel).ok()?,
                stride: first("stride").unwrap_or(1),
                dilation: first("dilation").unwrap_or(1),
            }),
            _ => None,
        },
        Role::Pooling => {
            let kernel = first("kernel_size")?;
            Some(Window {
                kernel,
                // An empty list means the kernel's size.
                stride: first("stride").unwrap_or(kernel),
                dilation: first("dilation").unwrap_or(1),
            })
        }
        _ => None,
    }
}

/// The number of leads, where a convolution over time reads the signal itself.
pub(crate) fn leads(graph: &Graph) -> Option<usize> {
    let first = graph
        .values
        .iter()
        .find(|value| value.signal && value.inputs.is_empty() && role(value) == Role::Convolution)?;
    match first.integers("weight")?.as_slice() {
        [_, channels, _] => {
            let groups = first
                .integers("groups")
                .and_then(|groups| groups.first().copied());
            usize::try_from(channels.checked_mul(groups.unwrap_or(1))?).ok()
        }
        _ => None,
    }
}

/// Refuses a network that was traced while training: its dropout and batch statistics are in the file for good.
pub(crate) fn check_evaluation(graph: &Graph) -> Result<(), Error> {
    let training = |value: &&Value| {
        let flag = match value.short_operator() {
            "dropout" | "feature_dropout" | "alpha_dropout" => "train",
            "batch_norm" => "training",
            _ => return false,
        };
        value.arguments.get(flag) == Some(&Json::Bool(true))
    };
    match graph.values.iter().find(training) {
        None => Ok(()),
        Some(value) => Err(Error::Params(format!(
            "the model was traced in training mode ({} in '{}' trains): trace it after `model.eval()`",
            value.operator, value.scope
        ))),
    }
}
