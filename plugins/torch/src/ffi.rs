//! The shim's C interface; shim/torch_shim.h says what each function does.

use std::ffi::{c_char, c_int, c_void};

#[repr(C)]
pub(crate) struct RawModule {
    _private: [u8; 0],
}

#[repr(C)]
pub(crate) struct RawCode {
    _private: [u8; 0],
}

#[repr(C)]
pub(crate) struct RawResult {
    _private: [u8; 0],
}

unsafe extern "C" {
    pub(crate) fn audit_free_text(text: *mut c_char);
    pub(crate) fn audit_load(
        path: *const c_char,
        device: *const c_char,
        module: *mut *mut RawModule,
    ) -> *mut c_char;
    pub(crate) fn audit_free_module(module: *mut RawModule);
    pub(crate) fn audit_has_method(module: *const RawModule, name: *const c_char) -> c_int;
    pub(crate) fn audit_weights(module: *const RawModule) -> usize;
    pub(crate) fn audit_weight(module: *const RawModule, number: usize) -> *mut c_void;
    pub(crate) fn audit_describe(
        module: *const RawModule,
        method: *const c_char,
        json: *mut *mut c_char,
    ) -> *mut c_char;
    pub(crate) fn audit_compile(
        module: *const RawModule,
        method: *const c_char,
        wanted: *const usize,
        count: usize,
        code: *mut *mut RawCode,
    ) -> *mut c_char;
    pub(crate) fn audit_free_code(code: *mut RawCode);
    pub(crate) fn audit_run(
        code: *const RawCode,
        signal: *const c_void,
        result: *mut *mut RawResult,
    ) -> *mut c_char;
    pub(crate) fn audit_free_result(result: *mut RawResult);
    pub(crate) fn audit_returned(result: *const RawResult) -> usize;
    pub(crate) fn audit_returned_name(result: *const RawResult, number: usize) -> *const c_char;
    pub(crate) fn audit_returned_tensor(result: *const RawResult, number: usize) -> *mut c_void;
    pub(crate) fn audit_wanted_tensor(result: *const RawResult, slot: usize) -> *mut c_void;
}
