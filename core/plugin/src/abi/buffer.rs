//! Text and bytes: borrowed in, owned out.

use std::ffi::c_void;
use std::ptr;

/// Borrowed UTF-8, not terminated; valid for the call unless said otherwise.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Str {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// Length in bytes.
    pub len: usize,
}

impl Str {
    /// Borrows a text.
    pub const fn new(text: &str) -> Self {
        Self {
            ptr: text.as_ptr(),
            len: text.len(),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// Says when the pointer is null, the length impossible, or the text not UTF-8.
    ///
    /// # Safety
    /// A non-null `ptr` has `len` readable bytes for `'a`.
    pub unsafe fn read<'a>(self) -> Result<&'a str, String> {
        // SAFETY: the caller vouches for the bytes.
        let bytes = unsafe { slice(self.ptr, self.len)? };
        std::str::from_utf8(bytes).map_err(|error| format!("text is not UTF-8: {error}"))
    }
}

/// Borrowed bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Bytes {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// Length in bytes.
    pub len: usize,
}

impl Bytes {
    /// Borrows bytes.
    pub const fn new(bytes: &[u8]) -> Self {
        Self {
            ptr: bytes.as_ptr(),
            len: bytes.len(),
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// Says when the pointer is null or the length impossible.
    ///
    /// # Safety
    /// A non-null `ptr` has `len` readable bytes for `'a`.
    pub unsafe fn read<'a>(self) -> Result<&'a [u8], String> {
        // SAFETY: the caller vouches for the bytes.
        unsafe { slice(self.ptr, self.len) }
    }
}

/// Owned bytes or text; the receiver calls `release` once, where there is one.
#[derive(Debug)]
#[repr(C)]
pub struct Buffer {
    /// First byte; may be null when `len` is 0.
    pub ptr: *mut u8,
    /// Length in bytes.
    pub len: usize,
    /// The allocator's own note.
    pub ctx: *mut c_void,
    /// Frees what `self` describes; null when the bytes live as long as the process.
    pub release: Option<unsafe extern "C" fn(buffer: *mut Buffer)>,
}

impl Buffer {
    /// Nothing; what an output is before it is written.
    pub const EMPTY: Self = Self {
        ptr: ptr::null_mut(),
        len: 0,
        ctx: ptr::null_mut(),
        release: None,
    };

    /// The bytes.
    ///
    /// # Errors
    /// Says when the pointer is null or the length impossible.
    ///
    /// # Safety
    /// A non-null `ptr` has `len` readable bytes, and has not been released.
    pub unsafe fn read(&self) -> Result<&[u8], String> {
        // SAFETY: the caller vouches for the bytes, which live as long as the buffer.
        unsafe { slice(self.ptr, self.len) }
    }
}

/// Where a function writes why it failed; written only when the status is not [`super::Status::OK`].
#[derive(Debug)]
#[repr(C)]
pub struct Failure {
    /// The message, UTF-8; may be left empty.
    pub message: Buffer,
}

/// A slice of foreign memory.
unsafe fn slice<'a>(ptr: *const u8, len: usize) -> Result<&'a [u8], String> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() {
        return Err(format!("a null pointer to {len} bytes"));
    }
    if isize::try_from(len).is_err() {
        return Err(format!("an impossible length of {len} bytes"));
    }
    // SAFETY: not null, the length fits, and the caller vouches for the bytes.
    Ok(unsafe { std::slice::from_raw_parts(ptr, len) })
}
