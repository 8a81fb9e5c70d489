//! Where plugins are looked for, and in which order.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

/// The environment variable that names folders, separated as in `PATH`.
pub const PLUGIN_PATH_VARIABLE: &str = "ECG_AUDIT_PLUGIN_PATH";

/// Who named a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// `[plugins] path` in the configuration.
    Configuration,
    /// [`PLUGIN_PATH_VARIABLE`].
    Environment,
    /// The user's data folder.
    UserData,
    /// `plugins` beside the executable.
    Installed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "the configuration's [plugins] path",
            Self::Environment => PLUGIN_PATH_VARIABLE,
            Self::UserData => "the user's data folder",
            Self::Installed => "beside the executable",
        })
    }
}

/// A folder to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The folder; it need not exist.
    pub path: PathBuf,
    /// Who named it.
    pub origin: Origin,
}

/// The folders to search, first one first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPath {
    /// The folders.
    pub folders: Vec<Folder>,
}

impl SearchPath {
    /// The usual order: the configuration's folders (already resolved against the configuration's own folder),
    /// [`PLUGIN_PATH_VARIABLE`], the user's data folder, and `plugins` beside the executable. The current folder is
    /// searched only where one of these names it; an empty entry of the variable names nothing.
    pub fn standard(configured: &[PathBuf]) -> Self {
        Self::of(configured, std::env::var_os(PLUGIN_PATH_VARIABLE).as_deref())
    }

    /// [`SearchPath::standard`] with the variable's value given.
    fn of(configured: &[PathBuf], variable: Option<&OsStr>) -> Self {
        let mut path = Self::only(configured);
        let mut add = |folder: PathBuf, origin| path.folders.push(Folder { path: folder, origin });
        for folder in variable.into_iter().flat_map(std::env::split_paths) {
            if !folder.as_os_str().is_empty() {
                add(folder, Origin::Environment);
            }
        }
        if let Some(user) = directories::ProjectDirs::from("", "", "ecg-audit") {
            add(user.data_dir().join("plugins"), Origin::UserData);
        }
        let beside = std::env::current_exe().and_then(std::fs::canonicalize).ok();
        if let Some(folder) = beside.as_deref().and_then(std::path::Path::parent) {
            add(folder.join("plugins"), Origin::Installed);
        }
        path
    }

    /// The given folders alone.
    pub fn only(configured: &[PathBuf]) -> Self {
        let folders = configured
            .iter()
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| Folder {
                path: path.clone(),
                origin: Origin::Configuration,
            });
        Self {
            folders: folders.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_as_documented_and_empty_entries_name_nothing() {
        let joined = std::env::join_paths(["one", "", "two"]).unwrap();
        let path = SearchPath::of(&[PathBuf::from("zero"), PathBuf::new()], Some(&joined));
        let named: Vec<_> = path
            .folders
            .iter()
            .map(|folder| (folder.path.to_str().unwrap(), folder.origin))
            .collect();
        let configured = [
            ("zero", Origin::Configuration),
            ("one", Origin::Environment),
            ("two", Origin::Environment),
        ];
        assert_eq!(named[..3], configured);
        assert_eq!(named.last().unwrap().1, Origin::Installed);
        assert!(
            path.folders
                .iter()
                .skip(3)
                .all(|folder| folder.path.is_absolute())
        );
    }
}
