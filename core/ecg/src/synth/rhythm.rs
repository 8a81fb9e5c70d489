//! When the heart beats: the phase of the model over time.

use std::f64::consts::TAU;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Normal};

/// What a record's rhythm is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct RhythmParams {
    /// Mean RR interval, seconds.
    pub mean_rr: f64,
    /// Standard deviation of the RR interval, seconds.
    pub sd_rr: f64,
    /// Breathing rate, Hz: the centre of the spectrum's upper band.
    pub breathing_hz: f64,
    /// Irregular intervals without the bands.
    pub fibrillation: bool,
}

/// The phase as a function of time: knots joined by lines, both strictly increasing. Multiples of 2π are R peaks.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    times: Vec<f64>,
    angles: Vec<f64>,
}

/// Seconds of phase before and after the record, so that beats that reach into it are whole.
const MARGIN_S: f64 = 2.5;
/// Spacing of the knots. The RR spectrum ends at 0.4 Hz, so that a line over 40 ms is off by less than
/// 2·10⁻⁴ rad, 0.03 ms.
const KNOT_S: f64 = 0.04;
/// Centre of the Mayer waves, width of both bands, and the ratio of low to high power: the paper's values.
const MAYER_HZ: f64 = 0.1;
const BAND_SD_HZ: f64 = 0.01;
const LOW_TO_HIGH: f64 = 0.5;

impl Phase {
    /// Draws a rhythm that covers a record of `duration` seconds and a margin.
    pub fn draw(params: &RhythmParams, duration: f64, rng: &mut impl Rng) -> Self {
        if params.fibrillation {
            Self::irregular(params, duration, rng)
        } else {
            Self::bimodal(params, duration, rng)
        }
    }

    /// Integrates ω = 2π/RR(t), RR having the paper's bimodal spectrum: cosines of that power with random
    /// phases, which is what its inverse Fourier transform sums. Simpson's rule, exact to the fourth order
    /// as Runge–Kutta is, since ω depends on time alone.
    fn bimodal(params: &RhythmParams, duration: f64, rng: &mut impl Rng) -> Self {
        const STEPS: i32 = 8;
        let mut waves = Vec::new();
        let high_share = 1.0 / (1.0 + LOW_TO_HIGH);
        for (centre, share) in [(MAYER_HZ, 1.0 - high_share), (params.breathing_hz, high_share)] {
            // Nodes every half a width out to two widths: dense enough not to repeat within a minute.
            let weights = (-STEPS / 2..=STEPS / 2).map(|k| 0.5 * f64::from(k));
            let norm: f64 = weights.clone().map(|x| (-0.5 * x * x).exp()).sum();
            for x in weights {
                let power = share * (-0.5 * x * x).exp() / norm;
                let amplitude = params.sd_rr * (2.0 * power).sqrt();
                waves.push((
                    TAU * (centre + x * BAND_SD_HZ),
                    rng.random::<f64>() * TAU,
                    amplitude,
                ));
            }
        }
        let omega = |t: f64| {
            let swing: f64 = waves.iter().map(|(w, phase, a)| a * (w * t + phase).cos()).sum();
            TAU / (params.mean_rr + swing).max(0.5 * params.mean_rr)
        };
        let knots = ((duration + 2.0 * MARGIN_S) / KNOT_S).ceil() as usize + 1;
        let mut phase = Self {
            times: Vec::with_capacity(knots),
            angles: Vec::with_capacity(knots),
        };
        let mut angle = rng.random::<f64>() * TAU;
        let mut left = omega(-MARGIN_S);
        for k in 0..knots {
            let t = -MARGIN_S + k as f64 * KNOT_S;
            phase.times.push(t);
            phase.angles.push(angle);
            let (middle, right) = (omega(t + KNOT_S / 2.0), omega(t + KNOT_S));
            angle += KNOT_S / 6.0 * (left + 4.0 * middle + right);
            left = right;
        }
        phase
    }

