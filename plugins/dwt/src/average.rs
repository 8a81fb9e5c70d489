//! The mean beat of a group.

use crate::lead::Lead;
use crate::rate::ms;
use crate::wavelet::Transform;

/// Samples before and after the fiducial point that a mean beat spans.
pub(crate) const BEFORE: usize = ms(440.0);
pub(crate) const AFTER: usize = ms(760.0);
pub(crate) const LENGTH: usize = BEFORE + AFTER;

/// One beat's place in the signal, at the method's rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub fiducial: usize,
    /// What belongs to this beat and no neighbour: `from..to`.
    pub from: usize,
    pub to: usize,
}

/// The mean of beats in one lead, over `LENGTH` samples.
pub(crate) struct Average {
    pub mean: Vec<f32>,
    /// Samples that enough beats reach: `first..last`.
    pub first: usize,
    pub last: usize,
}

/// Averages `values` (a lead's signal or detail) over beats; samples that fewer than two in five beats reach repeat the
/// nearest one that is reached.
pub(crate) fn average(values: &[f32], lead: &Lead, spans: &[Span]) -> Option<Average> {
    let mut sum = vec![0f32; LENGTH];
    let mut count = vec![0u32; LENGTH];
    for span in spans {
        let start = span.from.max(span.fiducial.saturating_sub(BEFORE));
        let end = span.to.min(span.fiducial + AFTER).min(values.len());
        if start >= end || !lead.measured(start, end) {
            continue;
        }
        let at = start + BEFORE - span.fiducial;
        for ((total, number), x) in sum[at..]
            .iter_mut()
            .zip(&mut count[at..])
            .zip(&values[start..end])
        {
            *total += x;
            *number += 1;
        }
    }
    let most = count.iter().copied().max().unwrap_or(0);
    let enough = |&number: &u32| number > 0 && 5 * number >= 2 * most;
    // The reached samples around the fiducial, which every beat has.
    count.get(BEFORE).filter(|&number| enough(number))?;
    let first = BEFORE
        - count[..BEFORE]
            .iter()
            .rev()
            .take_while(|number| enough(number))
            .count();
    let last = BEFORE + count[BEFORE..].iter().take_while(|number| enough(number)).count();
    let mut mean: Vec<f32> = sum
        .iter()
        .zip(&count)
        .map(|(x, &n)| x / n.max(1) as f32)
        .collect();
    let (left, right) = (mean[first], mean[last - 1]);
    mean[..first].fill(left);
    mean[last..].fill(right);
    Some(Average { mean, first, last })
}

/// Standard error of a group's mean detail at scale 5 within `from..to` of the mean beat.
///
/// The beats' own spread, pooled with the lead's usual slope as if that had been seen in two more beats, so that one beat or
/// two alike by chance are not taken for certain.
pub(crate) fn standard_error(
    lead: &Lead,
    usual: f32,
    spans: &[Span],
    mean: &[f32],
    from: usize,
    to: usize,
) -> f32 {
    let detail = lead.transform.scale(5);
    let (mut squares, mut number, mut beats) = (0f64, 0f64, 0f64);
    for span in spans {
        let mut own = 0;
        for n in (from..to).step_by(2) {
            let Some(at) = (span.fiducial + n).checked_sub(BEFORE) else {
                continue;
            };
            if at < span.from || at >= span.to.min(detail.len()) {
                continue;
            }
            squares += f64::from(detail[at] - mean.get(n).unwrap_or(&0.0)).powi(2);
            own += 1;
        }
        number += f64::from(own);
        beats += f64::from(own.min(1));
    }
    let prior = 2.0;
    let freedom = (beats - 1.0).max(0.0);
    let spread = if beats > 1.0 {
        squares / number * beats / freedom
    } else {
        0.0
    };
    let variance = (spread * freedom + prior * f64::from(usual).powi(2)) / (freedom + prior);
    let floor = 1e-3 * lead.qrs_slope;
    ((variance / beats.max(1.0)).sqrt().max(floor)) as f32
}

/// The mean beat up to `onset`, whose level stays from there on: what a P wave is looked for in.
pub(crate) fn before(mean: &[f32], onset: usize) -> Transform {
    let mut held = mean.to_vec();
    let onset = onset.min(LENGTH - 1);
    let level = held[onset];
    held[onset..].fill(level);
    Transform::of(&held)
}

/// The mean beat from `offset` on, whose level holds until there: what a T wave is looked for in.
pub(crate) fn after(mean: &[f32], offset: usize) -> Transform {
    let mut held = mean.to_vec();
    let offset = offset.min(LENGTH - 1);
    let level = held[offset];
    held[..offset].fill(level);
    Transform::of(&held)
}
