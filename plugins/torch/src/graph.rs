//! What the shim says of a method's graph: the tensors that it computes, and what they can be called.

use std::collections::{BTreeMap, HashMap};

use ecg_audit_plugin::Error;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// A method, all calls inlined.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Graph {
    /// The tensors computed from the signal, in order.
    pub(crate) values: Vec<Value>,
    /// Submodules called within a branch or loop that depends on the data.
    pub(crate) nested: Vec<String>,
    /// What the method returns.
    pub(crate) returns: Returns,
    /// Keys of the dictionaries that it makes; `None` where they depend on the data.
    pub(crate) keys: Option<Vec<String>>,
    /// Number of the module's direct submodules.
    pub(crate) children: usize,
}

/// One tensor.
#[derive(Debug, Deserialize)]
pub(crate) struct Value {
    /// Operator with its namespace, `aten::conv1d`.
    pub(crate) operator: String,
    /// The submodule whose code computes it; empty for the network's own.
    pub(crate) scope: String,
    /// Numbers of the tensors that it is computed from.
    pub(crate) inputs: Vec<usize>,
    /// True where it is computed from the signal itself.
    pub(crate) signal: bool,
    /// True where something reads it.
    pub(crate) used: bool,
    /// The operator's constant arguments; of weights, the shape.
    pub(crate) arguments: Map<String, Json>,
    /// The submodules that it leaves, the innermost first.
    pub(crate) exits: Vec<Exit>,
}

/// A value that leaves a call of a submodule.
#[derive(Debug, Deserialize)]
pub(crate) struct Exit {
    pub(crate) path: String,
    call: i64,
    element: usize,
    of: usize,
}

/// A method's return type.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Returns {
    pub(crate) kind: Shape,
    /// As TorchScript writes it.
    #[serde(rename = "type")]
    pub(crate) text: String,
    /// Names of a tuple's elements.
    pub(crate) names: Vec<String>,
}

/// The forms of results.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    Tensor,
    Tuple,
    List,
    Dict,
    #[default]
    Other,
}

impl Graph {
    /// Reads the shim's description.
    pub(crate) fn parse(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| Error::Failed(format!("the shim's description: {error}")))
    }

    /// The names of every value, the one to list it by first. What leaves submodules is called by their paths, the
    /// innermost first; where a path has several values, they are told apart by number in the order of execution: `relu#0`,
    /// `relu#1`. Sums, and what leaves no submodule, are called by the submodule they are in and their operator:
    /// `layer1.0#add`.
    pub(crate) fn names(&self) -> Vec<Vec<String>> {
        let mut calls = Calls::new();
        let mut operators: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (number, value) in self.values.iter().enumerate() {
            for exit in &value.exits {
                calls.entry(&exit.path).or_default().insert(exit.call, exit.of);
            }
            if value.is_named_by_operator() {
                operators.entry(value.place()).or_default().push(number);
            }
        }
        let name = |(number, value): (usize, &Value)| {
            let exits = value.exits.iter().map(|exit| exit.name(&calls));
            let operator = value.is_named_by_operator().then(|| {
                let place = value.place();
                let same = operators.get(&place).map_or(&[][..], Vec::as_slice);
                let position = same.iter().position(|&it| it == number);
                numbered(
                    format!("{}#{}", place.0, place.1),
                    position.unwrap_or(0),
                    same.len(),
                )
            });
            operator.into_iter().chain(exits).collect()
        };
        self.values.iter().enumerate().map(name).collect()
    }
}

/// By submodule: its calls in order, and the number of tensors that each returns.
type Calls<'a> = BTreeMap<&'a str, BTreeMap<i64, usize>>;

impl Exit {
    fn name(&self, calls: &Calls<'_>) -> String {
        let sizes = || calls.get(self.path.as_str()).into_iter().flatten();
        let earlier = sizes().filter(|(call, _)| **call < self.call);
        let earlier: usize = earlier.map(|(_, of)| of).sum();
        let all = sizes().map(|(_, of)| of).sum();
        numbered(self.path.clone(), earlier + self.element, all)
    }
}

fn numbered(base: String, position: usize, of: usize) -> String {
    if of > 1 {
        format!("{base}#{position}")
    } else {
        base
    }
}

impl Value {
    /// True for a sum of several tensors: where a residual block's branches meet.
    pub(crate) fn is_sum(&self) -> bool {
        self.short_operator() == "add" && self.inputs.len() + usize::from(self.signal) > 1
    }

    fn is_named_by_operator(&self) -> bool {
        self.exits.is_empty() || self.is_sum()
    }

    /// The submodule whose code computes it, and the operator.
    fn place(&self) -> (&str, &str) {
        (&self.scope, self.short_operator())
    }

    /// The operator without namespace and the marks of private and in-place variants.
    pub(crate) fn short_operator(&self) -> &str {
        let bare = self.operator.rsplit("::").next().unwrap_or(&self.operator);
        bare.trim_matches('_')
    }

    /// A constant argument as whole numbers; one number is a list of one.
    pub(crate) fn integers(&self, argument: &str) -> Option<Vec<i64>> {
        match self.arguments.get(argument)? {
            Json::Array(items) => items.iter().map(Json::as_i64).collect(),
            Json::Number(number) => Some(vec![number.as_i64()?]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(operator: &str, scope: &str, inputs: &[usize], exits: &[(&str, i64, usize, usize)]) -> Value {
        Value {
            operator: operator.into(),
            scope: scope.into(),
            inputs: inputs.to_vec(),
            signal: false,
            used: true,
            arguments: Map::new(),
            exits: exits
                .iter()
                .map(|&(path, call, element, of)| Exit {
                    path: path.into(),
                    call,
                    element,
                    of,
                })
                .collect(),
        }
    }

    #[test]
    fn names_tell_calls_and_operators_apart() {
        let graph = Graph {
            values: vec![
                value("aten::relu_", "block.relu", &[], &[("block.relu", 0, 0, 1)]),
                value("aten::mul", "block", &[0], &[]),
                value("aten::add_", "block", &[0, 1], &[("block", 2, 0, 2)]),
                value(
                    "aten::relu_",
                    "block.relu",
                    &[2],
                    &[("block.relu", 1, 0, 1), ("block", 2, 1, 2)],
                ),
                value("aten::mul", "block", &[3], &[]),
                value("aten::_convolution", "", &[4], &[]),
            ],
            ..Graph::default()
        };
        let expected: [&[&str]; 6] = [
            &["block.relu#0"],
            &["block#mul#0"],
            &["block#add", "block#0"],
            &["block.relu#1", "block#1"],
            &["block#mul#1"],
            &["#convolution"],
        ];
        assert_eq!(graph.names(), expected);
    }
}
