//! One lead, cleaned, at the method's rate.

use crate::rate::RATE;
use crate::resample::Resampler;
use crate::wavelet::Transform;

/// Beyond this a sample is no measurement, in whatever unit.
const LARGEST: f32 = 1e6;
/// A lead of which more than this share is missing is off.
const MOST_MISSING: f64 = 0.5;
/// Seconds around missing samples in which nothing is claimed.
const MARGIN_S: f64 = 0.06;
/// Blocks of this many seconds hold a QRS complex even at 30 beats a minute.
pub(crate) const BLOCK_S: f64 = 2.1;
/// A lead's QRS slope over its typical slope; a sine has 1.4, noise 4 to 5, an ECG 8 and more.
const LEAST_PROMINENCE: f64 = 2.5;
const MOST_PROMINENCE: f64 = 40.0;

/// A lead that carries a signal.
pub(crate) struct Lead {
    /// The lead's number in the input.
    pub number: usize,
    /// Samples at [`RATE`].
    pub samples: Vec<f32>,
    pub transform: Transform,
    /// Spans without measurements, at [`RATE`].
    pub missing: Vec<(usize, usize)>,
    /// Typical steepest slope of a QRS complex at scale 4, per sample.
    pub qrs_slope: f64,
    /// `qrs_slope` over the median slope.
    pub prominence: f64,
}

impl Lead {
    /// Prepares lead `number`; `None` where it is flat, missing or has nothing that stands out.
    pub fn new(number: usize, mut raw: Vec<f32>, rate: f64, resampler: Option<&Resampler>) -> Option<Self> {
        let missing = fill(&mut raw)?;
        let samples = match resampler {
            Some(resampler) => resampler.apply(&raw),
            None => raw,
        };
        let transform = Transform::of(&samples);
        let (qrs_slope, prominence) = prominence(transform.scale(4))?;
        let scale = RATE / rate;
        let margin = MARGIN_S * RATE;
        let missing = missing
            .into_iter()
            .map(|(start, end)| {
                let start = (start as f64 * scale - margin).max(0.0) as usize;
                (start, (end as f64 * scale + margin) as usize)
            })
            .collect();
        Some(Self {
            number,
            samples,
            transform,
            missing,
            qrs_slope,
            prominence,
        })
    }

    /// Whether all of `start..end` was measured.
    pub fn measured(&self, start: usize, end: usize) -> bool {
        self.missing.iter().all(|&(from, to)| end <= from || to <= start)
    }
}

/// Bridges missing samples by straight lines and says where they were.
fn fill(raw: &mut [f32]) -> Option<Vec<(usize, usize)>> {
    let there = |x: f32| x.is_finite() && x.abs() <= LARGEST;
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut n = 0;
    while n < raw.len() {
        let end = raw[n..]
            .iter()
            .position(|&x| there(x))
            .map_or(raw.len(), |gap| n + gap);
        if end > n {
            spans.push((n, end));
        }
        n = end + 1;
    }
    let lost: usize = spans.iter().map(|(start, end)| end - start).sum();
    if raw.is_empty() || lost as f64 > MOST_MISSING * raw.len() as f64 {
        return None;
    }
    for &(start, end) in &spans {
        let before = start.checked_sub(1).map(|n| raw[n]);
        let after = raw.get(end).copied();
        let (Some(left), Some(right)) = (before.or(after), after.or(before)) else {
            return None;
        };
        let length = (end - start + 1) as f32;
        for (n, x) in raw[start..end].iter_mut().enumerate() {
            *x = left + (right - left) * (n + 1) as f32 / length;
        }
    }
    Some(spans)
}

/// The typical QRS slope and how far it stands out.
fn prominence(detail: &[f32]) -> Option<(f64, f64)> {
    let block = (BLOCK_S * RATE) as usize;
    let mut peaks: Vec<f32> = blocks(detail.len(), block)
        .map(|(start, end)| detail[start..end].iter().fold(0f32, |most, x| most.max(x.abs())))
        .collect();
    let qrs_slope = f64::from(median(&mut peaks)?);
    let mut all: Vec<f32> = detail.iter().step_by(4).map(|x| x.abs()).collect();
    let typical = f64::from(median(&mut all)?).max(qrs_slope / MOST_PROMINENCE);
    // A number that is not above zero: flat. The product keeps f32 rounding noise of a flat lead out as well.
    let level = detail.len() as f64;
    (qrs_slope > f64::from(f32::MIN_POSITIVE) * level && qrs_slope >= LEAST_PROMINENCE * typical)
        .then(|| (qrs_slope, qrs_slope / typical))
}

/// Spans of about `block`, the last one longer rather than short.
pub(crate) fn blocks(length: usize, block: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = (length / block).max(usize::from(length > 0));
    (0..count).map(move |n| (n * block, if n + 1 == count { length } else { (n + 1) * block }))
}

/// The median (the upper one of two); reorders its input.
pub(crate) fn median(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}
