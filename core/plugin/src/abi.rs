//! The C ABI: what actually crosses the boundary between host and plugin.
//!
//! Plugin authors in Rust never meet it: `export_plugin!` writes it for them, and [`crate::client`] reads it.
//! The same declarations in C are `include/ecg_audit_plugin.h`; a test keeps the two in step.
//!
//! Rules that hold for every structure and function here:
//!
//! * **Versions.** Tables of functions and argument structures start with a [`Header`]. Within a major version
//!   fields are only ever appended, so that `struct_size` says which of them are there. [`Header`], [`Str`],
//!   [`Buffer`], [`Failure`] and the signature of the init function never change, in any major version, so that a
//!   refusal can always be told.
//! * **Memory** is freed by the side that allocated it: borrowed arguments are valid for the call, owned results
//!   carry the function that releases them. Outputs are written on success only.
//! * **Threads.** Every function may be called from any thread, and several calls on one instance may run at once.
//!   `drop` is the exception: it comes once and last.
//! * **Unwinding** never crosses: functions answer a [`Status`].
//! * **Lifetime.** A library is never unloaded, so what [`LibraryTable`] points at lives as long as the process.

mod borrow;
mod buffer;
mod dlpack;
mod import;
mod own;
mod status;
mod table;
mod tables;

pub use borrow::Borrowed;
pub use buffer::{Buffer, Bytes, Failure, Str};
pub use dlpack::{
    DLPACK_MAJOR, DLPACK_MINOR, DlDataType, DlDevice, DlManagedTensor, DlTensor, DlVersion, Element, KDL_CPU,
    KDL_FLOAT, KDL_UINT,
};
pub use import::import;
pub use own::{HandOut, hand_out};
pub use status::Status;
pub use table::{Header, Table, read_table};
pub use tables::{
    CallLoad, CallSave, ClusterModelTable, ClustererTable, DelineatorTable, EncoderTable, Handle, HostTable,
    LibraryTable, SurrogateModelTable, SurrogateTable, TARGET_CLASSES, TARGET_VALUES, Target,
    UncertaintyTable,
};

/// Major version of the ABI: host and plugin must agree on it.
pub const ABI_MAJOR: u16 = 1;
/// Minor version of the ABI: fields appended since the major version began.
pub const ABI_MINOR: u16 = 0;
/// The one symbol that a library exports.
pub const INIT_SYMBOL: &str = "ecg_audit_plugin_init";

/// The exported function.
///
/// It is told the ABI version that the host speaks, and either puts its table into `library` and answers
/// [`Status::OK`], or answers [`Status::ABI`] with a message, upon which a host that also speaks an older major may
/// ask again. It may be called several times, from several threads, and answers the same table each time. `host` is
/// borrowed for the call; its header alone may be read when the major versions differ.
pub type InitFn = unsafe extern "C" fn(
    host: *const HostTable,
    host_major: u16,
    host_minor: u16,
    library: *mut *const LibraryTable,
    error: *mut Failure,
) -> Status;
