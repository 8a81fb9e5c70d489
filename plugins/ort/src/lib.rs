//! ONNX networks as encoders, run by ONNX Runtime.
//!
//! The runtime is no part of the plugin: it is opened when the first encoder is made, from where [`Params::library`]
//! says. The graph is cut down to what the output and the taps need, with the taps as outputs, before ONNX Runtime
//! sees it: what it then fuses, it fuses around them.
//!
//! Each thread of the host's budget has a session of its own and takes a few rows at a time. On convolutional networks
//! this is faster than to share out each operator among threads, and which rows go together does not depend on the
//! number of threads.

mod encoder;
mod library;
mod params;
mod run;
mod session;

pub use encoder::Ort;
pub use params::{Params, Provider};

ecg_audit_plugin::export_plugin! {
    name: "ort",
    encoders: [Ort],
}
