//! What the ONNX encoders need of a model file, whichever runtime then runs it.
//!
//! [`Network::open`] reads a file, finds the output, the taps and the signal's input by name, and cuts the graph down
//! to what they need: everything else in the file may be of any kind. Beside it: the list of layers, the linear head
//! from which Grad-CAM follows in closed form, and networks whose weights have been shuffled.
//!
//! The protobuf messages and the decoding of tensors are those of `tract-onnx`.

pub mod activation;
mod constants;
mod file;
mod flow;
mod head;
mod input;
mod layers;
mod names;
mod network;
mod nodes;
mod prune;
mod shuffle;
pub mod sizes;
#[cfg(test)]
mod sketch;

pub use file::OnnxFile;
pub use head::Head;
pub use input::{Element, SignalInput};
pub use network::{Network, Request};
pub use tract_onnx::pb;
