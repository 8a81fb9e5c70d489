//! The plugin host: finds libraries, checks them, opens them, makes their components.
//!
//! [`SearchPath`] says where to look, [`Registry::discover`] reads the manifests there without opening any library,
//! and the registry makes components by address (`kmeans`, `linfa/gmm`). A library is opened at its first use, after
//! its SHA-256 has been compared with the manifest's and with a pin, and is never unloaded: runtimes such as libtorch
//! keep threads and thread-local destructors behind.

mod address;
mod conformance;
mod create;
mod digest;
mod discover;
mod doctor;
mod error;
mod manifest;
mod open;
mod params;
mod search;
#[cfg(test)]
mod tests;

pub use address::{Listed, Resolved};
pub use conformance::{components, conformance};
pub use create::Request;
pub use discover::{Candidate, Plugin, Registry, Searched};
pub use doctor::{Diagnosis, FileDiagnosis, FolderDiagnosis};
pub use error::Error;
pub use manifest::{MANIFEST_SUFFIX, Manifest, write_manifest};
pub use search::{Folder, Origin, PLUGIN_PATH_VARIABLE, SearchPath};
