//! What settings share, by hashes of what goes into it.

use serde_json::{Value, json};

use crate::Error;
use crate::run::{Prepared, facts, stages};

/// One setting's hashes. Equal hashes mean equal results.
pub(super) struct Keys {
    /// Of the network's activations.
    pub encoding: String,
    /// Of the codebooks and all that is assigned under them: everything but the surrogates.
    pub clustering: String,
    /// Of everything that a figure of the setting depends on.
    pub setting: String,
}

/// Parts of a configuration that change no figure of a sweep.
const WITHOUT_EFFECT: [(&str, &[&str]); 7] = [
    ("audit", &["name", "threads"]),
    ("features", &["cache_gib"]),
    (
        "explain",
        &[
            "attribution",
            "tap",
            "records",
            "occlusion_seconds",
            "masked_records",
            "shuffled_records",
        ],
    ),
    ("delineator", &[]),
    ("issues", &[]),
    ("checks", &[]),
    ("report", &[]),
];

impl Keys {
    pub fn of(prepared: &Prepared) -> Result<Self, Error> {
        let wrong = |error| Error::Invalid(format!("the configuration: {error}"));
        let mut config = serde_json::to_value(&prepared.config).map_err(wrong)?;
        for (section, keys) in WITHOUT_EFFECT {
            leave_out(&mut config, section, keys);
        }
        // Where libraries lie is no matter; what they are stands with the components.
        leave_out(&mut config, "plugins", &[]);
        let surrogates = config
            .as_object_mut()
            .and_then(|config| config.remove("surrogate"));
        let of_kind = |surrogate: bool| -> Vec<Value> {
            let facts = prepared.components.facts.iter();
            facts
                .filter(|fact| (fact.kind == "surrogate") == surrogate && fact.kind != "delineator")
                .map(|fact| json!([fact.name, fact.version, fact.sha256, fact.params]))
                .collect()
        };
        let encoding = hash(&stages::cache_keys(prepared));
        let clustering = hash(&json!([encoding, config, of_kind(false), labels(prepared)]));
        let setting = hash(&json!([clustering, surrogates, of_kind(true)]));
        Ok(Self {
            encoding,
            clustering,
            setting,
        })
    }
}

fn leave_out(config: &mut Value, section: &str, keys: &[&str]) {
    let Some(config) = config.as_object_mut() else {
        return;
    };
    if keys.is_empty() {
        config.remove(section);
    } else if let Some(Value::Object(section)) = config.get_mut(section) {
        keys.iter().for_each(|key| drop(section.remove(*key)));
    }
}

/// What the data set says of its records, which may have changed since a sweep was stopped.
fn labels(prepared: &Prepared) -> String {
    let records = prepared.data.records().iter().zip(&prepared.folds);
    let lines = records.map(|(info, fold)| format!("{} {:?} {fold} {:?}", info.id, info.group, info.label));
    facts::sha256(lines.collect::<Vec<_>>().join("\n").as_bytes())
}

fn hash(value: &Value) -> String {
    facts::sha256(value.to_string().as_bytes())
}

/// Numbers, from 1, of equal keys in the order in which they come.
pub(super) fn numbers(keys: &[Keys], of: impl Fn(&Keys) -> &String) -> Vec<usize> {
    let mut seen: Vec<&String> = Vec::new();
    let mut number = |key| {
        seen.iter().position(|before| *before == key).unwrap_or_else(|| {
            seen.push(key);
            seen.len() - 1
        }) + 1
    };
    keys.iter().map(|keys| number(of(keys))).collect()
}
