//! A view handed to the other side for one call.

use std::marker::PhantomData;

use ndarray::{ArrayView, Dimension};

use super::{DlDevice, DlTensor, Element, KDL_CPU};

/// A [`DlTensor`] of an array view, strides and all; nothing is copied but the shape.
pub struct Borrowed<'a> {
    tensor: DlTensor,
    // The tensor points into these two, which is why they are on the heap and never touched again.
    _shape: Vec<i64>,
    _strides: Vec<i64>,
    view: PhantomData<&'a ()>,
}

impl<'a> Borrowed<'a> {
    /// Describes `view`.
    pub fn new<T: Element, D: Dimension>(view: &ArrayView<'a, T, D>) -> Self {
        // Rust's objects are at most isize::MAX bytes, so that extents and strides always fit.
        #[allow(clippy::cast_possible_wrap)]
        let mut shape: Vec<i64> = view.shape().iter().map(|&extent| extent as i64).collect();
        let mut strides: Vec<i64> = view.strides().iter().map(|&stride| stride as i64).collect();
        let data = if view.is_empty() {
            std::ptr::null_mut() // as DLPack asks
        } else {
            view.as_ptr().cast_mut().cast()
        };
        Self {
            tensor: DlTensor {
                data,
                device: DlDevice {
                    device_type: KDL_CPU,
                    device_id: 0,
                },
                // ndarray has at most a handful of dimensions.
                #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
                ndim: view.ndim() as i32,
                dtype: T::DTYPE,
                shape: shape.as_mut_ptr(),
                strides: strides.as_mut_ptr(),
                byte_offset: 0,
            },
            _shape: shape,
            _strides: strides,
            view: PhantomData,
        }
    }

    /// The tensor, valid as long as `self`.
    pub fn as_ptr(&self) -> *const DlTensor {
        &raw const self.tensor
    }
}
