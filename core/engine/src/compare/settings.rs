//! What differs in configuration, network, components and data.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

use serde_json::Value;

use super::model::{Component, DataChange, KeyChange, ModelChange, Names, PluginChange};
use super::records::{Finished, Records};
use crate::Error;
use crate::audit::{Audit, Plugin, Task};

/// Names shown of many records.
const FIRST: usize = 20;

/// Keys whose values differ, by name.
pub(super) fn config(a: &Finished, b: &Finished) -> Result<Vec<KeyChange>, Error> {
    let (mut a, mut b) = (keys(a)?, keys(b)?);
    let names: std::collections::BTreeSet<String> = a.keys().chain(b.keys()).cloned().collect();
    let change = |key: String| KeyChange {
        a: a.remove(&key),
        b: b.remove(&key),
        key,
    };
    Ok(names
        .into_iter()
        .map(change)
        .filter(|key| key.a != key.b)
        .collect())
}

/// The values of a run's resolved configuration by dotted key.
fn keys(run: &Finished) -> Result<BTreeMap<String, Value>, Error> {
    let path = run.folder.join("audit.toml");
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| Error::Invalid(format!("{}: {error}", path.display())))?;
    let value = serde_json::to_value(table)
        .map_err(|error| Error::Invalid(format!("{}: {error}", path.display())))?;
    let mut keys = BTreeMap::new();
    flatten("", value, &mut keys);
    Ok(keys)
}

fn flatten(key: &str, value: Value, keys: &mut BTreeMap<String, Value>) {
    let below = |name: &str| match key {
        "" => name.to_owned(),
        key => format!("{key}.{name}"),
    };
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (name, value) in table {
                flatten(&below(&name), value, keys);
            }
        }
        // A list of plain values is one value.
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (i, value) in list.into_iter().enumerate() {
                flatten(&below(&i.to_string()), value, keys);
            }
        }
        value => drop(keys.insert(key.to_owned(), value)),
    }
}

pub(super) fn model(a: &Audit, b: &Audit) -> ModelChange {
    let hashes = |audit: &Audit| -> Vec<Option<String>> {
        match &audit.cross_validation {
            Some(folds) => folds
                .networks
                .iter()
                .map(|network| network.sha256.clone())
                .collect(),
            None => vec![audit.provenance.model_sha256.clone()],
        }
    };
    let (a, b) = (hashes(a), hashes(b));
    let known = a.iter().chain(&b).all(Option::is_some);
    ModelChange {
        same: known.then_some(a == b),
        a,
        b,
    }
}

/// Components by kind, each kind's in order.
pub(super) fn plugins(a: &Audit, b: &Audit) -> Vec<PluginChange> {
    let placed = |audit: &Audit| -> Vec<((String, usize), Component)> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let component = |plugin: &Plugin| {
            let place = places.entry(plugin.kind.clone()).or_default();
            *place += 1;
            let component = Component {
                name: plugin.name.clone(),
                version: plugin.version.clone(),
                sha256: plugin.sha256.clone(),
            };
            ((plugin.kind.clone(), *place), component)
        };
        audit.provenance.plugins.iter().map(component).collect()
    };
    let (a, b) = (placed(a), placed(b));
    let find = |side: &[((String, usize), Component)], place: &(String, usize)| {
        side.iter()
            .find(|(own, _)| own == place)
            .map(|(_, component)| component.clone())
    };
    let lone = b.iter().filter(|(place, _)| find(&a, place).is_none());
    let change = |(place, _): &((String, usize), Component)| {
        let (a, b) = (find(&a, place), find(&b, place));
        PluginChange {
            kind: place.0.clone(),
            same: a == b,
            a,
            b,
        }
    };
    a.iter().chain(lone).map(change).collect()
}

