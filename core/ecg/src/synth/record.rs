//! One record: its signal and its truth.

use std::f64::consts::TAU;

use rand::RngExt;

use super::labels::{Class, ClassSet};
use super::leads::{self, INDEPENDENT, normal};
use super::model::{self, Beat};
use super::morphology::{self, Visit};
use super::noise::{NoiseParams, Quality};
use super::patient::{Block, Patient, Territory};
use super::plan::{self, Entry, Stream};
use super::rhythm::{Phase, RhythmParams};
use super::{Options, labels};
use crate::{Error, Signal};

/// Sex, with PTB-XL's coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 0.
    Male,
    /// 1.
    Female,
}

/// A synthetic record.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticRecord {
    /// The recording: `[12, samples]`, millivolts in whole microvolts.
    pub signal: Signal,
    /// The same heart without noise, wander and interference.
    pub clean: Signal,
    /// What is known of the record.
    pub truth: Truth,
}

/// What is known of a synthetic record.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// PTB-XL's `ecg_id`: the index plus 1.
    pub ecg_id: usize,
    /// PTB-XL's `patient_id`.
    pub patient_id: usize,
    /// Age in years at the record.
    pub age: u32,
    /// Sex.
    pub sex: Sex,
    /// Cross-validation fold, 1 to 10.
    pub fold: u32,
    /// The classes that the signal shows.
    pub clean_labels: ClassSet,
    /// The classes that the data set states.
    pub given_labels: ClassSet,
    /// The SCP-ECG statements that the data set makes, with their likelihood in percent (0: not stated).
    pub statements: Vec<(&'static str, f64)>,
    /// Landmarks of every beat that reaches into the record.
    pub beats: Vec<Beat>,
    pub(super) visit: u32,
    pub(super) quality: Quality,
}

impl Truth {
    /// Whether the given labels differ from the clean ones.
    pub fn wrong(&self) -> bool {
        self.clean_labels != self.given_labels
    }
}

/// Makes the records of a data set, in any order and from any thread.
#[derive(Debug)]
pub struct Synthesizer {
    options: Options,
    entries: Vec<Entry>,
}

