//! `plugin list`, `doctor`, `test` and `manifest`.

use std::io::Write;
use std::path::PathBuf;

use ecg_audit_engine::host::{self, Registry, SearchPath};
use ecg_audit_plugin::conformance::{Case, Verdict as Outcome};
use ecg_audit_terminal::Failure;
use serde_json::Value;

use crate::Verdict;
use crate::args::PluginCommand;

pub(crate) fn plugin(command: PluginCommand) -> Result<Verdict, Failure> {
    match command {
        PluginCommand::List { params, path } => Ok(list(&path, params)),
        PluginCommand::Doctor { path } => Ok(doctor(&path)),
        PluginCommand::Test { library, params } => test(&library, params.as_deref()),
        PluginCommand::Manifest { library } => {
            let manifest = host::write_manifest(&library).map_err(failure)?;
            print(&format!("{}\n", manifest.display()));
            Ok(Verdict::Passed)
        }
    }
}

/// Writes to standard output; a reader that closes early, such as `head`, is no failure.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn failure(error: host::Error) -> Failure {
    Failure::message(error.to_string())
}

fn list(path: &[PathBuf], params: bool) -> Verdict {
    let registry = Registry::discover(&SearchPath::standard(path));
    let listed = registry.list();
    let mut text = String::new();
    for item in &listed {
        text += &format!(
            "{:<12} {:<18} {:<8} {}\n",
            item.component.kind.name(),
            item.address,
            item.plugin.manifest.version,
            item.component.summary
        );
        if let Some(by) = &item.shadowed_by {
            text += &format!("{:31} hidden by {}\n", "", by.display());
        }
        if params {
            text += &parameters(&item.component.params_schema);
        }
    }
    if listed.is_empty() {
        text = format!("no plugins found\n{}\n", registry.trace());
    }
    print(&text);
    Verdict::Passed
}

/// A line per parameter: name, type, default, description.
fn parameters(schema: &Value) -> String {
    let mut text = String::new();
    for (name, property) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let kind = match property.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            Some(Value::Array(kinds)) => kinds
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" or "),
            _ => "see schema".into(),
        };
        let default = property
            .get("default")
            .map_or(String::new(), |value| format!(", default {value}"));
        let description = property
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        text += &format!(
            "{:14}{name} ({kind}{default})  {}\n",
            "",
            description.replace('\n', " ")
        );
    }
    text
}

fn doctor(path: &[PathBuf]) -> Verdict {
    let diagnosis = Registry::discover(&SearchPath::standard(path)).doctor();
    let mut text = String::new();
    for folder in &diagnosis.folders {
        text += &format!("{} ({})\n", folder.folder.path.display(), folder.folder.origin);
        if let Some(problem) = &folder.problem {
            text += &format!("  – {problem}\n");
        }
        for file in &folder.files {
            let name = file
                .file
                .file_name()
                .unwrap_or(file.file.as_os_str())
                .to_string_lossy();
            text += &match &file.verdict {
                Ok(fine) => format!("  ✓ {name}: {fine}\n"),
                Err(reason) => format!("  ✗ {name}: {reason}\n"),
            };
            for shadowed in &file.shadowed {
                text += &format!("    hidden: {shadowed}\n");
            }
        }
    }
    print(&text);
    if diagnosis.healthy() {
        Verdict::Passed
    } else {
        Verdict::CheckFailed
    }
}

fn test(library: &std::path::Path, params: Option<&str>) -> Result<Verdict, Failure> {
    let params: Option<Value> = params
        .map(serde_json::from_str)
        .transpose()
        .map_err(|e| Failure::message(format!("--params is not JSON: {e}")))?;
    let cases = match params {
        Some(params) => cases(library, &params)?,
        None => Vec::new(),
    };
    let report = host::conformance(library, &cases).map_err(failure)?;
    let mut text = String::new();
    for check in &report.checks {
        text += &match &check.verdict {
            Outcome::Passed => format!("  ✓ {}: {}\n", check.component, check.name),
            Outcome::Skipped(reason) => format!("  – {}: {}: {reason}\n", check.component, check.name),
            Outcome::Failed(reason) => format!("  ✗ {}: {}: {reason}\n", check.component, check.name),
        };
    }
    print(&text);
    Ok(if report.passed() {
        Verdict::Passed
    } else {
        Verdict::CheckFailed
    })
}

/// The given parameters for every component of the library.
fn cases(library: &std::path::Path, params: &Value) -> Result<Vec<Case>, Failure> {
    let components = host::components(library).map_err(failure)?;
    Ok(components
        .into_iter()
        .map(|c| Case::new(c.kind, &c.name, params.clone()))
        .collect())
}
