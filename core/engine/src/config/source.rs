//! A configuration's text as a tree of values, each with its place in the text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// A parsed configuration file with overrides applied.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    text: String,
    value: Value,
    /// Place of each value (`/data/path`) and, with a `#` behind it, of its key.
    spans: BTreeMap<String, Range<usize>>,
    overridden: BTreeSet<String>,
}

impl Source {
    /// Reads and parses `path`, then applies `overrides` of the form `key.key=value`.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read or is not TOML, or an override has no `=` or leads through a value
    /// that is no table.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError {
            path: path.to_owned(),
            text: String::new(),
            span: None,
            message: format!("the configuration cannot be read: {e}"),
            help: Some("name an existing TOML file; `configs/demo.toml` is a commented template".into()),
        })?;
        Self::parse(path, text, overrides)
    }

    /// Parses `text` as if it stood in `path`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn parse(path: &Path, text: String, overrides: &[String]) -> Result<Self, ConfigError> {
        let mut source = Self {
            path: path.to_owned(),
            text: String::new(),
            value: Value::Null,
            spans: BTreeMap::new(),
            overridden: BTreeSet::new(),
        };
        let table = DeTable::parse(&text).map_err(|e| ConfigError {
            path: path.to_owned(),
            text: text.clone(),
            span: e.span(),
            message: format!("not valid TOML: {}", e.message()),
            help: None,
        })?;
        let value = table_value(table.get_ref(), "", &mut source.spans);
        drop(table);
        source.text = text;
        source.value = value.map_err(|(pointer, message)| source.error_at(&pointer, message))?;
        for item in overrides {
            source.set(item)?;
        }
        Ok(source)
    }

    fn set(&mut self, item: &str) -> Result<(), ConfigError> {
        let wrong = |source: &Self, message: String| ConfigError {
            path: source.path.clone(),
            text: source.text.clone(),
            span: None,
            message,
            help: Some("write `--set key.key=value`, for example `--set clusterer.params.k=12`".into()),
        };
        let Some((keys, raw)) = item.split_once('=') else {
            return Err(wrong(self, format!("`--set {item}` has no `=`")));
        };
        let value = parse_scalar(raw.trim());
        let mut slot = &mut self.value;
        let mut pointer = String::new();
        for key in keys.trim().split('.') {
            if key.is_empty() {
                return Err(wrong(self, format!("`--set {item}` has an empty key")));
            }
            pointer.push('/');
            pointer.push_str(&escape(key));
            slot = match slot {
                Value::Object(map) => map.entry(key).or_insert_with(|| Value::Object(Map::new())),
                Value::Array(list) => {
                    let length = list.len();
                    match key.parse::<usize>().ok().and_then(|i| list.get_mut(i)) {
                        Some(slot) => slot,
                        None => {
                            let message = format!("`--set {item}`: `{key}` is not an index below {length}");
                            return Err(wrong(self, message));
                        }
                    }
                }
                _ => {
                    return Err(wrong(
                        self,
                        format!("`--set {item}`: what stands before `{key}` is no table"),
                    ));
                }
            };
        }
        *slot = value;
        self.overridden.insert(pointer);
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folder that relative paths start from.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// The values after overrides.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The whole tree as `T`.
    ///
    /// # Errors
    /// [`ConfigError`] at the place of the value that does not fit, with the nearest valid name for an unknown key.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.deserialize_part("", &self.value)
    }

    /// `value`, which stands (perhaps with other keys) at a JSON pointer, as `T`.
    ///
    /// # Errors
    /// As [`Source::deserialize`].
    pub fn deserialize_part<T: DeserializeOwned>(
        &self,
        pointer: &str,
        value: &Value,
    ) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(value).map_err(|e| {
            let pointer = format!("{pointer}{}", pointer_of(e.path()));
            self.serde_error(&pointer, &e.inner().to_string())
        })
    }

    /// An error about the value at a JSON pointer (or the nearest table around it that is in the file).
    pub fn error_at(&self, pointer: &str, message: impl Into<String>) -> ConfigError {
        let message = message.into();
        let override_hint = self
            .overridden
            .iter()
            .any(|set| pointer == set || pointer.starts_with(&format!("{set}/")))
            .then(|| format!("the value of `{}` came from the command line", dotted(pointer)));
        ConfigError {
            path: self.path.clone(),
            text: self.text.clone(),
            span: if override_hint.is_some() {
                None
            } else {
                self.span(pointer)
            },
            message,
            help: override_hint,
        }
    }

    /// A path at a JSON pointer, made absolute. Paths in the file start from the file's folder; a path from `--set` is
    /// looked up from the current folder first, as a shell would.
    pub fn resolve(&self, pointer: &str, path: &Path) -> PathBuf {
        let from_here = path.is_absolute() || (self.overridden.contains(pointer) && path.exists());
        let path = if from_here {
            path.to_owned()
        } else {
            self.folder().join(path)
        };
        // Fails only where there is no current folder; the path then stays as it is.
        std::path::absolute(&path).unwrap_or(path)
    }

    fn span(&self, pointer: &str) -> Option<Range<usize>> {
        let mut at = pointer;
        loop {
            if let Some(span) = self.spans.get(at) {
                return Some(span.clone());
            }
            at = &at[..at.rfind('/')?];
        }
    }

    fn serde_error(&self, pointer: &str, message: &str) -> ConfigError {
        if let Some((key, expected)) = unknown_name(message) {
            // The path to an unknown key ends in the key itself; the table around it is what is meant.
            let pointer = pointer
                .strip_suffix(&format!("/{}", escape(key)))
                .unwrap_or(pointer);
            let child = format!("{pointer}/{}", escape(key));
            let mut error = self.error_at(pointer, "");
            for at in [format!("{child}#"), pointer.to_owned()] {
                if let Some(span) = self.spans.get(&at) {
                    error.span = Some(span.clone());
                    break;
                }
            }
            if self.overridden.contains(&child) {
                error.span = None;
            }
            error.message = format!("unknown key `{key}`{}", in_table(pointer));
            error.help = Some(suggestion(key, &expected));
            return error;
        }
        let place = if pointer.is_empty() {
            String::new()
        } else {
            format!("`{}`: ", dotted(pointer))
        };
        self.error_at(pointer, format!("{place}{message}"))
    }
}