impl Synthesizer {
    /// Plans the data set: patients, folds and wrong labels.
    ///
    /// # Errors
    /// [`Error::Invalid`] as [`Options::validate`].
    pub fn new(options: &Options) -> Result<Self, Error> {
        options.validate()?;
        Ok(Self {
            options: options.clone(),
            entries: plan::entries(options),
        })
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Makes the record of an index below `options.records`, at the options' sampling rate.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an index beyond the last record.
    pub fn record(&self, index: usize) -> Result<SyntheticRecord, Error> {
        self.record_at(index, self.options.sampling_rate)
    }

    /// The record at a given rate. Everything but the noise is the same at both.
    pub(super) fn record_at(&self, index: usize, sampling_rate: u32) -> Result<SyntheticRecord, Error> {
        let entry = self.entries.get(index).ok_or_else(|| {
            Error::Invalid(format!(
                "record: expected an index below {}, found {index}",
                self.entries.len()
            ))
        })?;
        let options = &self.options;
        let patient = Patient::new(options.seed, entry.patient);
        let rng = &mut plan::rng(options.seed, Stream::Record, index);
        let visit = visit(&patient, entry, rng);
        let rhythm = RhythmParams {
            mean_rr: visit.mean_rr,
            sd_rr: if patient.fibrillation {
                0.17 * visit.mean_rr
            } else {
                patient.sd_rr(visit.age, visit.mean_rr)
            },
            breathing_hz: patient.breathing_hz,
            fibrillation: patient.fibrillation,
        };
        let phase = Phase::draw(&rhythm, options.duration_s, rng);
        let events = morphology::events(&patient, &visit, rng);
        let field = patient.field.placed_anew(rng);
        let rate = f64::from(sampling_rate);
        let samples = (options.duration_s * rate).round() as usize;
        // Breathing moves the heart and changes the volume conductor: the ECG-derived respiration.
        let breath = (TAU * patient.breathing_hz, rng.random::<f64>() * TAU);
        let gain = |t: f64| 1.0 + 0.035 * (breath.0 * t + breath.1).sin();
        let mut dipole = model::dipole(&events, &phase, rate, samples, gain);
        if patient.fibrillation {
            fibrillate(&mut dipole, rate, rng);
        }
        let mut leads: Vec<[f64; INDEPENDENT]> = dipole.into_iter().map(|d| field.project(d)).collect();
        let clean = leads::signal(&leads, sampling_rate);
        let noise = NoiseParams::draw(options.noise, patient.breathing_hz, options.powerline_hz, rng);
        noise.add(
            &mut leads,
            rate,
            &mut plan::rng(options.seed, Stream::Noise, index),
        );
        let duration = samples as f64 / rate;
        let truth = Truth {
            ecg_id: index + 1,
            patient_id: entry.patient + 1,
            age: visit.age as u32,
            sex: patient.person.sex,
            fold: entry.fold,
            clean_labels: entry.clean,
            given_labels: entry.given,
            statements: statements(&patient, &visit, entry, options.seed, index),
            beats: model::beats(&events, &field, &phase, duration),
            visit: entry.visit,
            quality: noise.quality(),
        };
        Ok(SyntheticRecord {
            signal: leads::signal(&leads, sampling_rate),
            clean,
            truth,
        })
    }
}

/// Makes one record alone. To make many, plan once with a [`Synthesizer`].
///
/// # Errors
/// [`Error::Invalid`] for bad options or an index beyond the last record.
pub fn record(options: &Options, index: usize) -> Result<SyntheticRecord, Error> {
    Synthesizer::new(options)?.record(index)
}

fn visit(patient: &Patient, entry: &Entry, rng: &mut impl rand::Rng) -> Visit {
    let mut rate = patient.rate + 4.0 * normal(rng);
    if patient.fibrillation {
        rate += 10.0;
    }
    let severity = patient.severity.map(|s| {
        if s > 0.0 {
            (s + 0.06 * normal(rng)).clamp(0.03, 1.0)
        } else {
            0.0
        }
    });
    Visit {
        age: f64::from((patient.person.age + entry.visit).min(89)),
        mean_rr: 60.0 / rate.clamp(46.0, 104.0),
        severity,
    }
}

/// Fibrillatory waves: an unsteady oscillation at 5–7 Hz that shows most in V1.
fn fibrillate(dipole: &mut [[f64; 3]], rate: f64, rng: &mut impl rand::Rng) {
    let size = rng.random_range(0.02..0.05);
    let hz = rng.random_range(5.0..7.0);
    // Slow swings of the phase keep the waves from being a sine.
    let swings: Vec<(f64, f64, f64)> = [0.37, 0.83, 1.71]
        .map(|hz| (TAU * hz, TAU * rng.random::<f64>(), normal(rng) / hz))
        .to_vec();
    for (n, d) in dipole.iter_mut().enumerate() {
        let t = n as f64 / rate;
        let angle = TAU * hz * t
            + swings
                .iter()
                .map(|(w, start, a)| a * (w * t + start).sin())
                .sum::<f64>();
        let wave = size * (angle.sin() + 0.3 * (2.0 * angle + 0.7).sin());
        d[0] -= 0.4 * wave;
        d[1] += 0.6 * wave;
        d[2] -= wave;
    }
}

/// The statements of a record: one per given class with the kind that the patient has (or would have, where the label is
/// wrong), the form statements that go with the true ones, and the rhythm.
fn statements(
    patient: &Patient,
    visit: &Visit,
    entry: &Entry,
    seed: u64,
    index: usize,
) -> Vec<(&'static str, f64)> {
    let rng = &mut plan::rng(seed, Stream::Labels, index);
    let mut statements = Vec::new();
    for class in entry.given.iter() {
        let likelihood = if rng.random_bool(0.7) { 100.0 } else { 80.0 };
        statements.push((diagnosis(class, patient, visit), likelihood));
    }
    let shown = |class| entry.given.contains(class) && entry.clean.contains(class);
    if shown(Class::Mi) && !patient.block_spares_q(visit.severity) {
        statements.push(("QWAVE", 0.0));
    }
    if shown(Class::Sttc) && patient.st_t_mix.1 * visit.severity[Class::Sttc as usize] > 0.55 {
        statements.push(("INVT", 0.0));
    }
    if shown(Class::Hyp) {
        statements.push(("VCLVH", 0.0));
    }
    let rhythm = match 60.0 / visit.mean_rr {
        _ if patient.fibrillation => "AFIB",
        rate if rate < 60.0 => "SBRAD",
        rate if rate > 100.0 => "STACH",
        _ => "SR",
    };
    statements.push((rhythm, 0.0));
    debug_assert!(
        statements
            .iter()
            .all(|(code, _)| labels::STATEMENTS.iter().any(|s| s.code == *code))
    );
    statements
}

fn diagnosis(class: Class, patient: &Patient, visit: &Visit) -> &'static str {
    match class {
        Class::Norm => "NORM",
        Class::Mi => match patient.territory {
            Territory::Anterior => "ASMI",
            Territory::Inferior => "IMI",
            Territory::Lateral => "LMI",
        },
        Class::Sttc if visit.severity[Class::Sttc as usize] > 0.6 => "ISC_",
        Class::Sttc if patient.st_t_mix.0 > patient.st_t_mix.1 => "NST_",
        Class::Sttc => "NDT",
        Class::Cd => match patient.block {
            Block::Left => "CLBBB",
            Block::Right => "CRBBB",
        },
        Class::Hyp => "LVH",
    }
}
