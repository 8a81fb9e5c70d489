//! Between tensors and arrays.

use ecg_audit_plugin::{Activation, Error};
use ndarray::{Array2, Array3, ArrayView3};
use tch::{Device, Kind, TchError, Tensor};

/// A tensor of its own memory; gradients flow through.
pub(crate) fn copied(tensor: &Tensor) -> Result<Tensor, TchError> {
    let mut copy = tensor.f_zeros_like()?;
    copy.f_copy_(tensor)?;
    Ok(copy)
}

/// `signal` `[B, leads, samples]` on a device.
pub(crate) fn signal(signal: ArrayView3<'_, f32>, kind: Kind, device: Device) -> Result<Tensor, Error> {
    let contiguous = signal.as_standard_layout();
    let values = contiguous
        .as_slice()
        .ok_or_else(|| Error::Failed("the signal is not contiguous".into()))?;
    let size = signal
        .shape()
        .iter()
        .map(|&size| i64::try_from(size).unwrap_or(i64::MAX));
    Tensor::f_from_slice(values)
        .and_then(|flat| flat.f_view(size.collect::<Vec<_>>().as_slice()))
        .and_then(|tensor| tensor.f_to_device(device)?.f_to_kind(kind))
        .map_err(failed)
}

/// The outputs as `[B, n]`; a single output may come without a dimension of its own.
pub(crate) fn outputs_of(tensor: &Tensor) -> Result<Tensor, Error> {
    match tensor.size().as_slice() {
        [_, outputs] if *outputs > 0 => Ok(tensor.shallow_clone()),
        [_] => tensor.f_unsqueeze(1).map_err(failed),
        [] => tensor.f_view([1, 1]).map_err(failed),
        other => Err(Error::Params(format!(
            "the output is {other:?}; expected [batch, outputs]"
        ))),
    }
}

/// Refuses a tap that is not `[B, C, L]`.
pub(crate) fn tap_of(number: usize, tensor: &Tensor) -> Result<(), Error> {
    match tensor.size().as_slice() {
        [_, channels, length] if *channels > 0 && *length > 0 => Ok(()),
        other => Err(Error::Params(format!(
            "tap {number} is {other:?}; expected [batch, channels, timestamps]"
        ))),
    }
}

/// What the audit reads of raw outputs.
pub(crate) fn activated(activation: Activation, raw: &Tensor) -> Result<Tensor, Error> {
    // In f64, so that probabilities sum to 1 as nearly as f32 can say.
    let wide = raw.f_to_kind(Kind::Double).map_err(failed)?;
    match activation {
        Activation::Identity => Ok(wide),
        Activation::Sigmoid => wide.f_sigmoid().map_err(failed),
        Activation::Softmax => wide.f_softmax(-1, Kind::Double).map_err(failed),
    }
}

/// A matrix of finite values; `what` names it where one is not.
pub(crate) fn matrix(tensor: &Tensor, what: &str) -> Result<Array2<f32>, Error> {
    let (size, values) = values(tensor, what)?;
    match size.as_slice() {
        [rows, columns] => Array2::from_shape_vec((*rows, *columns), values).map_err(shape_error),
        _ => Err(Error::Failed(format!("{what} are {size:?}"))),
    }
}

/// As [`matrix`], with three dimensions.
pub(crate) fn cube(tensor: &Tensor, what: &str) -> Result<Array3<f32>, Error> {
    let (size, values) = values(tensor, what)?;
    match size.as_slice() {
        [rows, channels, length] => {
            Array3::from_shape_vec((*rows, *channels, *length), values).map_err(shape_error)
        }
        _ => Err(Error::Failed(format!("{what} are {size:?}"))),
    }
}

fn values(tensor: &Tensor, what: &str) -> Result<(Vec<usize>, Vec<f32>), Error> {
    let near = tensor
        .f_detach()
        .and_then(|tensor| {
            tensor
                .f_to_device(Device::Cpu)?
                .f_to_kind(Kind::Float)?
                .f_contiguous()
        })
        .map_err(failed)?;
    let size: Vec<usize> = near
        .size()
        .iter()
        .map(|&size| usize::try_from(size).unwrap_or(0))
        .collect();
    let count = near.numel();
    let mut values = vec![0f32; count];
    near.f_copy_data(&mut values, count).map_err(failed)?;
    // No early exit: without one the loop is vectorised.
    if values.iter().fold(true, |fine, value| fine & value.is_finite()) {
        Ok((size, values))
    } else {
        Err(Error::Failed(format!("{what} are not finite")))
    }
}

fn failed(error: TchError) -> Error {
    Error::Failed(crate::module::brief(&error.to_string()))
}

fn shape_error(error: ndarray::ShapeError) -> Error {
    Error::Failed(error.to_string())
}
