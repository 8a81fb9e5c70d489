//! Discovery: reads the manifests of all folders, opens no library.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ecg_audit_plugin::abi::ABI_MAJOR;
use ecg_audit_plugin::client::Library;

use super::manifest::{MANIFEST_SUFFIX, Manifest};
use super::search::{Folder, SearchPath};

/// A library that a manifest describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// The manifest.
    pub manifest: Manifest,
    /// Where it was read.
    pub manifest_path: PathBuf,
    /// The library file.
    pub library_path: PathBuf,
}

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The manifest, or a library without one.
    pub file: PathBuf,
    /// The plugin, or why it is none.
    pub verdict: Result<Arc<Plugin>, String>,
}

/// A folder that was looked at.
#[derive(Debug, Clone)]
pub struct Searched {
    /// The folder.
    pub folder: Folder,
    /// Why nothing could be looked at, where that is so: absent, unreadable, the same as an earlier one.
    pub problem: Option<String>,
    /// What was found, by file name.
    pub candidates: Vec<Candidate>,
}

/// All plugins of a search path, and the libraries opened so far.
#[derive(Debug)]
pub struct Registry {
    searched: Vec<Searched>,
    pub(super) opened: Mutex<HashMap<PathBuf, (String, Library)>>,
}

impl Registry {
    /// Reads the manifests. What cannot be used is kept with the reason, so that an error can show the whole search.
    pub fn discover(path: &SearchPath) -> Self {
        let mut seen = BTreeSet::new();
        let searched = path
            .folders
            .iter()
            .map(|folder| search(folder, &mut seen))
            .collect();
        Self {
            searched,
            opened: Mutex::default(),
        }
    }

    /// The search, folder by folder.
    pub fn searched(&self) -> &[Searched] {
        &self.searched
    }

    /// The plugins in search order.
    pub fn plugins(&self) -> impl Iterator<Item = &Arc<Plugin>> {
        self.searched
            .iter()
            .flat_map(|searched| &searched.candidates)
            .filter_map(|candidate| candidate.verdict.as_ref().ok())
    }

    /// The whole search in words: a line per folder, and one per refused file.
    pub fn trace(&self) -> String {
        let mut text = String::from("searched:");
        for searched in &self.searched {
            let found = searched.candidates.iter().filter(|it| it.verdict.is_ok()).count();
            let state = searched
                .problem
                .clone()
                .unwrap_or_else(|| format!("{found} plugins"));
            let Folder { path, origin } = &searched.folder;
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {} ({origin}): {state}", path.display());
            for candidate in &searched.candidates {
                if let Err(reason) = &candidate.verdict {
                    let _ = write!(text, "\n    refused {}: {reason}", file_name(&candidate.file));
                }
            }
        }
        text
    }
}

/// A path's last part, for messages.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn search(folder: &Folder, seen: &mut BTreeSet<PathBuf>) -> Searched {
    let mut searched = Searched {
        folder: folder.clone(),
        problem: None,
        candidates: Vec::new(),
    };
    let files = match list(&folder.path, seen) {
        Ok(files) => files,
        Err(problem) => {
            searched.problem = Some(problem);
            return searched;
        }
    };
    let mut described = BTreeSet::new();
    for file in files
        .iter()
        .filter(|file| file_name(file).ends_with(MANIFEST_SUFFIX))
    {
        let verdict = read(file, &mut described);
        searched.candidates.push(Candidate {
            file: file.clone(),
            verdict,
        });
    }
    for file in files {
        let library = file
            .extension()
            .is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION);
        if library && !described.contains(&file_name(&file)) {
            let verdict = Err(format!(
                "no manifest (*{MANIFEST_SUFFIX}) beside it describes this library"
            ));
            searched.candidates.push(Candidate { file, verdict });
        }
    }
    searched
}

/// The files of a folder, by name.
fn list(folder: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, String> {
    if !folder.exists() {
        return Err("does not exist".to_owned());
    }
    if let Ok(real) = std::fs::canonicalize(folder)
        && !seen.insert(real)
    {
        return Err("already searched".to_owned());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot be read: {error}"))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("cannot be read: {error}"))?;
    files.sort();
    Ok(files)
}

/// Reads one manifest and notes the library that it describes.
fn read(manifest_path: &Path, described: &mut BTreeSet<String>) -> Result<Arc<Plugin>, String> {
    let manifest = Manifest::read(manifest_path).map_err(|error| match error {
        super::Error::Manifest { reason, .. } => reason,
        super::Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    })?;
    described.insert(manifest.library.clone());
    let library_path = manifest_path.with_file_name(&manifest.library);
    if !library_path.is_file() {
        return Err(format!("its library {} is missing", manifest.library));
    }
    if manifest.abi.0 != ABI_MAJOR {
        return Err(format!(
            "built for plugin ABI {}.{}, this program speaks {ABI_MAJOR}.x",
            manifest.abi.0, manifest.abi.1
        ));
    }
    Ok(Arc::new(Plugin {
        manifest,
        manifest_path: manifest_path.to_owned(),
        library_path,
    }))
}
