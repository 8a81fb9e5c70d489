//! Why a plugin could not be found, loaded or used.

use std::path::{Path, PathBuf};

use ecg_audit_plugin::Kind;

/// Why a plugin could not be found, loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No component has this address.
    #[error("no {} `{address}` among the plugins{}\n{trace}", kind.name(), hint.as_deref().unwrap_or_default())]
    NotFound {
        /// Kind that was asked for.
        kind: Kind,
        /// Address as given.
        address: String,
        /// What else it might have been, as the rest of a sentence.
        hint: Option<String>,
        /// Valid addresses that are near to it.
        nearest: Vec<String>,
        /// The whole search, a line per folder and per refused file.
        trace: String,
    },
    /// The file is not the one that the manifest, or the pin in the configuration, describes.
    #[error("{}: its SHA-256 is {found}, but {expected_by} says {expected}", path.display())]
    Digest {
        /// The library file.
        path: PathBuf,
        /// Who named the digest: the manifest or the configuration.
        expected_by: String,
        /// That digest.
        expected: String,
        /// The file's own.
        found: String,
    },
    /// The system cannot load the file as a library.
    #[error("{}: not a library that can be loaded here: {reason}{}", path.display(), rest(help))]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
        /// What the plugin's manifest advises for this case, where it does.
        help: String,
    },
    /// The file is a library, but not a plugin.
    #[error("{}: a library, but no ecg-audit plugin: it does not export `{symbol}`", path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// What is missing.
        symbol: &'static str,
    },
    /// The library was built for another version of the boundary, or breaks its rules.
    #[error("{0}")]
    Incompatible(ecg_audit_plugin::Error),
    /// A parameter is wrong.
    #[error("plugin `{address}`: parameter {}: {message}", if path.is_empty() { "table" } else { path })]
    Params {
        /// Address of the component.
        address: String,
        /// Where in the parameters, as `taps[1]`; empty for the table itself.
        path: String,
        /// What was expected, what was found, and the nearest valid names.
        message: String,
    },
    /// The component refused to be made.
    #[error("plugin `{address}`: {source}")]
    Component {
        /// Address of the component.
        address: String,
        /// What it said.
        source: ecg_audit_plugin::Error,
    },
    /// A manifest cannot be read or written.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// `help` as the rest of a sentence.
fn rest(help: &str) -> String {
    if help.is_empty() {
        String::new()
    } else {
        format!("; {help}")
    }
}

impl Error {
    /// Adds what the plugin's manifest advises where its library cannot be loaded.
    pub(super) fn advise(mut self, advice: &str) -> Self {
        if let Self::NotALibrary { help, .. } = &mut self {
            advice.clone_into(help);
        }
        self
    }

    /// For `map_err` on the system's errors.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
