//! The host with real libraries: the fixture plugin, and plugins compiled from C.

use std::path::{Path, PathBuf};

use ecg_audit_plugin::conformance::Case;
use ecg_audit_plugin::{Context, Kind};
use ndarray::Array2;
use serde_json::{Value, json};

use super::{Error, Folder, Manifest, Origin, Registry, Request, SearchPath, conformance, write_manifest};

#[path = "../../../plugin/tests/compiler/mod.rs"]
mod compiler;

/// A folder with the fixture plugin and its manifest.
fn installed() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = copy_fixture(folder.path());
    write_manifest(&library).unwrap();
    (folder, library)
}

/// Cargo puts a dependency's cdylib beside the test program.
fn copy_fixture(folder: &Path) -> PathBuf {
    let name = format!(
        "{}ecg_audit_fixture{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let library = folder.join(&name);
    std::fs::copy(std::env::current_exe().unwrap().with_file_name(name), &library).unwrap();
    library
}

fn discover(folders: &[&Path]) -> Registry {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    Registry::discover(&SearchPath::only(&folders))
}

fn request<'a>(address: &'a str, params: &'a Value) -> Request<'a> {
    Request {
        address,
        params,
        base: Path::new("/"),
        pin: None,
    }
}

/// The error of making a clusterer.
fn refused(registry: &Registry, request: &Request<'_>) -> Error {
    registry
        .create_clusterer(request, &Context::quiet(1))
        .err()
        .expect("an error")
}

#[test]
fn a_component_is_found_by_its_address_and_works() {
    let (folder, library) = installed();
    let registry = discover(&[folder.path()]);
    let found = registry.component(Kind::Clusterer, "fixture/nearest").unwrap();
    assert_eq!(
        (found.address.as_str(), &found.plugin.library_path),
        ("fixture/nearest", &library)
    );
    assert!(found.shadowed.is_empty());

    let params = json!({"k": 2});
    let clusterer = registry
        .create_clusterer(&request("fixture/nearest", &params), &Context::quiet(1))
        .unwrap();
    let model = clusterer.fit(Array2::zeros((4, 2)).view(), 0).unwrap();
    assert_eq!(model.summary().clusters, 2);

    // A library's name alone means its only component of the kind, where there is just one.
    let surrogate = registry.component(Kind::Surrogate, "fixture").unwrap();
    assert_eq!(surrogate.address, "fixture/class-means");
    assert!(matches!(
        registry.component(Kind::Clusterer, "fixture"),
        Err(Error::NotFound { .. })
    ));
    assert_eq!(registry.list().len(), 7);
}

#[test]
fn what_is_not_found_comes_with_the_search_and_the_nearest_names() {
    let (folder, _) = installed();
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("broken.plugin.toml"), "library = 7").unwrap();
    let registry = discover(&[Path::new("/does/not/exist"), empty.path(), folder.path()]);
    let text = refused(&registry, &request("fixture/neerest", &json!({}))).to_string();
    for part in [
        "no clusterer `fixture/neerest`",
        "did you mean `fixture/nearest`?",
        "there are: fixture/nearest, fixture/panicking, fixture/slow",
        "/does/not/exist (the configuration's [plugins] path): does not exist",
        "refused broken.plugin.toml: ",
        "1 plugins",
    ] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    let text = refused(&registry, &request("fixture/margin", &json!({}))).to_string();
    assert!(text.contains("`fixture/margin` is of kind uncertainty"), "{text}");
}

#[test]
fn parameters_are_checked_before_the_library_is_opened() {
    let (folder, library) = installed();
    // Replaced, not overwritten: the old file is mapped into this process.
    std::fs::remove_file(&library).unwrap();
    std::fs::write(&library, "no longer a library").unwrap();
    let registry = discover(&[folder.path()]);
    let text = refused(&registry, &request("fixture/nearest", &json!({"K": 3}))).to_string();
    assert!(
        text.contains("unknown parameter `K`") && text.contains("known are k"),
        "{text}"
    );
}

