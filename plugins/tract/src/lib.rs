//! ONNX networks as encoders, run by tract: pure Rust, nothing to install.
//!
//! Any tensor inside the graph can be tapped by its ONNX value name. The graph is cut down to what the output
//! and the taps need, so that heads, losses and operators outside it do not matter, and a batch is run row by
//! row: one optimised plan for a batch of one, which the threads of the host's budget share out among the rows.
//! On small convolutional networks this is faster than a plan for larger batches, and a row's result cannot
//! depend on its neighbours.

mod encoder;
mod params;
mod plan;
mod plans;
mod run;

pub use encoder::Tract;
pub use params::Params;

ecg_audit_plugin::export_plugin! {
    name: "tract",
    encoders: [Tract],
}
