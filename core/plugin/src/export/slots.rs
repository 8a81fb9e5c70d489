//! Arguments in and results out, checked.

use ndarray::{Array, CowArray, Dimension};
use serde::Serialize;

use crate::Error;
use crate::abi::{Buffer, DlManagedTensor, DlTensor, Element, HandOut, hand_out, import};

/// An argument tensor as an array.
///
/// # Safety
/// As [`import`].
pub unsafe fn input<'a, T: Element, D: Dimension>(
    tensor: *const DlTensor,
    name: &str,
) -> Result<CowArray<'a, T, D>, Error> {
    // SAFETY: the caller's promise is passed on.
    unsafe { import(tensor, name) }.map_err(Error::Input)
}

/// Where a result goes, known not to be null.
#[derive(Clone, Copy)]
pub struct Slot<T>(*mut T);

impl<T> Slot<T> {
    /// Checks the pointer, so that nothing is computed for a caller that cannot take it.
    pub fn new(to: *mut T, name: &str) -> Result<Self, Error> {
        if to.is_null() || !to.is_aligned() {
            return Err(Error::Input(format!("{name}: nowhere to put the result")));
        }
        Ok(Self(to))
    }

    /// Writes the result.
    ///
    /// # Safety
    /// The pointer is writable.
    pub unsafe fn put(self, value: T) {
        // SAFETY: not null, aligned, and writable by the caller's word.
        unsafe { self.0.write(value) };
    }
}

impl Slot<*mut DlManagedTensor> {
    /// Writes an array.
    ///
    /// # Safety
    /// The pointer is writable.
    pub unsafe fn put_array<T: Element, D: Dimension>(self, out: &'static HandOut, array: Array<T, D>) {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.put(hand_out(out, array)) };
    }
}

impl Slot<Buffer> {
    /// Writes a value as JSON.
    ///
    /// # Safety
    /// The pointer is writable.
    pub unsafe fn put_json(self, out: &'static HandOut, value: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_vec(value).map_err(|error| Error::Failed(error.to_string()))?;
        // SAFETY: the caller's promise is passed on.
        unsafe { self.put(out.buffer(json)) };
        Ok(())
    }
}
