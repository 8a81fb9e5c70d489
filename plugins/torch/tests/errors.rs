//! What cannot be used is refused, and says why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{model, params, signal, torch};
use ecg_audit_plugin::{Encoder, Error};
use serde_json::{Value, json};

/// The message with which parameters are refused.
#[track_caller]
fn refusal(json: Value) -> String {
    torch(json, 1)
        .err()
        .expect("these parameters are bad")
        .to_string()
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn files_that_are_no_torchscript_are_told_apart_and_never_run() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("was-run");
    for (name, kind) in [
        ("truncated", &b"PK\x03\x04"[..]),
        ("empty", b""),
        ("text", b"import torch"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, kind).unwrap();
        let message = refusal(json!({"model": path, "activation": "identity"}));
        says(&message, &["is no TorchScript file but", "torch.jit.script"]);
    }
    // A pickle that would run a program: refused by its form.
    let mut pickle = b"cposix\nsystem\n(S'touch ".to_vec();
    pickle.extend_from_slice(marker.display().to_string().as_bytes());
    pickle.extend_from_slice(b"'\ntR.");
    let path = folder.path().join("code.pt");
    std::fs::write(&path, pickle).unwrap();
    assert!(torch(json!({"model": path, "activation": "identity"}), 1).is_err());
    assert!(!marker.exists());
    assert!(torch(params("bad/code.pth", &[]), 1).is_err());
    assert!(torch(params("bad/code.legacy.pth", &[]), 1).is_err());
    let message = refusal(json!({"model": folder.path().join("missing.pt"), "activation": "identity"}));
    says(&message, &["missing.pt"]);
}