    /// Independent intervals, as in atrial fibrillation; ω is constant between two R peaks.
    fn irregular(params: &RhythmParams, duration: f64, rng: &mut impl Rng) -> Self {
        let mut time = -MARGIN_S - rng.random::<f64>() * params.mean_rr;
        let mut phase = Self {
            times: Vec::new(),
            angles: Vec::new(),
        };
        let swing = Normal::new(0.0, params.sd_rr);
        for beat in 0.. {
            phase.times.push(time);
            phase.angles.push(f64::from(beat) * TAU);
            if time > duration + MARGIN_S {
                break;
            }
            let swing = swing.as_ref().map_or(0.0, |normal| normal.sample(rng));
            time += (params.mean_rr + swing).clamp((0.6 * params.mean_rr).max(0.46), 1.8);
        }
        phase
    }

    /// The phase at a time.
    pub fn at(&self, time: f64) -> f64 {
        interpolate(&self.times, &self.angles, time)
    }

    /// The time of a phase.
    pub fn time_of(&self, angle: f64) -> f64 {
        interpolate(&self.angles, &self.times, angle)
    }

    /// Times of all R peaks that the phase covers.
    pub fn r_peaks(&self) -> Vec<f64> {
        let (Some(first), Some(last)) = (self.angles.first(), self.angles.last()) else {
            return Vec::new();
        };
        let (first, last) = ((first / TAU).ceil() as i64, (last / TAU).floor() as i64);
        (first..=last)
            .map(|beat| self.time_of(beat as f64 * TAU))
            .collect()
    }
}

/// Linear interpolation between knots; the outer pieces are prolonged.
fn interpolate(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let upper = xs.partition_point(|knot| *knot <= x).clamp(1, xs.len() - 1);
    let lower = upper - 1;
    let share = (x - xs[lower]) / (xs[upper] - xs[lower]);
    ys[lower] + share * (ys[upper] - ys[lower])
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn params(fibrillation: bool) -> RhythmParams {
        RhythmParams {
            mean_rr: 0.85,
            sd_rr: 0.05,
            breathing_hz: 0.25,
            fibrillation,
        }
    }

    #[test]
    fn time_of_inverts_at() {
        for fibrillation in [false, true] {
            let phase = Phase::draw(&params(fibrillation), 10.0, &mut ChaCha8Rng::seed_from_u64(3));
            for k in 0..1000 {
                let time = f64::from(k) * 0.01;
                assert!((phase.time_of(phase.at(time)) - time).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn intervals_have_the_mean_the_spread_and_the_two_bands() {
        let mut mean = 0.0;
        let mut variance = 0.0;
        let mut bands = [0.0; 3]; // power at the Mayer waves, between the bands, and at the breathing rate
        let runs = 40;
        for seed in 0..runs {
            let phase = Phase::draw(&params(false), 60.0, &mut ChaCha8Rng::seed_from_u64(seed));
            let peaks = phase.r_peaks();
            let rr: Vec<(f64, f64)> = peaks
                .windows(2)
                .map(|w| ((w[0] + w[1]) / 2.0, w[1] - w[0]))
                .collect();
            let m = rr.iter().map(|r| r.1).sum::<f64>() / rr.len() as f64;
            mean += m / runs as f64;
            variance += rr.iter().map(|r| (r.1 - m).powi(2)).sum::<f64>() / (rr.len() as f64 * runs as f64);
            for (band, hz) in bands.iter_mut().zip([0.1, 0.175, 0.25]) {
                let (re, im) = rr.iter().fold((0.0, 0.0), |(re, im), (t, x)| {
                    let (sin, cos) = (TAU * hz * t).sin_cos();
                    (re + (x - m) * cos, im + (x - m) * sin)
                });
                *band += re * re + im * im;
            }
        }
        assert!((mean - 0.85).abs() < 0.01, "{mean}");
        // An interval averages RR(t) over its own length, which takes some of the upper band's power.
        assert!((0.04..0.052).contains(&variance.sqrt()), "{}", variance.sqrt());
        assert!(
            bands[0] > 4.0 * bands[1] && bands[2] > 4.0 * bands[1],
            "{bands:?}"
        );
    }
}
