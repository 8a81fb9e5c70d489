//! The settings of a sweep: every combination of what is varied.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Varied, Vary};
use crate::Error;
use crate::config::{ConfigError, Source};

/// Settings of one sweep at most: beyond it, a table and a plot help nobody.
pub const MOST_SETTINGS: usize = 200;

/// The settings of a sweep, none of them checked yet.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) config: PathBuf,
    pub(crate) varied: Vec<Varied>,
    pub(crate) settings: Vec<Planned>,
}

/// One setting.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// Keys and values as written.
    pub name: String,
    /// The varied keys' values, in their order.
    pub values: Vec<Value>,
    pub source: Source,
}

impl Plan {
    /// Every combination of the values of `vary`, the last key changing fastest, upon the configuration `config` with the
    /// overrides `set`.
    ///
    /// # Errors
    /// [`Error::Config`] when the configuration cannot be read or an override leads nowhere; [`Error::Invalid`] for a list
    /// that cannot be read ([`Vary::parse`]), a key that is given twice, and more than [`MOST_SETTINGS`] settings.
    pub fn new(config: &Path, set: &[String], vary: &[String]) -> Result<Self, Error> {
        let varied: Vec<Vary> = vary
            .iter()
            .map(|text| Vary::parse(text))
            .collect::<Result<_, _>>()?;
        if varied.is_empty() {
            return Err(Error::Invalid(
                "nothing is varied; give `--vary key.key=value,value`".into(),
            ));
        }
        refuse_conflicts(&varied, set)?;
        let number = varied
            .iter()
            .try_fold(1_usize, |product, vary| product.checked_mul(vary.values.len()));
        if number.is_none_or(|number| number > MOST_SETTINGS) {
            return Err(Error::Invalid(format!(
                "{} settings are more than {MOST_SETTINGS}; vary fewer values at once",
                number.map_or("countless".into(), |number| number.to_string())
            )));
        }
        // What is wrong with the file alone is said of the file, not of a setting.
        let base = Source::read(config, set)?;
        let settings: Vec<Planned> = combinations(&varied)
            .into_iter()
            .map(|texts| planned(config, base.text(), set, &varied, &texts))
            .collect::<Result<_, _>>()?;
        let varied = varied.iter().enumerate().map(|(i, vary)| Varied {
            key: vary.key.clone(),
            values: distinct(settings.iter().filter_map(|setting| setting.values.get(i))),
        });
        Ok(Self {
            config: config.to_owned(),
            varied: varied.collect(),
            settings,
        })
    }

    /// Number of settings.
    pub fn len(&self) -> usize {
        self.settings.len()
    }

    /// Whether there is no setting; a plan that was made has one.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }
}

fn refuse_conflicts(varied: &[Vary], set: &[String]) -> Result<(), Error> {
    let inside = |outer: &str, key: &str| key == outer || key.starts_with(&format!("{outer}."));
    for (i, Vary { key, .. }) in varied.iter().enumerate() {
        let others = varied.iter().take(i).map(|other| other.key.as_str());
        if let Some(other) = others.into_iter().find(|o| inside(o, key) || inside(key, o)) {
            return Err(Error::Invalid(if other == key {
                format!("`{key}` is varied twice; give all its values in one `--vary`")
            } else {
                format!("`{other}` and `{key}` cannot both be varied: one is a part of the other")
            }));
        }
        let keys = set.iter().filter_map(|text| Some(text.split_once('=')?.0.trim()));
        if let Some(other) = keys.into_iter().find(|other| inside(key, other)) {
            return Err(Error::Invalid(format!(
                "`{other}` is given by `--set`, and `{key}` is varied; give one of the two"
            )));
        }
    }
    Ok(())
}

/// Every combination of values, the last key changing fastest.
fn combinations(varied: &[Vary]) -> Vec<Vec<&str>> {
    varied.iter().fold(vec![Vec::new()], |all, vary| {
        let values = || vary.values.iter().map(String::as_str);
        let with = |chosen: Vec<_>| values().map(move |value| [chosen.as_slice(), &[value]].concat());
        all.into_iter().flat_map(with).collect()
    })
}

fn planned(
    config: &Path,
    text: &str,
    set: &[String],
    varied: &[Vary],
    texts: &[&str],
) -> Result<Planned, Error> {
    let own: Vec<String> = varied
        .iter()
        .zip(texts)
        .map(|(vary, value)| format!("{}={value}", vary.key))
        .collect();
    let overrides = [set, &own].concat();
    let name = own.join(", ");
    let source =
        Source::parse(config, text.to_owned(), &overrides).map_err(|error| named_config(error, &name))?;
    let values = varied
        .iter()
        .map(|vary| value_at(source.value(), &vary.key).cloned().unwrap_or_default())
        .collect();
    Ok(Planned { name, values, source })
}

/// The value of a dotted key.
fn value_at<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(value, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        value => value.get(part),
    })
}

fn distinct<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<Value> {
    values.fold(Vec::new(), |mut found, value| {
        if !found.contains(value) {
            found.push(value.clone());
        }
        found
    })
}

fn named_config(error: ConfigError, name: &str) -> Error {
    Error::Config(ConfigError {
        message: format!("setting {name}: {}", error.message),
        ..error
    })
}

/// `error` with the setting it is about.
pub(crate) fn named(error: Error, name: &str) -> Error {
    match error {
        Error::Cancelled => Error::Cancelled,
        Error::Config(error) => named_config(error, name),
        error => Error::Invalid(format!("setting {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(set: &[&str], vary: &[&str]) -> Result<Plan, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(
            &path,
            "[clusterer]\nparams = { k = 3 }\n[[surrogate]]\nplugin = \"forest\"\n",
        )
        .unwrap();
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        Plan::new(&path, &owned(set), &owned(vary))
    }

    #[test]
    fn settings_are_all_combinations_with_their_typed_values() {
        let plan = plan(
            &["a=1"],
            &["clusterer.params.k=5,10", "surrogate.0.plugin=forest,linfa/tree"],
        )
        .unwrap();
        let values: Vec<_> = plan.settings.iter().map(|s| json!(s.values)).collect();
        assert_eq!(
            values,
            [
                json!([5, "forest"]),
                json!([5, "linfa/tree"]),
                json!([10, "forest"]),
                json!([10, "linfa/tree"])
            ]
        );
        assert_eq!(
            plan.settings[1].name,
            "clusterer.params.k=5, surrogate.0.plugin=linfa/tree"
        );
        assert_eq!(plan.settings[2].source.value()["a"], 1);
        assert_eq!(plan.varied[0].values, [json!(5), json!(10)]);
        assert_eq!(plan.len(), 4);
    }

    #[test]
    fn conflicts_and_floods_are_refused() {
        let flood = format!(
            "k={}",
            (0..15).map(|i| i.to_string()).collect::<Vec<_>>().join(",")
        );
        let other = flood.replacen('k', "j", 1);
        for (set, vary, word) in [
            (vec![], vec![], "nothing is varied"),
            (vec![], vec!["k=1", "k=2"], "varied twice"),
            (vec![], vec!["a={k=1}", "a.k=2"], "a part of the other"),
            (vec!["a.k=3"], vec!["a.k=1,2"], "given by `--set`"),
            (
                vec![],
                vec![flood.as_str(), other.as_str()],
                "225 settings are more than 200",
            ),
            (vec![], vec!["surrogate.7.plugin=a"], "not an index below 1"),
        ] {
            let error = plan(&set, &vary).unwrap_err().to_string();
            assert!(error.contains(word), "{vary:?}: {error}");
        }
    }
}
