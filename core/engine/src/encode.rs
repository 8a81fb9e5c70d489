//! The first heavy stage: records are read, preprocessed and encoded, shard by shard.
//!
//! Reading and preprocessing the next shard goes on while the network works on the current one. A shard's result
//! is one file in the cache, named by what went into it; a later pass, or a run that takes up a killed one, reads it
//! instead of encoding again. Shards beyond the cache's budget are encoded again when they are needed again.

mod cache;
mod shard;

use std::sync::mpsc::sync_channel;

use ecg_audit_ecg::DataSet;
use ecg_audit_ecg::preprocess::{Aggregate, Pipeline, Prepared};
use ecg_audit_plugin::{Encoded, Encoder};
use ndarray::{Array1, Array2, Array3, Axis, concatenate, s};
use rayon::prelude::*;

pub(crate) use cache::Cache;
pub(crate) use shard::{EncodedRecord, Geometry, Item, Outcome, Shard};

use crate::{Error, Observer};

/// Records per shard: enough to keep all threads busy, few enough that two shards in flight stay small.
const SHARD: usize = 64;
/// Windows handed to the encoder at once.
const BATCH: usize = 256;

/// Everything the stage needs.
pub(crate) struct Encoding<'a> {
    pub data: &'a dyn DataSet,
    /// Positions in the data set of the records to encode, ascending.
    pub records: &'a [usize],
    pub pipeline: &'a Pipeline,
    pub encoder: &'a dyn Encoder,
    pub encoder_name: &'a str,
    pub cache: &'a Cache,
    /// Reads and preprocesses. Not the pool that the stages run in: one of its threads waits for what is read.
    pub readers: &'a rayon::ThreadPool,
    pub observer: &'a dyn Observer,
}

/// The encodings of one network, or of every fold's.
pub(crate) struct Encodings<'a> {
    all: Vec<Encoding<'a>>,
    /// Number of the network of each position in the data set.
    networks: Vec<usize>,
}

impl<'a> Encodings<'a> {
    /// `networks` gives each position's place in `all`.
    pub fn new(all: Vec<Encoding<'a>>, networks: Vec<usize>) -> Self {
        Self { all, networks }
    }

    /// By network.
    pub fn all(&self) -> &[Encoding<'a>] {
        &self.all
    }

    /// The encoding that a record is audited with.
    pub fn of(&self, position: usize) -> Result<&Encoding<'a>, Error> {
        let place = self.networks.get(position).copied().unwrap_or_default();
        let own = self.all.get(place);
        own.ok_or_else(|| Error::Invalid(format!("record number {position} has no network")))
    }
}

/// A shard on its way to the encoder.
enum Incoming {
    Cached(Shard),
    Prepared(Vec<Item<Prepared>>),
}

