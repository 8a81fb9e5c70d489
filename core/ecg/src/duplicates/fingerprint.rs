//! A record's summary, by which the index finds pairs.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::velocity::{STEP, Velocity};
use crate::Signal;

/// Values of a descriptor.
pub(super) const BINS: usize = 50;
/// Distance of two values of a descriptor, seconds.
const BIN: f64 = 0.06;
/// The descriptor starts this long before its anchor, seconds.
const LEAD_IN: f64 = 0.2;
/// Anchors that a fingerprint keeps.
const MOST_ANCHORS: usize = 16;
/// An anchor is the fastest instant of this many seconds on either side.
const APART: f64 = 0.2;
/// Anchors are at least this fast, as a part of the record's typical fastest instant.
const PROMINENCE: f32 = 0.5;

/// Summary of one signal, at most 1 kB: where its heartbeats are, and the course of the speed of the heart's
/// vector in the three seconds around each. Neither the order and sign of leads nor the amplitude change it, and a
/// shift in time only moves it.
///
/// Records with more than 16 beats keep the 16 in the middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// Hash of the sampling rate and all samples.
    pub(super) hash: u64,
    /// Seconds from the record's start at which the usable stretch begins.
    pub(super) start: f32,
    /// The same for its end.
    pub(super) end: f32,
    /// In order of time.
    pub(super) anchors: Vec<Anchor>,
}

/// A heartbeat and the seconds around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Anchor {
    /// Seconds from the record's start.
    pub time: f32,
    /// Speed around the anchor without its mean, at unit length, in steps of 1/127.
    pub descriptor: [i8; BINS],
}

impl Fingerprint {
    /// Summarizes a signal.
    ///
    /// `None` for signals in which there is nothing to compare: no sample, every lead flat or invalid throughout,
    /// shorter than 0.2 s between constant ends, or a sampling rate below 60 Hz. Signals shorter than 3.2 s have no
    /// room for a descriptor: they are compared for exact copies only.
    pub fn new(signal: &Signal) -> Option<Self> {
        let velocity = Velocity::new(signal, 0.0)?;
        Some(Self {
            hash: hash(signal),
            start: (velocity.first as f64 * STEP) as f32,
            end: ((velocity.first as f64 + velocity.len() as f64) * STEP) as f32,
            anchors: anchors(&velocity),
        })
    }
}

/// A sample's bits, where all zeros are one and all NaN are one.
pub(super) fn bits(sample: f32) -> u32 {
    if sample.is_nan() {
        f32::NAN.to_bits()
    } else {
        // -0.0 + 0.0 is 0.0.
        (sample + 0.0).to_bits()
    }
}

fn hash(signal: &Signal) -> u64 {
    let mut hasher = DefaultHasher::new();
    signal.sampling_rate.to_bits().hash(&mut hasher);
    signal.samples.dim().hash(&mut hasher);
    for &sample in &signal.samples {
        hasher.write_u32(bits(sample));
    }
    hasher.finish()
}

fn anchors(velocity: &Velocity) -> Vec<Anchor> {
    let speed = velocity.speed();
    let smooth = smoothed(&speed);
    let start = velocity.first as f64 * STEP;
    let found: Vec<Anchor> = peaks(&smooth)
        .into_iter()
        .filter_map(|peak| {
            let descriptor = descriptor(&speed, peak)?;
            let time = (start + peak * STEP) as f32;
            Some(Anchor { time, descriptor })
        })
        .collect();
    // The middle of the usable stretch moves by half of what is cropped, and most anchors stay.
    let surplus = found.len().saturating_sub(MOST_ANCHORS);
    found.into_iter().skip(surplus / 2).take(MOST_ANCHORS).collect()
}

/// Triangular moving mean over ±60 ms.
fn smoothed(speed: &[f32]) -> Vec<f32> {
    let half = (BIN / STEP).round() as isize;
    let at = |i: isize| usize::try_from(i).ok().and_then(|i| speed.get(i)).copied();
    (0..speed.len() as isize)
        .map(|i| {
            let terms = (-half + 1..half).map(|d| (half - d.abs()) as f32 * at(i + d).unwrap_or(0.0));
            terms.sum::<f32>() / (half * half) as f32
        })
        .collect()
}

/// Positions of the prominent maxima, to a fraction of a step.
fn peaks(smooth: &[f32]) -> Vec<f64> {
    let apart = (APART / STEP).round() as usize;
    let floor = PROMINENCE * typical_maximum(smooth);
    let mut peaks = Vec::new();
    for (i, &value) in smooth.iter().enumerate() {
        let before = &smooth[i.saturating_sub(apart)..i];
        let after = &smooth[i + 1..(i + 1 + apart).min(smooth.len())];
        let highest = before.iter().all(|&x| x < value) && after.iter().all(|&x| x <= value);
        let (Some(&left), Some(&right)) = (before.last(), after.first()) else {
            continue;
        };
        if highest && value >= floor && value > 0.0 {
            let curve = f64::from(left) - 2.0 * f64::from(value) + f64::from(right);
            let slope = f64::from(left) - f64::from(right);
            let shift = if curve < 0.0 { 0.5 * slope / curve } else { 0.0 };
            peaks.push(i as f64 + shift.clamp(-0.5, 0.5));
        }
    }
    peaks
}

/// Median of the maxima of each second: an artefact in one of them does not move it.
fn typical_maximum(smooth: &[f32]) -> f32 {
    let second = (1.0 / STEP).round() as usize;
    let mut maxima: Vec<f32> = smooth
        .chunks(second)
        .map(|chunk| chunk.iter().fold(0.0f32, |m, &x| m.max(x)))
        .collect();
    maxima.sort_by(f32::total_cmp);
    maxima.get(maxima.len() / 2).copied().unwrap_or(0.0)
}

/// The speed around a position in triangular bins; `None` where they would reach beyond the record.
fn descriptor(speed: &[f32], peak: f64) -> Option<[i8; BINS]> {
    let width = BIN / STEP;
    let mut bins = [0.0f64; BINS];
    for (b, bin) in bins.iter_mut().enumerate() {
        let centre = peak - LEAD_IN / STEP + b as f64 * width;
        let from = (centre - width).ceil();
        let to = (centre + width).floor();
        if from < 0.0 || to >= speed.len() as f64 {
            return None;
        }
        *bin = (from as usize..)
            .zip(&speed[from as usize..=to as usize])
            .map(|(i, &v)| (1.0 - (i as f64 - centre).abs() / width) * f64::from(v))
            .sum();
    }
    let mean = bins.iter().sum::<f64>() / BINS as f64;
    let norm = bins.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt();
    (norm > 0.0).then(|| bins.map(|x| (127.0 * (x - mean) / norm).round() as i8))
}

/// Squared distance of two descriptors, between 0 and 4.
pub(super) fn distance(a: &[i8; BINS], b: &[i8; BINS]) -> f32 {
    let sum: i32 = a
        .iter()
        .zip(b)
        .map(|(&x, &y)| {
            let d = i32::from(x) - i32::from(y);
            d * d
        })
        .sum();
    sum as f32 / (127.0 * 127.0)
}
