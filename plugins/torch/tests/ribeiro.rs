//! The Ribeiro ResNet from its checkpoints equals the Python network that wrote them (tests/models/make.py), whatever
//! the format, and everything else that is called a checkpoint is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{Values, difference, model, torch, values};
use ecg_audit_plugin::conformance::{Case, check};
use ecg_audit_plugin::{Encoder, Role};
use ecg_audit_torch::{PLUGIN, Torch};
use ndarray::{Axis, s};
use serde_json::json;

/// Of the largest value of what is compared: other processors have other kernels.
const TOLERANCE: f64 = 1e-6;

fn open(model: &Path, taps: &[&str]) -> Torch {
    torch(json!({"model": model, "taps": taps, "activation": "identity"}), 1).unwrap()
}

fn refusal(model: &Path, taps: &[&str]) -> String {
    let params = json!({"model": model, "taps": taps, "activation": "identity"});
    torch(params, 1).err().expect("an error").to_string()
}

/// Outputs, taps and Grad-CAM maps of a checkpoint against the Python network's, at the outputs of these blocks.
fn equals_python(file: &str, Values { input, output, taps }: &Values, blocks: std::ops::Range<usize>) {
    let names: Vec<String> = blocks.map(|i| format!("resblock1d_{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let encoder = open(&model(file), &names);
    let encoded = encoder.encode(input.view()).unwrap();
    assert_eq!(encoded.outputs.dim(), output.dim());
    let off = difference(&encoded.outputs, output);
    assert!(off <= TOLERANCE, "{file}: outputs differ by {off}");
    for (number, (name, tap)) in names.iter().zip(&encoded.taps).enumerate() {
        let (_, theirs, maps) = taps.iter().find(|(path, ..)| path == name).unwrap();
        assert_eq!(tap.dim(), theirs.dim(), "{file}: {name}");
        let off = difference(tap, theirs);
        assert!(off <= TOLERANCE, "{file}: {name} differs by {off}");
        for class in 0..output.ncols() {
            let map = encoder.grad_cam(input.view(), class, number).unwrap();
            let theirs = maps.index_axis(Axis(1), class);
            assert_eq!(map.dim(), theirs.dim());
            // All classes' maps together: one class's may be zero throughout.
            let off = map
                .iter()
                .zip(theirs)
                .fold(0f64, |max, (a, b)| max.max(f64::from((a - b).abs())));
            let largest = maps.iter().fold(0f64, |max, value| max.max(f64::from(*value)));
            assert!(
                off <= 1e-5 * largest,
                "{file}: {name}, class {class} differs by {off} of {largest}"
            );
        }
    }
}

#[test]
fn new_format_with_config_json() {
    equals_python("ribeiro/model.pth", &values("ribeiro"), 1..5);
}

#[test]
fn legacy_format_with_args_json() {
    equals_python("ribeiro-legacy/model.pth", &values("ribeiro"), 1..5);
}

#[test]
fn safetensors_without_json() {
    equals_python("ribeiro-bare/model.safetensors", &values("ribeiro"), 1..5);
}

#[test]
fn other_steps_between_blocks_and_names_of_parallel_training() {
    equals_python("ribeiro-mixed/model.pth", &values("ribeiro-mixed"), 0..4);
}

#[test]
fn the_checkpoint_equals_the_scripted_network_bit_for_bit() {
    let taps = ["resblock1d_3.bn1", "resblock1d_4.conv2", "resblock1d_4.bn2"];
    let checkpoint = open(&model("ribeiro/model.pth"), &taps);
    let script = open(&model("ribeiro.scripted.pt"), &taps);
    let signal = values("ribeiro").input;
    assert_eq!(
        checkpoint.encode(signal.view()).unwrap(),
        script.encode(signal.view()).unwrap()
    );
}

#[test]
fn content_decides_not_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let renamed = folder.path().join("model.pt");
    std::fs::copy(model("ribeiro-bare/model.safetensors"), &renamed).unwrap();
    assert_eq!(open(&renamed, &["resblock1d_4"]).info().outputs, Some(3));
    let scripted = folder.path().join("model.pth");
    std::fs::copy(model("plain.scripted.pt"), &scripted).unwrap();
    assert_eq!(open(&scripted, &["stages.3"]).info().taps.len(), 1);
}

#[test]
fn layers_are_listed_with_roles_inputs_and_windows() {
    let encoder = open(&model("ribeiro/model.pth"), &["resblock1d_4"]);
    let info = encoder.info();
    assert_eq!(
        (info.input.leads, info.input.samples, info.outputs),
        (Some(12), Some(512), Some(3))
    );
    assert_eq!((info.taps[0].channels, info.taps[0].length), (Some(10), Some(2)));
    let layers = encoder.layers().unwrap();
    let layer = |name: &str| {
        layers
            .iter()
            .find(|layer| layer.name == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let sum = layer("resblock1d_2#add");
    assert_eq!(sum.role, Role::Sum);
    assert_eq!(
        sum.inputs,
        ["resblock1d_2.conv2", "resblock1d_2.skip_connection.1"]
    );
    assert_eq!(layer("resblock1d_2.bn2").inputs, ["resblock1d_2#add"]);
    assert_eq!(layer("resblock1d_3").role, Role::Activation);
    let window = layer("resblock1d_3.conv2").window.unwrap();
    assert_eq!((window.kernel, window.stride, window.dilation), (9, 4, 1));
    // Every listed shape is what comes out.
    let (last, tappable) = layers.split_last().unwrap();
    assert_eq!(
        (last.name.as_str(), last.role, last.shape.as_deref()),
        ("lin", Role::Linear, Some(&[3][..]))
    );
    let names: Vec<&str> = tappable.iter().map(|layer| layer.name.as_str()).collect();
    let all = open(&model("ribeiro/model.pth"), &names);
    let signal = values("ribeiro").input;
    let encoded = all.encode(signal.slice(s![..1, .., ..])).unwrap();
    for (layer, tap) in tappable.iter().zip(&encoded.taps) {
        assert_eq!(layer.shape.as_deref(), Some(&tap.shape()[1..]), "{}", layer.name);
    }
}

#[test]
fn code_in_a_checkpoint_is_refused_and_not_executed() {
    for file in ["bad/code.pth", "bad/code.legacy.pth"] {
        let error = refusal(&model(file), &[]);
        assert!(
            error.contains("holds code: posix.system; refused, nothing was executed"),
            "{error}"
        );
    }
    assert!(!Path::new("pickle-code-was-executed").exists());
}

#[test]
fn other_checkpoints_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    // Another network's weights: the fixture of the checkpoint reader.
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/checkpoint/tests/fixtures/new.pth");
    let error = refusal(&other, &[]);
    assert!(error.contains("only the Ribeiro ResNet is known"), "{error}");

    let weights = folder.path().join("model.pth");
    std::fs::copy(model("ribeiro/model.pth"), &weights).unwrap();
    let config = std::fs::read_to_string(model("ribeiro/config.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["kernel_size"] = json!(17);
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let error = refusal(&weights, &[]);
    assert!(
        error.contains("config.json says kernel_size = 17, but the weights have 9"),
        "{error}"
    );

    std::fs::copy(model("ribeiro/config.json"), folder.path().join("args.json")).unwrap();
    let error = refusal(&weights, &[]);
    assert!(
        error.contains("config.json and args.json") && error.contains("different networks"),
        "{error}"
    );

    std::fs::write(folder.path().join("config.json"), "{\"net_seq_lengh\": \"long\"}").unwrap();
    let error = refusal(&weights, &[]);
    assert!(
        error.contains("config.json") && error.contains("expected a sequence"),
        "{error}"
    );
}

#[test]
fn wrong_parameters_are_named() {
    let weights = model("ribeiro/model.pth");
    let error = refusal(&weights, &["resblock1d_9"]);
    assert!(
        error.contains("unknown tap 'resblock1d_9'") && error.contains("'resblock1d_"),
        "{error}"
    );
    let refused = |key: &str, value: serde_json::Value| {
        let mut params = json!({"model": weights, "activation": "identity"});
        params[key] = value;
        torch(params, 1).err().expect("an error").to_string()
    };
    let error = refused("input", json!([12, 4096]));
    assert!(error.contains("[12, 512]"), "{error}");
    let error = refused("output", json!("head"));
    assert!(
        error.contains("unknown output 'head'") && error.contains("'lin'"),
        "{error}"
    );
    let signal = ndarray::Array3::<f32>::zeros((1, 12, 500));
    let error = open(&weights, &[]).encode(signal.view()).unwrap_err().to_string();
    assert!(
        error.contains("[12, 512]") && error.contains("[12, 500]"),
        "{error}"
    );
}

#[test]
fn conforms() {
    let params = json!({
        "model": model("ribeiro/model.pth"), "taps": ["resblock1d_2", "resblock1d_3#add", "resblock1d_4"],
        "activation": "sigmoid",
    });
    check(PLUGIN, &[Case::encoder("torch", params)]).assert_passed();
}

#[test]
fn weights_can_be_randomized() {
    let signal = values("ribeiro").input;
    let outputs = |seed: Option<u64>| {
        let params =
            json!({"model": model("ribeiro/model.pth"), "activation": "identity", "randomize_weights": seed});
        torch(params, 1).unwrap().encode(signal.view()).unwrap().outputs
    };
    assert_ne!(outputs(Some(3)), outputs(None));
    assert_eq!(outputs(Some(3)), outputs(Some(3)));
}
