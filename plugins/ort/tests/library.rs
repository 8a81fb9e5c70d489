//! ONNX Runtimes that are not there or are none. In a process of its own: what opens one
//! does so in another copy of the plugin.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use common::{TAPS, fixture};
use ecg_audit_ort::Ort;
use ecg_audit_plugin::abi::{INIT_SYMBOL, InitFn};
use ecg_audit_plugin::client::{Entry, Library};
use ecg_audit_plugin::{Context, Error, FromParams};
use serde_json::{Value, json};

fn refusal(library: Value) -> String {
    let params = json!({
        "model": fixture("small.onnx"), "taps": TAPS, "activation": "identity", "library": library,
    });
    let error = Ort::from_params(serde_json::from_value(params).unwrap(), &Context::quiet(1)).err();
    let error = error.expect("there is no such library");
    assert!(matches!(error, Error::Resource(_)), "{error}");
    error.to_string()
}

#[test]
fn what_is_no_onnx_runtime_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("libonnxruntime.so");
    assert!(
        refusal(json!(missing)).contains("`library` is")
            && refusal(json!(missing)).contains("libonnxruntime.so")
    );
    let empty = refusal(json!(folder.path()));
    assert!(empty.contains("there is no libonnxruntime"), "{empty}");
    std::fs::write(&missing, "this is no library").unwrap();
    let text = refusal(json!(missing));
    assert!(
        text.contains("cannot be used as ONNX Runtime") && text.contains("cargo xtask onnxruntime"),
        "{text}"
    );
    // Found by its folder, too.
    assert!(refusal(json!(folder.path())).contains("cannot be used as ONNX Runtime"));
}

#[test]
fn without_any_the_error_names_the_command_that_mends_it() {
    if std::env::var_os("ORT_DYLIB_PATH").is_some() {
        eprintln!("skipped: ORT_DYLIB_PATH is set");
        return;
    }
    let text = refusal(Value::Null);
    assert!(
        text.contains("not installed") && text.contains("`cargo xtask onnxruntime`"),
        "{text}"
    );
}

/// The built plugin, loaded as the host loads it, from a folder with ONNX Runtime beside it.
#[test]
fn the_library_beside_the_plugin_is_found() {
    if !common::available() || std::env::var_os("ORT_DYLIB_PATH").is_some() {
        eprintln!("skipped: needs the ONNX Runtime of `cargo xtask onnxruntime`, and ORT_DYLIB_PATH not set");
        return;
    }
    let name = format!("{DLL_PREFIX}ecg_audit_ort{DLL_SUFFIX}");
    let built = std::env::current_exe().unwrap().with_file_name(&name);
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join(&name);
    std::fs::copy(&built, &plugin).unwrap();
    let create = |library: &Library| {
        let params = json!({"model": fixture("small.onnx"), "taps": TAPS, "activation": "identity"});
        library.create_encoder("ort", &params, &Context::quiet(1))
    };
    // SAFETY: the library is this crate's own.
    let loaded = Box::leak(Box::new(unsafe { libloading::Library::new(&plugin) }.unwrap()));
    // SAFETY: the symbol is what `export_plugin!` made, and the library is never unloaded.
    let entry = unsafe { Entry::new(*loaded.get::<InitFn>(INIT_SYMBOL).unwrap()) };
    let library = Library::open(entry, "ort").unwrap();
    let missing = create(&library)
        .err()
        .expect("there is nothing beside it yet")
        .to_string();
    let looked = folder.path().canonicalize().unwrap().join("onnxruntime");
    assert!(missing.contains(looked.to_str().unwrap()), "{missing}");
    std::fs::create_dir(&looked).unwrap();
    for file in std::fs::read_dir(common::provided()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), looked.join(file.file_name())).unwrap();
    }
    let encoder = create(&library).unwrap();
    assert_eq!(
        encoder
            .encode(common::signal(3, 2, 64).view())
            .unwrap()
            .outputs
            .dim(),
        (3, 3)
    );
}
