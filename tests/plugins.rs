//! Plugins through the program: listing, diagnosis, conformance, and libraries that must be refused.

#![allow(clippy::unwrap_used)]

mod common;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{assert_refused, audit, demo, ecgs, plugin_folder, program, root, text};

/// Compiles a plugin of `tests/plugins/c`; `None`, and a visible line, without a C compiler.
fn c_library(source: &str, folder: &Path, name: &str, further: &[&str]) -> Option<PathBuf> {
    let library = folder.join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"));
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let run = Command::new(&compiler)
        .args(["-std=c11", "-O1", "-shared", "-fPIC", "-I"])
        .arg(root().join("core/plugin/include"))
        .arg(root().join("tests/plugins/c").join(source))
        .arg("-o")
        .arg(&library)
        .args(further)
        .output();
    match run {
        Ok(output) => {
            assert!(output.status.success(), "{}", text(&output.stderr));
            Some(library)
        }
        Err(error) => {
            eprintln!("skipped: no C compiler ({}): {error}", compiler.display());
            None
        }
    }
}

/// The test plugin written in Rust, which cargo puts beside the test programs.
fn fixture(folder: &Path) -> PathBuf {
    let name = format!("{DLL_PREFIX}ecg_audit_fixture{DLL_SUFFIX}");
    let built = std::env::current_exe().unwrap().with_file_name(&name);
    let copy = folder.join(name);
    fs::copy(built, &copy).unwrap();
    copy
}

fn manifest(library: &Path) {
    let output = program()
        .args(["plugin", "manifest"])
        .arg(library)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn demo_with(folder: &Path, run: &Path, set: &[&str]) -> std::process::Output {
    let path = format!("plugins.path=[\"{}\"]", folder.display());
    demo(ecgs(), run, &[&[path.as_str()], set].concat())
}

#[test]
fn the_list_shows_every_component_and_its_parameters() {
    let output = program().args(["plugin", "list", "--params"]).output().unwrap();
    assert!(output.status.success());
    let said = text(&output.stdout);
    for address in [
        "tract",
        "kmeans",
        "forest",
        "entropy",
        "entropy/margin",
        "linfa/gmm",
        "linfa/tree",
        "linfa/logistic",
        "linfa/elastic-net",
    ] {
        assert!(
            said.contains(&format!(" {address} ")),
            "{address} is not in:\n{said}"
        );
    }
    assert!(said.contains("temperature"), "{said}");
}

#[test]
fn every_plugin_of_the_project_conforms() {
    let model = root().join("configs/demo/demo.onnx");
    let params = serde_json::json!({ "model": model, "taps": ["block1", "block3"], "output": "logits",
        "activation": "sigmoid" });
    for plugin in ["kmeans", "forest", "entropy", "linfa", "tract"] {
        let library = plugin_folder().join(format!("{DLL_PREFIX}ecg_audit_{plugin}{DLL_SUFFIX}"));
        let mut command = program();
        command.args(["plugin", "test"]).arg(library);
        if plugin == "tract" {
            command.arg("--params").arg(params.to_string());
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{plugin}:\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}

#[test]
fn a_plugin_in_c_conforms_and_clusters_a_whole_audit() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = c_library("first_rows.c", folder.path(), "first_rows", &["-lm"]) else {
        return;
    };
    let output = program().args(["plugin", "test"]).arg(&library).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stdout));
    manifest(&library);
    let run = folder.path().join("run");
    let output = demo_with(
        folder.path(),
        &run,
        &["clusterer={plugin=\"c-example/first-rows\", params={k=4}}"],
    );
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(audit(&run)["method"]["clusters"], 4);
}

#[test]
fn a_wrong_major_is_refused_with_the_hosts_own() {
    let folder = tempfile::tempdir().unwrap();
    let further = ["-DPLUGIN_ABI_MAJOR=9", "-lm"];
    let Some(library) = c_library("first_rows.c", folder.path(), "first_rows", &further) else {
        return;
    };
    let output = program()
        .args(["plugin", "manifest"])
        .arg(&library)
        .output()
        .unwrap();
    assert_refused(
        &output,
        None,
        &["first_rows", "another major version", "this host speaks ABI 1.0"],
    );
}

#[test]
fn files_that_are_no_plugins_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let text_file = folder.path().join(format!("{DLL_PREFIX}notes{DLL_SUFFIX}"));
    fs::write(&text_file, "not a library").unwrap();
    let output = program()
        .args(["plugin", "test"])
        .arg(&text_file)
        .output()
        .unwrap();
    assert_refused(&output, None, &["notes", "not a library"]);
    if let Some(library) = c_library("no_plugin.c", folder.path(), "no_plugin", &[]) {
        let output = program().args(["plugin", "test"]).arg(&library).output().unwrap();
        assert_refused(&output, None, &["no_plugin", "does not export"]);
    }
    let doctor = program()
        .args(["plugin", "doctor", "--path"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = text(&doctor.stdout);
    assert!(said.contains("notes") && said.contains("manifest"), "{said}");
    let run = folder.path().join("run");
    let output = demo_with(folder.path(), &run, &["clusterer.plugin=notes"]);
    assert_refused(&output, Some(&run), &["notes", "no manifest"]);
}

#[test]
fn a_library_changed_behind_its_manifest_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let library = fixture(folder.path());
    manifest(&library);
    let mut bytes = fs::read(&library).unwrap();
    bytes.push(0);
    fs::write(&library, bytes).unwrap();
    let run = folder.path().join("run");
    let output = demo_with(folder.path(), &run, &["clusterer={plugin=\"fixture/nearest\"}"]);
    assert_refused(&output, Some(&run), &["SHA-256", "manifest"]);
}

#[test]
fn a_plugin_that_panics_ends_the_audit_with_its_name_not_the_process() {
    let folder = tempfile::tempdir().unwrap();
    manifest(&fixture(folder.path()));
    let run = folder.path().join("run");
    let output = demo_with(
        folder.path(),
        &run,
        &["clusterer={plugin=\"fixture/panicking\", params={when=\"fit\"}}"],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("fixture/panicking") && said.contains("the plugin panicked"),
        "{said}"
    );
    assert!(!run.exists());
}
