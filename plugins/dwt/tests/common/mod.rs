//! ECGs of Gaussian waves at known times.

// Each test file uses a part of this, and a helper's failure is the test's.
#![allow(dead_code, clippy::unwrap_used)]

use ecg_audit_dwt::{Dwt, Params};
use ecg_audit_plugin::{Context, Delineation, Delineator, FromParams};
use ndarray::Array2;

/// A Gaussian: seconds from its beat's R peak, width in seconds, millivolts.
pub type Bump = (f64, f64, f64);

pub const P: Bump = (-0.16, 0.020, 0.15);
pub const QRS: [Bump; 3] = [(-0.030, 0.007, -0.15), (0.0, 0.010, 1.2), (0.028, 0.008, -0.30)];
pub const T: Bump = (0.28, 0.045, 0.30);

/// A beat: its R peak in seconds and its waves.
pub struct Beat {
    pub at: f64,
    pub waves: Vec<Bump>,
}

/// A sinus beat; T comes earlier the shorter the interval is.
pub fn sinus(at: f64, interval: f64) -> Beat {
    let mut waves = vec![(P.0 * interval.min(1.0).sqrt(), P.1, P.2)];
    waves.extend(QRS);
    waves.push(t_wave(interval));
    Beat { at, waves }
}

pub fn t_wave(interval: f64) -> Bump {
    let scale = interval.cbrt();
    (T.0 * scale, T.1 * scale, T.2)
}

/// Beats at a steady rate.
pub fn steady(per_minute: f64, seconds: f64) -> Vec<Beat> {
    let interval = 60.0 / per_minute;
    let count = ((seconds - 0.5) / interval) as usize;
    (0..=count)
        .map(|n| sinus(0.45 + n as f64 * interval, interval))
        .collect()
}

/// Uniform noise in [-1, 1) from a number (SplitMix64).
pub fn uniform(index: u64) -> f64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// About normal noise: the sum of twelve uniform numbers, sd 1.
pub fn normal(index: u64) -> f64 {
    (0..12).map(|n| 0.5 * uniform(12 * index + n)).sum()
}

/// Leads with gains, normal noise of `noise` millivolts, at `rate` Hz.
pub fn signal(beats: &[Beat], gains: &[f64], seconds: f64, rate: f64, noise: f64) -> Array2<f32> {
    let samples = (seconds * rate) as usize;
    Array2::from_shape_fn((gains.len(), samples), |(lead, n)| {
        let time = n as f64 / rate;
        let value: f64 = beats
            .iter()
            .flat_map(|beat| beat.waves.iter().map(move |wave| (time - beat.at - wave.0, wave)))
            .filter(|(distance, wave)| distance.abs() < 8.0 * wave.1)
            .map(|(distance, wave)| wave.2 * (-0.5 * (distance / wave.1).powi(2)).exp())
            .sum();
        (gains[lead] * value + noise * normal((lead * samples + n) as u64)) as f32
    })
}

/// The plugin's answer with default parameters.
pub fn delineate(signal: &Array2<f32>, rate: f64) -> Delineation {
    let dwt = Dwt::from_params(Params::default(), &Context::quiet(1)).unwrap();
    dwt.delineate(signal.view(), rate).unwrap()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty());
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
