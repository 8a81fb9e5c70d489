//! The encoded shards on disk, within a budget.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::Shard;
use crate::Error;

/// A folder of shards, each named by its number; the folder by a hash of all that went into them.
pub(crate) struct Cache {
    folder: PathBuf,
    budget: u64,
    used: AtomicU64,
    /// Set once a shard did not fit: from then on shards are encoded again.
    full: AtomicBool,
}

impl Cache {
    /// The cache below `parent` for what `key` describes. Folders of other keys in `parent` are removed: they belong
    /// to a run with other settings that was given up.
    pub fn open(parent: &Path, key: &serde_json::Value, budget: u64) -> Result<Self, Error> {
        let hash = Sha256::digest(key.to_string().as_bytes());
        let name: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let folder = parent.join(format!("encoded-{name}"));
        if let Ok(entries) = std::fs::read_dir(parent) {
            for path in entries.flatten().map(|entry| entry.path()) {
                let stale = path != folder
                    && path
                        .file_name()
                        .is_some_and(|n| n.to_string_lossy().starts_with("encoded-"));
                if stale {
                    std::fs::remove_dir_all(&path).map_err(Error::io(&path))?;
                }
            }
        }
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        // What an earlier run left counts too, or the budget would hold for each run alone.
        let left = std::fs::read_dir(&folder).map_err(Error::io(&folder))?;
        let used = left
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|e| e == "shard"))
            .filter_map(|entry| entry.metadata().ok())
            .fold(0, |sum, metadata| sum + metadata.len());
        Ok(Self {
            folder,
            budget,
            used: AtomicU64::new(used),
            full: AtomicBool::new(false),
        })
    }

    /// The shard's file, where it is there and whole.
    pub fn load(&self, index: usize) -> Option<Shard> {
        let path = self.path(index);
        let file = File::open(&path).ok()?;
        let length = file.metadata().ok()?.len();
        match Shard::read(BufReader::with_capacity(1 << 20, file), length) {
            Ok(shard) => Some(shard),
            Err(error) => {
                tracing::warn!("{} is encoded again: {error}", path.display());
                None
            }
        }
    }

    /// Keeps a shard while the budget lasts.
    pub fn store(&self, index: usize, shard: &Shard) -> Result<(), Error> {
        if self.full.load(Ordering::Relaxed) {
            return Ok(());
        }
        let path = self.path(index);
        let partial = path.with_extension("tmp");
        let mut file =
            BufWriter::with_capacity(1 << 20, File::create(&partial).map_err(Error::io(&partial))?);
        let written = shard.write(&mut file).and_then(|()| file.flush());
        written.map_err(Error::io(&partial))?;
        let length = file.get_ref().metadata().map_err(Error::io(&partial))?.len();
        if self.used.fetch_add(length, Ordering::Relaxed) + length > self.budget {
            self.full.store(true, Ordering::Relaxed);
            return std::fs::remove_file(&partial).map_err(Error::io(&partial));
        }
        std::fs::rename(&partial, &path).map_err(Error::io(&path))
    }

    /// Whether every shard so far was kept, and how many bytes that took.
    pub fn kept(&self) -> (bool, u64) {
        (
            !self.full.load(Ordering::Relaxed),
            self.used.load(Ordering::Relaxed).min(self.budget),
        )
    }

    fn path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index:06}.shard"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_counts_against_the_budget() {
        let parent = tempfile::tempdir().unwrap();
        let shard = || Shard { items: Vec::new() };
        let open = |budget: u64| Cache::open(parent.path(), &serde_json::json!(1), budget).unwrap();
        let first = open(1 << 20);
        first.store(0, &shard()).unwrap();
        let (complete, bytes) = first.kept();
        assert!(complete && bytes > 0);
        let second = open(bytes);
        assert_eq!(second.kept(), (true, bytes));
        second.store(1, &shard()).unwrap();
        assert_eq!(second.kept(), (false, bytes));
        assert!(second.load(0).is_some() && second.load(1).is_none());
    }
}
