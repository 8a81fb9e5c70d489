//! Weights out of checkpoints, and nothing else.
//!
//! A PyTorch checkpoint is a pickle: a program that, run by Python, may do anything. This crate runs nothing. It reads
//! tensors by name from
//!
//! - the zip format of `torch.save` (PyTorch ≥ 1.6) and the stream it wrote before (0.1.10 – 1.5),
//! - safetensors files,
//!
//! whatever dictionaries they are nested in (`{epoch, model, optimizer, …}`), and refuses a pickle that names anything but
//! the constructors of tensors and plain data. Only the tensors that are asked for are read from the file.
//!
//! The containers and the pickle itself are read by the crate `pytorch-reader` (the reader behind burn), which interprets
//! no call but those that rebuild tensors; what this crate adds is the refusal by name ([`Error::HoldsCode`]), the limits
//! on size, safetensors, and conversion to `f32`.
//!
//! ```no_run
//! use ecg_audit_checkpoint::Checkpoint;
//!
//! let checkpoint = Checkpoint::open("model.pth".as_ref())?;
//! let weights = checkpoint.state_dict(&["conv1.weight", "lin.weight"])?;
//! let kernel = weights.get("conv1.weight")?.read_f32()?; // [filters, leads, kernel]
//! # Ok::<(), ecg_audit_checkpoint::Error>(())
//! ```

mod content;
mod error;
mod globals;
mod pytorch;
mod safetensors;
mod state_dict;
mod tensor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use content::{Content, Format, content};
pub use error::Error;
pub use state_dict::StateDict;
pub use tensor::{Dtype, Tensor};

/// An open checkpoint: its tensors' names, types and shapes. Values are read on demand.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    tensors: BTreeMap<String, Tensor>,
}

impl Checkpoint {
    /// Opens a checkpoint of either PyTorch format, or safetensors; told apart by content, not by name.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotACheckpoint`] for any other file (TorchScript included), [`Error::HoldsCode`] for a
    /// pickle that names more than tensors and plain data, [`Error::Malformed`] for a file that contradicts itself.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let tensors = match content(path)? {
            Content::Checkpoint(Format::Safetensors) => safetensors::open(path)?,
            Content::Checkpoint(format) => pytorch::open(path, format)?,
            Content::TorchScript => return Err(Error::not_a_checkpoint(path, "a TorchScript module")),
        };
        Ok(Self {
            path: path.to_path_buf(),
            tensors,
        })
    }

    /// Every tensor with its full name (`model.conv1.weight`), in the order of the names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The weights of one network: the tensors under the prefix below which all of `required` lie.
    ///
    /// Training scripts wrap weights differently (`{"model": …}`, `{"state_dict": …}`, `module.` from data parallel
    /// training); the prefix is found by the names that the network needs. Of several, the well-known ones win:
    /// none, `model.`, `state_dict.`, `model_state_dict.`, each also with `module.`.
    ///
    /// # Errors
    /// [`Error::NoSuchNetwork`] where there is none, or several and none of them well-known: both list what is there.
    pub fn state_dict(&self, required: &[&str]) -> Result<StateDict<'_>, Error> {
        StateDict::find(&self.path, &self.tensors, required)
    }
}
