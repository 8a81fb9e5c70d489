//! `plugin doctor`: the whole search, with a verdict per file.

use std::fmt;
use std::path::PathBuf;

use super::discover::{Plugin, Registry, file_name};
use super::search::Folder;

/// The whole search.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Folder by folder, in search order.
    pub folders: Vec<FolderDiagnosis>,
}

/// One folder.
#[derive(Debug, Clone)]
pub struct FolderDiagnosis {
    /// The folder.
    pub folder: Folder,
    /// Why nothing could be looked at, where that is so.
    pub problem: Option<String>,
    /// Its files.
    pub files: Vec<FileDiagnosis>,
}

/// One manifest, or one library without a manifest.
#[derive(Debug, Clone)]
pub struct FileDiagnosis {
    /// The file.
    pub file: PathBuf,
    /// What it offers, or why it is refused.
    pub verdict: Result<String, String>,
    /// Addresses that an earlier library answers to instead.
    pub shadowed: Vec<String>,
}

impl Diagnosis {
    /// True when no file is refused.
    pub fn healthy(&self) -> bool {
        self.folders
            .iter()
            .flat_map(|folder| &folder.files)
            .all(|file| file.verdict.is_ok())
    }
}

impl Registry {
    /// Looks at every file of the search, and opens the libraries whose digest is right.
    pub fn doctor(&self) -> Diagnosis {
        let listed = self.list();
        let folders = self.searched().iter().map(|searched| FolderDiagnosis {
            folder: searched.folder.clone(),
            problem: searched.problem.clone(),
            files: searched
                .candidates
                .iter()
                .map(|candidate| FileDiagnosis {
                    file: candidate.file.clone(),
                    verdict: candidate.verdict.clone().and_then(|plugin| self.examine(&plugin)),
                    shadowed: listed
                        .iter()
                        .filter(|it| it.shadowed_by.is_some() && it.plugin.manifest_path == candidate.file)
                        .map(|it| it.address.clone())
                        .collect(),
                })
                .collect(),
        });
        Diagnosis {
            folders: folders.collect(),
        }
    }

    /// Opens one library and compares what it says with its manifest.
    fn examine(&self, plugin: &Plugin) -> Result<String, String> {
        let library = self.open(plugin, None).map_err(|error| error.to_string())?;
        let (manifest, metadata) = (&plugin.manifest, library.metadata());
        if metadata.name != manifest.name || metadata.components != manifest.components {
            return Err("the manifest says something else than the library itself: write it anew".to_owned());
        }
        let (major, minor) = library.abi();
        let components: Vec<String> = metadata
            .components
            .iter()
            .map(|component| format!("{} `{}`", component.kind.name(), component.name))
            .collect();
        Ok(format!(
            "{} {} ({}), ABI {major}.{minor}: {}",
            metadata.name,
            metadata.version,
            metadata.licence,
            components.join(", ")
        ))
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for folder in &self.folders {
            writeln!(f, "{} ({})", folder.folder.path.display(), folder.folder.origin)?;
            match &folder.problem {
                Some(problem) => writeln!(f, "  {problem}")?,
                None if folder.files.is_empty() => writeln!(f, "  no plugins")?,
                None => {}
            }
            for file in &folder.files {
                let name = file_name(&file.file);
                match &file.verdict {
                    Ok(offer) => writeln!(f, "  ok       {name}: {offer}")?,
                    Err(reason) => writeln!(f, "  refused  {name}: {reason}")?,
                }
                if !file.shadowed.is_empty() {
                    writeln!(
                        f,
                        "           an earlier library answers to {}",
                        file.shadowed.join(", ")
                    )?;
                }
            }
        }
        Ok(())
    }
}
