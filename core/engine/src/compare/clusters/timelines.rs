//! Timelines record by record, from a table that is read row group by row group.

use std::collections::{HashSet, VecDeque};

use super::Columns;
use crate::Error;

/// The clusters of one record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strip {
    /// Where it begins, seconds from the record's start.
    start: f64,
    /// Duration of one step, seconds.
    step: f64,
    /// Cluster of each step; `None` in padding.
    pub clusters: Vec<Option<u32>>,
}

impl Strip {
    /// The middle of a step, seconds.
    pub fn centre(&self, step: usize) -> f64 {
        self.start + (step as f64 + 0.5) * self.step
    }

    /// The cluster of the step that `time` lies in: the one nearest to it.
    pub fn at(&self, time: f64) -> Option<u32> {
        let step = ((time - self.start) / self.step).floor();
        if step < 0.0 {
            return None;
        }
        self.clusters.get(step as usize).copied().flatten()
    }

    /// From the times at which steps begin.
    fn new(times: &[f64], clusters: Vec<Option<u32>>) -> Self {
        let start = times.first().copied().unwrap_or_default();
        let last = times.last().copied().unwrap_or_default();
        let steps = times.len().saturating_sub(1);
        Self {
            start,
            // A single step has no neighbour to tell its duration by; any will do to meet an equal one.
            step: if steps > 0 {
                (last - start) / steps as f64
            } else {
                1e-3
            },
            clusters,
        }
    }
}

/// The timelines of a run, in the order of its table.
pub(super) struct Timelines<'a> {
    table: &'a Columns,
    wanted: &'a HashSet<&'a str>,
    /// Number of clusters.
    k: usize,
    /// The row group to read next.
    next: usize,
    /// Records read, the last of which may go on in the next row group.
    read: VecDeque<Open>,
    /// Records that are over.
    over: HashSet<String>,
}

/// A record as far as it was read.
struct Open {
    record: String,
    times: Vec<f64>,
    clusters: Vec<Option<u32>>,
}

impl<'a> Timelines<'a> {
    /// Those of the records in `wanted`, in a run with `k` clusters.
    pub fn new(table: &'a Columns, wanted: &'a HashSet<&'a str>, k: usize) -> Result<Self, Error> {
        for column in ["record", "time", "cluster"] {
            if !table.has(column) {
                return Err(Error::Invalid(format!(
                    "{}: there is no column `{column}`",
                    table.path().display()
                )));
            }
        }
        Ok(Self {
            table,
            wanted,
            k,
            next: 0,
            read: VecDeque::new(),
            over: HashSet::new(),
        })
    }

    fn read_group(&mut self) -> Result<(), Error> {
        let records = self.table.texts(self.next, "record")?;
        let times = self.table.numbers(self.next, "time")?;
        let clusters = self.table.optional_integers(self.next, "cluster")?;
        self.next += 1;
        let mut from = 0;
        while from < records.len() {
            let same = records[from..].iter().take_while(|id| **id == records[from]);
            let to = from + same.count();
            let record = self.table.text(&records[from])?;
            let own = clusters[from..to].iter();
            let own: Vec<Option<u32>> = own
                .map(|cluster| cluster.map(|c| self.cluster(c, &record)).transpose())
                .collect::<Result<_, _>>()?;
            self.add(record, &times[from..to], own)?;
            from = to;
        }
        Ok(())
    }

    fn cluster(&self, cluster: i32, record: &str) -> Result<u32, Error> {
        let known = u32::try_from(cluster).ok().filter(|c| (*c as usize) < self.k);
        known.ok_or_else(|| {
            Error::Invalid(format!(
                "{}: cluster {cluster} of record `{record}` is none of {}",
                self.table.path().display(),
                self.k
            ))
        })
    }

    fn add(&mut self, record: String, times: &[f64], clusters: Vec<Option<u32>>) -> Result<(), Error> {
        if !self.wanted.contains(record.as_str()) {
            return Ok(());
        }
        if let Some(last) = self.read.back_mut().filter(|last| last.record == record) {
            last.times.extend_from_slice(times);
            last.clusters.extend(clusters);
            return Ok(());
        }
        if !self.over.insert(record.clone()) {
            return Err(Error::Invalid(format!(
                "{}: record `{record}` stands in two places",
                self.table.path().display()
            )));
        }
        self.read.push_back(Open {
            record,
            times: times.to_vec(),
            clusters,
        });
        Ok(())
    }
}

impl Iterator for Timelines<'_> {
    type Item = Result<(String, Strip), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // The last record is over only once another one follows or nothing is left.
        while self.read.len() < 2 && self.next < self.table.groups() {
            if let Err(error) = self.read_group() {
                return Some(Err(error));
            }
        }
        let Open {
            record,
            times,
            clusters,
        } = self.read.pop_front()?;
        Some(Ok((record, Strip::new(&times, clusters))))
    }
}
