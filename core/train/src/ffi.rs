//! The shim's C interface; shim/script.h and shim/device.h say what each function does.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use crate::Error;
use crate::error::brief;

#[repr(C)]
pub(crate) struct RawScript {
    _private: [u8; 0],
}

#[repr(C)]
pub(crate) struct RawGenerator {
    _private: [u8; 0],
}

unsafe extern "C" {
    fn train_free_text(text: *mut c_char);
    pub(crate) fn train_script_new(kind: *const c_char, script: *mut *mut RawScript) -> *mut c_char;
    pub(crate) fn train_script_child(
        parent: *mut RawScript,
        name: *const c_char,
        kind: *const c_char,
        script: *mut *mut RawScript,
    ) -> *mut c_char;
    pub(crate) fn train_script_free(script: *mut RawScript);
    pub(crate) fn train_script_tensor(
        script: *mut RawScript,
        name: *const c_char,
        tensor: *const c_void,
        parameter: c_int,
    ) -> *mut c_char;
    pub(crate) fn train_script_define(script: *mut RawScript, source: *const c_char) -> *mut c_char;
    pub(crate) fn train_script_save(script: *mut RawScript, path: *const c_char) -> *mut c_char;

    pub(crate) fn train_generator_new(
        device: *const c_char,
        generator: *mut *mut RawGenerator,
    ) -> *mut c_char;
    pub(crate) fn train_generator_free(generator: *mut RawGenerator);
    pub(crate) fn train_generator_seed(generator: *mut RawGenerator, seed: u64);
    pub(crate) fn train_dropout_mask(
        generator: *mut RawGenerator,
        like: *const c_void,
        share: f64,
        mask: *mut *mut c_void,
    ) -> *mut c_char;
    pub(crate) fn train_adam(
        count: usize,
        weights: *const *mut c_void,
        gradients: *const *mut c_void,
        means: *const *mut c_void,
        squares: *const *mut c_void,
        steps: *const *mut c_void,
        rate: f64,
        beta1: f64,
        beta2: f64,
        decay: f64,
        epsilon: f64,
    ) -> *mut c_char;
    pub(crate) fn train_version() -> *const c_char;
    pub(crate) fn train_deterministic() -> *mut c_char;
    pub(crate) fn train_autocast(on: c_int) -> *mut c_char;
}

/// The shim's answer: null, or why it failed.
pub(crate) fn answer(failure: *mut c_char) -> Result<(), Error> {
    if failure.is_null() {
        return Ok(());
    }
    // SAFETY: the shim's texts end with zero, and are freed once.
    let text = unsafe {
        let text = CStr::from_ptr(failure).to_string_lossy().into_owned();
        train_free_text(failure);
        text
    };
    Err(Error::Torch(brief(&text)))
}

/// A text for the shim.
pub(crate) fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Invalid(format!("{text:?} holds a zero character")))
}
