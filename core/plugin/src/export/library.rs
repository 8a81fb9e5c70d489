//! The library's table and the init function behind the exported symbol.

use std::sync::{Arc, OnceLock};

use super::host::RemoteHost;
use super::instance::{answer, caught, tell};
use super::slots::Slot;
use crate::abi::{
    ABI_MAJOR, ABI_MINOR, Failure, HandOut, Handle, Header, HostTable, LibraryTable, Status, Str,
};
use crate::client::Entry;
use crate::{ComponentMetadata, Context, Error, FromParams, Kind, LibraryMetadata};

/// A library, as `export_plugin!` describes it.
pub trait Exported: 'static {
    /// Library name.
    const NAME: &'static str;
    /// The crate's version.
    const VERSION: &'static str;
    /// The crate's licence, an SPDX expression.
    const LICENCE: &'static str;
    /// What to do where the system cannot load the library; empty for most.
    const INSTALL_HELP: &'static str;
    /// The components.
    fn components() -> &'static [Component];
    /// What the library keeps while it is loaded.
    fn state() -> &'static State;
}

/// What a library keeps while it is loaded.
#[derive(Default)]
pub struct State {
    /// What was handed out.
    pub out: HandOut,
    metadata: OnceLock<String>,
    table: OnceLock<LibraryTable>,
}

impl State {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            out: HandOut::new(),
            metadata: OnceLock::new(),
            table: OnceLock::new(),
        }
    }
}

/// One component: how to describe and how to make it.
pub struct Component {
    kind: Kind,
    name: &'static str,
    describe: fn(Kind) -> ComponentMetadata,
    create: fn(&str, &Context) -> Result<Handle, Error>,
}

impl Component {
    /// Describes `T`; `create` parses the parameters and makes the handle.
    pub const fn new<T: FromParams>(kind: Kind, create: fn(&str, &Context) -> Result<Handle, Error>) -> Self {
        Self {
            kind,
            name: T::NAME,
            describe: describe::<T>,
            create,
        }
    }
}

/// What the library says of `T`.
fn describe<T: FromParams>(kind: Kind) -> ComponentMetadata {
    ComponentMetadata {
        name: T::NAME.to_owned(),
        kind,
        summary: T::SUMMARY.to_owned(),
        params_schema: schemars::schema_for!(T::Params).to_value(),
        formats: T::FORMATS.iter().map(|format| (*format).to_owned()).collect(),
    }
}

/// The library's entry, for tests that stay within this process.
pub const fn entry<L: Exported>() -> Entry {
    // SAFETY: `init` keeps the promises of an init function.
    unsafe { Entry::new(init::<L>) }
}

/// The init function of library `L`.
///
/// # Safety
/// As [`crate::abi::InitFn`].
pub unsafe extern "C" fn init<L: Exported>(
    _host: *const HostTable,
    host_major: u16,
    host_minor: u16,
    library: *mut *const LibraryTable,
    error: *mut Failure,
) -> Status {
    let out = &L::state().out;
    if host_major != ABI_MAJOR {
        let message = format!(
            "plugin `{}` {} speaks plugin ABI {ABI_MAJOR}.{ABI_MINOR}, the host {host_major}.{host_minor}",
            L::NAME,
            L::VERSION
        );
        // SAFETY: the caller vouches for `error`.
        unsafe { tell(&message, error, out) };
        return Status::ABI;
    }
    let result = caught(L::NAME, || {
        let slot = Slot::new(library, "library")?;
        let table = table::<L>()?;
        // SAFETY: the caller vouches for `library`.
        unsafe { slot.put(table) };
        Ok(())
    });
    // SAFETY: the caller vouches for `error`.
    unsafe { answer(result, error, out) }
}

/// The library's table, made at the first call.
fn table<L: Exported>() -> Result<&'static LibraryTable, Error> {
    let state = L::state();
    if state.metadata.get().is_none() {
        let metadata = LibraryMetadata {
            name: L::NAME.to_owned(),
            version: L::VERSION.to_owned(),
            licence: L::LICENCE.to_owned(),
            install_help: L::INSTALL_HELP.to_owned(),
            components: L::components().iter().map(|it| (it.describe)(it.kind)).collect(),
        };
        let json = serde_json::to_string(&metadata).map_err(|error| Error::Failed(error.to_string()))?;
        state.metadata.get_or_init(|| json);
    }
    let metadata: &'static str = state.metadata.get().map_or("", String::as_str);
    Ok(state.table.get_or_init(|| LibraryTable {
        header: Header::of::<LibraryTable>(),
        metadata: Str::new(metadata),
        create: Some(create::<L>),
        live: Some(live::<L>),
    }))
}

/// [`LibraryTable::live`].
unsafe extern "C" fn live<L: Exported>() -> i64 {
    L::state().out.count()
}

/// [`LibraryTable::create`].
unsafe extern "C" fn create<L: Exported>(
    kind: u32,
    name: Str,
    params: Str,
    host: *const HostTable,
    instance: *mut Handle,
    error: *mut Failure,
) -> Status {
    let result = caught(L::NAME, || {
        let slot = Slot::new(instance, "instance")?;
        // SAFETY: the caller vouches for the texts and the host.
        let (name, params, host) = unsafe {
            (
                name.read().map_err(Error::Params)?,
                params.read().map_err(Error::Params)?,
                RemoteHost::new(host)?,
            )
        };
        let component = find::<L>(kind, name)?;
        let context = Context::new(Arc::new(host));
        let handle = caught(&format!("{}/{name}", L::NAME), || {
            (component.create)(params, &context)
        })?;
        // SAFETY: the caller vouches for `instance`.
        unsafe { slot.put(handle) };
        Ok(())
    });
    // SAFETY: the caller vouches for `error`.
    unsafe { answer(result, error, &L::state().out) }
}

/// A component of this library.
fn find<L: Exported>(kind: u32, name: &str) -> Result<&'static Component, Error> {
    let components = L::components();
    components
        .iter()
        .find(|it| it.kind as u32 == kind && it.name == name)
        .ok_or_else(|| {
            let known: Vec<String> = components
                .iter()
                .map(|it| format!("{} `{}`", it.kind.name(), it.name))
                .collect();
            Error::Unsupported(format!(
                "plugin `{}` has no component `{name}` of kind {kind}; it has {}",
                L::NAME,
                known.join(", ")
            ))
        })
}
