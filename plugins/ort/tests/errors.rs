//! Input that the encoder cannot use.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TAPS, available, fixture, ort, signal, small};
use ecg_audit_plugin::{Encoder, Error};
use serde_json::{Value, json};

/// The message of the error with which these parameters are refused.
#[track_caller]
fn refusal(params: Value) -> String {
    ort(params, 1)
        .err()
        .expect("these parameters are bad")
        .to_string()
}

fn with(taps: &[&str]) -> Value {
    json!({"model": fixture("small.onnx"), "taps": taps, "activation": "identity"})
}

#[test]
fn parameters_that_contradict_the_model_are_refused() {
    if !available() {
        return;
    }
    let near = refusal(with(&["/block/Relu"]));
    assert!(
        near.contains("unknown tap '/block/Relu'; the nearest of 9 candidates: '/block/Relu_output_0'"),
        "{near}"
    );
    assert!(refusal(with(&["logits"])).contains("both the output and a tap"));
    let rank = refusal(with(&["/Flatten_output_0"]));
    assert!(
        rank.contains("'/Flatten_output_0' is [1, 12]") && rank.contains("[1, channels, timestamps]"),
        "{rank}"
    );
    let mut wide = with(&TAPS);
    wide["output"] = "/block/Add_output_0".into();
    let rank = refusal(wide);
    assert!(
        rank.contains("is [1, 12, ?] for a batch of one; expected [1, outputs]"),
        "{rank}"
    );
    let mut device = with(&TAPS);
    device["device_id"] = 1.into();
    assert!(refusal(device).contains("`device_id`"));
}

#[test]
fn a_library_without_cuda_says_so() {
    if !available() {
        return;
    }
    let mut params = with(&TAPS);
    params["provider"] = "cuda".into();
    match ort(params, 1) {
        Ok(_) => eprintln!("skipped: this ONNX Runtime has CUDA"),
        Err(error) => {
            let text = error.to_string();
            assert!(
                matches!(error, Error::Resource(_)) && text.contains("CUDA"),
                "{text}"
            );
        }
    }
}

#[test]
fn an_operator_that_nobody_knows_is_named() {
    if !available() {
        return;
    }
    let mut params = with(&TAPS);
    params["model"] = fixture("two_heads.onnx").to_str().unwrap().into();
    params["output"] = "embedding".into();
    let inputs = refusal(params.clone());
    assert!(inputs.contains("2 inputs (signal, age)"), "{inputs}");
}

#[test]
fn signals_that_cannot_be_used_are_refused() {
    if !available() {
        return;
    }
    let encoder = small(1);
    let error = encoder.encode(signal(1, 8, 500).view()).unwrap_err();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("expected [2, any], got [8, 500]")),
        "{error}"
    );
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
    if !available() {
        return;
    }
    let mut huge = signal(6, 2, 64);
    huge.index_axis_mut(ndarray::Axis(0), 5).fill(f32::MAX);
    let error = small(2).encode(huge.view()).unwrap_err();
    assert!(
        matches!(&error, Error::Failed(text) if text.starts_with("row 5: ")),
        "{error}"
    );
}