#[test]
fn another_file_than_the_manifests_or_the_pinned_one_is_not_opened() {
    let (folder, library) = installed();
    let registry = discover(&[folder.path()]);
    let params = json!({});
    let mut wanted = request("fixture/nearest", &params);
    wanted.pin = Some("0123");
    for _ in 0..2 {
        let error = refused(&registry, &wanted);
        assert!(
            matches!(&error, Error::Digest { expected_by, .. } if expected_by == "the configuration"),
            "{error}"
        );
        // Once opened without a pin, the pin still holds.
        registry
            .create_clusterer(&request("fixture/nearest", &params), &Context::quiet(1))
            .unwrap();
    }
    let pin = Manifest::read(&folder.path().join("fixture.plugin.toml"))
        .unwrap()
        .sha256
        .to_uppercase();
    wanted.pin = Some(&pin);
    registry.create_clusterer(&wanted, &Context::quiet(1)).unwrap();

    let replaced = tempfile::tempdir().unwrap();
    for file in [&library, &folder.path().join("fixture.plugin.toml")] {
        std::fs::copy(file, replaced.path().join(file.file_name().unwrap())).unwrap();
    }
    let library = replaced.path().join(library.file_name().unwrap());
    let mut bytes = std::fs::read(&library).unwrap();
    bytes.push(0);
    std::fs::write(&library, bytes).unwrap();
    let registry = discover(&[replaced.path()]);
    let error = refused(&registry, &request("fixture/nearest", &params));
    assert!(
        matches!(&error, Error::Digest { expected_by, .. } if expected_by == "its manifest"),
        "{error}"
    );
    let diagnosis = registry.doctor();
    assert!(
        !diagnosis.healthy() && diagnosis.to_string().contains("SHA-256"),
        "{diagnosis}"
    );
}

#[test]
fn the_first_in_search_order_wins_and_the_others_are_shown() {
    let ((first, _), (second, library)) = (installed(), installed());
    let registry = discover(&[first.path(), second.path(), first.path()]);
    let found = registry.component(Kind::Clusterer, "fixture/nearest").unwrap();
    assert!(found.plugin.library_path.starts_with(first.path()));
    assert_eq!(found.shadowed, [library]);
    assert_eq!(
        registry
            .list()
            .iter()
            .filter(|it| it.shadowed_by.is_some())
            .count(),
        7
    );
    let text = registry.doctor().to_string();
    assert!(
        text.contains("an earlier library answers to fixture/pooling"),
        "{text}"
    );
    assert!(text.contains("already searched"), "{text}");
}

#[test]
fn what_is_no_library_or_no_plugin_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text_file = folder
        .path()
        .join(format!("text{}", std::env::consts::DLL_SUFFIX));
    std::fs::write(&text_file, "not a library").unwrap();
    assert!(matches!(
        write_manifest(&text_file),
        Err(Error::NotALibrary { .. })
    ));
    assert!(matches!(
        conformance(&text_file, &[]),
        Err(Error::NotALibrary { .. })
    ));
    let registry = discover(&[folder.path()]);
    let text = registry.trace();
    assert!(
        text.contains("no manifest") && text.contains("describes this library"),
        "{text}"
    );

    if let Some(library) = compiler::library("no_plugin.c", folder.path(), "no_plugin", &[]) {
        let error = write_manifest(&library).unwrap_err().to_string();
        assert!(
            error.contains("does not export `ecg_audit_plugin_init`"),
            "{error}"
        );
    }
    let further = ["-DPLUGIN_ABI_MAJOR=9", "-lm"];
    if let Some(library) = compiler::library("first_rows.c", folder.path(), "other_major", &further) {
        let error = write_manifest(&library).unwrap_err();
        assert!(matches!(&error, Error::Incompatible(_)), "{error}");
        assert!(error.to_string().contains("another major version"), "{error}");
    }
    assert!(write_manifest(Path::new("/does/not/exist.so")).is_err());
    let left = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("toml") || name.to_string_lossy().contains("tmp")
    });
    assert_eq!(left.count(), 0, "a refused library leaves no manifest behind");
}

