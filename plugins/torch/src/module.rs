//! TorchScript modules: safe wrappers of the shim.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;

use ecg_audit_plugin::Error;
use tch::Tensor;

use crate::ffi;

/// A loaded module in evaluation mode.
pub(crate) struct Module(*mut ffi::RawModule);

// SAFETY: after loading nothing writes to the module but `Network::shuffle`'s caller, before any other thread has it;
// libtorch reads modules from several threads at once.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Module {
    /// Loads a TorchScript file onto `device`.
    pub(crate) fn load(path: &Path, device: &str) -> Result<Self, Error> {
        let text = path
            .to_str()
            .ok_or_else(|| Error::Resource(format!("the path {} is not UTF-8", path.display())))?;
        let (file, device) = (c_text(text)?, c_text(device)?);
        let mut module = std::ptr::null_mut();
        // SAFETY: all pointers are to live locals.
        let failure = unsafe { ffi::audit_load(file.as_ptr(), device.as_ptr(), &raw mut module) };
        answer(failure).map_err(|reason| {
            Error::Resource(format!(
                "libtorch cannot load {}: {}",
                path.display(),
                brief(&reason)
            ))
        })?;
        Ok(Self(module))
    }

    pub(crate) fn has_method(&self, name: &CStr) -> bool {
        // SAFETY: the module lives, the name ends with zero.
        unsafe { ffi::audit_has_method(self.0, name.as_ptr()) != 0 }
    }

    /// The trained weights, and the running statistics of normalisations; they share the module's memory.
    pub(crate) fn weights(&self) -> Vec<Tensor> {
        // SAFETY: the module lives.
        let count = unsafe { ffi::audit_weights(self.0) };
        (0..count)
            // SAFETY: the number is below the count; the new handle is this tensor's alone.
            .map(|number| unsafe { Tensor::from_ptr(ffi::audit_weight(self.0, number).cast()) })
            .collect()
    }

    /// Describes a method as JSON; `graph::Graph` reads it.
    pub(crate) fn describe(&self, method: &CStr) -> Result<String, Error> {
        let mut json = std::ptr::null_mut();
        // SAFETY: the module lives, the name ends with zero, `json` is a live local.
        let failure = unsafe { ffi::audit_describe(self.0, method.as_ptr(), &raw mut json) };
        answer(failure).map_err(|reason| Error::Params(brief(&reason)))?;
        taken(json).ok_or_else(|| Error::Failed("the shim described nothing".into()))
    }

    /// Compiles a method that also returns the values with these numbers.
    pub(crate) fn compile(&self, method: &CStr, wanted: &[usize]) -> Result<Code, Error> {
        let mut code = std::ptr::null_mut();
        // SAFETY: the module lives, the name ends with zero, the slice and `code` outlive the call.
        let failure = unsafe {
            ffi::audit_compile(
                self.0,
                method.as_ptr(),
                wanted.as_ptr(),
                wanted.len(),
                &raw mut code,
            )
        };
        answer(failure).map_err(|reason| Error::Failed(brief(&reason)))?;
        Ok(Code {
            raw: code,
            wanted: wanted.len(),
        })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { ffi::audit_free_module(self.0) }
    }
}

/// A compiled method.
pub(crate) struct Code {
    raw: *mut ffi::RawCode,
    wanted: usize,
}

// SAFETY: code is not written to after it was compiled; each run has its own interpreter.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

/// What one run gave.
pub(crate) struct Run {
    /// What the method returned, by name: "" for a tensor, "0", "1", … for the elements of a tuple or list, or a
    /// dictionary's keys.
    pub(crate) returned: Vec<(String, Tensor)>,
    /// The values that were wanted beside it.
    pub(crate) wanted: Vec<Tensor>,
}

impl Code {
    /// Runs the method; its reason where it fails.
    pub(crate) fn run(&self, signal: &Tensor) -> Result<Run, String> {
        let mut result = std::ptr::null_mut();
        // SAFETY: code and tensor live, `result` is a live local.
        let failure = unsafe { ffi::audit_run(self.raw, signal.as_ptr().cast(), &raw mut result) };
        answer(failure).map_err(|reason| brief(&reason))?;
        // SAFETY: made by the call above; every number is below its count, and each new handle has one owner.
        unsafe {
            let returned = (0..ffi::audit_returned(result))
                .map(|number| {
                    let name = CStr::from_ptr(ffi::audit_returned_name(result, number));
                    let tensor = Tensor::from_ptr(ffi::audit_returned_tensor(result, number).cast());
                    (name.to_string_lossy().into_owned(), tensor)
                })
                .collect();
            let wanted = (0..self.wanted)
                .map(|slot| Tensor::from_ptr(ffi::audit_wanted_tensor(result, slot).cast()))
                .collect();
            ffi::audit_free_result(result);
            Ok(Run { returned, wanted })
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { ffi::audit_free_code(self.raw) }
    }
}

fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Params(format!("{text:?} holds a zero character")))
}

fn answer(failure: *mut c_char) -> Result<(), String> {
    taken(failure).map_or(Ok(()), Err)
}

/// A text that the shim made; `None` for null.
fn taken(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the shim's texts end with zero, and are freed once.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        ffi::audit_free_text(text);
        Some(copy)
    }
}

/// The sentence that matters: libtorch wraps it in traces of its interpreter, the innermost error last.
pub(crate) fn brief(message: &str) -> String {
    const CAUSE: &str = "Error: ";
    let innermost = message
        .lines()
        .rev()
        .find_map(|line| line.find(CAUSE).map(|at| &line[at + CAUSE.len()..]));
    let line = innermost
        .or_else(|| message.lines().find(|line| !line.trim().is_empty()))
        .unwrap_or(message);
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_error_is_what_matters() {
        let trace = "The following operation failed in the TorchScript interpreter.\nTraceback (most recent call \
                     last):\n  File \"code/x.py\", line 3\nRuntimeError: expected 12 channels, but got 8\n";
        assert_eq!(brief(trace), "expected 12 channels, but got 8");
        assert_eq!(brief("\nfile not found\nat line 3"), "file not found");
        assert_eq!(brief(""), "");
    }
}