#[test]
fn truncated_files_are_errors() {
    says(&refusal(params("bad/truncated.pt", &[])), &["truncated.pt"]);
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(model("plain.scripted.pt")).unwrap();
    for length in (0..bytes.len()).step_by(997) {
        let path = folder.path().join("cut.pt");
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(
            torch(json!({"model": path, "activation": "identity"}), 1).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn a_file_of_a_later_format_says_so() {
    let message = refusal(params("bad/newer.pt", &[]));
    says(&message, &["newer.pt", "version", "maximum supported version"]);
}

#[test]
fn a_frozen_model_has_no_submodules_but_operators() {
    let message = refusal(params("bad/frozen.pt", &["stages.2"]));
    says(
        &message,
        &[
            "'stages.2'",
            "frozen",
            "torch.jit.freeze",
            "before it is frozen",
            "#relu",
        ],
    );
    let mut json = params("bad/frozen.pt", &[]);
    json["randomize_weights"] = 1.into();
    says(&refusal(json), &["randomize_weights", "frozen"]);
}

#[test]
fn unknown_names_list_the_nearest() {
    let message = refusal(params("resnet-basic.scripted.pt", &["layer2.0.relo"]));
    says(&message, &["unknown tap 'layer2.0.relo'", "'layer2.0.relu#0'"]);
    let mut json = params("resnet-basic.scripted.pt", &[]);
    json["output"] = "fcc".into();
    says(&refusal(json), &["unknown output 'fcc'", "'fc'"]);
    let message = refusal(params("features.scripted.pt", &["stage9"]));
    says(&message, &["unknown tap 'stage9'", "'stage"]);
}

#[test]
fn what_is_called_several_times_is_chosen_by_number() {
    for form in ["scripted", "traced"] {
        let message = refusal(params(&format!("resnet-basic.{form}.pt"), &["layer1.0.relu"]));
        says(
            &message,
            &["more than once", "'layer1.0.relu#0', 'layer1.0.relu#1'"],
        );
    }
    let message = refusal(params("ribeiro.scripted.pt", &["resblock1d_1"]));
    says(&message, &["'resblock1d_1#0', 'resblock1d_1#1'"]);
}

#[test]
fn parameters_that_contradict_each_other_are_refused() {
    let name = "plain.scripted.pt";
    says(
        &refusal(params(name, &["stages.2", "stages.2"])),
        &["named twice"],
    );
    let mut json = params(name, &["fc"]);
    json["output"] = "fc".into();
    says(&refusal(json), &["both the output and a tap"]);
    let mut json = params(name, &[]);
    json["device"] = "gpu".into();
    says(&refusal(json.clone()), &["`device`", "cuda:N", "'gpu'"]);
    json["device"] = "cuda:4711".into();
    says(&refusal(json), &["'cuda:4711' was asked for, but"]);
    let mut json = params(name, &[]);
    json["input"] = json!([0, 256]);
    says(&refusal(json), &["`input`"]);
}

#[test]
fn taps_and_outputs_of_another_rank_are_refused() {
    let mut json = params("bad/rank4.scripted.pt", &["fold"]);
    let encoder = torch(json.clone(), 1).unwrap();
    let error = encoder.encode(signal(1, 12, 64).view()).unwrap_err();
    says(
        &error.to_string(),
        &["tap 0 is [1, 4, 2, 32]", "[batch, channels, timestamps]"],
    );
    json["input"] = json!([12, 64]);
    says(&refusal(json), &["tap 0 is [1, 4, 2, 32]"]);
    let mut json = params("plain.scripted.pt", &[]);
    json["output"] = "stages.3".into();
    json["input"] = json!([12, 256]);
    says(&refusal(json), &["expected [batch, outputs]"]);
}

#[test]
fn signals_of_another_shape_are_refused_with_both_shapes() {
    let encoder = torch(params("plain.scripted.pt", &[]), 1).unwrap();
    let error = encoder.encode(signal(1, 8, 256).view()).unwrap_err();
    assert!(matches!(&error, Error::Input(_)), "{error}");
    says(&error.to_string(), &["expected [12, any], got [8, 256]"]);
    let mut json = params("plain.scripted.pt", &[]);
    json["input"] = json!([12, 256]);
    let error = torch(json, 1)
        .unwrap()
        .encode(signal(1, 12, 300).view())
        .unwrap_err();
    says(&error.to_string(), &["expected [12, 256], got [12, 300]"]);
    // The network itself says what it cannot run on.
    let encoder = torch(params("ribeiro.traced.pt", &[]), 1).unwrap();
    let error = encoder.encode(signal(2, 12, 300).view()).unwrap_err();
    assert!(matches!(&error, Error::Failed(_)), "{error}");
    says(&error.to_string(), &["row 0", "[1, 12, 300]"]);
    let mut broken = signal(3, 12, 64);
    broken[[2, 1, 5]] = f32::NAN;
    let encoder = torch(params("plain.scripted.pt", &[]), 1).unwrap();
    let error = encoder.encode(broken.view()).unwrap_err();
    says(&error.to_string(), &["row 2, lead 1, sample 5"]);
}

#[test]
fn answers_that_are_not_finite_name_the_row() {
    let encoder = torch(params("bad/nan.scripted.pt", &["relu"]), 2).unwrap();
    let error = encoder.encode(signal(2, 12, 64).view()).unwrap_err();
    assert!(matches!(&error, Error::Failed(_)), "{error}");
    says(&error.to_string(), &["row 0", "not finite"]);
}

#[test]
fn a_network_that_asks_for_cuda_itself_is_an_error_where_there_is_none() {
    if tch_has_cuda() {
        eprintln!("skipped: this machine has CUDA");
        return;
    }
    let mut json = params("plain.scripted.pt", &[]);
    json["device"] = "cuda:0".into();
    says(&refusal(json), &["'cuda:0' was asked for, but"]);
    let outcome = torch(params("bad/cuda.scripted.pt", &[]), 1)
        .and_then(|encoder| encoder.encode(signal(1, 12, 64).view()).map(drop));
    let message = outcome.expect_err("there is no CUDA").to_string();
    assert!(message.to_lowercase().contains("cuda"), "{message}");
}

fn tch_has_cuda() -> bool {
    tch::Cuda::is_available()
}
