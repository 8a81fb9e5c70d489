//! What stays the same between the records of a patient.

use rand::RngExt;

use super::labels::Class;
use super::leads::{LeadField, normal};
use super::plan::{self, Person, Stream};
use super::record::Sex;

/// Which wall an infarction took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Territory {
    Anterior,
    Inferior,
    Lateral,
}

/// Which bundle branch is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Left,
    Right,
}

/// Where ST/T changes show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    Anterior,
    Lateral,
    Inferolateral,
}

/// A patient's body and disease. Every patient has a territory, a block and a region; the classes say which of them
/// show.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    pub person: Person,
    pub field: LeadField,
    /// Gain of all QRS forces.
    pub voltage: f64,
    /// Duration of QRS relative to the template's 101 ms.
    pub qrs_scale: f64,
    pub p_gain: f64,
    /// 0 to 1: the benign ST elevation of young people.
    pub early_repolarization: f64,
    /// Heart rate at rest, per minute.
    pub rate: f64,
    pub breathing_hz: f64,
    pub fibrillation: bool,
    pub territory: Territory,
    /// 0 acute to 1 old.
    pub stage: f64,
    pub block: Block,
    pub region: Region,
    /// How much of an ST/T change is in ST, and how much in T.
    pub st_t_mix: (f64, f64),
    /// Severity of the classes that the patient has, 0 to 1, in [`Class::ALL`]'s order; else 0.
    pub severity: [f64; 5],
    /// Standard normal numbers that make the patient's events differ from the template.
    pub deviations: Vec<[f64; 3]>,
    axis_offset: f64,
    t_gain: f64,
    pr_offset: f64,
    qt_offset: f64,
    sd_rr_gain: f64,
}

impl Patient {
    /// The patient of this index; the same for every record.
    pub fn new(seed: u64, index: usize) -> Self {
        let mut rng = plan::rng(seed, Stream::Patient, index);
        let person = plan::person(&mut rng);
        let rng = &mut rng;
        let age = f64::from(person.age);
        let male = person.sex == Sex::Male;
        let young = ((45.0 - age) / 25.0).clamp(0.0, 1.0);
        let log_normal = |sd: f64, rng: &mut _| (sd * normal(rng)).exp();
        let field = LeadField::of_patient(rng);
        let sex_voltage = if male { 1.04 } else { 0.88 };
        let age_voltage = 1.0 - 0.003 * (age - 50.0);
        let severity = Class::ALL.map(|class| {
            let drawn: f64 = rng.random();
            if person.classes.contains(class) {
                0.04 + 0.96 * drawn.powf(1.15)
            } else {
                0.0
            }
        });
        let main_is_t = rng.random_bool(0.5);
        let (strong, weak) = (0.75 + 0.25 * rng.random::<f64>(), 0.2 + 0.8 * rng.random::<f64>());
        Self {
            field,
            voltage: sex_voltage * age_voltage * log_normal(0.2, rng),
            qrs_scale: (0.87 + if male { 0.04 } else { -0.02 } + 0.045 * normal(rng)).clamp(0.75, 1.02),
            p_gain: log_normal(0.2, rng),
            early_repolarization: if rng.random_bool(0.4) {
                young * rng.random::<f64>()
            } else {
                0.0
            },
            rate: 70.0 - 0.08 * (age - 50.0) + if male { -1.5 } else { 1.5 } + 8.0 * normal(rng),
            breathing_hz: rng.random_range(0.2..0.32),
            // An ECG in atrial fibrillation is not called normal.
            fibrillation: rng.random::<f64>() < 0.15 * ((age - 45.0) / 40.0).clamp(0.0, 1.0)
                && !person.classes.contains(Class::Norm),
            territory: match rng.random_range(0..20) {
                0..8 => Territory::Anterior,
                8..16 => Territory::Inferior,
                _ => Territory::Lateral,
            },
            stage: 0.8 * rng.random::<f64>(),
            block: if rng.random_bool(0.45) {
                Block::Left
            } else {
                Block::Right
            },
            region: match rng.random_range(0..3) {
                // The strain pattern of hypertrophy is lateral.
                _ if severity[Class::Hyp as usize] > 0.0 => Region::Lateral,
                0 => Region::Anterior,
                1 => Region::Lateral,
                _ => Region::Inferolateral,
            },
            st_t_mix: if main_is_t { (weak, strong) } else { (strong, weak) },
            severity,
            axis_offset: 18.0 * normal(rng) - 14.0 * severity[Class::Hyp as usize],
            t_gain: log_normal(0.27, rng) * if male { 1.1 } else { 0.9 },
            pr_offset: 0.016 * normal(rng),
            qt_offset: 0.025 * normal(rng) + if male { 0.0 } else { 0.03 },
            sd_rr_gain: log_normal(0.3, rng),
            deviations: (0..16).map(|_| [normal(rng), normal(rng), normal(rng)]).collect(),
            person,
        }
    }

    /// Electrical axis in degrees: turns left with age.
    pub fn axis(&self, age: f64) -> f64 {
        58.0 - 0.55 * (age - 45.0) + self.axis_offset
    }

    /// PR interval in seconds: lengthens with age, shortens with the rate.
    pub fn pr(&self, age: f64, mean_rr: f64) -> f64 {
        (0.152 + 0.0005 * (age - 45.0) + self.pr_offset).clamp(0.115, 0.215) * mean_rr.powf(0.25)
    }

    /// Gain of the T wave: falls with age.
    pub fn t_gain(&self, age: f64) -> f64 {
        (1.0 - 0.006 * (age - 45.0)) * self.t_gain
    }

    /// Length of QT relative to the template: grows slightly with age.
    pub fn qt_scale(&self, age: f64) -> f64 {
        (1.0 + 0.0006 * (age - 50.0) + self.qt_offset).clamp(0.92, 1.12)
    }

    /// Standard deviation of the RR interval in seconds: falls with age.
    pub fn sd_rr(&self, age: f64, mean_rr: f64) -> f64 {
        let sd = 0.045 * (-0.016 * (age - 40.0)).exp() * self.sd_rr_gain;
        sd.clamp(0.006, 0.05 * mean_rr)
    }

    /// Whether the QRS of these severities hides the Q of an infarction.
    pub fn block_spares_q(&self, severity: [f64; 5]) -> bool {
        severity[Class::Cd as usize] > 0.0 && self.block == Block::Left
    }
}
