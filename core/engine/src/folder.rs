//! The run folder: everything is written beside it and takes its name in one rename at the end.

mod table;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) use table::{Column, Table};

use crate::Error;
use crate::audit::Audit;
use crate::review::{self, ISSUES};

/// Name of the report in a run folder.
pub const REPORT: &str = "report.html";
/// Name of the audit in a run folder.
pub const AUDIT: &str = "audit.json";
/// Name of the resolved configuration in a run folder.
pub const CONFIGURATION: &str = "audit.toml";
/// Name of the table of timelines in a run folder.
pub const TIMELINE: &str = "timeline.parquet";

/// A run folder in the making.
#[derive(Debug)]
pub struct RunFolder {
    target: PathBuf,
    partial: PathBuf,
}

impl RunFolder {
    /// Prepares `target`, which must not exist or be empty.
    ///
    /// Until [`RunFolder::finish`], everything stands in a folder of the same name with `.partial` behind it. What a
    /// stopped run has encoded stays there, and the next run into the same folder takes it up.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `target` is in use; [`Error::Io`] when its parent cannot be written to.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let used = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_some(),
            Err(_) => fs::symlink_metadata(target).is_ok(),
        };
        if used {
            return Err(Error::Invalid(format!(
                "the run folder {} already holds something; name another with `--out`, or remove it",
                target.display()
            )));
        }
        let Some(name) = target.file_name() else {
            return Err(Error::Invalid(format!(
                "{} is no name for a run folder",
                target.display()
            )));
        };
        let mut partial = name.to_owned();
        partial.push(".partial");
        let folder = Self {
            target: target.to_owned(),
            partial: target.with_file_name(partial),
        };
        let result = folder.path("");
        if result.exists() {
            fs::remove_dir_all(&result).map_err(Error::io(&result))?;
        }
        fs::create_dir_all(&result).map_err(Error::io(&result))?;
        Ok(folder)
    }

    /// Where a file of the run folder stands for now.
    pub fn path(&self, name: &str) -> PathBuf {
        self.partial.join("result").join(name)
    }

    /// Where stages keep what a later run can take up.
    pub(crate) fn work(&self) -> &Path {
        &self.partial
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(name);
        let mut file = fs::File::create(&path).map_err(Error::io(&path))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(Error::io(&path))
    }

    /// Writes `audit.json` and `issues.csv`.
    pub(crate) fn write_audit(&self, audit: &Audit) -> Result<(), Error> {
        let json = serde_json::to_vec(audit).map_err(|e| Error::Invalid(format!("audit.json: {e}")))?;
        self.write(AUDIT, &json)?;
        self.write(ISSUES, &review::write(&audit.issues.items)?)
    }

    /// Gives the folder its name. Returns it.
    ///
    /// # Errors
    /// [`Error::Io`] when the name cannot be given.
    pub fn finish(self) -> Result<PathBuf, Error> {
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(Error::io(&self.target))?;
        }
        fs::rename(self.path(""), &self.target).map_err(Error::io(&self.target))?;
        fs::remove_dir_all(&self.partial).map_err(Error::io(&self.partial))?;
        Ok(self.target)
    }

    /// Gives the run up, keeping only what the next run can take up.
    pub(crate) fn abandon(self) {
        // Nothing to tell the user that the reason of the abandonment does not outweigh.
        let _ = fs::remove_dir_all(self.path(""));
        let empty = fs::read_dir(&self.partial).is_ok_and(|mut entries| entries.next().is_none());
        if empty {
            let _ = fs::remove_dir(&self.partial);
        }
    }
}

/// Reads the audit of a finished run.
///
/// # Errors
/// [`Error::Io`] when there is no `audit.json`; [`Error::Invalid`] when it is not one, or of another major version.
pub fn read_audit(run: &Path) -> Result<Audit, Error> {
    let path = if run.is_dir() {
        run.join(AUDIT)
    } else {
        run.to_owned()
    };
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| Error::Invalid(format!("{}: {e}", path.display())))?;
    let schema = value
        .get("schema")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("none");
    if schema != crate::audit::SCHEMA {
        return Err(Error::Invalid(format!(
            "{}: schema is {schema}; this version reads {}",
            path.display(),
            crate::audit::SCHEMA
        )));
    }
    serde_json::from_value(value).map_err(|e| Error::Invalid(format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_its_name_at_the_end_only() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("run");
        let folder = RunFolder::create(&target).unwrap();
        folder.write("a.txt", b"a").unwrap();
        assert!(!target.exists());
        assert_eq!(folder.finish().unwrap(), target);
        assert_eq!(fs::read(target.join("a.txt")).unwrap(), b"a");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        let error = RunFolder::create(&target).unwrap_err().to_string();
        assert!(error.contains("already holds something"), "{error}");
    }

    #[test]
    fn an_abandoned_folder_keeps_only_what_can_be_taken_up() {
        let parent = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(&parent.path().join("run")).unwrap();
        folder.write("a.txt", b"a").unwrap();
        folder.abandon();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