impl Encoding<'_> {
    fn shards(&self) -> usize {
        self.records.len().div_ceil(SHARD)
    }

    /// Hands every shard to `visit`, in order.
    pub fn for_each(&self, mut visit: impl FnMut(Shard) -> Result<(), Error>) -> Result<(), Error> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Incoming>(1);
            scope.spawn(move || {
                for index in 0..self.shards() {
                    if self.observer.cancelled() || sender.send(self.incoming(index)).is_err() {
                        return;
                    }
                }
            });
            let mut any = false;
            for (index, incoming) in receiver.into_iter().enumerate() {
                let shard = self.finish(index, incoming)?;
                any |= shard
                    .items
                    .iter()
                    .any(|item| matches!(item.outcome, Outcome::Done(_)));
                if !any {
                    return Err(nothing_encoded(&shard, self.data));
                }
                visit(shard)?;
                self.observer
                    .progress(((index + 1) * SHARD).min(self.records.len()) as u64);
            }
            if self.observer.cancelled() {
                Err(Error::Cancelled)
            } else {
                Ok(())
            }
        })
    }

    /// One record, from the cache where it is there.
    pub fn one(&self, record: usize) -> Result<EncodedRecord, Error> {
        let place = self.records.binary_search(&record).ok();
        let shard = match place.and_then(|place| self.cache.load(place / SHARD)) {
            Some(shard) => shard,
            None => Shard {
                items: self.encode(vec![self.prepare(record)])?,
            },
        };
        let found = shard.items.into_iter().find(|item| item.record == record);
        match found.map(|item| item.outcome) {
            Some(Outcome::Done(done)) => Ok(done),
            Some(Outcome::Skipped(reason)) => Err(Error::Invalid(reason)),
            None => Err(Error::Invalid(format!(
                "record number {record} is not in its shard"
            ))),
        }
    }

    fn incoming(&self, index: usize) -> Incoming {
        if let Some(shard) = self.cache.load(index) {
            return Incoming::Cached(shard);
        }
        let last = ((index + 1) * SHARD).min(self.records.len());
        let own = self.records.get(index * SHARD..last).unwrap_or_default();
        let prepare = || own.par_iter().map(|record| self.prepare(*record)).collect();
        Incoming::Prepared(self.readers.install(prepare))
    }

    fn prepare(&self, record: usize) -> Item<Prepared> {
        let prepared = self
            .data
            .read(record)
            .and_then(|signal| self.pipeline.apply(&signal));
        match prepared {
            Ok(prepared) => Item {
                record,
                warnings: prepared.warnings.iter().map(ToString::to_string).collect(),
                outcome: Outcome::Done(prepared),
            },
            Err(error) => Item {
                record,
                warnings: Vec::new(),
                outcome: Outcome::Skipped(error.to_string()),
            },
        }
    }

    fn finish(&self, index: usize, incoming: Incoming) -> Result<Shard, Error> {
        match incoming {
            Incoming::Cached(shard) => Ok(shard),
            Incoming::Prepared(items) => {
                let shard = Shard {
                    items: self.encode(items)?,
                };
                self.cache.store(index, &shard)?;
                Ok(shard)
            }
        }
    }

    /// Encodes prepared records in batches of windows of one shape.
    fn encode(&self, items: Vec<Item<Prepared>>) -> Result<Vec<Item<EncodedRecord>>, Error> {
        let mut done = Vec::with_capacity(items.len());
        let mut batch: Vec<(usize, Vec<String>, Prepared)> = Vec::new();
        for item in items {
            match item.outcome {
                Outcome::Skipped(reason) => done.push(Item {
                    record: item.record,
                    warnings: item.warnings,
                    outcome: Outcome::Skipped(reason),
                }),
                Outcome::Done(prepared) => {
                    let fits = batch.first().is_none_or(|(_, _, first)| {
                        shape(first) == shape(&prepared)
                            && batch.iter().map(|(_, _, p)| p.windows.len()).sum::<usize>() < BATCH
                    });
                    if !fits {
                        self.encode_batch(std::mem::take(&mut batch), &mut done)?;
                    }
                    batch.push((item.record, item.warnings, prepared));
                }
            }
        }
        self.encode_batch(batch, &mut done)?;
        done.sort_by_key(|item| item.record);
        Ok(done)
    }

    fn encode_batch(
        &self,
        batch: Vec<(usize, Vec<String>, Prepared)>,
        done: &mut Vec<Item<EncodedRecord>>,
    ) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let windows: Vec<Array3<f32>> = batch.iter().map(|(_, _, p)| p.windowed()).collect();
        let views: Vec<_> = windows.iter().map(|w| w.view()).collect();
        let joined = concatenate(Axis(0), &views)
            .map_err(|e| Error::Invalid(format!("windows of one shape do not join: {e}")))?;
        match self.encoder.encode(joined.view()) {
            Ok(encoded) => {
                let mut first = 0;
                for (record, warnings, prepared) in batch {
                    let range = first..first + prepared.windows.len();
                    first = range.end;
                    let outcome = Outcome::Done(self.record(&encoded, range, &prepared)?);
                    done.push(Item {
                        record,
                        warnings,
                        outcome,
                    });
                }
                Ok(())
            }
            // One record's values can make a whole batch fail: find out which, and set only that aside.
            Err(error) if can_be_one_record(&error) => {
                for ((record, warnings, prepared), windows) in batch.into_iter().zip(windows) {
                    let outcome = match self.encoder.encode(windows.view()) {
                        Ok(encoded) => Outcome::Done(self.record(&encoded, 0..windows.dim().0, &prepared)?),
                        Err(error) if can_be_one_record(&error) => Outcome::Skipped(error.to_string()),
                        Err(error) => return Err(Error::plugin("encoder", self.encoder_name)(error)),
                    };
                    done.push(Item {
                        record,
                        warnings,
                        outcome,
                    });
                }
                Ok(())
            }
            Err(error) => Err(Error::plugin("encoder", self.encoder_name)(error)),
        }
    }

    /// Outputs of several forms of one record, `[forms, n]`; nothing where the network cannot answer one of them.
    pub fn outputs(&self, forms: &[Prepared]) -> Result<Option<Array2<f32>>, Error> {
        let windows: Vec<Array3<f32>> = forms.iter().map(Prepared::windowed).collect();
        let views: Vec<_> = windows.iter().map(|w| w.view()).collect();
        let joined = concatenate(Axis(0), &views)
            .map_err(|e| Error::Invalid(format!("windows of one shape do not join: {e}")))?;
        let encoded = match self.encoder.encode(joined.view()) {
            Ok(encoded) => encoded,
            Err(error) if can_be_one_record(&error) => return Ok(None),
            Err(error) => return Err(Error::plugin("encoder", self.encoder_name)(error)),
        };
        let mut outputs = Array2::zeros((forms.len(), encoded.outputs.ncols()));
        let mut first = 0;
        for (mut row, own) in outputs.rows_mut().into_iter().zip(&windows) {
            let last = first + own.len_of(Axis(0));
            row.assign(&self.aggregated(&encoded, first..last));
            first = last;
        }
        Ok(Some(outputs))
    }

    /// Outputs of one record over its windows.
    fn aggregated(&self, encoded: &Encoded, rows: std::ops::Range<usize>) -> Array1<f32> {
        let outputs = encoded.outputs.slice(s![rows, ..]);
        let aggregate = self.pipeline.window().map(|window| window.aggregate);
        let over = |column: ndarray::ArrayView1<'_, f32>| match aggregate {
            Some(Aggregate::Mean) => {
                (column.iter().map(|v| f64::from(*v)).sum::<f64>() / column.len() as f64) as f32
            }
            Some(Aggregate::Max) | None => column.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        };
        outputs.columns().into_iter().map(over).collect()
    }

    /// One record's rows of a batch.
    fn record(
        &self,
        encoded: &Encoded,
        rows: std::ops::Range<usize>,
        prepared: &Prepared,
    ) -> Result<EncodedRecord, Error> {
        Ok(EncodedRecord {
            outputs: self.aggregated(encoded, rows.clone()).to_vec(),
            taps: encoded
                .taps
                .iter()
                .map(|tap| tap.slice(s![rows.clone(), .., ..]).to_owned())
                .collect(),
            geometry: Geometry {
                starts: prepared.windows.clone(),
                window_length: prepared.window_length,
                sampling_rate: prepared.sampling_rate,
                valid: prepared.valid.clone(),
                origin: prepared.origin,
            },
        })
    }
}

fn shape(prepared: &Prepared) -> (usize, usize) {
    (prepared.signal.nrows(), prepared.window_length)
}

/// Whether an encoder's error may be due to one record's values.
pub(crate) fn can_be_one_record(error: &ecg_audit_plugin::Error) -> bool {
    use ecg_audit_plugin::Error as E;
    matches!(error, E::Input(_) | E::Failed(_))
}

fn nothing_encoded(shard: &Shard, data: &dyn DataSet) -> Error {
    let first = shard.items.first();
    let reason = first.map_or(String::new(), |item| match &item.outcome {
        Outcome::Skipped(reason) => {
            let id = data
                .records()
                .get(item.record)
                .map_or("?", |info| info.id.as_str());
            format!(": record {id}: {reason}")
        }
        Outcome::Done(_) => String::new(),
    });
    Error::Invalid(format!(
        "none of the first {} records could be encoded{reason}",
        shard.items.len()
    ))
}
