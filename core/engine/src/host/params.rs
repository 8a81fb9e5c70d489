//! Parameters against a component's JSON Schema, and the paths among them.

use std::path::Path;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::Error;

/// How deep schemas may refer to each other; a schema that refers to itself ends here.
const DEEPEST: usize = 32;

/// Checks parameters and resolves the paths among them against `base`.
pub(super) fn prepare(address: &str, schema: &Value, params: &Value, base: &Path) -> Result<Value, Error> {
    let wrong = |path: String, message: String| Error::Params {
        address: address.to_owned(),
        path,
        message,
    };
    let validator = jsonschema::validator_for(schema).map_err(|error| {
        wrong(
            String::new(),
            format!("the plugin's parameter schema is unusable: {error}"),
        )
    })?;
    if let Some(error) = validator.iter_errors(params).next() {
        return Err(wrong(
            dotted(error.instance_path().as_str()),
            explain(&error, schema),
        ));
    }
    let mut params = params.clone();
    resolve(schema, schema, &mut params, base, 0).map_err(|message| wrong(String::new(), message))?;
    Ok(params)
}

/// `/taps/1/name` as `taps[1].name`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.parse::<usize>().is_ok() {
            path += &format!("[{part}]");
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path += &part;
        }
    }
    path
}

/// What was expected and what was found.
fn explain(error: &jsonschema::ValidationError<'_>, schema: &Value) -> String {
    let found = error.instance();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = properties_beside(schema, error.schema_path().as_str());
            unexpected
                .iter()
                .map(|name| unknown(name, &known))
                .collect::<Vec<_>>()
                .join("; ")
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many
                    .iter()
                    .map(|it| it.to_string())
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            format!("expected {expected}, found {found}")
        }
        ValidationErrorKind::Required { property } => format!("{property} is missing"),
        ValidationErrorKind::Enum { options } => {
            let options: Vec<&str> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let guess = found
                .as_str()
                .map(|found| nearest(found, options.iter().copied()))
                .unwrap_or_default();
            let guess = guess
                .first()
                .map(|name| format!("; did you mean \"{name}\"?"))
                .unwrap_or_default();
            format!("expected one of {}, found {found}{guess}", options.join(", "))
        }
        ValidationErrorKind::Minimum { limit } => format!("expected at least {limit}, found {found}"),
        ValidationErrorKind::Maximum { limit } => format!("expected at most {limit}, found {found}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("expected more than {limit}, found {found}")
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            format!("expected less than {limit}, found {found}")
        }
        _ => error.to_string(),
    }
}

/// An unknown name, with the nearest known one and all of them.
fn unknown(name: &str, known: &[&str]) -> String {
    let guess = nearest(name, known.iter().copied());
    let guess = guess
        .first()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    let known = if known.is_empty() {
        "there are none".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    format!("unknown parameter `{name}`{guess} ({known})")
}

/// The properties of the schema whose `additionalProperties` an error points at.
fn properties_beside<'s>(schema: &'s Value, pointer: &str) -> Vec<&'s str> {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    schema
        .pointer(parent)
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_object)
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// The names that someone who typed `wanted` may have meant, nearest first.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut near: Vec<(f64, &str)> = names
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(similarity, _)| *similarity > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter()
        .take(3)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Makes strings whose schema has `"format": "path"` absolute. Follows references, properties, items and alternatives.
fn resolve(root: &Value, schema: &Value, value: &mut Value, base: &Path, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Ok(());
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str)
        && let Some(target) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
    {
        resolve(root, target, value, base, depth + 1)?;
    }
    for alternatives in ["anyOf", "oneOf", "allOf"] {
        for alternative in schema
            .get(alternatives)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            resolve(root, alternative, value, base, depth + 1)?;
        }
    }
    match value {
        Value::String(path) if schema.get("format").and_then(Value::as_str) == Some("path") => {
            let joined = base.join(&*path);
            *path = joined
                .into_os_string()
                .into_string()
                .map_err(|path| format!("the path {} is not UTF-8", path.display()))?;
        }
        Value::Object(values) => {
            for (name, property) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if let Some(value) = values.get_mut(name) {
                    resolve(root, property, value, base, depth + 1)?;
                }
            }
        }
        Value::Array(values) => {
            if let Some(items) = schema.get("items") {
                for value in values {
                    resolve(root, items, value, base, depth + 1)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["model"],
            "properties": {
                "model": {"type": "string", "format": "path"},
                "k": {"type": "integer", "minimum": 1},
                "mode": {"enum": ["fast", "exact"]},
                "extra": {"anyOf": [{"$ref": "#/$defs/Extra"}, {"type": "null"}]},
                "again": {"$ref": "#/$defs/Loop"}
            },
            "$defs": {
                "Extra": {"type": "object", "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "path"}}
                }},
                "Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]}
            }
        })
    }

    fn refused(params: Value) -> (String, String) {
        match prepare("test", &schema(), &params, Path::new("/base")) {
            Err(Error::Params { path, message, .. }) => (path, message),
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_the_nearest_names() {
        let (path, message) = refused(json!({"model": "m", "kk": 3}));
        assert_eq!(path, "");
        assert!(message.contains("`kk`; did you mean `k`?"), "{message}");
        let (path, message) = refused(json!({"model": "m", "k": "three"}));
        assert_eq!(
            (path.as_str(), message.as_str()),
            ("k", "expected integer, found \"three\"")
        );
        let (path, message) = refused(json!({"model": "m", "k": 0}));
        assert_eq!(
            (path.as_str(), message.as_str()),
            ("k", "expected at least 1, found 0")
        );
        assert!(refused(json!({})).1.contains("\"model\" is missing"));
        assert!(
            refused(json!({"model": "m", "mode": "fist"}))
                .1
                .contains("did you mean \"fast\"")
        );
    }

    #[test]
    fn paths_are_resolved_wherever_the_schema_says_so() {
        let params = json!({"model": "m.onnx", "extra": {"files": ["a", "/b"]}});
        let prepared = prepare("test", &schema(), &params, Path::new("/base")).unwrap();
        let joined = |name: &str| Path::new("/base").join(name).to_str().unwrap().to_owned();
        assert_eq!(
            prepared,
            json!({"model": joined("m.onnx"), "extra": {"files": [joined("a"), "/b"]}})
        );
    }

    #[test]
    fn pointers_read_like_paths() {
        assert_eq!(dotted("/steps/1/op"), "steps[1].op");
        assert_eq!(dotted(""), "");
    }
}
