//! tract against PyTorch, on the networks of tests/models.

#[path = "../../../core/onnx/tests/fixtures/mod.rs"]
mod fixtures;

use ecg_audit_plugin::{Context, Encoder, Error, FromParams};
use ecg_audit_tract::Tract;

fn make(params: serde_json::Value) -> Result<Box<dyn Encoder>, Error> {
    let params = serde_json::from_value(params).map_err(|error| Error::Params(error.to_string()))?;
    Ok(Box::new(Tract::from_params(params, &Context::quiet(2))?))
}

#[test]
fn outputs_and_taps_equal_pytorch() {
    fixtures::equal_pytorch(&make);
}

#[test]
fn grad_cam_equals_pytorch() {
    fixtures::grad_cam_equals_pytorch(&make);
}

#[test]
fn layers_describe_the_network() {
    fixtures::layers_describe_the_network(&make);
}

#[test]
fn shuffled_weights_unlearn() {
    fixtures::shuffled_weights_unlearn(&make);
}

#[test]
fn external_weights_are_found() {
    fixtures::external_weights_are_found(&make);
}
