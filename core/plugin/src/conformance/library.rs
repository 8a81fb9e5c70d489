//! Checks of the library itself: versions, table, metadata.

use std::collections::HashSet;

use serde_json::Value;

use super::report::{Report, Verdict};
use crate::abi::{ABI_MAJOR, ABI_MINOR, Status};
use crate::client::{Entry, Library};
use crate::{ComponentMetadata, LibraryMetadata};

/// What the library's own checks are filed under.
const LIBRARY: &str = "library";

/// Opens the library and checks it; `None` when it cannot be opened.
pub fn check(entry: Entry, report: &mut Report) -> Option<Library> {
    let mut add = |name, result: Result<(), String>| {
        report.add(
            LIBRARY,
            name,
            result.map_or_else(Verdict::Failed, |()| Verdict::Passed),
        );
    };
    add("another major version is refused", refuses_majors(entry));
    add("a newer minor version is taken", takes_minors(entry));
    let library = match Library::open(entry, "the library") {
        Ok(library) => library,
        Err(error) => {
            add("opens", Err(error.to_string()));
            return None;
        }
    };
    add("opens", Ok(()));
    add("metadata", check_metadata(library.metadata()));
    for component in &library.metadata().components {
        let result = check_schema(component);
        report.add(
            &component.name,
            "parameter schema",
            result.map_or_else(Verdict::Failed, |()| Verdict::Passed),
        );
    }
    Some(library)
}

/// A host of another major gets a clear refusal.
fn refuses_majors(entry: Entry) -> Result<(), String> {
    for major in [0, ABI_MAJOR + 1, u16::MAX] {
        match entry.ask(major, 0) {
            Ok(_) => return Err(format!("a host of ABI {major}.0 was taken")),
            Err(refusal) if refusal.status != Status::ABI => {
                return Err(format!("status {}, expected {}", refusal.status.0, Status::ABI.0));
            }
            Err(refusal) if refusal.message.is_empty() => {
                return Err("refused without a message".to_owned());
            }
            Err(_) => {}
        }
    }
    Ok(())
}

/// A host of a newer minor is served, and with the same table each time.
fn takes_minors(entry: Entry) -> Result<(), String> {
    let now = entry
        .ask(ABI_MAJOR, ABI_MINOR)
        .map_err(|refusal| refusal.to_string())?;
    let later = entry
        .ask(ABI_MAJOR, ABI_MINOR + 1)
        .map_err(|refusal| refusal.to_string())?;
    if now.is_null() {
        return Err("a null table".to_owned());
    }
    if now == later {
        Ok(())
    } else {
        Err("a different table each time".to_owned())
    }
}

/// Names, version, licence, components.
fn check_metadata(metadata: &LibraryMetadata) -> Result<(), String> {
    check_name(&metadata.name)?;
    if metadata.version.is_empty() || metadata.licence.is_empty() {
        return Err("no version or no licence".to_owned());
    }
    if metadata.components.is_empty() {
        return Err("no components".to_owned());
    }
    let mut seen = HashSet::new();
    for component in &metadata.components {
        check_name(&component.name)?;
        if component.summary.trim().is_empty() {
            return Err(format!("{} has no summary", component.name));
        }
        if !seen.insert((component.kind, &component.name)) {
            return Err(format!("two {}s named {}", component.kind.name(), component.name));
        }
    }
    Ok(())
}

/// Names are parts of addresses, files and configurations.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(plain) {
        Ok(())
    } else {
        Err(format!("the name {name:?} is not of a-z, 0-9, - and _"))
    }
}

/// An object of described properties that takes no others.
fn check_schema(component: &ComponentMetadata) -> Result<(), String> {
    let schema = &component.params_schema;
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("`type` is not `object`".to_owned());
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(
            "`additionalProperties` is not false (in Rust: `#[serde(deny_unknown_fields)]`)".to_owned(),
        );
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if property
            .get("description")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(format!("the parameter `{name}` has no description"));
        }
    }
    Ok(())
}
