//! A shard: the encoded records of one stretch of the data set, and its file.
//!
//! The file is a JSON head (its length first, 8 bytes little-endian) and then the taps' values, f32 little-endian,
//! in the order of the head.

use std::io::{self, Read, Write};
use std::ops::Range;

use ndarray::Array3;
use serde::{Deserialize, Serialize};

/// The largest head that is believed; a longer one is a damaged file.
const MAX_HEAD: u64 = 1 << 30;

/// One record and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item<T> {
    /// Position in the data set.
    pub record: usize,
    /// What is odd about it, though it was used.
    pub warnings: Vec<String>,
    pub outcome: Outcome<T>,
}

/// Used, or set aside with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Outcome<T> {
    Done(T),
    Skipped(String),
}

/// Where a record's windows lie in its preprocessed signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Geometry {
    /// First sample of each window.
    pub starts: Vec<usize>,
    /// Samples per window.
    pub window_length: usize,
    /// Sampling rate, Hz.
    pub sampling_rate: f64,
    /// Samples that are not padding.
    pub valid: Range<usize>,
    /// Time of sample 0 in the record as read, seconds.
    pub origin: f64,
}

impl Geometry {
    /// Duration of one of a window's `steps` timestamps, seconds.
    pub fn time_step(&self, steps: usize) -> f64 {
        self.window_length as f64 / steps.max(1) as f64 / self.sampling_rate
    }

    /// The centre of timestamp `t` of `steps` in window `w`, in samples.
    pub fn centre(&self, w: usize, t: usize, steps: usize) -> f64 {
        self.starts.get(w).copied().unwrap_or(0) as f64
            + (t as f64 + 0.5) * self.window_length as f64 / steps.max(1) as f64
    }

    /// Seconds of the record (without padding), and how many of them lie in no window.
    pub fn unread(&self) -> (f64, f64) {
        let mut read = 0;
        let mut next = self.valid.start;
        for &start in &self.starts {
            let (from, to) = (
                start.max(next),
                start.saturating_add(self.window_length).min(self.valid.end),
            );
            read += to.saturating_sub(from);
            next = next.max(to);
        }
        let seconds = |samples: usize| samples as f64 / self.sampling_rate;
        (seconds(self.valid.len()), seconds(self.valid.len() - read))
    }

    /// False where the timestamp's centre lies in padding.
    pub fn is_valid(&self, w: usize, t: usize, steps: usize) -> bool {
        let centre = self.centre(w, t, steps);
        self.valid.start as f64 <= centre && centre < self.valid.end as f64
    }
}

/// What the network made of one record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EncodedRecord {
    /// Outputs, aggregated over windows.
    pub outputs: Vec<f32>,
    /// Activations of each tap, `[windows, C_b, L_b]`.
    pub taps: Vec<Array3<f32>>,
    pub geometry: Geometry,
}

/// The records of one stretch of the data set, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shard {
    pub items: Vec<Item<EncodedRecord>>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    items: Vec<HeadItem>,
}

#[derive(Serialize, Deserialize)]
struct HeadItem {
    record: usize,
    warnings: Vec<String>,
    outcome: Outcome<HeadRecord>,
}

#[derive(Serialize, Deserialize)]
struct HeadRecord {
    outputs: Vec<f32>,
    taps: Vec<[usize; 3]>,
    geometry: Geometry,
}

