//! What a plugin hands over: released exactly once, through the plugin, whatever happens in between.

use std::ptr;

use ndarray::{Array, Dimension};
use serde::de::DeserializeOwned;

use super::library::Library;
use crate::Error;
use crate::abi::{Buffer, DLPACK_MAJOR, DlManagedTensor, Element, import};

/// A place for one tensor.
pub struct TensorSlot(*mut DlManagedTensor);

impl TensorSlot {
    /// An empty place.
    pub fn new() -> Self {
        Self(ptr::null_mut())
    }

    /// Where the plugin writes.
    pub fn as_mut_ptr(&mut self) -> *mut *mut DlManagedTensor {
        &raw mut self.0
    }

    /// The places of an array of tensors, which the plugin writes as one.
    pub fn many(count: usize) -> Vec<*mut DlManagedTensor> {
        vec![ptr::null_mut(); count]
    }

    /// The tensor, or `None` where the plugin wrote none. To be called after status OK alone.
    pub fn take(self, library: &Library) -> Option<Tensor<'_>> {
        Tensor::from_raw(self.0, library)
    }
}

/// A tensor that the plugin owns until we release it.
pub struct Tensor<'l> {
    raw: *mut DlManagedTensor,
    library: &'l Library,
}

impl<'l> Tensor<'l> {
    /// Takes over what the plugin wrote.
    pub fn from_raw(raw: *mut DlManagedTensor, library: &'l Library) -> Option<Self> {
        if raw.is_null() {
            return None;
        }
        library.held().add();
        Some(Self { raw, library })
    }

    /// A copy as an array; copied because the memory is the plugin's.
    ///
    /// # Errors
    /// [`Error::Failed`] for a tensor of another version, type or number of dimensions.
    ///
    /// # Safety
    /// The plugin wrote a tensor that keeps DLPack's rules.
    pub unsafe fn to_array<T: Element, D: Dimension>(&self, name: &str) -> Result<Array<T, D>, Error> {
        if !self.raw.is_aligned() {
            return Err(self.library.nonsense(&format!("{name}: a misaligned tensor")));
        }
        // SAFETY: not null, aligned, and a tensor by the caller's word; the version is first in every major.
        let version = unsafe { (*self.raw).version };
        if version.major != DLPACK_MAJOR {
            return Err(self.library.nonsense(&format!(
                "{name}: a tensor of DLPack {}.{}, expected {DLPACK_MAJOR}.x",
                version.major, version.minor
            )));
        }
        // SAFETY: as above; the layout is that of our major.
        unsafe {
            if (*self.raw).deleter.is_none() {
                return Err(self
                    .library
                    .nonsense(&format!("{name}: a tensor without a deleter")));
            }
            import::<T, D>(&raw const (*self.raw).tensor, name)
                .map(ndarray::CowArray::into_owned)
                .map_err(|problem| self.library.nonsense(&problem))
        }
    }
}

impl Drop for Tensor<'_> {
    fn drop(&mut self) {
        self.library.held().remove();
        if !self.raw.is_aligned() {
            return;
        }
        // SAFETY: not null, aligned, released here alone; the deleter's place is the same in every DLPack major.
        unsafe {
            if let Some(deleter) = (*self.raw).deleter {
                deleter(self.raw);
            }
        }
    }
}

/// Bytes that the plugin owns until we release them.
pub struct OwnedBuffer<'l> {
    raw: Buffer,
    library: &'l Library,
}

impl<'l> OwnedBuffer<'l> {
    /// Takes over what the plugin wrote.
    pub fn new(raw: Buffer, library: &'l Library) -> Self {
        library.held().add();
        Self { raw, library }
    }

    /// A copy of the bytes.
    ///
    /// # Safety
    /// The plugin wrote a buffer that keeps the rules of [`Buffer`].
    pub unsafe fn to_vec(&self, name: &str) -> Result<Vec<u8>, Error> {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.raw.read() }
            .map(<[u8]>::to_vec)
            .map_err(|problem| self.library.nonsense(&format!("{name}: {problem}")))
    }

    /// The bytes read as JSON.
    ///
    /// # Safety
    /// As [`OwnedBuffer::to_vec`].
    pub unsafe fn to_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        // SAFETY: the caller's promise is passed on.
        let bytes = unsafe { self.to_vec(name)? };
        serde_json::from_slice(&bytes).map_err(|problem| {
            let text = String::from_utf8_lossy(&bytes);
            let start: String = text.chars().take(200).collect();
            self.library.nonsense(&format!("{name}: {problem} in {start}"))
        })
    }
}

impl Drop for OwnedBuffer<'_> {
    fn drop(&mut self) {
        self.library.held().remove();
        release(&mut self.raw);
    }
}

/// Releases a buffer, once.
pub fn release(buffer: &mut Buffer) {
    if let Some(release) = buffer.release {
        let mut taken = std::mem::replace(buffer, Buffer::EMPTY);
        // SAFETY: the buffer as the plugin wrote it, released here alone.
        unsafe { release(&raw mut taken) };
    }
}
