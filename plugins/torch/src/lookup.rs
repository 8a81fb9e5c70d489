//! Finding what the output and the taps name.

use std::collections::HashSet;

use ecg_audit_plugin::Error;

use crate::graph::{Graph, Shape};
use crate::names;

/// Where a tensor comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A value within `forward`, by its place among those wanted of it.
    Wanted(usize),
    /// What `forward` returns: the tensor (""), an element or a key.
    Returned(String),
    /// A key of what `forward_features` returns.
    Feature(String),
}

/// Turns names into sources, and notes which values of `forward` are wanted.
pub(crate) struct Lookup<'a> {
    graph: &'a Graph,
    features: Option<&'a Graph>,
    frozen: bool,
    names: Vec<Vec<String>>,
    output: Option<String>,
    /// Numbers of the values wanted of `forward`.
    pub(crate) wanted: Vec<usize>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(graph: &'a Graph, features: Option<&'a Graph>, frozen: bool) -> Self {
        Self {
            graph,
            features,
            frozen,
            names: graph.names(),
            output: None,
            wanted: Vec::new(),
        }
    }

    /// The output: what is asked for, else what `forward` returns, of a tuple its first element.
    pub(crate) fn output(&mut self, asked: Option<&str>) -> Result<Source, Error> {
        if let Some(name) = asked {
            self.output = Some(name.to_owned());
            return self.find("output", name);
        }
        match self.graph.returns.kind {
            Shape::Tensor => Ok(Source::Returned(String::new())),
            Shape::Tuple | Shape::List => Ok(Source::Returned("0".into())),
            Shape::Dict | Shape::Other => Err(Error::Params(format!(
                "`forward` returns {}; name the element that holds the raw outputs as `output`",
                self.graph.returns.text
            ))),
        }
    }

    /// The taps.
    pub(crate) fn taps(&mut self, asked: &[String]) -> Result<Vec<Source>, Error> {
        let mut seen = HashSet::new();
        asked
            .iter()
            .map(|name| {
                if !seen.insert(name) {
                    return Err(Error::Params(format!("the tap '{name}' is named twice")));
                }
                if self.output.as_ref() == Some(name) {
                    return Err(Error::Params(format!("'{name}' is both the output and a tap")));
                }
                self.find("tap", name)
            })
            .collect()
    }

    fn find(&mut self, role: &str, name: &str) -> Result<Source, Error> {
        let keys = self.features.map(|features| features.keys.as_deref());
        if keys
            .flatten()
            .is_some_and(|keys| keys.iter().any(|key| key == name))
        {
            return Ok(Source::Feature(name.to_owned()));
        }
        if self.graph.returns.names.iter().any(|element| element == name) {
            return Ok(Source::Returned(name.to_owned()));
        }
        let numbers = |found: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let names = self.names.iter().enumerate();
            let named = names.filter(|(_, own)| own.iter().any(|it| found(it)));
            named.map(|(number, _)| number).collect()
        };
        let number = numbers(&|it| it == name).first().copied().or_else(|| {
            // Of several tensors, the only one that the network uses needs no number.
            match numbers(&|it| is_numbered(it, name)).as_slice() {
                [only] => Some(*only),
                _ => None,
            }
        });
        if let Some(number) = number {
            let slot = self.wanted.iter().position(|&it| it == number);
            return Ok(Source::Wanted(slot.unwrap_or_else(|| {
                self.wanted.push(number);
                self.wanted.len() - 1
            })));
        }
        // Keys that depend on the data are known once the network has run.
        if keys == Some(None) {
            return Ok(Source::Feature(name.to_owned()));
        }
        if matches!(self.graph.returns.kind, Shape::List | Shape::Dict) {
            return Ok(Source::Returned(name.to_owned()));
        }
        Err(self.refusal(role, name))
    }

    fn refusal(&self, role: &str, name: &str) -> Error {
        let all = || self.names.iter().flatten().map(String::as_str);
        let mut several: Vec<&str> = all().filter(|own| is_numbered(own, name)).collect();
        several.sort_by_key(|own| (own.len(), own.to_owned()));
        if !several.is_empty() {
            return Error::Params(format!(
                "the {role} '{name}' is called more than once or gives several tensors; choose one of {}, in the \
                 order of execution",
                quoted(several.into_iter())
            ));
        }
        if self.graph.nested.iter().any(|path| path == name) {
            return Error::Params(format!(
                "the {role} '{name}' is called within a branch or loop that depends on the data, where nothing can \
                 be tapped; export a method `forward_features` that returns it"
            ));
        }
        if self.frozen {
            return Error::Params(format!(
                "unknown {role} '{name}': the model is frozen (`torch.jit.freeze`), so that its submodules are gone; \
                 save it before it is frozen, or name one of its operators: {}",
                quoted(all())
            ));
        }
        let features = self.features.and_then(|features| features.keys.as_deref());
        let keys = features.unwrap_or_default().iter().map(String::as_str);
        let elements = self.graph.returns.names.iter().map(String::as_str);
        names::unknown(role, name, keys.chain(elements).chain(all()))
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    names.join(", ")
}

/// True for `name` with a number: `relu#1` for `relu`.
fn is_numbered(candidate: &str, name: &str) -> bool {
    let number = candidate
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('#'));
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}
