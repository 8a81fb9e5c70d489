//! The tables of functions: what the host offers, what a library offers, and one table per kind of instance.
//!
//! Every function pointer is nullable in the type, because the other side's memory is not to be trusted; the text says
//! which may be null.

use std::ffi::c_void;

use super::{Buffer, Bytes, DlManagedTensor, DlTensor, Failure, Header, Status, Str, Table};

/// An instance: a component or a model fitted by one.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Handle {
    /// Passed to every function of the table.
    pub instance: *mut c_void,
    /// The table of its kind, which begins with this header; lives as long as the process.
    pub table: *const Header,
}

/// What the host offers to a component.
///
/// Borrowed for the call it is passed to. A component that keeps it calls `retain` once, and `release` once when it
/// is done: in between, the table and its functions stay valid, on any thread.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct HostTable {
    /// Header.
    pub header: Header,
    /// Passed to every function of this table.
    pub ctx: *mut c_void,
    /// Counts one more holder.
    pub retain: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Counts one holder less.
    pub release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Writes a log line; level 1 warn, 2 info, 3 debug.
    pub log: Option<unsafe extern "C" fn(ctx: *mut c_void, level: u32, message: Str)>,
    /// `done` of `total` units of a long call are done.
    pub progress: Option<unsafe extern "C" fn(ctx: *mut c_void, done: u64, total: u64)>,
    /// Not 0 once the user wants to stop.
    pub cancelled: Option<unsafe extern "C" fn(ctx: *mut c_void) -> i32>,
    /// How many threads may be kept busy, at least 1; may change between calls.
    pub threads: Option<unsafe extern "C" fn(ctx: *mut c_void) -> u32>,
}

/// What a library offers.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct LibraryTable {
    /// Header.
    pub header: Header,
    /// [`crate::LibraryMetadata`] as JSON; lives as long as the process.
    pub metadata: Str,
    /// Makes a component: kind (a [`crate::Kind`]), name, parameters as a JSON object, host.
    pub create: Option<
        unsafe extern "C" fn(
            kind: u32,
            name: Str,
            params: Str,
            host: *const HostTable,
            instance: *mut Handle,
            error: *mut Failure,
        ) -> Status,
    >,
    /// May be null. How many instances, tensors and buffers the library has handed out and not got back; the
    /// conformance kit looks for leaks with it.
    pub live: Option<unsafe extern "C" fn() -> i64>,
}

/// Frees an instance; called once, after all other calls have returned.
type CallDrop = Option<unsafe extern "C" fn(instance: *mut c_void)>;
/// Answers an owned text or owned bytes.
pub type CallSave =
    Option<unsafe extern "C" fn(instance: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status>;
/// Restores a model from what its `save` wrote.
pub type CallLoad = Option<
    unsafe extern "C" fn(
        instance: *mut c_void,
        bytes: Bytes,
        model: *mut Handle,
        error: *mut Failure,
    ) -> Status,
>;
/// Answers one tensor; leaving it null with status OK means that there is none.
type CallTensor = Option<
    unsafe extern "C" fn(
        instance: *mut c_void,
        out: *mut *mut DlManagedTensor,
        error: *mut Failure,
    ) -> Status,
>;

/// An encoder.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct EncoderTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// [`crate::EncoderInfo`] as JSON.
    pub info: CallSave,
    /// Signal f32 `[B, leads, samples]` to outputs f32 `[B, n]` and `n_taps` tensors f32 `[B, C_b, L_b]`, written to the
    /// array `taps`. `n_taps` is the number of taps in the info.
    pub encode: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            signal: *const DlTensor,
            outputs: *mut *mut DlManagedTensor,
            taps: *mut *mut DlManagedTensor,
            n_taps: usize,
            error: *mut Failure,
        ) -> Status,
    >,
    /// May be null. A JSON array of [`crate::Layer`].
    pub layers: CallSave,
    /// May be null. Grad-CAM f32 `[B, L_tap]` of an output (`class`) at a tap.
    pub grad_cam: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            signal: *const DlTensor,
            class: u64,
            tap: u64,
            out: *mut *mut DlManagedTensor,
            error: *mut Failure,
        ) -> Status,
    >,
}

/// A clusterer.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ClustererTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// Features f32 `[n, D]` and a seed to a model ([`ClusterModelTable`]), which may outlive the clusterer.
    pub fit: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            features: *const DlTensor,
            seed: u64,
            model: *mut Handle,
            error: *mut Failure,
        ) -> Status,
    >,
    /// Bytes to a model.
    pub load: CallLoad,
}

