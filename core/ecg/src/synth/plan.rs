//! Who has which record, which labels are wrong, and the folds: all that is known before a signal is made.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::labels::{self, ClassSet};
use super::{Options, Sex};

/// Number of folds, as in PTB-XL.
pub(super) const FOLDS: u32 = 10;

/// What the random numbers of a stream are for. Streams are independent, so that adding a draw to one leaves
/// the others as they are.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Plan,
    Patient,
    Record,
    Noise,
    Labels,
}

/// The generator of one purpose and one patient or record.
pub(super) fn rng(seed: u64, stream: Stream, index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((stream as u64) << 56 | index as u64);
    rng
}

/// One record before its signal is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Index of the patient, from 0.
    pub patient: usize,
    /// Which of the patient's records this is, from 0.
    pub visit: u32,
    pub clean: ClassSet,
    pub given: ClassSet,
    pub fold: u32,
}

/// One patient's traits that the tables show and the plan needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    /// Age in years at the first record, 18 to 89.
    pub age: u32,
    pub sex: Sex,
    pub classes: ClassSet,
}

/// The traits of a patient, drawn from the patient's own stream, which goes on to the body's parameters.
pub(super) fn person(rng: &mut impl Rng) -> Person {
    // A sum of uniforms: bell-shaped around 59 years and bounded, unlike a normal that has to be cut.
    let bell: f64 = (0..3).map(|_| rng.random::<f64>()).sum::<f64>() / 3.0;
    let age = (18.0 + 72.0 * (bell * 1.14).min(0.999)) as u32;
    let sex = if rng.random_bool(0.5) {
        Sex::Male
    } else {
        Sex::Female
    };
    Person {
        age,
        sex,
        classes: labels::draw(f64::from(age), rng),
    }
}

/// The entries of all records.
pub(super) fn entries(options: &Options) -> Vec<Entry> {
    let mut rng = rng(options.seed, Stream::Plan, 0);
    let mut entries = patients(options, &mut rng);
    // Visits are numbered after the shuffle, so that a patient's records come in order of time.
    entries.shuffle(&mut rng);
    let mut visits = BTreeMap::new();
    for entry in &mut entries {
        let visit = visits.entry(entry.patient).or_insert(0);
        entry.visit = *visit;
        *visit += 1;
    }
    swap_labels(options, &mut entries, &mut rng);
    assign_folds(&mut entries, &mut rng);
    entries
}

fn patients(options: &Options, rng: &mut impl Rng) -> Vec<Entry> {
    // Number of further records: geometric, with the mean asked for.
    let another = 1.0 - 1.0 / options.records_per_patient;
    let mut entries: Vec<Entry> = Vec::with_capacity(options.records);
    let mut patient = 0;
    while entries.len() < options.records {
        let clean = person(&mut self::rng(options.seed, Stream::Patient, patient)).classes;
        loop {
            entries.push(Entry {
                patient,
                visit: 0,
                clean,
                given: clean,
                fold: 0,
            });
            if entries.len() == options.records || rng.random::<f64>() >= another {
                break;
            }
        }
        patient += 1;
    }
    entries
}

fn swap_labels(options: &Options, entries: &mut [Entry], rng: &mut impl Rng) {
    let wrong = (options.wrong_labels * entries.len() as f64).round() as usize;
    let mut indices: Vec<usize> = (0..entries.len()).collect();
    indices.shuffle(rng);
    for &index in indices.iter().take(wrong) {
        entries[index].given = entries[index].clean.swapped(rng);
    }
}

/// Folds by patient, stratified by the given classes of the patient's first record: each patient goes to the
/// fold that has the fewest records of these classes so far.
fn assign_folds(entries: &mut [Entry], rng: &mut impl Rng) {
    let mut records_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        records_of.entry(entry.patient).or_default().push(index);
    }
    let mut order: Vec<Vec<usize>> = records_of.into_values().collect();
    order.shuffle(rng);
    let mut per_class: BTreeMap<ClassSet, [usize; FOLDS as usize]> = BTreeMap::new();
    let mut total = [0; FOLDS as usize];
    for records in order {
        let counts = per_class
            .entry(entries[records[0]].given)
            .or_insert([0; FOLDS as usize]);
        let fold = (0..FOLDS as usize)
            .min_by_key(|&f| (counts[f], total[f]))
            .unwrap_or(0);
        counts[fold] += records.len();
        total[fold] += records.len();
        for index in records {
            entries[index].fold = fold as u32 + 1;
        }
    }
}