/// The records of both runs by their places in each, in the order of the earlier run.
pub(super) fn common(a: &Records, b: &Records) -> Result<[Vec<usize>; 2], Error> {
    let places = b.cohort.ids.iter().enumerate();
    let places: HashMap<&str, usize> = places.map(|(row, id)| (id.as_str(), row)).collect();
    let both = a.cohort.ids.iter().enumerate();
    let both = both.filter_map(|(row, id)| Some((row, *places.get(id.as_str())?)));
    let (rows_a, rows_b): (Vec<usize>, Vec<usize>) = both.unzip();
    let distinct: HashSet<&usize> = rows_b.iter().collect();
    if distinct.len() != rows_b.len() || places.len() != b.cohort.len() {
        return Err(Error::Invalid(
            "one of the runs holds two records of one name, so that records cannot be told apart".into(),
        ));
    }
    if rows_a.is_empty() {
        return Err(Error::Invalid(format!(
            "the two runs have no record in common, so there is nothing to compare them on: the earlier one holds {}, \
             the later one {}",
            sample(&a.cohort.ids),
            sample(&b.cohort.ids)
        )));
    }
    Ok([rows_a, rows_b])
}

fn sample(ids: &[String]) -> String {
    let first: Vec<&str> = ids.iter().take(2).map(String::as_str).collect();
    match ids.len() {
        0..=2 => first.join(", "),
        more => format!("{} … ({more} records)", first.join(", ")),
    }
}

/// What differs in the records. `a` and `b` are those of both runs, in the same order.
pub(super) fn data(whole: [&Records; 2], a: &Records, b: &Records) -> DataChange {
    let only = |own: &Records, other: &Records| {
        let known: HashSet<&String> = other.cohort.ids.iter().collect();
        names(own.cohort.ids.iter().filter(|id| !known.contains(id)))
    };
    let ids = a.cohort.ids.iter().enumerate();
    let differing = |differs: &dyn Fn(usize) -> bool| {
        let differing = ids.clone().filter(|(row, _)| differs(*row));
        names(differing.map(|(_, id)| id))
    };
    let groups: HashSet<&String> = a.cohort.groups.iter().collect();
    DataChange {
        both: a.cohort.len(),
        groups: groups.len(),
        only_a: only(whole[0], whole[1]),
        only_b: only(whole[1], whole[0]),
        relabelled: differing(&|row| label(a, row) != label(b, row)),
        refolded: differing(&|row| a.cohort.folds[row] != b.cohort.folds[row]),
    }
}

/// A record's label in a form that can be compared between runs that list classes differently.
fn label(records: &Records, row: usize) -> Option<(Vec<String>, u64)> {
    let cohort = &records.cohort;
    if !cohort.labelled[row] {
        return None;
    }
    if cohort.task == Task::Regression {
        return Some((Vec::new(), cohort.values[row].to_bits()));
    }
    let mut names = cohort.names(cohort.labels.row(row));
    names.sort_unstable();
    Some((names, 0))
}

fn names<'a>(ids: impl Iterator<Item = &'a String>) -> Names {
    let mut names = Names::default();
    for id in ids {
        names.count += 1;
        if names.first.len() < FIRST {
            names.first.push(id.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_dotted_and_lists_of_plain_values_stay_whole() {
        let mut keys = BTreeMap::new();
        let value = json!({
            "audit": {"seed": 7},
            "preprocess": {"steps": [{"op": "resample", "hz": 100}, {"op": "length"}]},
            "encoder": {"params": {"taps": ["a", "b"]}},
            "checks": {},
        });
        flatten("", value, &mut keys);
        let found: Vec<(&str, &Value)> = keys.iter().map(|(key, value)| (key.as_str(), value)).collect();
        assert_eq!(
            found,
            [
                ("audit.seed", &json!(7)),
                ("checks", &json!({})),
                ("encoder.params.taps", &json!(["a", "b"])),
                ("preprocess.steps.0.hz", &json!(100)),
                ("preprocess.steps.0.op", &json!("resample")),
                ("preprocess.steps.1.op", &json!("length")),
            ]
        );
    }
}
