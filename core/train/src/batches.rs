//! The batches of an epoch, read ahead while the network computes.

use std::sync::mpsc::sync_channel;

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use tch::{Device, Tensor};

use crate::signals::Signals;
use crate::{Error, random};

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// One window: its record and its number within it.
pub(crate) type Row = (usize, usize);

/// Signals `[rows, leads, samples]` and targets `[rows, outputs]` of one step, in memory.
struct Raw {
    signals: Vec<f32>,
    targets: Vec<f32>,
    rows: usize,
}

/// The same, on the device.
pub(crate) struct Batch {
    pub(crate) signals: Tensor,
    pub(crate) targets: Tensor,
    pub(crate) rows: usize,
}

/// Where batches come from.
pub(crate) struct Source<'a> {
    pub(crate) signals: &'a Signals,
    /// What each record's outputs are to be.
    pub(crate) targets: &'a Array2<f32>,
    pub(crate) device: Device,
}

impl Source<'_> {
    /// All windows of some records, in random order, cut into batches. A last batch of a single window, of which batch
    /// normalisation can tell little, joins the one before.
    pub(crate) fn order(&self, records: &[usize], size: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<Row>> {
        let rows = records
            .iter()
            .flat_map(|record| (0..self.signals.windows(*record)).map(|window| (*record, window)));
        let rows = random::shuffled(rows.collect(), rng);
        let mut batches: Vec<Vec<Row>> = rows.chunks(size).map(<[Row]>::to_vec).collect();
        if batches.len() > 1 && batches.last().is_some_and(|last| last.len() == 1) {
            let single = batches.pop().unwrap_or_default();
            if let Some(last) = batches.last_mut() {
                last.extend(single);
            }
        }
        batches
    }

    /// Hands each batch to `work`, in order; further ones are read meanwhile.
    pub(crate) fn each(
        &self,
        batches: &[Vec<Row>],
        mut work: impl FnMut(Batch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(AHEAD);
            scope.spawn(move || {
                for rows in batches {
                    // The other side is gone once a step has failed.
                    if sender.send(self.read(rows)).is_err() {
                        return;
                    }
                }
            });
            for raw in receiver {
                work(self.on_device(&raw?)?)?;
            }
            Ok(())
        })
    }

    fn read(&self, rows: &[Row]) -> Result<Raw, Error> {
        let mut raw = Raw {
            signals: Vec::with_capacity(rows.len() * self.signals.size()),
            targets: Vec::with_capacity(rows.len() * self.targets.ncols()),
            rows: rows.len(),
        };
        for (record, window) in rows {
            self.signals.read(*record, *window, 1, &mut raw.signals)?;
            raw.targets.extend(self.targets.row(*record));
        }
        Ok(raw)
    }

    fn on_device(&self, raw: &Raw) -> Result<Batch, Error> {
        let targets = Tensor::f_from_slice(&raw.targets)?
            .f_view([raw.rows as i64, self.targets.ncols() as i64])?
            .f_to_device(self.device)?;
        Ok(Batch {
            signals: self.tensor(&raw.signals)?,
            targets,
            rows: raw.rows,
        })
    }

    /// Windows `[rows, leads, samples]` on the device.
    pub(crate) fn tensor(&self, windows: &[f32]) -> Result<Tensor, Error> {
        let size = [
            -1,
            self.signals.index.leads as i64,
            self.signals.index.samples as i64,
        ];
        Ok(Tensor::f_from_slice(windows)?
            .f_view(size)?
            .f_to_device(self.device)?)
    }
}