#[test]
fn a_manifest_of_another_abi_or_without_its_library_is_refused() {
    let (folder, library) = installed();
    let path = folder.path().join("fixture.plugin.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, manifest.replace("abi = \"1.0\"", "abi = \"9.2\"")).unwrap();
    let text = discover(&[folder.path()]).trace();
    assert!(
        text.contains("built for plugin ABI 9.2, this program speaks 1.x"),
        "{text}"
    );
    std::fs::write(&path, manifest).unwrap();
    std::fs::remove_file(library).unwrap();
    let text = discover(&[folder.path()]).trace();
    assert!(text.contains("is missing"), "{text}");
}

#[test]
fn a_manifest_that_says_something_else_is_found_by_the_doctor() {
    let (folder, _) = installed();
    assert!(discover(&[folder.path()]).doctor().healthy());
    let path = folder.path().join("fixture.plugin.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, manifest.replace("\"nearest\"", "\"farthest\"")).unwrap();
    let diagnosis = discover(&[folder.path()]).doctor();
    assert!(diagnosis.to_string().contains("write it anew"), "{diagnosis}");
}

#[test]
fn a_plugin_in_c_is_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = compiler::library("first_rows.c", folder.path(), "first_rows", &["-lm"]) else {
        return;
    };
    write_manifest(&library).unwrap();
    let registry = discover(&[folder.path()]);
    let params = json!({"k": 2});
    let clusterer = registry
        .create_clusterer(&request("c-example", &params), &Context::quiet(1))
        .unwrap();
    assert_eq!(
        clusterer
            .fit(Array2::zeros((5, 3)).view(), 1)
            .unwrap()
            .summary()
            .features,
        3
    );
    let report = conformance(&library, &[]).unwrap();
    report.assert_passed();
    assert!(
        report
            .checks
            .iter()
            .any(|check| check.name == "the parameter schema is JSON Schema")
    );
}

#[test]
fn a_panic_in_a_plugin_is_an_error_with_its_name() {
    let (folder, library) = installed();
    let registry = discover(&[folder.path()]);
    let params = json!({"when": "create"});
    let text = refused(&registry, &request("fixture/panicking", &params)).to_string();
    assert_eq!(
        text,
        "plugin `fixture/panicking`: the plugin panicked: fixture/panicking: made to panic"
    );
    let report = conformance(&library, &[Case::clusterer("panicking", json!({"when": "fit"}))]).unwrap();
    assert!(!report.passed());
}

#[test]
fn the_current_folder_is_searched_only_where_named() {
    let here = std::env::current_dir().unwrap();
    let path = SearchPath::standard(&[]);
    assert!(
        path.folders
            .iter()
            .all(|Folder { path, origin }| *origin == Origin::Environment || *path != here)
    );
}

#[test]
fn a_library_that_cannot_be_loaded_comes_with_the_advice_of_its_manifest() {
    let (working, library) = installed();
    let mut manifest = Manifest::read(&working.path().join("fixture.plugin.toml")).unwrap();
    assert_eq!(manifest.install_help, "");
    // In a folder of its own: a path that was loaded once is answered with what was loaded.
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(library.file_name().unwrap());
    let path = folder.path().join("fixture.plugin.toml");
    std::fs::write(&library, "its runtime is missing").unwrap();
    manifest.sha256 = super::digest::sha256(&library).unwrap();
    manifest.install_help = "run `get-the-runtime`".into();
    std::fs::write(&path, manifest.to_toml()).unwrap();
    let registry = discover(&[folder.path()]);
    let error = refused(&registry, &request("fixture/nearest", &json!({"k": 2})));
    assert!(error.to_string().ends_with("; run `get-the-runtime`"), "{error}");
    let told = registry.doctor().to_string();
    assert!(
        told.contains("refused") && told.contains("run `get-the-runtime`"),
        "{told}"
    );
}
