//! DLPack 1.x tensors, after the specification (github.com/dmlc/dlpack, `dlpack.h`).
//!
//! Written by hand because it is five structures; a crate would bring its own safe wrappers, which we cannot use for
//! memory we do not trust.

use std::ffi::c_void;

/// DLPack's major version: the layout of [`DlManagedTensor`].
pub const DLPACK_MAJOR: u32 = 1;
/// DLPack's minor version written here.
pub const DLPACK_MINOR: u32 = 1;
/// `kDLCPU`, the only device that crosses this boundary.
pub const KDL_CPU: i32 = 1;
/// `kDLUInt`.
pub const KDL_UINT: u8 = 1;
/// `kDLFloat`.
pub const KDL_FLOAT: u8 = 2;

/// `DLPackVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct DlVersion {
    /// Another major has another layout: only the deleter may be used.
    pub major: u32,
    /// More values of the enumerations, same layout.
    pub minor: u32,
}

/// `DLDevice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct DlDevice {
    /// Kind of device, a C enumeration.
    pub device_type: i32,
    /// Which of that kind; 0 for the CPU.
    pub device_id: i32,
}

/// `DLDataType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct DlDataType {
    /// Signed, unsigned, float, …
    pub code: u8,
    /// Bits per element.
    pub bits: u8,
    /// Vector lanes; always 1 here.
    pub lanes: u16,
}

/// `DLTensor`: a view of memory that someone else owns.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct DlTensor {
    /// Start of the memory; null when there are no elements.
    pub data: *mut c_void,
    /// Where the memory is.
    pub device: DlDevice,
    /// Number of dimensions.
    pub ndim: i32,
    /// Type of the elements.
    pub dtype: DlDataType,
    /// `ndim` extents.
    pub shape: *mut i64,
    /// `ndim` strides in elements, negative ones allowed; null means row-major and compact.
    pub strides: *mut i64,
    /// Bytes from `data` to the first element.
    pub byte_offset: u64,
}

/// `DLManagedTensorVersioned`: a tensor with the function that frees it.
#[derive(Debug)]
#[repr(C)]
pub struct DlManagedTensor {
    /// Version of this layout.
    pub version: DlVersion,
    /// The allocator's own note.
    pub manager_ctx: *mut c_void,
    /// Frees the tensor and this structure. DLPack allows null; this boundary does not.
    pub deleter: Option<unsafe extern "C" fn(tensor: *mut DlManagedTensor)>,
    /// Read-only and the like; ignored, as the host only reads.
    pub flags: u64,
    /// The tensor.
    pub tensor: DlTensor,
}

/// The element types that cross the boundary.
///
/// # Safety
/// `DTYPE` describes the type exactly, and every bit pattern is a valid value.
pub unsafe trait Element: Copy + Default + Send + Sync + 'static {
    /// The type as DLPack describes it.
    const DTYPE: DlDataType;
    /// The type in messages.
    const NAME: &'static str;
}

/// A scalar type of one lane.
const fn scalar(code: u8, bits: u8) -> DlDataType {
    DlDataType { code, bits, lanes: 1 }
}

// SAFETY: an IEEE float of 32 bits.
unsafe impl Element for f32 {
    const DTYPE: DlDataType = scalar(KDL_FLOAT, 32);
    const NAME: &'static str = "f32";
}

// SAFETY: an IEEE float of 64 bits.
unsafe impl Element for f64 {
    const DTYPE: DlDataType = scalar(KDL_FLOAT, 64);
    const NAME: &'static str = "f64";
}

// SAFETY: an unsigned integer of 32 bits.
unsafe impl Element for u32 {
    const DTYPE: DlDataType = scalar(KDL_UINT, 32);
    const NAME: &'static str = "u32";
}
