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

    /// The names of every value. What leaves submodules is called by their paths, the innermost first; where a path
    /// has several values, they are told apart by number in the order of execution: `relu#0`, `relu#1`. What leaves none
    /// is called by the submodule it is in and its operator: `layer1.0#add`.
    pub(crate) fn names(&self) -> Vec<Vec<String>> {
        let mut calls: BTreeMap<&str, BTreeMap<i64, usize>> = BTreeMap::new();
        let mut operators: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (number, value) in self.values.iter().enumerate() {
            for exit in &value.exits {
                calls.entry(&exit.path).or_default().insert(exit.call, exit.of);
            }
            if value.exits.is_empty() {
                operators
                    .entry((&value.scope, value.short_operator()))
                    .or_default()
                    .push(number);
            }
        }
        self.values
            .iter()
            .enumerate()
            .map(|(number, value)| {
                if value.exits.is_empty() {
                    let key = (value.scope.as_str(), value.short_operator());
                    let base = format!("{}#{}", key.0, key.1);
                    let same = operators.get(&key).map_or(&[][..], Vec::as_slice);
                    return vec![numbered(
                        base,
                        same.iter().position(|&it| it == number),
                        same.len(),
                    )];
                }
                let name = |exit: &Exit| {
                    let calls = calls.get(exit.path.as_str());
                    let sizes = || calls.into_iter().flatten();
                    let earlier: usize = sizes()
                        .filter(|(call, _)| **call < exit.call)
                        .map(|(_, of)| of)
                        .sum();
                    let all = sizes().map(|(_, of)| of).sum();
                    numbered(exit.path.clone(), Some(earlier + exit.element), all)
                };
                value.exits.iter().map(name).collect()
            })
            .collect()
    }
}

fn numbered(base: String, position: Option<usize>, of: usize) -> String {
    match position {
        Some(position) if of > 1 => format!("{base}#{position}"),
        _ => base,
    }
}

impl Value {
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
