//! Records that are the same recording: exact copies and near-duplicates.
//!
//! A near-duplicate is one recording stored twice with another amplitude, shifted or cropped, with noise, with its leads
//! in another order, or at another sampling rate. Two recordings of one patient are not: their beats
//! come at other times.
//!
//! 1. Each record is summarized by a [`Fingerprint`] while it streams by.
//! 2. [`find`] groups records with equal samples by hash.
//! 3. For the others it looks up some heartbeats of each record in a k-d tree over all heartbeats, each described by the
//!    course of the heart vector's speed in the three seconds around it. A pair goes on if the other
//!    heartbeats of the two fingerprints fit at the same shift, in shape and to 5 ms in time.
//! 4. What is left is read again and compared sample by sample in a band around 8 Hz, where QRS complexes
//!    outweigh noise and baseline: over the whole overlap (correlation ≥ 0.94), in the QRS complexes (≥ 0.98),
//!    and in nine of ten seconds (≥ 0.8). Only that decides.
//!
//! The thresholds lie between what was measured on PTB-XL: copies with noise 20 dB below each lead's own standard
//! deviation correlate with at least 0.948 overall (median 0.998) and 0.984 in the QRS complexes, different
//! recordings with at most 0.921 and 0.957.
//!
//! # What is not found
//! * Records that share less than 70 % of the shorter one, or less than 2.5 s. Records with more than 16
//!   beats are summarized by the 16 in the middle, so that far-off crops of long records are missed.
//! * Copies with more noise than the thresholds allow: 20 dB below a lead that is mostly baseline wander can be
//!   as large as its QRS complexes.
//! * Inverted signals, and leads whose amplitudes were changed each by another factor.
//! * Copies without a lead that carries much of the signal, or without more than a quarter of the leads.
//! * Near-duplicates that are crowded out: of each record 4 heartbeats are looked up, and for each the 12 nearest
//!   other records (among the 64 nearest heartbeats) are looked at. That bounds the work for any data; a copy is lost if
//!   more others than that lie closer to each of the 4 than it does.
//!
//! # What cannot be told apart
//! Signals that are the same to this precision without being copies: a simulator's or a pacemaker's
//! identical beats, in two records with little else in them.

mod fingerprint;
mod groups;
mod index;
mod velocity;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

pub use fingerprint::Fingerprint;

use crate::{Error, Signal};
use groups::{Groups, Member};
use index::{Candidate, Index, best_alignment};
use verify::{Match, identical, verify};

/// Least overlap, as a part of the shorter record.
const LEAST_OVERLAP: f64 = 0.7;

/// Two records that are the same recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// Index of the record that comes first.
    pub first: usize,
    /// Index of the other one.
    pub second: usize,
    /// Every sample of every lead is equal, bit for bit; only the order and the names of the leads may differ.
    pub exact: bool,
    /// Correlation of the two, all leads together, in a band around 8 Hz over their overlap; 1 if exact.
    pub correlation: f64,
    /// Amplitude of the second record in units of the first; 1 if exact.
    pub scale: f64,
    /// Seconds by which everything comes later in the second record than in the first; 0 if exact.
    pub shift_seconds: f64,
    /// A lead stands in another row, or under another name, in the second record.
    pub leads_reordered: bool,
}

impl Duplicate {
    fn new(first: usize, second: usize, found: Match) -> Duplicate {
        Duplicate {
            first,
            second,
            exact: found.exact,
            correlation: found.correlation,
            scale: found.scale,
            shift_seconds: found.shift_seconds,
            leads_reordered: found.leads_reordered,
        }
    }
}

/// How a record's signal is read again.
type Read<'a> = &'a (dyn Fn(usize) -> Result<Signal, Error> + Sync);

/// Finds all duplicates among records, given each one's fingerprint and a way to read it again.
///
/// Of a group of records that are all the same recording, each is reported once, with the first of the
/// group; where it does not itself agree with the first (as at the end of a chain of small changes), with
/// a record of the group with which it does. So n copies give n − 1 pairs. Pairs are sorted by `first`,
/// then `second`.
///
/// The pairs do not depend on the number of threads. Only records that are compared are read.
///
/// # Errors
/// What `read` returns for a record that it could read before.
pub fn find(fingerprints: &[Option<Fingerprint>], read: Read<'_>) -> Result<Vec<Duplicate>, Error> {
    let mut groups = Groups::new(fingerprints.len());
    let mut active = exact_copies(fingerprints, read, &mut groups)?;
    let mut queries = active.clone();
    while active.len() > 1 && !queries.is_empty() {
        let index = Index::new(fingerprints, &active);
        let candidates: Vec<Vec<Candidate>> = queries.par_iter().map(|&r| index.candidates(r)).collect();
        let joined = join(&queries, candidates, read, &mut groups)?;
        // Copies crowd each other's neighbourhood. The firsts of the groups look again, at firsts only.
        active.retain(|&record| groups.first(record) == record);
        let again: BTreeSet<usize> = joined.into_iter().map(|record| groups.first(record)).collect();
        queries = again.into_iter().collect();
    }
    report(fingerprints, read, &groups)
}

