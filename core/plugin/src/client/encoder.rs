//! An encoder of a plugin.

use ndarray::{Array2, ArrayView3};

use super::owned::TensorSlot;
use super::remote::Remote;
use crate::abi::{Borrowed, EncoderTable};
use crate::{Encoded, Encoder, EncoderInfo, Error, Layer};

/// An encoder behind its table. Its info is asked for once.
pub struct RemoteEncoder {
    remote: Remote,
    table: EncoderTable,
    info: EncoderInfo,
}

impl RemoteEncoder {
    /// Checks the table.
    pub fn new(remote: Remote, table: EncoderTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.encode, "encode")?;
        let info = remote.required(table.info, "info")?;
        // SAFETY: a function of the instance's own table; the pointers outlive the call.
        let info = remote.json("info", |this, out, error| unsafe { info(this, out, error) })?;
        Ok(Self { remote, table, info })
    }
}

impl Encoder for RemoteEncoder {
    fn info(&self) -> EncoderInfo {
        self.info.clone()
    }

    fn encode(&self, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
        let encode = self.remote.required(self.table.encode, "encode")?;
        let batch = signal.len_of(ndarray::Axis(0));
        let signal = Borrowed::new(&signal);
        // Outputs first, then the taps.
        let mut raw = TensorSlot::many(self.info.taps.len() + 1);
        self.remote.call(|this, error| {
            let Some((outputs, taps)) = raw.split_first_mut() else {
                return crate::abi::Status::FAILED; // there is always a first
            };
            // SAFETY: a function of the instance's own table; `taps` has as many places as it says.
            unsafe {
                encode(
                    this,
                    signal.as_ptr(),
                    outputs,
                    taps.as_mut_ptr(),
                    taps.len(),
                    error,
                )
            }
        })?;
        let tensors = self.remote.take_over(raw);
        let mut tensors = tensors.iter().map(Option::as_ref);
        let outputs = self.remote.array(tensors.next().flatten(), "outputs")?;
        self.remote
            .expect_shape("outputs", outputs.shape(), &[Some(batch), self.info.outputs])?;
        let mut taps = Vec::with_capacity(self.info.taps.len());
        for (tensor, tap) in tensors.zip(&self.info.taps) {
            let name = format!("tap `{}`", tap.name);
            let activations = self.remote.array(tensor, &name)?;
            self.remote.expect_shape(
                &name,
                activations.shape(),
                &[Some(batch), tap.channels, tap.length],
            )?;
            taps.push(activations);
        }
        Ok(Encoded { outputs, taps })
    }

    fn layers(&self) -> Result<Vec<Layer>, Error> {
        let Some(layers) = self.table.layers else {
            return Err(Error::Unsupported(
                "this encoder cannot list the network's layers".into(),
            ));
        };
        self.remote
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            .json("layers", |this, out, error| unsafe { layers(this, out, error) })
    }

    fn grad_cam(&self, signal: ArrayView3<'_, f32>, class: usize, tap: usize) -> Result<Array2<f32>, Error> {
        let Some(grad_cam) = self.table.grad_cam else {
            return Err(Error::Unsupported(
                "this encoder has no gradients for Grad-CAM".into(),
            ));
        };
        let batch = signal.len_of(ndarray::Axis(0));
        let signal = Borrowed::new(&signal);
        let map: Array2<f32> = self.remote.tensor("Grad-CAM", |this, out, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { grad_cam(this, signal.as_ptr(), class as u64, tap as u64, out, error) }
        })?;
        let length = self.info.taps.get(tap).and_then(|tap| tap.length);
        self.remote
            .expect_shape("Grad-CAM", map.shape(), &[Some(batch), length])?;
        Ok(map)
    }
}
