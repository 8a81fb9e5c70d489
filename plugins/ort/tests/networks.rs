//! ONNX Runtime against PyTorch, on the networks of tests/models.

mod common;
#[path = "../../../core/onnx/tests/fixtures/mod.rs"]
mod fixtures;

use ecg_audit_plugin::{Encoder, Error};

fn make(params: serde_json::Value) -> Result<Box<dyn Encoder>, Error> {
    Ok(Box::new(common::ort(params, 2)?))
}

#[test]
fn outputs_and_taps_equal_pytorch() {
    if common::available() {
        fixtures::equal_pytorch(&make);
    }
}

#[test]
fn grad_cam_equals_pytorch() {
    if common::available() {
        fixtures::grad_cam_equals_pytorch(&make);
    }
}

#[test]
fn layers_describe_the_network() {
    if common::available() {
        fixtures::layers_describe_the_network(&make);
    }
}

#[test]
fn shuffled_weights_unlearn() {
    if common::available() {
        fixtures::shuffled_weights_unlearn(&make);
    }
}

#[test]
fn external_weights_are_found() {
    if common::available() {
        fixtures::external_weights_are_found(&make);
    }
}
