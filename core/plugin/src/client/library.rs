//! A library: negotiated, its table checked, its components made on demand.

use std::fmt;
use std::ptr;
use std::sync::Arc;

use serde_json::Value;

use super::host::HostBridge;
use super::owned::release;
use super::remote::Remote;
use super::{clusterer, delineator, encoder, surrogate, uncertainty};
use crate::abi::{
    ABI_MAJOR, ABI_MINOR, Buffer, Failure, HandOut, Handle, InitFn, LibraryTable, Status, Str, Table,
    read_table,
};
use crate::{Clusterer, Context, Delineator, Encoder, Error, Kind, LibraryMetadata, Surrogate, Uncertainty};

/// A library's init function, vouched for.
#[derive(Clone, Copy)]
pub struct Entry(InitFn);

impl Entry {
    /// Vouches for an init function.
    ///
    /// # Safety
    /// The function, and all that it gives access to, keeps the rules of [`crate::abi`], and stays loaded for as long
    /// as the process lives.
    pub const unsafe fn new(init: InitFn) -> Self {
        Self(init)
    }

    /// Asks the library for its table as a host of the given ABI version would.
    ///
    /// # Errors
    /// [`Refusal`], with the library's own words.
    pub fn ask(self, major: u16, minor: u16) -> Result<*const LibraryTable, Refusal> {
        let bridge = HostBridge::new(&Context::quiet(1));
        let mut table = ptr::null();
        let mut failure = Failure {
            message: Buffer::EMPTY,
        };
        // SAFETY: the entry is vouched for; all pointers are to live locals.
        let status = unsafe { (self.0)(bridge.table(), major, minor, &raw mut table, &raw mut failure) };
        if status == Status::OK {
            return Ok(table);
        }
        // SAFETY: written by the library, as the status is not OK.
        let message = unsafe { take_message(&mut failure) };
        Err(Refusal { status, message })
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry")
    }
}

/// A library that does not want to be used by this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if message.is_empty() { "no reason given" } else { message })]
pub struct Refusal {
    /// [`Status::ABI`] when the versions are the reason.
    pub status: Status,
    /// The library's own words.
    pub message: String,
}

/// The failure's message; what is not UTF-8 is replaced, as a poor message is better than none.
///
/// # Safety
/// `failure` is empty or was written by the plugin.
pub unsafe fn take_message(failure: &mut Failure) -> String {
    // SAFETY: the caller's promise is passed on.
    let message = match unsafe { failure.message.read() } {
        Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(problem) => format!("(a message that cannot be read: {problem})"),
    };
    release(&mut failure.message);
    message
}

/// A loaded library; cheap to clone.
#[derive(Clone)]
pub struct Library(Arc<Inner>);

struct Inner {
    entry: Entry,
    table: LibraryTable,
    metadata: LibraryMetadata,
    held: HandOut,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.0.metadata.name).finish()
    }
}

impl Library {
    /// Negotiates with a library and reads what it says of itself. `origin` names it in messages until its own name
    /// is known: its file, usually.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the library speaks another ABI, [`Error::Failed`] when it breaks the rules.
    pub fn open(entry: Entry, origin: &str) -> Result<Self, Error> {
        let table = entry.ask(ABI_MAJOR, ABI_MINOR).map_err(|refusal| {
            if refusal.status == Status::ABI {
                Error::Unsupported(format!(
                    "{origin}: {refusal} (this host speaks ABI {ABI_MAJOR}.{ABI_MINOR})"
                ))
            } else {
                Error::Failed(format!("{origin}: {refusal}"))
            }
        })?;
        let nonsense = |problem: String| Error::Failed(format!("{origin} breaks the plugin ABI: {problem}"));
        // SAFETY: the library wrote the pointer with status OK, and is vouched for.
        let table = unsafe { read_table(table) }.map_err(nonsense)?;
        if table.create.is_none() {
            return Err(nonsense("its table lacks `create`".to_owned()));
        }
        // SAFETY: the library's metadata lives as long as the process.
        let metadata =
            unsafe { table.metadata.read() }.map_err(|problem| nonsense(format!("metadata: {problem}")))?;
        let metadata: LibraryMetadata =
            serde_json::from_str(metadata).map_err(|problem| nonsense(format!("metadata: {problem}")))?;
        Ok(Self(Arc::new(Inner {
            entry,
            table,
            metadata,
            held: HandOut::new(),
        })))
    }

    /// What the library says of itself.
    pub fn metadata(&self) -> &LibraryMetadata {
        &self.0.metadata
    }

    /// Its entry.
    pub fn entry(&self) -> Entry {
        self.0.entry
    }

    /// The ABI version that the library was built for: major, minor.
    pub fn abi(&self) -> (u16, u16) {
        (self.0.table.header.abi_major, self.0.table.header.abi_minor)
    }

    /// How many instances, tensors and buffers of this library the host holds.
    pub fn held_count(&self) -> i64 {
        self.0.held.count()
    }

