//! PyTorch networks as encoders, run by libtorch through tch.
//!
//! TorchScript files, scripted or traced, need no preparation: a small C++ shim copies the graph of `forward`, inlines all
//! calls while it keeps track of which submodule each value leaves, and returns the tapped values beside the output. What
//! is tapped in place later is copied first, so that a tap is what left the submodule, and gradients go through it.

mod cam;
mod encoder;
mod ffi;
mod file;
mod graph;
mod layers;
mod lookup;
mod module;
mod names;
mod network;
mod params;
mod ribeiro;
mod run;
mod script;
mod shuffle;
mod tensors;

pub use encoder::Torch;
pub use params::Params;

ecg_audit_plugin::export_plugin! {
    name: "torch",
    install_help: "libtorch 2.13.0 is missing: run `cargo xtask libtorch`, then build the plugins again",
    encoders: [Torch],
}
