//! The folder of a run: who may work in it, and what is left of it at the end.

use std::fs::{File, TryLockError};
use std::path::Path;

use ecg_audit_ecg::Skipped;
use serde_json::Value;

use crate::card::Card;
use crate::config::Config;
use crate::fold::{CHECKPOINTS, network_file};
use crate::watch::Watch;
use crate::{Error, curve, files, pooled, summary};

const LOCK: &str = ".lock";
const IDENTITY: &str = "config.json";
/// The preprocessed signals, while folds are trained.
pub(crate) const CACHE: &str = "cache";
/// Records set aside, until `train.json` names them.
pub(crate) const SKIPPED: &str = "skipped.json";

/// The run's folder, in use by this process alone.
pub(crate) struct Folder<'a> {
    out: &'a Path,
    _lock: File,
}

impl<'a> Folder<'a> {
    /// Takes up a folder of the same configuration, or an empty one.
    pub(crate) fn open(config: &Config, out: &'a Path) -> Result<Self, Error> {
        let io = Error::io;
        let checkpoints = out.join(CHECKPOINTS);
        std::fs::create_dir_all(out).map_err(io(out))?;
        let identity = config
            .identity()
            .map_err(|e| Error::Invalid(format!("the configuration: {e}")))?;
        let file = out.join(IDENTITY);
        let known = files::read_json::<Value>(&file)?;
        if known.is_none() {
            let own = [LOCK.to_owned(), format!("{IDENTITY}.tmp")];
            let mut there = std::fs::read_dir(out).map_err(io(out))?.flatten();
            let other = |entry: &std::fs::DirEntry| !own.iter().any(|own| entry.file_name() == own.as_str());
            if let Some(entry) = there.find(other) {
                return Err(Error::Invalid(format!(
                    "{} already holds something ({}), and no run to go on with; name another folder by --out",
                    out.display(),
                    entry.file_name().display()
                )));
            }
        }
        let lock = File::create(out.join(LOCK)).map_err(io(out))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Invalid(format!(
                    "another run is at work in {}",
                    out.display()
                )));
            }
            // Not every file system can lock.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        match known {
            Some(known) => {
                if let Some(key) = difference(&known, &identity, String::new()) {
                    return Err(Error::Invalid(format!(
                        "{} holds a run of another configuration: `{key}` differs ({IDENTITY}); name another folder by --out",
                        out.display()
                    )));
                }
            }
            None => files::write_json(&file, &identity)?,
        }
        std::fs::create_dir_all(&checkpoints).map_err(io(&checkpoints))?;
        Ok(Self { out, _lock: lock })
    }

    /// What all finished folds of the folder come to; nothing but results is left.
    pub(crate) fn finish(&self, watch: &dyn Watch) -> Result<String, Error> {
        let mut cards = Vec::new();
        let entries = std::fs::read_dir(self.out).map_err(Error::io(self.out))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let fold = name
                .strip_prefix("fold")
                .and_then(|rest| rest.strip_suffix(".json"))
                .and_then(|fold| fold.parse::<u32>().ok());
            if let Some(fold) = fold
                && let Some(card) = Card::read(self.out, fold)?
            {
                self.check(&card)?;
                cards.push(card);
            }
        }
        cards.sort_by_key(|card| card.held_out);
        let skipped = self.skipped()?;
        let pooled = pooled::write(self.out, &cards, &skipped)?;
        files::write(&self.out.join("curve.svg"), curve::svg(&cards).as_bytes())?;
        for name in [CACHE, CHECKPOINTS, SKIPPED, LOCK] {
            files::remove(&self.out.join(name))?;
        }
        watch.note(&format!("{}", self.out.display()));
        Ok(summary::table(&cards, &pooled))
    }

    /// The records that were set aside: of this call, or of an earlier one that finished its folds.
    fn skipped(&self) -> Result<Vec<Skipped>, Error> {
        if let Some(skipped) = files::read_json(&self.out.join(SKIPPED))? {
            return Ok(skipped);
        }
        let report = files::read_json::<Value>(&self.out.join(pooled::FILE))?;
        let skipped = report.and_then(|report| report.get("skipped").cloned());
        let skipped = skipped.and_then(|skipped| serde_json::from_value(skipped).ok());
        Ok(skipped.unwrap_or_default())
    }

    /// A card's network must be the one that lies beside it.
    fn check(&self, card: &Card) -> Result<(), Error> {
        let path = self.out.join(network_file(card.held_out));
        if files::sha256(&path)? == card.sha256 {
            return Ok(());
        }
        Err(Error::content(
            &path,
            format!(
                "not the network of fold{}.json; remove both, and the fold is trained again",
                card.held_out
            ),
        ))
    }
}

/// The first key whose values differ.
fn difference(a: &Value, b: &Value, at: String) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let path = if at.is_empty() {
                    key.clone()
                } else {
                    format!("{at}.{key}")
                };
                let value = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                difference(&value(a), &value(b), path)
            })
        }
        _ => (a != b).then_some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_key_that_differs_is_named() {
        let (a, b) = (json!({"x": {"y": 1, "z": 2}}), json!({"x": {"y": 1, "z": 3}}));
        assert_eq!(difference(&a, &b, String::new()).as_deref(), Some("x.z"));
        assert_eq!(difference(&a, &a, String::new()), None);
        assert_eq!(difference(&a, &json!({}), String::new()).as_deref(), Some("x"));
    }
}