    /// How many the library itself believes to be out, where it counts them.
    pub fn live_count(&self) -> Option<i64> {
        // SAFETY: the library is vouched for.
        self.0.table.live.map(|live| unsafe { live() })
    }

    /// Makes an encoder.
    ///
    /// # Errors
    /// What the component answers; [`Error::Failed`] when it breaks the rules.
    pub fn create_encoder(
        &self,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<Box<dyn Encoder>, Error> {
        let (remote, table) = self.create(Kind::Encoder, name, params, context)?;
        Ok(Box::new(encoder::RemoteEncoder::new(remote, table)?))
    }

    /// Makes a clusterer.
    ///
    /// # Errors
    /// As [`Library::create_encoder`].
    pub fn create_clusterer(
        &self,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<Box<dyn Clusterer>, Error> {
        let (remote, table) = self.create(Kind::Clusterer, name, params, context)?;
        Ok(Box::new(clusterer::RemoteClusterer::new(remote, table)?))
    }

    /// Makes an uncertainty measure.
    ///
    /// # Errors
    /// As [`Library::create_encoder`].
    pub fn create_uncertainty(
        &self,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<Box<dyn Uncertainty>, Error> {
        let (remote, table) = self.create(Kind::Uncertainty, name, params, context)?;
        Ok(Box::new(uncertainty::RemoteUncertainty::new(remote, table)?))
    }

    /// Makes a surrogate.
    ///
    /// # Errors
    /// As [`Library::create_encoder`].
    pub fn create_surrogate(
        &self,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<Box<dyn Surrogate>, Error> {
        let (remote, table) = self.create(Kind::Surrogate, name, params, context)?;
        Ok(Box::new(surrogate::RemoteSurrogate::new(remote, table)?))
    }

    /// Makes a delineator.
    ///
    /// # Errors
    /// As [`Library::create_encoder`].
    pub fn create_delineator(
        &self,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<Box<dyn Delineator>, Error> {
        let (remote, table) = self.create(Kind::Delineator, name, params, context)?;
        Ok(Box::new(delineator::RemoteDelineator::new(remote, table)?))
    }

    /// Makes an instance of any kind and reads its table.
    fn create<T: Table>(
        &self,
        kind: Kind,
        name: &str,
        params: &Value,
        context: &Context,
    ) -> Result<(Remote, T), Error> {
        let create = self
            .0
            .table
            .create
            .ok_or_else(|| self.nonsense("its table lacks `create`"))?;
        let bridge = HostBridge::new(context);
        let label = format!("{}/{name}", self.0.metadata.name);
        let params = params.to_string();
        self.receive(bridge, &label, |bridge, handle, error| {
            // SAFETY: the library is vouched for; the texts and pointers outlive the call.
            unsafe {
                create(
                    kind as u32,
                    Str::new(name),
                    Str::new(&params),
                    bridge.table(),
                    handle,
                    error,
                )
            }
        })
    }

    /// Calls something that answers an instance, and takes it over.
    pub(super) fn receive<T: Table>(
        &self,
        bridge: Arc<HostBridge>,
        label: &str,
        call: impl FnOnce(&HostBridge, *mut Handle, *mut Failure) -> Status,
    ) -> Result<(Remote, T), Error> {
        let mut handle = Handle {
            instance: ptr::null_mut(),
            table: ptr::null(),
        };
        self.checked(label, |error| call(&bridge, &raw mut handle, error))?;
        if handle.instance.is_null() {
            return Err(self.nonsense(&format!("{label}: a null instance")));
        }
        // SAFETY: written by the library with status OK.
        let table = unsafe { read_table(handle.table.cast::<T>()) }
            .map_err(|problem| self.nonsense(&format!("{label}: {problem}")))?;
        Ok((Remote::new(self.clone(), label, handle.instance, bridge), table))
    }

    /// Calls a function of the library and turns its status into a result.
    pub(super) fn checked(
        &self,
        label: &str,
        call: impl FnOnce(*mut Failure) -> Status,
    ) -> Result<(), Error> {
        let mut failure = Failure {
            message: Buffer::EMPTY,
        };
        let status = call(&raw mut failure);
        if status == Status::OK {
            return Ok(());
        }
        // SAFETY: empty or written by the library, as the status is not OK.
        let message = unsafe { take_message(&mut failure) };
        let message = if message.is_empty() {
            format!("plugin `{label}` gave no reason")
        } else {
            message
        };
        Err(status
            .into_error(message.clone())
            .unwrap_or_else(|| self.nonsense(&format!("{label}: unknown status {}: {message}", status.0))))
    }

    /// The library broke the rules.
    pub(super) fn nonsense(&self, problem: &str) -> Error {
        Error::Failed(format!(
            "plugin `{}` breaks the plugin ABI: {problem}",
            self.0.metadata.name
        ))
    }

    /// The count of what the host holds.
    pub(super) fn held(&self) -> &HandOut {
        &self.0.held
    }
}
