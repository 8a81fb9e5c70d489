//! The weights of one network among the tensors of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{Error, Tensor};

/// Where training scripts put the weights, in the order of preference.
const WELL_KNOWN: [&str; 4] = ["", "model.", "state_dict.", "model_state_dict."];

/// What data parallel training puts before every name.
const PARALLEL: &str = "module.";

/// The tensors under one prefix of a checkpoint, named without it.
#[derive(Debug)]
pub struct StateDict<'a> {
    file: &'a Path,
    tensors: BTreeMap<&'a str, &'a Tensor>,
}

impl<'a> StateDict<'a> {
    pub(crate) fn find(
        file: &'a Path,
        tensors: &'a BTreeMap<String, Tensor>,
        required: &[&str],
    ) -> Result<Self, Error> {
        let prefixes = prefixes(tensors, required);
        let known = WELL_KNOWN
            .iter()
            .flat_map(|known| [(*known).to_owned(), format!("{known}{PARALLEL}")]);
        let prefix = match (prefixes.len(), prefixes.first()) {
            (1, Some(only)) => (*only).to_owned(),
            _ => known
                .into_iter()
                .find(|known| prefixes.contains(known.as_str()))
                .ok_or_else(|| none_or_several(file, tensors, required, &prefixes))?,
        };
        let tensors = tensors
            .iter()
            .filter_map(|(name, tensor)| Some((name.strip_prefix(&prefix)?, tensor)))
            .collect();
        Ok(Self { file, tensors })
    }

    /// The tensor `name`.
    ///
    /// # Errors
    /// [`Error::NoSuchTensor`], with the nearest names.
    pub fn get(&self, name: &str) -> Result<&'a Tensor, Error> {
        self.tensors
            .get(name)
            .copied()
            .ok_or_else(|| Error::NoSuchTensor {
                file: self.file.to_path_buf(),
                name: name.to_owned(),
                near: self.nearest(name),
            })
    }

    /// Whether there is a tensor `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.tensors.keys().copied()
    }

    fn nearest(&self, name: &str) -> Vec<String> {
        let mut near: Vec<_> = self
            .names()
            .map(|other| (strsim::levenshtein(name, other), other))
            .collect();
        near.sort();
        near.into_iter()
            .take(3)
            .filter(|(distance, _)| *distance <= 6)
            .map(|(_, other)| other.to_owned())
            .collect()
    }
}

/// The prefixes below which all required names lie.
fn prefixes<'a>(tensors: &'a BTreeMap<String, Tensor>, required: &[&str]) -> BTreeSet<&'a str> {
    let Some(first) = required.first() else {
        return BTreeSet::from([""]);
    };
    let candidates = tensors.keys().filter_map(|name| name.strip_suffix(first));
    candidates
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('.'))
        .filter(|prefix| {
            required
                .iter()
                .all(|name| tensors.contains_key(&format!("{prefix}{name}")))
        })
        .collect()
}

fn none_or_several(
    file: &Path,
    tensors: &BTreeMap<String, Tensor>,
    required: &[&str],
    prefixes: &BTreeSet<&str>,
) -> Error {
    let wanted = required.join(", ");
    let reason = if prefixes.is_empty() {
        let some: Vec<_> = tensors.keys().take(8).map(String::as_str).collect();
        let more = if tensors.len() > some.len() { ", …" } else { "" };
        format!(
            "no network with the tensors {wanted}; the file's {} tensors: {}{more}",
            tensors.len(),
            some.join(", ")
        )
    } else {
        let all: Vec<_> = prefixes.iter().copied().collect();
        format!(
            "several networks with the tensors {wanted}: under {}; keep one of them",
            all.join(", ")
        )
    };
    Error::NoSuchNetwork {
        file: file.to_path_buf(),
        reason,
    }
}
