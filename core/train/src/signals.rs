//! Preprocessed signals on disk: each record is read and preprocessed once, whatever the size of the data set, and its
//! windows are read back batch by batch.
//!
//! The file holds 32-bit floats, little-endian, record by record `[windows, leads, samples]`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::Skipped;
use ecg_audit_ecg::preprocess::Pipeline;
use ndarray::Array3;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::records::Records;
use crate::watch::Watch;
use crate::{Error, files};

/// Records that are preprocessed before they are written.
const CHUNK: usize = 256;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Index {
    /// What the signals were made from.
    key: String,
    pub(crate) leads: usize,
    /// Samples per window.
    pub(crate) samples: usize,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    entries: Vec<Entry>,
    pub(crate) skipped: Vec<Skipped>,
}

/// One record of the file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Its number among the records with a label.
    record: usize,
    /// Where it starts, in bytes.
    at: u64,
    windows: usize,
}

/// The windows of all records, on disk.
pub(crate) struct Signals {
    file: File,
    path: PathBuf,
    pub(crate) index: Index,
}

impl Signals {
    /// Opens the signals in `folder`, or makes them; `records` keeps those that could be used.
    pub(crate) fn open(
        folder: &Path,
        config: &Config,
        records: &mut Records,
        watch: &dyn Watch,
    ) -> Result<Self, Error> {
        let key = key(config, records)?;
        let (path, list) = (folder.join("signals.f32"), folder.join("signals.json"));
        let index = match files::read_json::<Index>(&list)? {
            Some(index) if index.key == key && path.exists() => index,
            _ => {
                std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
                let index = make(&path, key, config, records, watch)?;
                files::write_json(&list, &index)?;
                index
            }
        };
        let kept: Vec<usize> = index.entries.iter().map(|entry| entry.record).collect();
        records.keep(&kept);
        records.skipped.extend(index.skipped.iter().cloned());
        Ok(Self {
            file: File::open(&path).map_err(Error::io(&path))?,
            path,
            index,
        })
    }

    /// Windows of a record.
    pub(crate) fn windows(&self, record: usize) -> usize {
        self.index.entries[record].windows
    }

    /// Values of one window.
    pub(crate) fn size(&self) -> usize {
        self.index.leads * self.index.samples
    }

    /// Reads `count` windows of a record, from window `first` on, to the end of `into`.
    pub(crate) fn read(
        &self,
        record: usize,
        first: usize,
        count: usize,
        into: &mut Vec<f32>,
    ) -> Result<(), Error> {
        let mut bytes = vec![0; self.size() * 4 * count];
        let at = self.index.entries[record].at + (first * self.size() * 4) as u64;
        self.file
            .read_exact_at(&mut bytes, at)
            .map_err(Error::io(&self.path))?;
        into.extend(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes)),
        );
        Ok(())
    }
}

fn key(config: &Config, records: &Records) -> Result<String, Error> {
    let ids: Vec<&str> = (0..records.positions.len())
        .map(|record| records.info(record).id.as_str())
        .collect();
    let text = serde_json::to_vec(&(&config.data, &config.preprocess, ids))
        .map_err(|e| Error::Invalid(format!("the configuration: {e}")))?;
    Ok(files::hex(&Sha256::digest(text)))
}

/// A record before it is written.
type Prepared = Result<Array3<f32>, String>;

fn make(
    path: &Path,
    key: String,
    config: &Config,
    records: &Records,
    watch: &dyn Watch,
) -> Result<Index, Error> {
    let pipeline = Pipeline::new(&config.preprocess.steps, config.preprocess.window)?;
    let prepare = |record: usize| -> Prepared {
        let signal = records.data.read(records.positions[record]);
        let prepared = signal.and_then(|signal| pipeline.apply(&signal));
        prepared
            .map(|prepared| prepared.windowed())
            .map_err(|error| error.to_string())
    };
    let count = records.positions.len();
    let partial = files::partial(path);
    let mut out = Writer::create(&partial)?;
    watch.preparing(count);
    for first in (0..count).step_by(CHUNK) {
        if watch.stopped() {
            return Err(Error::Stopped);
        }
        let chunk: Vec<Prepared> = (first..(first + CHUNK).min(count))
            .into_par_iter()
            .map(prepare)
            .collect();
        for (record, prepared) in (first..).zip(chunk) {
            out.add(record, prepared)?;
        }
        watch.prepared((first + CHUNK).min(count));
    }
    let index = out.finish(key, records)?;
    std::fs::rename(&partial, path).map_err(Error::io(path))?;
    let (aside, share) = (index.skipped.len(), config.data.max_skipped_share);
    if aside as f64 > share * count as f64 {
        let first = &index.skipped[0];
        return Err(Error::Invalid(format!(
            "{aside} of {count} records cannot be used, more than `data.max_skipped_share` = {share}; the first: {}: {}",
            first.record, first.reason
        )));
    }
    Ok(index)
}

struct Writer<'a> {
    path: &'a Path,
    out: BufWriter<File>,
    digest: Sha256,
    at: u64,
    /// Records written, by their `[leads, samples]`.
    shapes: BTreeMap<[usize; 2], Vec<Entry>>,
    failed: Vec<(usize, String)>,
}

impl<'a> Writer<'a> {
    fn create(path: &'a Path) -> Result<Self, Error> {
        Ok(Self {
            path,
            out: BufWriter::new(File::create(path).map_err(Error::io(path))?),
            digest: Sha256::new(),
            at: 0,
            shapes: BTreeMap::new(),
            failed: Vec::new(),
        })
    }

    fn add(&mut self, record: usize, prepared: Prepared) -> Result<(), Error> {
        let windows = match prepared {
            Ok(windows) => windows,
            Err(reason) => {
                self.failed.push((record, reason));
                return Ok(());
            }
        };
        let (count, leads, samples) = windows.dim();
        let bytes: Vec<u8> = windows.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.digest.update(&bytes);
        self.out.write_all(&bytes).map_err(Error::io(self.path))?;
        self.shapes.entry([leads, samples]).or_default().push(Entry {
            record,
            at: self.at,
            windows: count,
        });
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Sets aside what has not the shape that most records have.
    fn finish(mut self, key: String, records: &Records) -> Result<Index, Error> {
        let io = Error::io;
        self.out.flush().map_err(io(self.path))?;
        self.out.get_ref().sync_all().map_err(io(self.path))?;
        let common = self
            .shapes
            .iter()
            .max_by_key(|(_, entries)| {
                (
                    entries.len(),
                    std::cmp::Reverse(entries.first().map(|e| e.record)),
                )
            })
            .map(|(shape, _)| *shape);
        let Some([leads, samples]) = common else {
            let reason = self.failed.first().map_or("", |(_, reason)| reason);
            return Err(Error::Invalid(format!("no record could be used: {reason}")));
        };
        let entries = self.shapes.remove(&[leads, samples]).unwrap_or_default();
        for (shape, others) in &self.shapes {
            let reason = format!(
                "{} leads of {} samples after preprocessing; most records have {leads} of {samples} (a `length` step brings \
                 all to one length)",
                shape[0], shape[1]
            );
            self.failed
                .extend(others.iter().map(|entry| (entry.record, reason.clone())));
        }
        self.failed.sort();
        let skipped = self.failed.into_iter().map(|(record, reason)| Skipped {
            record: records.info(record).id.clone(),
            reason,
        });
        Ok(Index {
            key,
            leads,
            samples,
            sha256: files::hex(&self.digest.finalize()),
            entries,
            skipped: skipped.collect(),
        })
    }
}
