//! The layers as a graph.

use std::collections::HashMap;

use ecg_audit_plugin::{Layer, Role};

/// Layers with their edges, as indices into the list.
pub(crate) struct Graph<'a> {
    pub layers: &'a [Layer],
    /// The layers that each one reads, without repetition.
    pub inputs: Vec<Vec<usize>>,
    /// The layers that read each one, in topological order.
    pub consumers: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// From layers in topological order. An input that is no earlier layer counts as the network's own input, so that a
    /// list out of order cannot make a loop.
    pub fn new(layers: &'a [Layer]) -> Self {
        let mut place = HashMap::new();
        let mut inputs = Vec::with_capacity(layers.len());
        let mut consumers = vec![Vec::new(); layers.len()];
        for (i, layer) in layers.iter().enumerate() {
            let mut read: Vec<usize> = Vec::new();
            for name in &layer.inputs {
                if let Some(&from) = place.get(name.as_str())
                    && !read.contains(&from)
                {
                    read.push(from);
                }
            }
            for &from in &read {
                consumers[from].push(i);
            }
            inputs.push(read);
            place.insert(layer.name.as_str(), i);
        }
        Self {
            layers,
            inputs,
            consumers,
        }
    }

    /// Number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Role of a layer.
    pub fn role(&self, layer: usize) -> Role {
        self.layers[layer].role
    }

    /// Whether an operator's name holds one of `words`, whatever its letter case.
    pub fn operator_has(&self, layer: usize, words: &[&str]) -> bool {
        let operator = self.layers[layer].operator.to_lowercase();
        words.iter().any(|word| operator.contains(word))
    }

    /// The layers that `layer` depends on, itself among them.
    pub fn upstream(&self, layer: usize) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        let mut open = vec![layer];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                open.extend(&self.inputs[at]);
            }
        }
        reached
    }

    /// The one layer that reads `layer`, if there is just one.
    pub fn only_consumer(&self, layer: usize) -> Option<usize> {
        match self.consumers[layer].as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The layer that gives the network's output: the one of that name, else the only one that nothing reads, else the
    /// last of those.
    pub fn output(&self, named: Option<&str>) -> Option<usize> {
        let by_name = named.and_then(|name| self.layers.iter().position(|layer| layer.name == name));
        by_name.or_else(|| self.consumers.iter().rposition(Vec::is_empty))
    }

    /// Passes a value on without changing what it means: where a search for the activation goes through.
    pub fn is_transparent(&self, layer: usize) -> bool {
        match self.role(layer) {
            Role::Normalization => true,
            Role::Other => self.operator_has(layer, &["dropout", "identity", "cast", "contiguous"]),
            _ => false,
        }
    }
}
