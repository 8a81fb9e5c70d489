//! Opening a library: the one place where foreign code comes in.

use std::path::Path;

use ecg_audit_plugin::abi::{INIT_SYMBOL, InitFn};
use ecg_audit_plugin::client::{Entry, Library};

use super::Error;

/// Loads a library for good and negotiates with it.
pub(super) fn open(path: &Path) -> Result<Library, Error> {
    let entry = entry(path)?;
    Library::open(entry, &path.display().to_string()).map_err(Error::Incompatible)
}

/// Loads a library for good and finds its init function.
pub(super) fn entry(path: &Path) -> Result<Entry, Error> {
    // A bare file name would be looked up in the system's library folders.
    let absolute = std::fs::canonicalize(path).map_err(Error::io(path))?;
    // SAFETY: loading runs the library's initialisers. The user asked for this very file, which is all the assurance
    // that a native plugin can give.
    let library = unsafe { load(&absolute) }.map_err(|error| Error::NotALibrary {
        path: path.to_owned(),
        reason: reason(&error),
        help: String::new(),
    })?;
    // Never unloaded: runtimes in it may keep threads and thread-local destructors.
    let library: &'static libloading::Library = Box::leak(Box::new(library));
    // SAFETY: what exports this name keeps the rules of `InitFn`; they are the name's meaning.
    let init = unsafe { library.get::<InitFn>(INIT_SYMBOL) }.map_err(|_| Error::NotAPlugin {
        path: path.to_owned(),
        symbol: INIT_SYMBOL,
    })?;
    // SAFETY: as above, and the library stays loaded.
    Ok(unsafe { Entry::new(*init) })
}

/// Binds all symbols at once, so that a missing one is an error here and not an abort in the middle of a run.
#[cfg(unix)]
unsafe fn load(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix;
    // SAFETY: the caller's promise is passed on.
    unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
unsafe fn load(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: the caller's promise is passed on.
    unsafe { libloading::Library::new(path) }
}

/// The system's own words, which libloading keeps as the source.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
