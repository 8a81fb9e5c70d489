//! Finished settings on disk, so that a sweep that was stopped goes on where it stood.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::sweep::Setting;

/// A folder with a file per finished setting, named by the setting's key.
pub(super) struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// The folder below `parent`.
    pub fn open(parent: &Path) -> Result<Self, Error> {
        let folder = parent.join("settings");
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        Ok(Self { folder })
    }

    /// The setting with this key, where it was finished.
    pub fn load(&self, key: &str) -> Option<Setting> {
        let path = self.path(key);
        let text = fs::read(&path).ok()?;
        match serde_json::from_slice(&text) {
            Ok(setting) => Some(setting),
            Err(error) => {
                tracing::warn!(
                    "{} is left out, and its setting run again: {error}",
                    path.display()
                );
                None
            }
        }
    }

    /// Keeps a finished setting.
    pub fn store(&self, key: &str, setting: &Setting) -> Result<(), Error> {
        let path = self.path(key);
        let partial = path.with_extension("tmp");
        let json = serde_json::to_vec(setting)
            .map_err(|error| Error::Invalid(format!("{}: {error}", path.display())))?;
        fs::write(&partial, json).map_err(Error::io(&partial))?;
        fs::rename(&partial, &path).map_err(Error::io(&path))
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}