/// A fitted codebook.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ClusterModelTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// [`crate::FitSummary`] as JSON.
    pub summary: CallSave,
    /// Features f32 `[n, D]` to memberships f32 `[n, K]` and squared distances f32 `[n, K]`.
    pub assign: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            features: *const DlTensor,
            memberships: *mut *mut DlManagedTensor,
            distances: *mut *mut DlManagedTensor,
            error: *mut Failure,
        ) -> Status,
    >,
    /// The model as bytes.
    pub save: CallSave,
    /// May be null, and may answer no tensor. Centroids f32 `[K, D]`.
    pub centroids: CallTensor,
}

/// An uncertainty measure.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct UncertaintyTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// Memberships f32 `[n, K]` and distances f32 `[n, K]` to scores f32 `[n]`.
    pub score: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            memberships: *const DlTensor,
            distances: *const DlTensor,
            out: *mut *mut DlManagedTensor,
            error: *mut Failure,
        ) -> Status,
    >,
}

/// The target is class labels.
pub const TARGET_CLASSES: u32 = 1;
/// The target is continuous values.
pub const TARGET_VALUES: u32 = 2;

/// What a surrogate learns.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Target {
    /// Header.
    pub header: Header,
    /// [`TARGET_CLASSES`] or [`TARGET_VALUES`].
    pub tag: u32,
    /// Always 0; keeps the layout free of implicit padding.
    pub reserved: u32,
    /// Number of classes; 0 for values.
    pub classes: u64,
    /// u32 `[n]` below `classes`, or f64 `[n]`.
    pub data: *const DlTensor,
}

/// A surrogate.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SurrogateTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// x f64 `[n, F]`, a target, weights f64 `[n]` or null, and a seed to a model ([`SurrogateModelTable`]), which may
    /// outlive the surrogate.
    pub fit: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            x: *const DlTensor,
            target: *const Target,
            weights: *const DlTensor,
            seed: u64,
            model: *mut Handle,
            error: *mut Failure,
        ) -> Status,
    >,
    /// Bytes to a model.
    pub load: CallLoad,
}

/// A fitted surrogate.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SurrogateModelTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// x f64 `[n, F]` to probabilities f64 `[n, classes]` or values f64 `[n, 1]`.
    pub predict: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            x: *const DlTensor,
            out: *mut *mut DlManagedTensor,
            error: *mut Failure,
        ) -> Status,
    >,
    /// The model as bytes.
    pub save: CallSave,
    /// May be null, and may answer no tensor. Importances f64 `[F]`.
    pub importances: CallTensor,
}

/// A delineator.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct DelineatorTable {
    /// Header.
    pub header: Header,
    /// Frees the instance.
    pub drop: CallDrop,
    /// Signal f32 `[leads, samples]` in millivolts at a sampling rate in Hz to beats: tensors f64 `[beats, 9]` of onset,
    /// peak and offset of P, QRS and T in samples from the start, NaN where absent. `fused` is written always, the
    /// array `per_lead` of `leads` tensors either in full or, by a method that only fuses, not at all.
    pub delineate: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            signal: *const DlTensor,
            sampling_rate: f64,
            fused: *mut *mut DlManagedTensor,
            per_lead: *mut *mut DlManagedTensor,
            leads: usize,
            error: *mut Failure,
        ) -> Status,
    >,
}

/// Declares tables.
macro_rules! tables {
    ($($table:ty: $name:literal),* $(,)?) => {$(
        // SAFETY: repr(C), the header first, then nullable function pointers, raw pointers and integers.
        unsafe impl Table for $table {
            const NAME: &'static str = $name;
        }
        // SAFETY: plain addresses; what they lead to is thread-safe by the ABI's rules.
        unsafe impl Send for $table {}
        // SAFETY: as above.
        unsafe impl Sync for $table {}
    )*};
}

tables! {
    HostTable: "the host's table",
    LibraryTable: "the library's table",
    EncoderTable: "the encoder's table",
    ClustererTable: "the clusterer's table",
    ClusterModelTable: "the cluster model's table",
    UncertaintyTable: "the uncertainty's table",
    Target: "the surrogate's target",
    SurrogateTable: "the surrogate's table",
    SurrogateModelTable: "the surrogate model's table",
    DelineatorTable: "the delineator's table",
}
