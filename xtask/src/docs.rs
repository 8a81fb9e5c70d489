//! Documents that are written from the code: the configuration reference and the JSON Schemas.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{sh, stage};

/// Writes them.
pub(crate) fn write() -> Result<(), String> {
    stage::build()?;
    for (name, text) in documents()? {
        let path = sh::root().join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{name}");
    }
    Ok(())
}

/// Fails when one of them is not what the code would write. The program must be built.
pub(crate) fn check() -> Result<(), String> {
    for (name, text) in documents()? {
        if fs::read_to_string(sh::root().join(name)).ok().as_deref() != Some(&text) {
            return Err(format!(
                "{name} is not what the code says; run `cargo xtask docs` and commit it"
            ));
        }
    }
    Ok(())
}

fn documents() -> Result<Vec<(&'static str, String)>, String> {
    let (audit, config) = (schema("audit")?, schema("config")?);
    let parsed: Value =
        serde_json::from_str(&config).map_err(|e| format!("the configuration's schema: {e}"))?;
    let reference = reference(&parsed);
    Ok(vec![
        ("docs/audit.schema.json", audit),
        ("docs/compare.schema.json", schema("compare")?),
        ("docs/configuration.schema.json", config),
        ("docs/label-noise.schema.json", schema("label-noise")?),
        ("docs/reproduction.schema.json", schema("reproduction")?),
        ("docs/sweep.schema.json", schema("sweep")?),
        ("docs/configuration.md", reference),
    ])
}

fn schema(of: &str) -> Result<String, String> {
    let program = stage::target()?
        .join("release")
        .join(format!("ecg-audit{}", std::env::consts::EXE_SUFFIX));
    sh::output(Command::new(program).args(["schema", of]))
}

const INTRODUCTION: &str = "\
# Configuration reference

An audit is described by one TOML file. Relative paths start from the file's folder. `--set key.key=value` replaces
any key from the command line; a relative path given that way is looked up from the current folder first.
`ecg-audit validate FILE` checks a file without reading signals. The parameters of plugins are those of
`ecg-audit plugin list --params`.

This page is written from the code by `cargo xtask docs`.
";

fn reference(schema: &Value) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (name, property) in properties(schema) {
        let (target, array) = match property.get("items") {
            Some(items) => (items, true),
            None => (property, false),
        };
        let title = if array {
            format!("[[{name}]]")
        } else {
            format!("[{name}]")
        };
        let _ = writeln!(text, "\n## `{title}`\n\n{}\n", description(property, schema));
        table(&mut text, resolve(target, schema), schema);
    }
    for (name, definition) in schema
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(variants) = definition.get("oneOf").and_then(Value::as_array)
            && variants.iter().any(|variant| variant.get("properties").is_some())
        {
            let _ = writeln!(text, "\n## {name}\n\n{}", description(definition, schema));
            for variant in variants {
                self::variant(&mut text, variant, schema);
            }
        }
    }
    text
}

/// One form of a tagged union, such as a preprocessing step.
fn variant(text: &mut String, variant: &Value, schema: &Value) {
    let tag = properties(variant).find_map(|(key, value)| Some((key, value.get("const")?)));
    if let Some((key, value)) = tag {
        let _ = writeln!(
            text,
            "\n### `{key} = {value}`\n\n{}\n",
            description(variant, schema)
        );
        table(text, variant, schema);
    }
}

/// A table of an object's keys.
fn table(text: &mut String, object: &Value, schema: &Value) {
    let rows: Vec<(&String, &Value)> = properties(object)
        .filter(|(_, value)| value.get("const").is_none())
        .collect();
    if rows.is_empty() {
        return;
    }
    text.push_str("| key | type | default | meaning |\n|---|---|---|---|\n");
    for (key, value) in rows {
        let default = value.get("default").map_or(String::new(), |v| format!("`{v}`"));
        let _ = writeln!(
            text,
            "| `{key}` | {} | {} | {} |",
            kind(value, schema),
            default.replace('|', "\\|"),
            description(value, schema).replace('\n', " ").replace('|', "\\|")
        );
    }
}

fn properties(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn resolve<'a>(value: &'a Value, schema: &'a Value) -> &'a Value {
    let name = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| r.strip_prefix("#/$defs/"));
    name.and_then(|name| schema.get("$defs")?.get(name))
        .unwrap_or(value)
}

/// The value's own description, else that of its type.
fn description<'a>(value: &'a Value, schema: &'a Value) -> &'a str {
    let own = value
        .get("description")
        .or_else(|| resolve(value, schema).get("description"));
    own.and_then(Value::as_str).unwrap_or_default()
}

/// The type in a word or two.
fn kind(value: &Value, schema: &Value) -> String {
    if let Some(name) = value.get("$ref").and_then(Value::as_str) {
        let target = resolve(value, schema);
        return choices(target).unwrap_or_else(|| name.rsplit('/').next().unwrap_or(name).to_owned());
    }
    if let Some(forms) = value.get("anyOf").and_then(Value::as_array) {
        let named = forms
            .iter()
            .filter(|form| form.get("type").and_then(Value::as_str) != Some("null"));
        return named
            .map(|form| kind(form, schema))
            .collect::<Vec<_>>()
            .join(" or ");
    }
    if let Some(choices) = choices(value) {
        return choices;
    }
    let name = match value.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".into(),
    };
    match value.get("items") {
        Some(items) => format!("list of {}", kind(items, schema)),
        None => name,
    }
}

/// The values of an enumeration.
fn choices(value: &Value) -> Option<String> {
    let quoted = |values: Vec<&Value>| {
        values
            .iter()
            .map(|v| format!("`{v}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if let Some(values) = value.get("enum").and_then(Value::as_array) {
        return Some(quoted(values.iter().collect()));
    }
    let variants = value.get("oneOf").and_then(Value::as_array)?;
    let values: Vec<&Value> = variants
        .iter()
        .filter_map(|variant| variant.get("const"))
        .collect();
    (values.len() == variants.len()).then(|| quoted(values))
}
