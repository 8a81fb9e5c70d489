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
/// A QRS complex's slope at scale 4 over that at scale 1 is 0.2 and more; mains hum has next to nothing at scale 4.
const LEAST_SMOOTH: f64 = 0.02;
/// Half the length of scale 4's filter, samples.
const END: usize = 32;

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
        let (qrs_slope, prominence) = prominence(transform.scale(4), transform.scale(1))?;
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

/// The typical QRS slope and how far it stands out, from the details at scales 4 and 1.
fn prominence(coarse: &[f32], fine: &[f32]) -> Option<(f64, f64)> {
    let (coarse, fine) = (inner(coarse), inner(fine));
    let qrs_slope = steepest(coarse)?;
    let mut all: Vec<f32> = coarse.iter().step_by(4).map(|x| x.abs()).collect();
    let typical = f64::from(median(&mut all)?).max(qrs_slope / MOST_PROMINENCE);
    // Flat: the bound keeps rounding noise out as well.
    let flat = qrs_slope <= f64::from(f32::MIN_POSITIVE) * coarse.len() as f64;
    let only_hum = qrs_slope < LEAST_SMOOTH * steepest(fine)?;
    let prominence = qrs_slope / typical;
    (!flat && !only_hum && prominence >= LEAST_PROMINENCE).then_some((qrs_slope, prominence))
}

/// A detail without its ends, which see the signal's continuation.
fn inner(detail: &[f32]) -> &[f32] {
    detail
        .get(END..detail.len().saturating_sub(END))
        .filter(|inner| inner.len() > 2 * END)
        .unwrap_or(detail)
}

/// The typical steepest slope of a block.
fn steepest(detail: &[f32]) -> Option<f64> {
    let most =
        |(start, end): (usize, usize)| detail[start..end].iter().fold(0f32, |most, x| most.max(x.abs()));
    let mut peaks: Vec<f32> = blocks(detail.len(), (BLOCK_S * RATE) as usize)
        .map(most)
        .collect();
    median(&mut peaks).map(f64::from)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged_and_remembered() {
        let mut raw = vec![1.0, f32::NAN, f32::INFINITY, 4.0, 5.0, f32::MAX];
        assert_eq!(fill(&mut raw), Some(vec![(1, 3), (5, 6)]));
        assert_eq!(raw, [1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        assert_eq!(fill(&mut [f32::NAN; 4]), None);
        assert_eq!(fill(&mut []), None);
    }

    #[test]
    fn a_lead_without_anything_that_stands_out_is_off() {
        assert!(Lead::new(0, vec![0.3; 5000], 500.0, None).is_none());
        let hum = (0..5000).map(|n| (0.6283 * n as f32).sin()).collect();
        assert!(Lead::new(0, hum, 500.0, None).is_none());
        let spikes = (0..5000).map(|n| if n % 400 < 20 { 1.0 } else { 0.0 }).collect();
        let lead = Lead::new(3, spikes, 500.0, None).unwrap();
        assert!(lead.number == 3 && lead.prominence > 10.0 && lead.measured(0, 5000));
    }

    #[test]
    fn blocks_cover_the_signal() {
        assert_eq!(blocks(25, 10).collect::<Vec<_>>(), [(0, 10), (10, 25)]);
        assert_eq!(blocks(7, 10).collect::<Vec<_>>(), [(0, 7)]);
        assert_eq!(blocks(0, 10).count(), 0);
    }
}
