//! Synthetic 12-lead ECGs with a known truth.
//!
//! The generator is the dynamical model of McSharry, Clifford, Tarassenko & Smith, *A dynamical model
//! for generating synthetic electrocardiogram signals*, IEEE TBME 50(3):289–294, 2003, in the
//! three-dimensional dipole form of Sameni et al., *Multichannel ECG and noise modeling*, EURASIP J.
//! Adv. Signal Process. 2007:43407:
//!
//! * **Rhythm**: the RR interval follows the paper's bimodal spectrum (Mayer waves at 0.1 Hz,
//!   respiratory sinus arrhythmia at the breathing rate); a share of older patients is in atrial
//!   fibrillation, with irregular intervals and no P waves.
//! * **Phase**: the model's state circles the unit limit cycle with angular velocity `ω(t) = 2π/RR(t)`.
//!   A state that starts on the cycle stays on it, so that only the phase is integrated.
//! * **Dipole**: every event (parts of P, QRS, ST and T) adds a Gaussian of the phase to the three
//!   dipole coordinates. Without the paper's relaxation towards the baseline, which only serves to
//!   forget an arbitrary initial state, the third equation has that sum as its closed form; it is evaluated
//!   instead of a Runge–Kutta step. Event angles follow the length of each beat such that QRS keeps its duration
//!   in milliseconds (the paper's own program adjusts them once, to the mean heart rate).
//! * **Leads**: a Dower-like matrix, varied between patients, projects the dipole onto I, II and
//!   V1–V6. The other limb leads follow by Einthoven and Goldberger, to the last digit.
//! * **Truth**: wave limits are the event angles ± [`LIMIT_WIDTHS`] widths, mapped back to time; a peak
//!   is where the wave's own RMS over the 12 leads is largest.
//!
//! The same options give the same bytes for any number of threads: each patient and each record has
//! its own stream of the ChaCha generator.

mod labels;
mod leads;
mod model;
mod morphology;
mod noise;
mod patient;
mod plan;
mod record;
mod rhythm;
mod tables;
mod write;

pub use labels::{Class, ClassSet};
pub use leads::LEADS;
pub use model::{Beat, LIMIT_WIDTHS, WaveTimes};
pub use record::{Sex, Synthesizer, SyntheticRecord, Truth, record};
pub use write::{Summary, write};

use crate::Error;

/// What to synthesize.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Number of records, 1 to 99 999.
    pub records: usize,
    /// Same seed, same data set.
    pub seed: u64,
    /// 100 or 500 Hz. A data set written at 500 Hz holds the 100 Hz files as well, as PTB-XL does.
    pub sampling_rate: u32,
    /// Length of a record in seconds, 2 to 60.
    pub duration_s: f64,
    /// Share of records, 0 to 1, whose given labels differ from the clean ones; `round(share · records)`
    /// records are chosen with equal probability, and in each one class is swapped for another.
    pub wrong_labels: f64,
    /// Mean number of records per patient, 1 to 5.
    pub records_per_patient: f64,
    /// Scale of noise and baseline wander; 1 is the usual mix of quiet and noisy records, 0 is none.
    pub noise: f64,
    /// Frequency of a power-line interference of 20 µV, if any; at most half the sampling rate.
    pub powerline_hz: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            records: 200,
            seed: 7,
            sampling_rate: 100,
            duration_s: 10.0,
            wrong_labels: 0.0,
            records_per_patient: 1.25,
            noise: 1.0,
            powerline_hz: None,
        }
    }
}

impl Options {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first setting out of range, what was expected and what was found.
    pub fn validate(&self) -> Result<(), Error> {
        let refuse = |message: String| Err(Error::Invalid(message));
        if !(1..=99_999).contains(&self.records) {
            return refuse(format!("records: expected 1 to 99999, found {}", self.records));
        }
        if !matches!(self.sampling_rate, 100 | 500) {
            return refuse(format!(
                "sampling_rate: expected 100 or 500, found {}",
                self.sampling_rate
            ));
        }
        in_range("duration_s", self.duration_s, 2.0, 60.0)?;
        in_range("wrong_labels", self.wrong_labels, 0.0, 1.0)?;
        in_range("records_per_patient", self.records_per_patient, 1.0, 5.0)?;
        in_range("noise", self.noise, 0.0, 10.0)?;
        if let Some(hz) = self.powerline_hz {
            in_range("powerline_hz", hz, 1.0, f64::from(self.sampling_rate) / 2.0)?;
        }
        Ok(())
    }
}

fn in_range(name: &str, value: f64, low: f64, high: f64) -> Result<(), Error> {
    // Written so that NaN is refused too.
    if value >= low && value <= high {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{name}: expected {low} to {high}, found {value}"
    )))
}
