//! What the encoder says of itself, and of input that it cannot use.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{TAPS, fixture, signal, small, tract};
use ecg_audit_plugin::{Activation, Encoder, Error};

fn with(model: &Path, taps: &[&str]) -> serde_json::Value {
    serde_json::json!({"model": model, "taps": taps, "activation": "identity"})
}

/// The message of the error with which these parameters are refused.
#[track_caller]
fn refusal(json: serde_json::Value) -> String {
    tract(json, 1)
        .err()
        .expect("these parameters are bad")
        .to_string()
}

#[test]
fn info_tells_what_is_known_before_the_first_batch() {
    let info = small(1).info();
    assert_eq!((info.input.leads, info.input.samples), (Some(2), None));
    assert_eq!((info.outputs, info.activation), (Some(3), Activation::Identity));
    assert_eq!(
        (
            info.taps[0].name.as_str(),
            info.taps[0].channels,
            info.taps[0].length
        ),
        (TAPS[0], Some(8), None)
    );
    assert_eq!(info.model_sha256.unwrap().len(), 64);
    let json = serde_json::json!({
        "model": fixture("two_heads.onnx"), "taps": TAPS, "output": "logits", "activation": "sigmoid",
    });
    let info = tract(json, 1).unwrap().info();
    assert_eq!((info.input.leads, info.input.samples), (Some(2), Some(64)));
    assert_eq!((info.taps[1].channels, info.taps[1].length), (Some(12), Some(16)));
}

#[test]
fn layers_are_in_order_with_their_operators() {
    let layers = small(1).layers().unwrap();
    assert_eq!(layers.len(), 9);
    assert_eq!(
        (layers[0].name.as_str(), layers[0].operator.as_str()),
        ("/stem/Conv_output_0", "Conv")
    );
    assert_eq!(
        (layers[8].name.as_str(), layers[8].shape.as_deref()),
        ("logits", Some([3].as_slice()))
    );
}

#[test]
fn files_that_are_not_models_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.onnx");
    assert!(refusal(with(&missing, &TAPS)).contains("missing.onnx"));
    let bytes = std::fs::read(fixture("small.onnx")).unwrap();
    for (name, content) in [
        ("truncated", &bytes[..bytes.len() / 2]),
        ("empty", b"".as_slice()),
        ("text", b"this is no model at all\n".as_slice()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let message = refusal(with(&path, &TAPS));
        assert!(
            message.contains(&format!("{} is not a readable ONNX model: ", path.display())),
            "{message}"
        );
    }
    assert!(matches!(
        tract(with(folder.path(), &TAPS), 1),
        Err(Error::Resource(_))
    ));
}

#[test]
fn every_truncation_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    let bytes = std::fs::read(fixture("small.onnx")).unwrap();
    for length in (0..bytes.len()).step_by(61) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(
            tract(with(&path, &TAPS), 1).is_err(),
            "{length} of {} bytes",
            bytes.len()
        );
    }
}

#[test]
fn unknown_names_list_the_nearest() {
    let model = fixture("small.onnx");
    let message = refusal(with(&model, &["/block/Relu"]));
    let expected = "unknown tap '/block/Relu'; the nearest of 9 candidates: '/block/Relu_output_0'";
    assert!(message.contains(expected), "{message}");
    let mut json = with(&model, &TAPS);
    json["output"] = "logit".into();
    assert!(refusal(json.clone()).contains("unknown output 'logit'; the nearest of 9 candidates: 'logits'"));
    json["output"] = "logits".into();
    json["input"] = "ecg".into();
    assert!(refusal(json).contains("unknown input 'ecg'; the nearest of 1 candidates: 'signal'"));
    // A weight and an input are names in the file, but nothing that flows.
    assert!(refusal(with(&model, &["w1"])).contains("unknown tap"));
    assert!(refusal(with(&model, &["signal"])).contains("unknown tap"));
}

#[test]
fn parameters_that_contradict_the_model_are_refused() {
    let model = fixture("small.onnx");
    assert!(refusal(with(&model, &[TAPS[0], TAPS[0]])).contains("twice"));
    assert!(refusal(with(&model, &["logits"])).contains("both the output and a tap"));
    let several = refusal(with(&fixture("two_heads.onnx"), &TAPS));
    assert!(several.contains("2 outputs (logits, embedding)"), "{several}");
    let mut head = with(&fixture("two_heads.onnx"), &TAPS);
    head["output"] = "embedding".into();
    let inputs = refusal(head);
    assert!(inputs.contains("2 inputs (signal, age)"), "{inputs}");
    let mut flat = with(&fixture("two_heads.onnx"), &["/Flatten_output_0"]);
    flat["output"] = "logits".into();
    let rank = refusal(flat);
    assert!(
        rank.contains("'/Flatten_output_0' is [1, 12]") && rank.contains("[1, channels, timestamps]"),
        "{rank}"
    );
    let mut wide = with(&model, &TAPS);
    wide["output"] = "/block/Add_output_0".into();
    let rank = refusal(wide);
    assert!(
        rank.contains("is [1, 12, ?] for a batch of one; expected [1, outputs]"),
        "{rank}"
    );
}

#[test]
fn signals_of_another_shape_are_refused_with_both_shapes() {
    let encoder = small(1);
    let error = encoder.encode(signal(1, 8, 500).view()).unwrap_err();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("expected [2, any], got [8, 500]")),
        "{error}"
    );
    let error = encoder.encode(signal(1, 2, 0).view()).unwrap_err();
    assert!(error.to_string().contains("got [2, 0]"), "{error}");
    // Too short for the second convolution's padding is still tract's to say, not to panic over.
    let _ = encoder.encode(signal(1, 2, 1).view());
    let mut broken = signal(3, 2, 64);
    broken[[2, 1, 5]] = f32::NAN;
    let error = encoder.encode(broken.view()).unwrap_err();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("row 2, lead 1, sample 5")),
        "{error}"
    );
}

#[test]
fn answers_that_overflow_name_the_row() {
    let mut huge = signal(3, 2, 64);
    huge.index_axis_mut(ndarray::Axis(0), 1).fill(f32::MAX);
    let error = small(2).encode(huge.view()).unwrap_err();
    assert!(
        matches!(&error, Error::Failed(text) if text.starts_with("row 1: ")),
        "{error}"
    );
}
