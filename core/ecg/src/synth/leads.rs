//! From the dipole to the 12 leads.

use ndarray::Array2;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::Signal;

/// The leads, in PTB-XL's order and spelling.
pub const LEADS: [&str; 12] = [
    "I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6",
];

/// Independent leads: I, II, V1–V6.
pub(super) const INDEPENDENT: usize = 8;

/// Projection of the Frank dipole (x left, y down, z backwards) onto I, II, V1–V6: Dower, Machado & Osborne,
/// *On deriving the electrocardiogram from vectorcardiographic leads*, Clin. Cardiol. 3:87–95, 1980.
const DOWER: [[f64; 3]; INDEPENDENT] = [
    [0.632, -0.235, 0.059],
    [0.235, 1.066, -0.132],
    [-0.515, 0.157, -0.917],
    [0.044, 0.164, -1.387],
    [0.882, 0.098, -1.277],
    [1.213, 0.127, -0.601],
    [1.125, 0.127, -0.086],
    [0.831, 0.076, 0.230],
];

/// One body's projection of the dipole.
#[derive(Debug, Clone)]
pub(super) struct LeadField([[f64; 3]; INDEPENDENT]);

impl LeadField {
    /// A patient's torso: Dower's matrix with random deviations, larger for the chest leads, which lie near the
    /// heart.
    pub fn of_patient(rng: &mut impl Rng) -> Self {
        Self(DOWER).varied(0.05, 0.05, rng)
    }

    /// The same torso with the electrodes placed anew.
    pub fn placed_anew(&self, rng: &mut impl Rng) -> Self {
        self.clone().varied(0.02, 0.025, rng)
    }

    fn varied(mut self, gain_sd: f64, turn_sd: f64, rng: &mut impl Rng) -> Self {
        for (lead, row) in self.0.iter_mut().enumerate() {
            let chest = if lead < 2 { 0.4 } else { 1.0 };
            let gain = 1.0 + chest * gain_sd * normal(rng);
            for value in row {
                *value = gain * *value + chest * turn_sd * normal(rng);
            }
        }
        self
    }

    /// The dipole's projection onto the independent leads.
    pub fn project(&self, dipole: [f64; 3]) -> [f64; INDEPENDENT] {
        self.0
            .map(|row| row[0] * dipole[0] + row[1] * dipole[1] + row[2] * dipole[2])
    }

    /// Root mean square of a dipole over the 12 leads.
    pub fn rms(&self, dipole: [f64; 3]) -> f64 {
        let v = self.project(dipole);
        let squares: f64 = limb(v[0], v[1]).iter().chain(&v[2..]).map(|x| x * x).sum();
        (squares / LEADS.len() as f64).sqrt()
    }

    /// Largest deflection of a dipole in any of the 12 leads.
    pub fn largest(&self, dipole: [f64; 3]) -> f64 {
        let v = self.project(dipole);
        limb(v[0], v[1])
            .iter()
            .chain(&v[2..])
            .fold(0.0, |max, x| x.abs().max(max))
    }
}

/// A standard normal number.
pub(super) fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// The six limb leads from I and II: Einthoven's III, Goldberger's augmented leads.
fn limb(i: f64, ii: f64) -> [f64; 6] {
    [i, ii, ii - i, -(i + ii) / 2.0, i - ii / 2.0, ii - i / 2.0]
}

/// The 12 leads from the independent ones, in whole microvolts as PTB-XL stores them.
///
/// I and II are rounded to even microvolts, so that the halves in Goldberger's equations are whole and all
/// limb leads obey their equations without a rounding error, in memory and on disk.
pub(super) fn signal(independent: &[[f64; INDEPENDENT]], sampling_rate: u32) -> Signal {
    let mut samples = Array2::zeros((LEADS.len(), independent.len()));
    for (mut column, v) in samples.columns_mut().into_iter().zip(independent) {
        let even = |mv: f64| (mv * 500.0).round() * 2.0;
        let chest = v[2..].iter().map(|mv| (mv * 1000.0).round());
        for (value, microvolt) in column
            .iter_mut()
            .zip(limb(even(v[0]), even(v[1])).into_iter().chain(chest))
        {
            *value = (microvolt / 1000.0) as f32;
        }
    }
    Signal {
        samples,
        sampling_rate: f64::from(sampling_rate),
        leads: LEADS.map(String::from).to_vec(),
    }
}
