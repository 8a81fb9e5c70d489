//! What the encoder asks of a network, whatever kind of file it comes from.

use ecg_audit_plugin::{Error, InputShape, Layer};
use tch::{Device, Kind, Tensor};

/// A network on a device, in evaluation mode. Its weights need no gradients.
pub(crate) trait Network: Send + Sync {
    /// Runs `signal` `[B, leads, samples]`, of the network's own kind and on its device, which the network may overwrite.
    /// Gradients are followed from the signal where the caller asks for them.
    ///
    /// # Errors
    /// [`Error::Failed`] with libtorch's reason; [`Error::Params`] for names that turn out wrong only now.
    fn forward(&self, signal: &Tensor) -> Result<Forward, Error>;

    /// The network's layers, as [`ecg_audit_plugin::Encoder::layers`] says; with shapes for an input `[leads, samples]`
    /// where one is given.
    ///
    /// # Errors
    /// As [`Network::forward`].
    fn layers(&self, input: Option<[usize; 2]>) -> Result<Vec<Layer>, Error>;

    /// What the file tells of the input.
    fn input(&self) -> InputShape;

    /// Where the network is.
    fn device(&self) -> Device;

    /// The kind of the network's weights, and so of its input.
    fn kind(&self) -> Kind;

    /// The trained weights, sharing the network's memory.
    fn weights(&self) -> Vec<Tensor>;
}

/// One run, raw.
pub(crate) struct Forward {
    /// The raw outputs.
    pub(crate) outputs: Tensor,
    /// The taps in the order of the parameters.
    pub(crate) taps: Vec<Tensor>,
}
