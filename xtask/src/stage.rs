//! Builds the program, and lays its plugins out in the folder beside it where it looks for them.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{libtorch, onnxruntime, sh};

/// Builds and lays out everything; returns the program.
pub(crate) fn build() -> Result<PathBuf, String> {
    let mut plugins = plugins()?;
    let mut command = sh::cargo();
    command.args(["build", "--release", "--locked", "--package", "ecg-audit"]);
    match libtorch::find()? {
        Some(folder) => {
            command
                .env("LIBTORCH", folder)
                .args(["--package", "ecg-audit-train"]);
        }
        None => {
            plugins.retain(|plugin| plugin != "torch");
            eprintln!(
                "without the torch plugin and ecg-audit-train: `cargo xtask libtorch` provides what they need"
            );
        }
    }
    for plugin in &plugins {
        command.args(["--package", &format!("ecg-audit-{plugin}")]);
    }
    sh::run(&mut command)?;
    let target = target()?.join("release");
    let program = target.join(format!("ecg-audit{EXE_SUFFIX}"));
    let folder = target.join("plugins");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for plugin in &plugins {
        lay_out(&program, &target, &folder, plugin)?;
    }
    onnxruntime::lay_out(&folder)?;
    Ok(program)
}

/// Copies one library, unless it is there already, and has the program write its manifest.
fn lay_out(program: &Path, target: &Path, folder: &Path, plugin: &str) -> Result<(), String> {
    let file = format!("{DLL_PREFIX}ecg_audit_{plugin}{DLL_SUFFIX}");
    let (built, laid_out) = (target.join(&file), folder.join(&file));
    let bytes = fs::read(&built).map_err(|e| format!("{}: {e}", built.display()))?;
    let manifest = folder.join(format!("{plugin}.plugin.toml"));
    if manifest.exists() && fs::read(&laid_out).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    // Rename, so that a process that has the old file open keeps it.
    let partial = folder.join(format!("{file}.tmp"));
    fs::write(&partial, bytes).map_err(|e| format!("{}: {e}", partial.display()))?;
    fs::rename(&partial, &laid_out).map_err(|e| format!("{}: {e}", laid_out.display()))?;
    sh::run(Command::new(program).args(["plugin", "manifest"]).arg(&laid_out))
}

/// The plugins: the folders below `plugins/`.
pub(crate) fn plugins() -> Result<Vec<String>, String> {
    let folder = sh::root().join("plugins");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let crates = entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").exists());
    let mut names: Vec<String> = crates
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Cargo's target folder.
pub(crate) fn target() -> Result<PathBuf, String> {
    let text = sh::output(sh::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    let folder = metadata
        .get("target_directory")
        .and_then(serde_json::Value::as_str);
    folder
        .map(PathBuf::from)
        .ok_or_else(|| "cargo metadata names no target folder".into())
}