impl Shard {
    /// Writes the shard's file.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let items = self.items.iter().map(|item| HeadItem {
            record: item.record,
            warnings: item.warnings.clone(),
            outcome: match &item.outcome {
                Outcome::Skipped(reason) => Outcome::Skipped(reason.clone()),
                Outcome::Done(done) => Outcome::Done(HeadRecord {
                    outputs: done.outputs.clone(),
                    taps: done.taps.iter().map(|tap| tap.dim().into()).collect(),
                    geometry: done.geometry.clone(),
                }),
            },
        });
        let head = serde_json::to_vec(&Head {
            items: items.collect(),
        })?;
        to.write_all(&(head.len() as u64).to_le_bytes())?;
        to.write_all(&head)?;
        let mut bytes = Vec::new();
        for item in &self.items {
            if let Outcome::Done(done) = &item.outcome {
                for tap in &done.taps {
                    bytes.clear();
                    bytes.extend(tap.iter().flat_map(|value| value.to_le_bytes()));
                    to.write_all(&bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Reads what [`Shard::write`] wrote. A damaged file is an error, never a wrong shard of another shape.
    pub fn read(mut from: impl Read, file_length: u64) -> io::Result<Self> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "damaged shard");
        let mut length = [0; 8];
        from.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEAD || length > file_length {
            return Err(damaged());
        }
        let mut head = vec![0; length as usize];
        from.read_exact(&mut head)?;
        let head: Head = serde_json::from_slice(&head)?;
        let mut items = Vec::with_capacity(head.items.len());
        for item in head.items {
            let outcome = match item.outcome {
                Outcome::Skipped(reason) => Outcome::Skipped(reason),
                Outcome::Done(record) => Outcome::Done(EncodedRecord {
                    taps: record
                        .taps
                        .into_iter()
                        .map(|shape| read_tap(&mut from, shape, file_length))
                        .collect::<io::Result<_>>()?,
                    outputs: record.outputs,
                    geometry: record.geometry,
                }),
            };
            items.push(Item {
                record: item.record,
                warnings: item.warnings,
                outcome,
            });
        }
        Ok(Self { items })
    }
}

fn read_tap(from: &mut impl Read, shape: [usize; 3], file_length: u64) -> io::Result<Array3<f32>> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "damaged shard");
    let bytes = shape
        .iter()
        .try_fold(4_usize, |size, n| size.checked_mul(*n))
        .ok_or_else(damaged)?;
    if bytes as u64 > file_length {
        return Err(damaged());
    }
    let mut raw = vec![0; bytes];
    from.read_exact(&mut raw)?;
    let values = raw
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    Array3::from_shape_vec(shape, values).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard() -> Shard {
        let done = EncodedRecord {
            outputs: vec![0.1, 0.9],
            taps: vec![Array3::from_shape_fn((2, 3, 4), |(a, b, c)| {
                (a * 100 + b * 10 + c) as f32
            })],
            geometry: Geometry {
                starts: vec![0, 2],
                window_length: 4,
                sampling_rate: 100.0,
                valid: 1..5,
                origin: -0.01,
            },
        };
        Shard {
            items: vec![
                Item {
                    record: 7,
                    warnings: vec!["flat".into()],
                    outcome: Outcome::Done(done),
                },
                Item {
                    record: 8,
                    warnings: vec![],
                    outcome: Outcome::Skipped("short".into()),
                },
            ],
        }
    }

    #[test]
    fn a_shard_survives_its_file_and_a_cut_file_does_not_pass() {
        let mut bytes = Vec::new();
        shard().write(&mut bytes).unwrap();
        assert_eq!(
            Shard::read(bytes.as_slice(), bytes.len() as u64).unwrap(),
            shard()
        );
        for cut in [0, 7, 8, 40, bytes.len() - 1] {
            assert!(Shard::read(&bytes[..cut], cut as u64).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn what_lies_in_no_window_is_unread() {
        let unread = |starts: &[usize], valid: std::ops::Range<usize>| {
            let geometry = Geometry {
                starts: starts.to_vec(),
                window_length: 300,
                sampling_rate: 100.0,
                valid,
                origin: 0.0,
            };
            geometry.unread()
        };
        assert_eq!(unread(&[0, 150, 300, 450, 600], 0..1000), (10.0, 1.0));
        assert_eq!(unread(&[0, 400], 0..700), (7.0, 1.0));
        assert_eq!(unread(&[0, 300], 50..560), (5.1, 0.0));
    }

    #[test]
    fn timestamps_in_padding_are_not_valid() {
        let geometry = match &shard().items[0].outcome {
            Outcome::Done(done) => done.geometry.clone(),
            Outcome::Skipped(_) => panic!("the first record is there"),
        };
        let valid: Vec<bool> = (0..2)
            .flat_map(|w| (0..4).map(move |t| (w, t)))
            .map(|(w, t)| geometry.is_valid(w, t, 4))
            .collect();
        assert_eq!(valid, [false, true, true, true, true, true, true, false]);
    }
}
