//! Every tensor of the fixtures equals PyTorch's own reading of it (reference/make_values.py): bit for bit, as `f32`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use ecg_audit_checkpoint::{Checkpoint, Content, Dtype, Error, Format, content};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    dtype: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn model(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/models")
        .join(name)
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&std::fs::read(fixture("values.json")).unwrap()).unwrap()
}

fn equals_pytorch(file: &str) {
    let checkpoint = Checkpoint::open(&fixture(file)).unwrap();
    let tensors: BTreeMap<_, _> = checkpoint.tensors().collect();
    for (name, expected) in expected() {
        let tensor = tensors
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{file}: no {name}"));
        assert_eq!(tensor.shape(), expected.shape, "{file}: {name}");
        assert_eq!(
            format!("{:?}", tensor.dtype()).to_uppercase(),
            expected.dtype,
            "{file}: {name}"
        );
        let values = tensor.read_f32().unwrap();
        assert_eq!(values.shape(), expected.shape, "{file}: {name}");
        assert_eq!(
            values.iter().copied().collect::<Vec<_>>(),
            expected.values,
            "{file}: {name}"
        );
    }
}

#[test]
fn new_format() {
    equals_pytorch("new.pth");
}

#[test]
fn legacy_format() {
    equals_pytorch("legacy.pth");
}

#[test]
fn another_pickle_protocol() {
    equals_pytorch("protocol4.pth");
}

#[test]
fn safetensors() {
    equals_pytorch("plain.safetensors");
}

#[test]
fn nested_dictionaries_and_lists_are_part_of_the_names() {
    let checkpoint = Checkpoint::open(&fixture("new.pth")).unwrap();
    let names: Vec<_> = checkpoint.tensors().map(|(name, _)| name).collect();
    assert!(names.contains(&"optimizer.state.0.exp_avg"), "{names:?}");
    let wrapped = checkpoint
        .tensors()
        .find(|(name, _)| *name == "model.bool")
        .unwrap()
        .1;
    assert_eq!(wrapped.dtype(), Dtype::Bool);
}

#[test]
fn a_network_is_found_by_the_names_it_needs() {
    let checkpoint = Checkpoint::open(&fixture("legacy.pth")).unwrap();
    let weights = checkpoint.state_dict(&["whole", "bool"]).unwrap();
    assert_eq!(weights.get("whole").unwrap().shape(), [6, 8]);
    assert!(!weights.contains("optimizer.state.0.exp_avg"));
    let error = weights.get("hole").unwrap_err().to_string();
    assert!(error.contains("no tensor \"hole\"; nearest: whole"), "{error}");
    let error = checkpoint.state_dict(&["conv1.weight"]).unwrap_err().to_string();
    assert!(
        error.contains("no network with the tensors conv1.weight") && error.contains("model.bfloat16"),
        "{error}"
    );
}

#[test]
fn content_decides_not_the_name() {
    assert_eq!(
        content(&model("plain.scripted.pt")).unwrap(),
        Content::TorchScript
    );
    assert_eq!(content(&model("plain.traced.pt")).unwrap(), Content::TorchScript);
    assert_eq!(
        content(&model("ribeiro/model.pth")).unwrap(),
        Content::Checkpoint(Format::Zip)
    );
    assert_eq!(
        content(&model("ribeiro-legacy/model.pth")).unwrap(),
        Content::Checkpoint(Format::Legacy)
    );
    assert_eq!(
        content(&model("ribeiro-bare/model.safetensors")).unwrap(),
        Content::Checkpoint(Format::Safetensors)
    );
    let error = Checkpoint::open(&model("plain.scripted.pt"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("found a TorchScript module"), "{error}");
}

#[test]
fn code_is_refused_by_name_and_not_executed() {
    for file in ["bad/code.pth", "bad/code.legacy.pth"] {
        let error = Checkpoint::open(&model(file)).unwrap_err();
        assert!(
            matches!(&error, Error::HoldsCode { names, .. } if names == &["posix.system"]),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains("holds code: posix.system; refused, nothing was executed"),
            "{error}"
        );
    }
    let error = Checkpoint::open(&model("bad/code.pkl")).unwrap_err().to_string();
    assert!(
        error.contains("a pickle that torch.save did not write"),
        "{error}"
    );
    assert!(!PathBuf::from("pickle-code-was-executed").exists());
}

#[test]
fn other_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[u8], &str); 4] = [
        (b"\x89HDF\r\n\x1a\n________", "HDF5"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"", "an empty file"),
        (b"age,sex\n1,2\n", "a file of another kind"),
    ];
    for (bytes, found) in cases {
        let file = folder.path().join("model.pth");
        std::fs::write(&file, bytes).unwrap();
        let error = Checkpoint::open(&file).unwrap_err().to_string();
        assert!(error.contains(found) && error.contains("model.pth"), "{error}");
    }
    assert!(
        Checkpoint::open(folder.path())
            .unwrap_err()
            .to_string()
            .contains("a folder")
    );
    assert!(matches!(
        Checkpoint::open(&folder.path().join("none.pth")),
        Err(Error::Io { .. })
    ));
}
