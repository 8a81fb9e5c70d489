//! Arrays and bytes handed over to the other side, which releases them through us.

use std::sync::atomic::{AtomicI64, Ordering};

use ndarray::{Array, Dimension};

use super::{
    Buffer, DLPACK_MAJOR, DLPACK_MINOR, DlDevice, DlManagedTensor, DlTensor, DlVersion, Element, KDL_CPU,
};

/// Counts what was handed out and not got back. One per library.
#[derive(Debug, Default)]
pub struct HandOut(AtomicI64);

impl HandOut {
    /// Nothing is out.
    pub const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// One more is out.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One came back.
    pub fn remove(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many are out.
    pub fn count(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Bytes as an owned buffer.
    pub fn buffer(&'static self, bytes: Vec<u8>) -> Buffer {
        let bytes: *mut [u8] = Box::into_raw(bytes.into_boxed_slice());
        self.add();
        Buffer {
            ptr: bytes.cast(),
            len: bytes.len(),
            ctx: std::ptr::from_ref(self).cast_mut().cast(),
            release: Some(release_buffer),
        }
    }
}

/// Frees what [`HandOut::buffer`] made.
unsafe extern "C" fn release_buffer(buffer: *mut Buffer) {
    if buffer.is_null() {
        return;
    }
    // SAFETY: the receiver passes the buffer it was given, once; it is taken so that a second call finds nothing.
    unsafe {
        let buffer = std::mem::replace(&mut *buffer, Buffer::EMPTY);
        if buffer.release.is_some() {
            drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(
                buffer.ptr, buffer.len,
            )));
            (*buffer.ctx.cast::<HandOut>()).remove();
        }
    }
}

/// A tensor and all it points at.
struct Holder<T, D> {
    managed: DlManagedTensor,
    array: Array<T, D>,
    shape: Vec<i64>,
    strides: Vec<i64>,
    out: &'static HandOut,
}

/// Hands an array over as a tensor; its elements stay where they are.
pub fn hand_out<T: Element, D: Dimension>(out: &'static HandOut, array: Array<T, D>) -> *mut DlManagedTensor {
    // Rust's objects are at most isize::MAX bytes, so that extents and strides always fit.
    #[allow(clippy::cast_possible_wrap)]
    let shape: Vec<i64> = array.shape().iter().map(|&extent| extent as i64).collect();
    let strides: Vec<i64> = array.strides().iter().map(|&stride| stride as i64).collect();
    let managed = DlManagedTensor {
        version: DlVersion {
            major: DLPACK_MAJOR,
            minor: DLPACK_MINOR,
        },
        manager_ctx: std::ptr::null_mut(),
        deleter: Some(delete::<T, D>),
        flags: 0,
        tensor: DlTensor {
            data: std::ptr::null_mut(),
            device: DlDevice {
                device_type: KDL_CPU,
                device_id: 0,
            },
            // ndarray has at most a handful of dimensions.
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
            ndim: array.ndim() as i32,
            dtype: T::DTYPE,
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            byte_offset: 0,
        },
    };
    let holder = Box::into_raw(Box::new(Holder {
        managed,
        array,
        shape,
        strides,
        out,
    }));
    out.add();
    // SAFETY: `holder` was just made and nobody else knows it. The tensor points at heap memory of the array and the
    // vectors, which stay put in the box until `delete`.
    unsafe {
        let it = &mut *holder;
        let data = if it.array.is_empty() {
            std::ptr::null_mut() // as DLPack asks
        } else {
            it.array.as_mut_ptr().cast()
        };
        it.managed.tensor.data = data;
        it.managed.tensor.shape = it.shape.as_mut_ptr();
        it.managed.tensor.strides = it.strides.as_mut_ptr();
        (*holder).managed.manager_ctx = holder.cast();
        &raw mut (*holder).managed
    }
}

/// Frees what [`hand_out`] made.
unsafe extern "C" fn delete<T: Element, D: Dimension>(managed: *mut DlManagedTensor) {
    if managed.is_null() {
        return;
    }
    // SAFETY: the receiver passes the tensor it was given, once; its context is the holder that `hand_out` boxed.
    let holder = unsafe { Box::from_raw((*managed).manager_ctx.cast::<Holder<T, D>>()) };
    holder.out.remove();
}
