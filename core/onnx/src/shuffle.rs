//! Networks that have learnt nothing: every trained weight tensor replaced by a permutation of its own values.
//!
//! Adebayo et al., *Sanity checks for saliency maps* (2018). The values' distribution stays, and so do biases and the
//! constants of normalisations, so that activations keep their scale.

use std::collections::{HashMap, HashSet};

use ecg_audit_plugin::Error;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use crate::constants;
use crate::nodes;

/// Shuffles the weights of `graph`, each tensor with random numbers of its own, drawn from `seed` and its name.
/// External ones are taken into the graph.
///
/// # Errors
/// [`Error::Params`] where there is no trained weight; [`Error::Resource`] for weights that cannot be read.
pub(crate) fn shuffle(graph: &mut GraphProto, folder: Option<&str>, seed: u64) -> Result<(), Error> {
    let names = weights(graph);
    let initializers = graph.initializer.iter_mut();
    let constants = graph.node.iter_mut().filter_map(|node| {
        let name = node.output.first()?.clone();
        let value = node
            .attribute
            .iter_mut()
            .find(|attribute| attribute.name == "value")?
            .t
            .as_mut()?;
        Some((name, value))
    });
    let named = initializers
        .map(|tensor| (tensor.name.clone(), tensor))
        .chain(constants);
    let mut shuffled = 0;
    for (name, tensor) in named.filter(|(name, tensor)| names.contains(name) && tensor.dims.len() > 1) {
        internalize(tensor, folder)?;
        let key = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(name.as_bytes())
            .finalize();
        permute(tensor, &mut ChaCha20Rng::from_seed(key.into()))?;
        shuffled += 1;
    }
    if shuffled == 0 {
        return Err(Error::Params(
            "`randomize_weights`: the output and the taps depend on no trained weight".into(),
        ));
    }
    Ok(())
}

/// The constants that reach a weight slot, also through what only rearranges them.
fn weights(graph: &GraphProto) -> HashSet<String> {
    let producers: HashMap<&str, &NodeProto> = graph
        .node
        .iter()
        .flat_map(|node| node.output.iter().map(move |name| (name.as_str(), node)))
        .collect();
    let mut names = HashSet::new();
    let mut queue: Vec<&str> = Vec::new();
    graph.node.iter().for_each(|node| collect(node, &mut queue));
    while let Some(name) = queue.pop() {
        let rearranged = producers.get(name).filter(|node| {
            matches!(
                nodes::operator(node),
                Some("Identity" | "Transpose" | "Reshape" | "Squeeze" | "Unsqueeze" | "Cast")
            )
        });
        if names.insert(name.to_owned()) {
            queue.extend(rearranged.and_then(|node| node.input.first()).map(String::as_str));
        }
    }
    names
}

/// The weight slots of `node` and of the nodes of its subgraphs.
fn collect<'a>(node: &'a NodeProto, slots: &mut Vec<&'a str>) {
    let of_node = match nodes::operator(node) {
        Some("Conv" | "ConvTranspose") => 1..2,
        Some("Gemm" | "MatMul") => 0..2,
        Some("LSTM" | "GRU" | "RNN") => 1..3,
        _ => 0..0,
    };
    slots.extend(
        of_node
            .filter_map(|slot| node.input.get(slot))
            .map(String::as_str),
    );
    for graph in node
        .attribute
        .iter()
        .flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
    {
        graph.node.iter().for_each(|node| collect(node, slots));
    }
}

/// Takes external data into the message.
fn internalize(tensor: &mut TensorProto, folder: Option<&str>) -> Result<(), Error> {
    if tensor.data_location == Some(DataLocation::External as i32) {
        let values = constants::load(tensor, folder)?;
        tensor.raw_data = values.as_bytes().to_vec();
        tensor.data_location = None;
        tensor.external_data.clear();
    }
    Ok(())
}

/// Permutes the values of one tensor, in whichever field they are.
fn permute(tensor: &mut TensorProto, random: &mut ChaCha20Rng) -> Result<(), Error> {
    match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => tensor.raw_data.as_chunks_mut::<4>().0.shuffle(random),
        Ok(DataType::Double) => tensor.raw_data.as_chunks_mut::<8>().0.shuffle(random),
        Ok(DataType::Float16 | DataType::Bfloat16) => tensor.raw_data.as_chunks_mut::<2>().0.shuffle(random),
        other => {
            let kind = other.map_or_else(
                |_| format!("number {}", tensor.data_type),
                |kind| format!("{kind:?}"),
            );
            return Err(Error::Params(format!(
                "`randomize_weights`: the weight '{}' has elements of type {kind}; expected floats",
                tensor.name
            )));
        }
    }
    tensor.float_data.shuffle(random);
    tensor.double_data.shuffle(random);
    tensor.int32_data.shuffle(random);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{graph, node, weight};

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|value| value as f32).collect()
    }

    fn network() -> GraphProto {
        let nodes = vec![
            node("Conv", &["x", "kernel", "bias"], "c"),
            node(
                "BatchNormalization",
                &["c", "scale", "b", "mean", "variance"],
                "n",
            ),
            node("Transpose", &["turned"], "w"),
            node("MatMul", &["n", "w"], "y"),
        ];
        let initializers = vec![
            weight("kernel", &[4, 3, 5], &values(60)),
            weight("bias", &[4], &values(4)),
            weight("scale", &[4], &values(4)),
            weight("turned", &[6, 4], &values(24)),
            weight("unused", &[6, 4], &values(24)),
        ];
        graph(nodes, initializers)
    }

    fn shuffled(seed: u64) -> GraphProto {
        let mut graph = network();
        shuffle(&mut graph, None, seed).unwrap();
        graph
    }

    #[test]
    fn weights_are_permuted_and_nothing_else() {
        let graph = shuffled(1);
        for (tensor, before) in graph.initializer.iter().zip(&network().initializer) {
            let moved = ["kernel", "turned"].contains(&tensor.name.as_str());
            assert_eq!(tensor.float_data != before.float_data, moved, "{}", tensor.name);
            let mut sorted = tensor.float_data.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(sorted, before.float_data);
        }
        assert_eq!(graph, shuffled(1));
        assert_ne!(graph, shuffled(2));
    }

    #[test]
    fn a_tensor_has_random_numbers_of_its_own() {
        let mut without = network();
        without.node.remove(0);
        shuffle(&mut without, None, 1).unwrap();
        assert_eq!(without.initializer[3], shuffled(1).initializer[3]);
    }

    #[test]
    fn raw_bytes_move_as_elements() {
        let mut graph = network();
        let bytes: Vec<u8> = values(60).iter().flat_map(|value| value.to_le_bytes()).collect();
        graph.initializer[0].float_data.clear();
        graph.initializer[0].raw_data = bytes;
        shuffle(&mut graph, None, 1).unwrap();
        let (chunks, _) = graph.initializer[0].raw_data.as_chunks::<4>();
        let moved: Vec<f32> = chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert_eq!(moved, shuffled(1).initializer[0].float_data);
    }

    #[test]
    fn a_network_without_weights_is_refused() {
        let mut graph = graph(vec![node("Relu", &["x"], "y")], vec![]);
        let error = shuffle(&mut graph, None, 1).unwrap_err();
        assert!(error.to_string().contains("no trained weight"), "{error}");
    }
}
