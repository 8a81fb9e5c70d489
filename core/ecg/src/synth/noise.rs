//! What a recording adds to the heart's signal.
//!
//! Noise arises at the nine electrodes and reaches the leads through the same differences as the signal (chest leads
//! against Wilson's terminal), so that noisy limb leads obey Einthoven too.

use std::f64::consts::{PI, TAU};

use rand::{Rng, RngExt};

use super::leads::{INDEPENDENT, normal};

/// RA, LA, LL, then C1–C6.
const ELECTRODES: usize = 9;
const POWERLINE_MV: f64 = 0.02;

/// What PTB-XL's quality columns would say of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quality {
    pub baseline_drift: bool,
    pub static_noise: bool,
    pub burst_noise: bool,
}

/// The size of a record's disturbances, millivolts.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoiseParams {
    white: f64,
    muscle: f64,
    wander: f64,
    burst: f64,
    breathing_hz: f64,
    powerline_hz: Option<f64>,
}

impl NoiseParams {
    /// Draws a record's noise: mostly quiet, with a tail of bad recordings.
    pub fn draw(scale: f64, breathing_hz: f64, powerline_hz: Option<f64>, rng: &mut impl Rng) -> Self {
        let mut size = |median: f64, sd: f64| scale * median * (sd * normal(rng)).exp();
        let (white, muscle, wander) = (size(0.004, 0.45), size(0.006, 0.7), size(0.03, 0.8));
        let burst = if rng.random_bool(0.06) {
            scale * rng.random_range(0.05..0.15)
        } else {
            0.0
        };
        Self {
            white,
            muscle,
            wander,
            burst,
            breathing_hz,
            powerline_hz,
        }
    }

    pub fn quality(&self) -> Quality {
        Quality {
            baseline_drift: self.wander > 0.07,
            static_noise: self.muscle > 0.013,
            burst_noise: self.burst > 0.0,
        }
    }

    /// Adds the noise to the independent leads.
    pub fn add(&self, leads: &mut [[f64; INDEPENDENT]], sampling_rate: f64, rng: &mut impl Rng) {
        let duration = leads.len() as f64 / sampling_rate;
        let wander: Vec<Vec<Wave>> = (0..ELECTRODES).map(|_| self.wander(rng)).collect();
        let burst_centre = rng.random::<f64>() * duration;
        let burst_half = rng.random_range(0.4..1.5);
        let burst_electrode = rng.random_range(0..ELECTRODES);
        let line_phase = rng.random::<f64>() * TAU;
        let line: Vec<f64> = (0..ELECTRODES).map(|_| POWERLINE_MV * normal(rng)).collect();
        let mut before = [0.0; ELECTRODES];
        for (n, lead) in leads.iter_mut().enumerate() {
            let t = n as f64 / sampling_rate;
            let mains = self
                .powerline_hz
                .map_or(0.0, |hz| (TAU * hz * t + line_phase).sin());
            let mut potential = [0.0; ELECTRODES];
            for (e, value) in potential.iter_mut().enumerate() {
                // A first difference whitens upwards: muscle potentials have little power at low frequencies.
                let fresh = normal(rng);
                let muscle = (fresh - 0.6 * before[e]) / 1.166;
                before[e] = fresh;
                let mut muscle_mv = self.muscle;
                if e == burst_electrode && (t - burst_centre).abs() < burst_half {
                    muscle_mv += self.burst * (0.5 * PI * (t - burst_centre) / burst_half).cos().powi(2);
                }
                let drift: f64 = wander[e].iter().map(|wave| wave.at(t)).sum();
                *value = self.white * normal(rng) + muscle_mv * muscle + drift + line[e] * mains;
            }
            let [ra, la, ll, ref chest @ ..] = potential;
            let wilson = (ra + la + ll) / 3.0;
            lead[0] += la - ra;
            lead[1] += ll - ra;
            for (value, electrode) in lead[2..].iter_mut().zip(chest) {
                *value += electrode - wilson;
            }
        }
    }

    /// Breathing (the paper's baseline term) and three slower movements.
    fn wander(&self, rng: &mut impl Rng) -> Vec<Wave> {
        let mut wave = |hz: f64, share: f64| Wave {
            omega: TAU * hz,
            phase: rng.random::<f64>() * TAU,
            amplitude: self.wander * share * normal(rng),
        };
        vec![
            wave(self.breathing_hz, 0.7),
            wave(0.05, 1.0),
            wave(0.11, 0.7),
            wave(0.37, 0.3),
        ]
    }
}

struct Wave {
    omega: f64,
    phase: f64,
    amplitude: f64,
}

impl Wave {
    fn at(&self, t: f64) -> f64 {
        self.amplitude * (self.omega * t + self.phase).sin()
    }
}
