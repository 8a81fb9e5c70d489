//! `inspect`: a model introduces itself.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{assert_refused, program, root, text};
use serde_json::Value;

fn demo_model() -> PathBuf {
    root().join("configs/demo/demo.onnx")
}

fn fixture(name: &str) -> PathBuf {
    root().join("tests/models").join(name)
}

/// `inspect MODEL --json`, by the encoder that is always there.
fn inspected(model: &Path, more: &[&str]) -> Value {
    let output = program()
        .arg("inspect")
        .arg(model)
        .args(["--plugin", "tract", "--json"])
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn taps(inspection: &Value) -> Vec<&str> {
    let taps = inspection["taps"].as_array().unwrap();
    taps.iter().map(|tap| tap["name"].as_str().unwrap()).collect()
}

fn layer<'v>(inspection: &'v Value, name: &str) -> &'v Value {
    let layers = inspection["layers"].as_array().unwrap();
    layers.iter().find(|layer| layer["name"] == name).unwrap()
}

#[test]
fn the_demo_network_introduces_itself() {
    let inspection = inspected(&demo_model(), &[]);
    assert_eq!(inspection["input"]["leads"], 12);
    assert_eq!(inspection["outputs"], 5);
    assert_eq!(taps(&inspection), ["block1", "block2", "block3"]);
    assert_eq!(inspection["residual_blocks"].as_array().unwrap().len(), 3);
    let digest = inspection["sha256"].as_str().unwrap();
    assert_eq!(digest.len(), 64);

    let output = program()
        .arg("inspect")
        .arg(demo_model())
        .args(["--sampling-rate", "100", "--plugin", "tract"])
        .output()
        .unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("taps = [\"block1\", \"block2\", \"block3\"]"),
        "{said}"
    );
    assert!(said.contains(digest) && said.contains(" ms)"), "{said}");
}

#[test]
fn every_exporter_and_architecture_gets_the_end_of_its_last_blocks() {
    for (network, blocks, origins) in [
        ("resnet-basic", 3, ["residual-block"; 3]),
        ("resnet-bottleneck", 3, ["residual-block"; 3]),
        ("xresnet1d", 3, ["residual-block"; 3]),
        ("ribeiro", 3, ["residual-block"; 3]),
        ("plain", 0, ["convolution-stage"; 3]),
    ] {
        for export in ["ts.onnx", "ts.dynamic.onnx", "dynamo.onnx", "dynamo.dynamic.onnx"] {
            let inspection = inspected(&fixture(&format!("{network}.{export}")), &[]);
            let found = inspection["residual_blocks"].as_array().unwrap().len();
            if blocks == 0 {
                assert_eq!(found, 0, "{network}.{export}");
                let notes = inspection["notes"].to_string();
                assert!(notes.contains("no residual blocks were recognised"), "{notes}");
            } else {
                assert!(found >= blocks, "{network}.{export}: {found}");
            }
            let found: Vec<&str> = inspection["taps"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tap| tap["origin"].as_str().unwrap())
                .collect();
            assert_eq!(found, origins, "{network}.{export}");
            steps_agree_with_shapes(&inspection, &format!("{network}.{export}"));
        }
    }
}

/// The time step is the ratio of the input's length to the layer's, up to padding.
fn steps_agree_with_shapes(inspection: &Value, model: &str) {
    let Some(samples) = inspection["input"]["samples"].as_f64() else {
        return;
    };
    let mut compared = 0;
    for tap in taps(inspection) {
        let layer = layer(inspection, tap);
        if let (Some(step), Some(length)) = (layer["time_step"].as_f64(), layer["shape"][1].as_f64()) {
            let ratio = samples / length;
            assert!(
                (step / ratio - 1.0).abs() < 0.2,
                "{model}: {tap}: {step} against {ratio}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 3, "{model}");
}

#[test]
fn what_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let refused = |path: &Path, words: &[&str]| {
        let output = program().arg("inspect").arg(path).output().unwrap();
        assert_refused(&output, None, words);
    };
    refused(&file("text.onnx", b"not a network"), &["text.onnx"]);
    refused(&file("empty.onnx", b""), &["empty.onnx"]);
    refused(
        &file("weights.h5", b"HDF"),
        &["no encoder reads `.h5` files", ".onnx", "plugin doctor"],
    );
    refused(&file("model", b"?"), &["no extension"]);
    refused(&folder.path().join("gone.onnx"), &["gone.onnx"]);
    refused(folder.path(), &["is a folder"]);
    let output = program()
        .arg("inspect")
        .arg(demo_model())
        .args(["--plugin", "trakt"])
        .output()
        .unwrap();
    assert_refused(&output, None, &["trakt", "tract"]);
    let output = program()
        .arg("inspect")
        .arg(demo_model())
        .args(["--plugin", "tract", "--input", "3x1000"])
        .output()
        .unwrap();
    assert_refused(&output, None, &["says 3 leads", "takes 12"]);
    let output = program()
        .arg("inspect")
        .arg(demo_model())
        .args(["--input", "twelve"])
        .output()
        .unwrap();
    assert_refused(&output, None, &["12x4096", "twelve"]);
    let output = program()
        .arg("inspect")
        .arg(demo_model())
        .args(["--plugin", "tract", "--output", "logit"])
        .output()
        .unwrap();
    assert_refused(&output, None, &["logit"]);
}

#[test]
fn the_real_network() {
    let Some(shared) = common::shared("inspect of the real network") else {
        return;
    };
    let model = shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx");
    let inspection = inspected(&model, &[]);
    let found = taps(&inspection);
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[1..],
        [
            "/blocks/blocks.0/act2/Relu_output_0",
            "/blocks/blocks.1/act2/Relu_output_0"
        ]
    );
    assert!(found[0].starts_with("/stem/"), "{found:?}");
}
