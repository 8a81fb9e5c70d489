//! An instance of a plugin, as the host holds it.

use std::ffi::c_void;
use std::sync::Arc;

use ndarray::{Array, Dimension};
use serde::de::DeserializeOwned;

use super::host::HostBridge;
use super::library::Library;
use super::owned::{OwnedBuffer, Tensor, TensorSlot};
use crate::abi::{Buffer, DlManagedTensor, Element, Failure, Handle, Status, Table};
use crate::{Context, Error};

/// The instance's address with all that must live as long as it.
pub struct Remote {
    library: Library,
    label: String,
    instance: *mut c_void,
    drop: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    bridge: Arc<HostBridge>,
}

// SAFETY: the ABI asks that instances may be used from any thread, and from several at once.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

impl Remote {
    /// Takes over an instance.
    pub fn new(library: Library, label: &str, instance: *mut c_void, bridge: Arc<HostBridge>) -> Self {
        library.held().add();
        Self {
            library,
            label: label.to_owned(),
            instance,
            drop: None,
            bridge,
        }
    }

    /// Notes how the instance is freed.
    ///
    /// # Errors
    /// [`Error::Failed`] when its table does not say so.
    pub fn freed_by(mut self, drop: Option<unsafe extern "C" fn(*mut c_void)>) -> Result<Self, Error> {
        self.drop = Some(self.required(drop, "drop")?);
        Ok(self)
    }

    /// A function that the table must have.
    ///
    /// # Errors
    /// [`Error::Failed`] that names the function.
    pub fn required<F>(&self, function: Option<F>, name: &str) -> Result<F, Error> {
        function.ok_or_else(|| self.nonsense(&format!("its table lacks `{name}`")))
    }

    /// The plugin broke the rules.
    pub fn nonsense(&self, problem: &str) -> Error {
        self.library.nonsense(&format!("{}: {problem}", self.label))
    }

    /// The host's context.
    pub fn context(&self) -> &Context {
        self.bridge.context()
    }

    /// Calls a function of the instance.
    pub fn call(&self, call: impl FnOnce(*mut c_void, *mut Failure) -> Status) -> Result<(), Error> {
        self.library
            .checked(&self.label, |error| call(self.instance, error))
    }

    /// Calls a function that answers a model.
    pub fn model<T: Table>(
        &self,
        call: impl FnOnce(*mut c_void, *mut Handle, *mut Failure) -> Status,
    ) -> Result<(Self, T), Error> {
        self.library
            .receive(Arc::clone(&self.bridge), &self.label, |_, handle, error| {
                call(self.instance, handle, error)
            })
    }

    /// Calls a function that answers bytes.
    pub fn bytes(
        &self,
        name: &str,
        call: impl FnOnce(*mut c_void, *mut Buffer, *mut Failure) -> Status,
    ) -> Result<Vec<u8>, Error> {
        let buffer = self.buffer(call)?;
        // SAFETY: written by the plugin with status OK.
        unsafe { buffer.to_vec(name) }
    }

    /// Calls a function that answers JSON.
    pub fn json<R: DeserializeOwned>(
        &self,
        name: &str,
        call: impl FnOnce(*mut c_void, *mut Buffer, *mut Failure) -> Status,
    ) -> Result<R, Error> {
        let buffer = self.buffer(call)?;
        // SAFETY: written by the plugin with status OK.
        unsafe { buffer.to_json(name) }
    }

    fn buffer(
        &self,
        call: impl FnOnce(*mut c_void, *mut Buffer, *mut Failure) -> Status,
    ) -> Result<OwnedBuffer<'_>, Error> {
        let mut buffer = Buffer::EMPTY;
        self.call(|instance, error| call(instance, &raw mut buffer, error))?;
        Ok(OwnedBuffer::new(buffer, &self.library))
    }

    /// Calls a function that answers one tensor, or none.
    pub fn optional_tensor<T: Element, D: Dimension>(
        &self,
        name: &str,
        call: impl FnOnce(*mut c_void, *mut *mut DlManagedTensor, *mut Failure) -> Status,
    ) -> Result<Option<Array<T, D>>, Error> {
        let mut slot = TensorSlot::new();
        self.call(|instance, error| call(instance, slot.as_mut_ptr(), error))?;
        slot.take(&self.library)
            // SAFETY: written by the plugin with status OK.
            .map(|tensor| unsafe { tensor.to_array(name) })
            .transpose()
    }

    /// Calls a function that answers one tensor.
    pub fn tensor<T: Element, D: Dimension>(
        &self,
        name: &str,
        call: impl FnOnce(*mut c_void, *mut *mut DlManagedTensor, *mut Failure) -> Status,
    ) -> Result<Array<T, D>, Error> {
        self.optional_tensor(name, call)?
            .ok_or_else(|| self.nonsense(&format!("{name}: no tensor")))
    }

    /// Takes over tensors that a call wrote with status OK; none of them is lost when one is bad.
    pub fn take_over(&self, raw: Vec<*mut DlManagedTensor>) -> Vec<Option<Tensor<'_>>> {
        raw.into_iter()
            .map(|raw| Tensor::from_raw(raw, &self.library))
            .collect()
    }

    /// The array of a tensor that was taken over.
    pub fn array<T: Element, D: Dimension>(
        &self,
        tensor: Option<&Tensor<'_>>,
        name: &str,
    ) -> Result<Array<T, D>, Error> {
        let tensor = tensor.ok_or_else(|| self.nonsense(&format!("{name}: no tensor")))?;
        // SAFETY: written by the plugin with status OK.
        unsafe { tensor.to_array(name) }
    }

    /// Compares a shape with what it must be; `None` is free.
    pub fn expect_shape(&self, name: &str, found: &[usize], expected: &[Option<usize>]) -> Result<(), Error> {
        let fits = found.len() == expected.len()
            && found
                .iter()
                .zip(expected)
                .all(|(found, expected)| expected.is_none_or(|expected| expected == *found));
        if fits {
            return Ok(());
        }
        let expected: Vec<String> = expected
            .iter()
            .map(|extent| extent.map_or_else(|| "any".to_owned(), |extent| extent.to_string()))
            .collect();
        Err(self.nonsense(&format!(
            "{name}: shape {found:?}, expected [{}]",
            expected.join(", ")
        )))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.library.held().remove();
        if let Some(drop) = self.drop {
            // SAFETY: the last call on the instance, as we own it.
            unsafe { drop(self.instance) };
        }
    }
}
