//! What a data set turns out to be: records, rates, leads, labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ecg_audit_ecg::datasets::{self, Options};
use ecg_audit_ecg::{DataSet, Label, lead_key};

use crate::Error;

/// Records whose signals are read to see rates, leads and lengths.
const EXAMINED: usize = 100;

/// Something that the files do not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The configuration's key.
    pub key: String,
    /// What was assumed, and what to do about it.
    pub why: String,
}

impl Choice {
    pub(super) fn new(key: &str, why: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            why: why.into(),
        }
    }
}

/// A data set, how it is read, and what that left open.
pub(super) struct Data {
    pub reader: &'static str,
    pub path: PathBuf,
    pub options: Options,
    pub set: Box<dyn DataSet>,
    pub labels: Labels,
    pub signals: Signals,
    pub choices: Vec<Choice>,
    /// What else there is to say of it, for the terminal.
    pub notes: Vec<String>,
}

impl Data {
    pub fn open(
        reader: &'static str,
        path: PathBuf,
        options: Options,
        choices: Vec<Choice>,
        notes: Vec<String>,
    ) -> Result<Self, Error> {
        let set = datasets::open(reader, &path, &options)?;
        let signals = Signals::of(set.as_ref());
        Ok(Self {
            reader,
            path,
            options,
            labels: Labels::of(set.as_ref()),
            signals,
            set,
            choices,
            notes,
        })
    }
}

/// The labels of all records.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Labels {
    /// Classes with the number of records that have each.
    pub counts: Vec<(String, usize)>,
    /// Whether every labelled record has exactly one class.
    pub exclusive: bool,
    /// Whether the target is continuous.
    pub continuous: bool,
    /// Records without a label.
    pub unlabelled: usize,
}

impl Labels {
    fn of(set: &dyn DataSet) -> Self {
        let mut counts: Vec<(String, usize)> = set.classes().iter().map(|name| (name.clone(), 0)).collect();
        let mut labels = Self {
            exclusive: !counts.is_empty(),
            ..Self::default()
        };
        for record in set.records() {
            match &record.label {
                Label::Classes(flags) => {
                    labels.exclusive &= flags.iter().filter(|flag| **flag).count() == 1;
                    for ((_, count), _) in counts.iter_mut().zip(flags).filter(|(_, flag)| **flag) {
                        *count += 1;
                    }
                }
                Label::Value(_) => labels.continuous = true,
                Label::Missing => labels.unlabelled += 1,
            }
        }
        labels.counts = counts;
        labels
    }
}

/// The span of a continuous target, for the terminal.
pub(super) fn span(set: &dyn DataSet) -> Option<String> {
    let values = set.records().iter().filter_map(|record| match record.label {
        Label::Value(value) => Some(value),
        _ => None,
    });
    let (low, high, count) = values.fold(
        (f64::INFINITY, f64::NEG_INFINITY, 0),
        |(low, high, count), value| (low.min(value), high.max(value), count + 1),
    );
    (count > 0).then(|| format!("{count} values, {} to {}", super::short(low), super::short(high)))
}

/// What a part of the signals, or all of them, look like.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Signals {
    /// Records that could be read.
    pub examined: usize,
    /// Sampling rates in Hz with the number of records, the most frequent first.
    pub rates: Vec<(f64, usize)>,
    /// Lead names in their order with the number of records, the most frequent first.
    pub leads: Vec<(Vec<String>, usize)>,
    /// Shortest and longest record in seconds.
    pub seconds: (f64, f64),
    /// Records that could not be read, with the reason.
    pub unreadable: Vec<String>,
}

impl Signals {
    fn of(set: &dyn DataSet) -> Self {
        let records = set.records();
        let mut found = Self {
            seconds: (f64::INFINITY, 0.0),
            ..Self::default()
        };
        // Rates in millihertz, so that they can be keys.
        let mut rates: BTreeMap<u64, usize> = BTreeMap::new();
        let mut leads: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for position in spread(records.len()) {
            let signal = match set.read(position) {
                Ok(signal) => signal,
                Err(error) => {
                    let id = records.get(position).map_or("", |record| record.id.as_str());
                    found.unreadable.push(format!("{id}: {error}"));
                    continue;
                }
            };
            found.examined += 1;
            *rates
                .entry((signal.sampling_rate * 1000.0).round() as u64)
                .or_default() += 1;
            found.seconds.0 = found.seconds.0.min(signal.duration());
            found.seconds.1 = found.seconds.1.max(signal.duration());
            *leads.entry(signal.leads).or_default() += 1;
        }
        found.rates = most_frequent(rates)
            .into_iter()
            .map(|(rate, records)| (rate as f64 / 1000.0, records))
            .collect();
        found.leads = most_frequent(leads);
        found
    }

    /// The most frequent rate in Hz.
    pub fn rate(&self) -> Option<f64> {
        self.rates.first().map(|(rate, _)| *rate)
    }

    /// Whether all records have the same leads in the same order.
    pub fn same_leads(&self) -> bool {
        let orders: BTreeSet<Vec<String>> = self.leads.iter().map(|(names, _)| keys(names)).collect();
        orders.len() <= 1
    }

    /// The most frequent leads.
    pub fn usual_leads(&self) -> &[String] {
        self.leads.first().map_or(&[], |(names, _)| names)
    }

    /// Those of the most frequent leads that every record has.
    pub fn shared_leads(&self) -> Vec<String> {
        let all: Vec<Vec<String>> = self.leads.iter().map(|(names, _)| keys(names)).collect();
        let in_all = |name: &&String| all.iter().all(|names| names.contains(&lead_key(name)));
        self.usual_leads().iter().filter(in_all).cloned().collect()
    }
}

fn keys(names: &[String]) -> Vec<String> {
    names.iter().map(|name| lead_key(name)).collect()
}

fn most_frequent<K>(counts: BTreeMap<K, usize>) -> Vec<(K, usize)> {
    let mut sorted: Vec<(K, usize)> = counts.into_iter().collect();
    // A stable sort: what is equally frequent stays in its own order.
    sorted.sort_by_key(|(_, records)| std::cmp::Reverse(*records));
    sorted
}

/// Positions of at most [`EXAMINED`] records, spread evenly over all.
fn spread(records: usize) -> impl Iterator<Item = usize> {
    let wanted = records.min(EXAMINED);
    (0..wanted).map(move |i| i * records / wanted.max(1))
}
