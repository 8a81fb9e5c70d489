//! Diagnostic classes, how often they occur, and the SCP-ECG statements that stand for them.

use std::fmt;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Diagnostic superclass, as PTB-XL defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Normal ECG.
    Norm,
    /// Myocardial infarction.
    Mi,
    /// ST/T change.
    Sttc,
    /// Conduction disturbance.
    Cd,
    /// Hypertrophy.
    Hyp,
}

impl Class {
    /// All classes, in the order that PTB-XL's benchmarks use.
    pub const ALL: [Class; 5] = [Class::Norm, Class::Mi, Class::Sttc, Class::Cd, Class::Hyp];

    /// The name as `scp_statements.csv` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Norm => "NORM",
            Class::Mi => "MI",
            Class::Sttc => "STTC",
            Class::Cd => "CD",
            Class::Hyp => "HYP",
        }
    }
}

/// A set of classes; `NORM` stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ClassSet(u8);

impl ClassSet {
    /// The set of the given classes.
    pub fn of(classes: &[Class]) -> Self {
        Self(classes.iter().fold(0, |bits, class| bits | 1 << *class as u8))
    }

    /// Whether a class is in the set.
    pub fn contains(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// The classes of the set, in the order of [`Class::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |class| self.contains(*class))
    }

    /// One class of the set swapped for one that is not in it, each with equal probability; a swap for
    /// `NORM` leaves `NORM` alone.
    pub(super) fn swapped(self, rng: &mut impl Rng) -> Self {
        let inside: Vec<Class> = self.iter().collect();
        let outside: Vec<Class> = Class::ALL
            .into_iter()
            .filter(|class| !self.contains(*class))
            .collect();
        let (Some(old), Some(new)) = (inside.choose(rng), outside.choose(rng)) else {
            return self;
        };
        if *new == Class::Norm {
            return Self::of(&[Class::Norm]);
        }
        Self(self.0 & !(1 << *old as u8) | 1 << *new as u8)
    }
}

impl fmt::Display for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, class) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(";")?;
            }
            f.write_str(class.name())?;
        }
        Ok(())
    }
}

/// Combinations of abnormal classes and their relative frequency, roughly PTB-XL's.
const COMBINATIONS: [(&[Class], f64); 10] = [
    (&[Class::Mi], 0.19),
    (&[Class::Sttc], 0.20),
    (&[Class::Cd], 0.16),
    (&[Class::Hyp], 0.08),
    (&[Class::Mi, Class::Sttc], 0.09),
    (&[Class::Mi, Class::Cd], 0.08),
    (&[Class::Sttc, Class::Hyp], 0.11),
    (&[Class::Sttc, Class::Cd], 0.04),
    (&[Class::Cd, Class::Hyp], 0.03),
    (&[Class::Mi, Class::Sttc, Class::Hyp], 0.02),
];

/// A patient's classes; the older, the less often normal.
pub(super) fn draw(age: f64, rng: &mut impl Rng) -> ClassSet {
    let normal = 1.0 / (1.0 + ((age - 57.0) / 16.0).exp());
    if rng.random::<f64>() < normal {
        return ClassSet::of(&[Class::Norm]);
    }
    let total: f64 = COMBINATIONS.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.random::<f64>() * total;
    for (classes, weight) in COMBINATIONS {
        left -= weight;
        if left < 0.0 {
            return ClassSet::of(classes);
        }
    }
    ClassSet::of(&[Class::Sttc])
}

/// A statement of `scp_statements.csv`.
pub(super) struct Statement {
    pub code: &'static str,
    pub description: &'static str,
    pub kind: Kind,
}

/// What a statement speaks of.
pub(super) enum Kind {
    Diagnostic { class: Class, subclass: &'static str },
    Form,
    Rhythm,
}

const fn diagnostic(
    code: &'static str,
    description: &'static str,
    class: Class,
    subclass: &'static str,
) -> Statement {
    Statement {
        code,
        description,
        kind: Kind::Diagnostic { class, subclass },
    }
}

const fn form(code: &'static str, description: &'static str) -> Statement {
    Statement {
        code,
        description,
        kind: Kind::Form,
    }
}

const fn rhythm(code: &'static str, description: &'static str) -> Statement {
    Statement {
        code,
        description,
        kind: Kind::Rhythm,
    }
}

/// The statements in use: PTB-XL's codes.
pub(super) const STATEMENTS: [Statement; 17] = [
    diagnostic("NORM", "normal ECG", Class::Norm, "NORM"),
    diagnostic("ASMI", "anteroseptal myocardial infarction", Class::Mi, "AMI"),
    diagnostic("IMI", "inferior myocardial infarction", Class::Mi, "IMI"),
    diagnostic("LMI", "lateral myocardial infarction", Class::Mi, "LMI"),
    diagnostic("NDT", "non-diagnostic T abnormalities", Class::Sttc, "STTC"),
    diagnostic("NST_", "non-specific ST changes", Class::Sttc, "NST_"),
    diagnostic("ISC_", "non-specific ischemic", Class::Sttc, "ISC_"),
    diagnostic("CLBBB", "complete left bundle branch block", Class::Cd, "CLBBB"),
    diagnostic("CRBBB", "complete right bundle branch block", Class::Cd, "CRBBB"),
    diagnostic("LVH", "left ventricular hypertrophy", Class::Hyp, "LVH"),
    form("QWAVE", "Q waves present"),
    form("INVT", "inverted T-waves"),
    form("VCLVH", "voltage criteria (QRS) for left ventricular hypertrophy"),
    rhythm("SR", "sinus rhythm"),
    rhythm("SBRAD", "sinus bradycardia"),
    rhythm("STACH", "sinus tachycardia"),
    rhythm("AFIB", "atrial fibrillation"),
];