/// Links exact copies; returns the records that are left to compare.
fn exact_copies(
    fingerprints: &[Option<Fingerprint>],
    read: Read<'_>,
    groups: &mut Groups,
) -> Result<Vec<usize>, Error> {
    let mut by_hash: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (record, fingerprint) in fingerprints.iter().enumerate() {
        if let Some(fingerprint) = fingerprint {
            by_hash.entry(fingerprint.hash).or_default().push(record);
        }
    }
    let by_hash: Vec<Vec<usize>> = by_hash.into_values().collect();
    let compare = |records: &Vec<usize>| -> Result<Vec<Option<Match>>, Error> {
        let [first, others @ ..] = records.as_slice() else {
            return Ok(Vec::new());
        };
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let signal = read(*first)?;
        others
            .par_iter()
            .map(|&other| Ok(identical(&signal, &read(other)?)))
            .collect()
    };
    let found: Vec<Vec<Option<Match>>> = by_hash.par_iter().map(compare).collect::<Result<_, Error>>()?;
    let mut active = Vec::new();
    for (records, found) in by_hash.iter().zip(found) {
        let [first, others @ ..] = records.as_slice() else {
            continue;
        };
        active.push(*first);
        for (&other, found) in others.iter().zip(found) {
            match found {
                Some(found) => groups.link(*first, other, found),
                // Another signal with the same hash.
                None => active.push(other),
            }
        }
    }
    active.sort_unstable();
    Ok(active)
}

/// Verifies candidates, the closest of each record first, until each is verified or already in the group.
/// Returns the records that were linked.
fn join(
    queries: &[usize],
    candidates: Vec<Vec<Candidate>>,
    read: Read<'_>,
    groups: &mut Groups,
) -> Result<BTreeSet<usize>, Error> {
    let mut open: Vec<_> = queries
        .iter()
        .copied()
        .zip(candidates.into_iter().map(Vec::into_iter))
        .collect();
    let mut tried: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut joined = BTreeSet::new();
    while !open.is_empty() {
        let mut round: Vec<(usize, usize, f64)> = Vec::new();
        open.retain_mut(|(record, candidates)| {
            let next = candidates.find(|candidate| {
                let pair = (candidate.record.min(*record), candidate.record.max(*record));
                groups.first(pair.0) != groups.first(pair.1) && tried.insert(pair)
            });
            if let Some(next) = next {
                round.push(ordered(*record, next));
            }
            next.is_some()
        });
        let compare = |&(a, b, lag): &(usize, usize, f64)| Ok(verify(&read(a)?, &read(b)?, lag));
        let found: Vec<Option<Match>> = round.par_iter().map(compare).collect::<Result<_, Error>>()?;
        for ((a, b, _), found) in round.into_iter().zip(found) {
            if let Some(found) = found {
                groups.link(a, b, found);
                joined.extend([a, b]);
            }
        }
    }
    Ok(joined)
}

/// A pair with the smaller index first, and its lag in that order.
fn ordered(record: usize, candidate: Candidate) -> (usize, usize, f64) {
    let lag = f64::from(candidate.alignment.lag);
    if record < candidate.record {
        (record, candidate.record, lag)
    } else {
        (candidate.record, record, -lag)
    }
}

/// One pair per record that is not the first of its group.
fn report(
    fingerprints: &[Option<Fingerprint>],
    read: Read<'_>,
    groups: &Groups,
) -> Result<Vec<Duplicate>, Error> {
    let pair = |member: &Member| -> Result<Option<Duplicate>, Error> {
        let Member { record, first, via } = *member;
        if via != first {
            let print = |record: usize| fingerprints.get(record).and_then(Option::as_ref);
            let alignment = print(first)
                .zip(print(record))
                .and_then(|(a, b)| best_alignment(a, b));
            if let Some(alignment) = alignment {
                let found = verify(&read(first)?, &read(record)?, f64::from(alignment.lag));
                if let Some(found) = found {
                    return Ok(Some(Duplicate::new(first, record, found)));
                }
            }
        }
        let (a, b) = (via.min(record), via.max(record));
        Ok(groups
            .found(a, b)
            .map(|found| Duplicate::new(a, b, found.clone())))
    };
    let members = groups.members();
    let pairs: Vec<Option<Duplicate>> = members.par_iter().map(pair).collect::<Result<_, Error>>()?;
    let mut pairs: Vec<Duplicate> = pairs.into_iter().flatten().collect();
    pairs.sort_by_key(|pair| (pair.first, pair.second));
    Ok(pairs)
}
