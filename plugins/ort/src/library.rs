//! Finding ONNX Runtime and opening it.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ecg_audit_plugin::Error;
use ort::environment::Environment;

/// The environment variable that ONNX Runtime's Rust binding reads, too.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The opened library. A process has one, for good.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    pub(crate) environment: Environment,
    pub(crate) library: PathBuf,
}

static OPENED: Mutex<Option<Runtime>> = Mutex::new(None);

/// ONNX Runtime, opened when it is not yet.
///
/// # Errors
/// [`Error::Resource`] where it is not found, cannot be opened, is too old, or another one is open already.
pub(crate) fn runtime(asked: Option<&Path>) -> Result<Runtime, Error> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    match (&*opened, asked) {
        (Some(runtime), None) => return Ok(runtime.clone()),
        (Some(runtime), Some(asked)) => {
            let library = located(asked, "`library`")?;
            return if library == runtime.library {
                Ok(runtime.clone())
            } else {
                Err(Error::Resource(format!(
                    "`library` is {}, but {} is open already, and a process opens one ONNX Runtime",
                    library.display(),
                    runtime.library.display()
                )))
            };
        }
        (None, _) => {}
    }
    let library = found(asked)?;
    let failed = |error: &dyn std::fmt::Display| {
        Error::Resource(format!(
            "{} cannot be used as ONNX Runtime: {error}; `cargo xtask onnxruntime` installs one that can",
            library.display()
        ))
    };
    let environment = ort::init_from(&library)
        .map_err(|error| failed(&error))?
        .with_name("ecg-audit")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(&error))?;
    Ok(opened.insert(Runtime { environment, library }).clone())
}

/// The library to open.
fn found(asked: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = asked {
        return located(path, "`library`");
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return located(Path::new(&path), VARIABLE);
    }
    let folder = beside().map(|folder| folder.join("onnxruntime"));
    if let Some(library) = folder.as_deref().and_then(inside) {
        return Ok(library);
    }
    let looked = folder.map_or(String::new(), |folder| {
        format!(", and there is none in {}", folder.display())
    });
    Err(Error::Resource(format!(
        "ONNX Runtime is not installed: `library` is not given, {VARIABLE} is not set{looked}; \
         `cargo xtask onnxruntime` installs it"
    )))
}

/// The library that `path` names: itself, or the one in the folder.
fn located(path: &Path, source: &str) -> Result<PathBuf, Error> {
    let missing = |reason: &str| Error::Resource(format!("{source} is {}: {reason}", path.display()));
    let path = path.canonicalize().map_err(|error| missing(&error.to_string()))?;
    if path.is_dir() {
        return inside(&path)
            .ok_or_else(|| missing(&format!("there is no {DLL_PREFIX}onnxruntime{DLL_SUFFIX} in it")));
    }
    Ok(path)
}

/// The library in `folder`; of several versions the last by name.
fn inside(folder: &Path) -> Option<PathBuf> {
    let start = format!("{DLL_PREFIX}onnxruntime.");
    let entries = std::fs::read_dir(folder).ok()?;
    let named = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&start));
    named.map(|entry| entry.path()).max()?.canonicalize().ok()
}

/// The folder of the file that this code was loaded from.
#[cfg(unix)]
fn beside() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let here: *const libc::c_void = (beside as fn() -> Option<PathBuf>) as *const libc::c_void;
    // SAFETY: all-zero is a valid `Dl_info`: pointers that are null.
    let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: `info` is writable, and `here` may be any address.
    let known = unsafe { libc::dladdr(here, &raw mut info) } != 0 && !info.dli_fname.is_null();
    if !known {
        return None;
    }
    // SAFETY: where `dladdr` succeeds, the name ends in a zero and lives as long as the library.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    let file = Path::new(OsStr::from_bytes(name.to_bytes()))
        .canonicalize()
        .ok()?;
    file.parent().map(Path::to_owned)
}

/// The folder of the program.
#[cfg(not(unix))]
fn beside() -> Option<PathBuf> {
    let plugins = std::env::current_exe().ok()?.parent()?.join("plugins");
    Some(plugins)
}
