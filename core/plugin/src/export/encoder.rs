//! Encoders, from the trait to the table.

use std::ffi::c_void;
use std::marker::PhantomData;

use super::instance::{Instance, call, drop_instance};
use super::library::{Component, Exported};
use super::params::parse;
use super::slots::{Slot, input};
use crate::abi::{Buffer, DlManagedTensor, DlTensor, EncoderTable, Failure, Header, Status};
use crate::{Encoder, Error, FromParams, Kind};

/// The component of an encoder.
pub const fn encoders<L: Exported, T: Encoder + FromParams + 'static>() -> Component {
    Component::new::<T>(Kind::Encoder, |params, context| {
        let encoder = T::from_params(parse(params)?, context)?;
        let name = format!("{}/{}", L::NAME, T::NAME);
        Ok(Instance::hand_over(
            encoder,
            &name,
            &L::state().out,
            Shim::<T>::TABLE,
        ))
    })
}

struct Shim<T>(PhantomData<T>);

impl<T: Encoder + 'static> Shim<T> {
    const TABLE: &'static EncoderTable = &EncoderTable {
        header: Header::of::<EncoderTable>(),
        drop: Some(drop_instance::<T>),
        info: Some(info::<T>),
        encode: Some(encode::<T>),
        layers: Some(layers::<T>),
        grad_cam: Some(grad_cam::<T>),
    };
}

unsafe extern "C" fn info<T: Encoder>(this: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status {
    // SAFETY: the caller keeps the rules of `EncoderTable`.
    unsafe {
        call::<T>(this, error, |it| {
            Slot::new(out, "info")?.put_json(it.out, &it.value.info())
        })
    }
}

unsafe extern "C" fn encode<T: Encoder>(
    this: *mut c_void,
    signal: *const DlTensor,
    outputs: *mut *mut DlManagedTensor,
    taps: *mut *mut DlManagedTensor,
    n_taps: usize,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `EncoderTable`; `taps` has `n_taps` places.
    unsafe {
        call::<T>(this, error, |it| {
            let outputs = Slot::new(outputs, "outputs")?;
            let places = (0..n_taps)
                .map(|tap| Slot::new(taps.wrapping_add(tap), "taps"))
                .collect::<Result<Vec<_>, _>>()?;
            let encoded = it.value.encode(input(signal, "signal")?.view())?;
            if encoded.taps.len() != n_taps {
                return Err(Error::Failed(format!(
                    "{} taps, expected {n_taps}",
                    encoded.taps.len()
                )));
            }
            outputs.put_array(it.out, encoded.outputs);
            for (place, tap) in places.into_iter().zip(encoded.taps) {
                place.put_array(it.out, tap);
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn layers<T: Encoder>(this: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status {
    // SAFETY: the caller keeps the rules of `EncoderTable`.
    unsafe {
        call::<T>(this, error, |it| {
            Slot::new(out, "layers")?.put_json(it.out, &it.value.layers()?)
        })
    }
}

unsafe extern "C" fn grad_cam<T: Encoder>(
    this: *mut c_void,
    signal: *const DlTensor,
    class: u64,
    tap: u64,
    out: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `EncoderTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(out, "grad_cam")?;
            let index =
                |value: u64| usize::try_from(value).map_err(|_| Error::Input(format!("index {value}")));
            let signal = input(signal, "signal")?;
            let map = it.value.grad_cam(signal.view(), index(class)?, index(tap)?)?;
            slot.put_array(it.out, map);
            Ok(())
        })
    }
}
