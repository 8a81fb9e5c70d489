//! A plugin written in C against the header alone passes the same kit; one that breaks the rules is told apart.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use ecg_audit_plugin::abi::{INIT_SYMBOL, InitFn};
use ecg_audit_plugin::client::{Entry, Library};
use ecg_audit_plugin::conformance::{Case, check};
use ecg_audit_plugin::{Context, Error};
use ndarray::Array2;
use serde_json::json;

mod compiler;

fn entry(path: &Path) -> Entry {
    // SAFETY: a library that this test compiled, which stays loaded, and whose symbol has this type.
    unsafe {
        let library: &'static libloading::Library =
            Box::leak(Box::new(libloading::Library::new(path).unwrap()));
        Entry::new(*library.get::<InitFn>(INIT_SYMBOL).unwrap())
    }
}

#[test]
fn a_plugin_in_c_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = compiler::library("first_rows.c", folder.path(), "first_rows", &["-lm"]) else {
        return;
    };
    check(entry(&path), &[]).assert_passed();
    let report = check(entry(&path), &[Case::clusterer("first-rows", json!({"k": 7}))]);
    report.assert_passed();
    assert!(report.checks.len() > 15, "{report}");
    assert_eq!(Library::open(entry(&path), "c").unwrap().live_count(), Some(0));
}

#[test]
fn a_rust_plugin_conforms_as_a_dynamic_library() {
    // Cargo puts the dependency's cdylib beside this test program.
    let beside = std::env::current_exe().unwrap().with_file_name(format!(
        "{}ecg_audit_fixture{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    let report = check(
        entry(&beside),
        &[Case::clusterer("panicking", json!({"when": "drop"}))],
    );
    report.assert_passed();
}

#[test]
fn another_major_is_refused_with_the_plugins_words() {
    let folder = tempfile::tempdir().unwrap();
    let further = ["-DPLUGIN_ABI_MAJOR=9", "-lm"];
    let Some(path) = compiler::library("first_rows.c", folder.path(), "other", &further) else {
        return;
    };
    let error = Library::open(entry(&path), "libother.so").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not available: libother.so: c-example was built for another major version of the plugin ABI (this host speaks ABI 1.0)"
    );
}

#[test]
fn nonsense_is_an_error_that_names_the_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = compiler::library("nonsense.c", folder.path(), "nonsense", &[]) else {
        return;
    };
    let library = Library::open(entry(&path), "nonsense").unwrap();
    let ask = |component: &str| {
        let rows = Array2::<f32>::zeros((3, 2));
        let measure = library.create_uncertainty(component, &json!({}), &Context::quiet(1))?;
        measure.score(rows.view(), rows.view())
    };
    for (component, named) in [
        ("null-instance", "null instance"),
        ("null-table", "null or misaligned"),
        ("no-score", "lacks `score`"),
        ("no-drop", "lacks `drop`"),
        ("old-table", "lacks `score`"),
        ("empty-table", "size of 0 bytes"),
        ("other-major", "ABI 2.0"),
        ("no-tensor", "no tensor"),
        ("unknown-status", "unknown status 99: of its own making"),
        ("wrong-length", "shape [4], expected [3]"),
        ("negative-length", "negative extent"),
        ("huge-length", "impossible shape"),
        ("huge-stride", "address space"),
        ("huge-offset", "byte offset"),
        ("wrong-dimensions", "2 dimensions, expected 1"),
        ("negative-dimensions", "-1 dimensions"),
        ("wrong-type", "64 bits, 1 lanes, expected f32"),
        ("wrong-device", "device type 2"),
        ("wrong-version", "DLPack 2.1"),
        ("null-data", "null data"),
        ("null-shape", "null or misaligned shape"),
        ("no-deleter", "without a deleter"),
    ] {
        let Err(Error::Failed(message)) = ask(component) else {
            panic!("{component} was taken");
        };
        assert!(
            message.starts_with("plugin `nonsense` breaks the plugin ABI: "),
            "{message}"
        );
        assert!(message.contains(named), "{component}: {message}");
    }
    for (component, expected) in [
        ("no-message", "plugin `nonsense/no-message` gave no reason"),
        ("not-utf8", "caf\u{fffd}"),
        (
            "null-message",
            "(a message that cannot be read: a null pointer to 7 bytes)",
        ),
    ] {
        assert_eq!(
            ask(component),
            Err(Error::Failed(expected.to_owned())),
            "{component}"
        );
    }
    assert_eq!(ask("fine-null-strides").unwrap().to_vec(), [0.0; 3]);
    assert_eq!(ask("fine-misaligned").unwrap().to_vec(), [0.5; 3]);
    assert_eq!(library.held_count(), 0);
}

#[test]
fn a_library_that_says_nothing_sensible_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    for (define, named) in [("-DBAD_METADATA", "metadata: EOF"), ("-DNULL_LIBRARY", "null")] {
        let Some(path) = compiler::library("nonsense.c", folder.path(), &define[2..], &[define]) else {
            return;
        };
        let error = Library::open(entry(&path), "libbad.so").unwrap_err().to_string();
        assert!(error.starts_with("libbad.so breaks the plugin ABI: "), "{error}");
        assert!(error.contains(named), "{error}");
    }
}