/// "did you mean" for a name among the valid ones, always listing them.
pub(crate) fn suggestion(name: &str, valid: &[&str]) -> String {
    let nearest = valid
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let list = valid.join(", ");
    match nearest {
        Some((_, candidate)) => format!("did you mean `{candidate}`? Valid: {list}"),
        None => format!("valid: {list}"),
    }
}

/// The name and the valid names in serde's message on an unknown field or variant.
fn unknown_name(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (key, rest) = rest.split_once('`')?;
    Some((key, rest.split('`').skip(1).step_by(2).collect()))
}

fn in_table(pointer: &str) -> String {
    if pointer.is_empty() {
        " at the top level".into()
    } else {
        format!(" in `{}`", dotted(pointer))
    }
}

fn dotted(pointer: &str) -> String {
    pointer
        .trim_start_matches('/')
        .replace('/', ".")
        .replace("~1", "/")
        .replace("~0", "~")
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        pointer
    })
}

/// The value of an override: TOML where it parses as such, else the plain text.
fn parse_scalar(raw: &str) -> Value {
    let parsed = DeValue::parse(raw).ok();
    parsed
        .and_then(|value| plain_value(value.get_ref(), "", &mut BTreeMap::new()).ok())
        .unwrap_or_else(|| Value::String(raw.to_owned()))
}

type Wrong = (String, String);

fn table_value(
    table: &DeTable<'_>,
    pointer: &str,
    spans: &mut BTreeMap<String, Range<usize>>,
) -> Result<Value, Wrong> {
    let mut map = Map::new();
    for (key, value) in table {
        let child = format!("{pointer}/{}", escape(key.get_ref()));
        spans.insert(format!("{child}#"), key.span());
        map.insert(key.get_ref().to_string(), spanned_value(value, &child, spans)?);
    }
    Ok(Value::Object(map))
}

fn spanned_value(
    value: &Spanned<DeValue<'_>>,
    pointer: &str,
    spans: &mut BTreeMap<String, Range<usize>>,
) -> Result<Value, Wrong> {
    spans.insert(pointer.to_owned(), value.span());
    plain_value(value.get_ref(), pointer, spans)
}

fn plain_value(
    value: &DeValue<'_>,
    pointer: &str,
    spans: &mut BTreeMap<String, Range<usize>>,
) -> Result<Value, Wrong> {
    let wrong = |message: String| (pointer.to_owned(), message);
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::from)
            .map_err(|_| wrong(format!("the integer {} is out of range", number.as_str())))?,
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| wrong(format!("expected a finite number, found {}", number.as_str())))?,
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, item)| spanned_value(item, &format!("{pointer}/{i}"), spans))
            .collect::<Result<_, _>>()?,
        DeValue::Table(table) => table_value(table, pointer, spans)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        clusters: usize,
    }

    fn parse(text: &str, overrides: &[&str]) -> Result<Source, ConfigError> {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        Source::parse(Path::new("a.toml"), text.into(), &overrides)
    }

    #[test]
    fn an_unknown_key_is_placed_and_the_nearest_name_given() {
        let source = parse("[inner]\nclusters = 3\nclustres = 4\n", &[]).unwrap();
        let error = source.deserialize::<Outer>().unwrap_err();
        assert_eq!(error.line_column(), Some((3, 1)));
        assert!(error.help.unwrap().contains("did you mean `clusters`"));
    }

    #[test]
    fn a_wrong_type_is_placed() {
        let source = parse("[inner]\nclusters = \"three\"\n", &[]).unwrap();
        let error = source.deserialize::<Outer>().unwrap_err();
        assert_eq!(error.line_column(), Some((2, 12)));
        assert!(error.message.contains("inner.clusters"), "{}", error.message);
    }

    #[test]
    fn overrides_replace_create_and_index() {
        let source = parse(
            "a = 1\n[[list]]\nx = 1\n",
            &["a=2", "b.c=text", "list.0.x=[1, 2]", "p=../x y"],
        )
        .unwrap();
        assert_eq!(
            source.value(),
            &serde_json::json!({"a": 2, "b": {"c": "text"}, "list": [{"x": [1, 2]}], "p": "../x y"})
        );
        assert!(parse("a = 1", &["a.b=1"]).is_err());
        assert!(parse("a = 1", &["nothing"]).is_err());
        assert!(parse("a = [1]", &["a.7=1"]).is_err());
    }

    #[test]
    fn toml_errors_have_a_place() {
        let error = parse("a = \n", &[]).unwrap_err();
        assert!(error.line_column().is_some());
        assert!(parse("a = nan", &[]).is_err());
    }
}
