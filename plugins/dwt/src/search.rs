//! A wave of the mean beat: whether it is there, and where it is in each lead.

use crate::principal;
use crate::qrs::Bounds;
use crate::rate::{RATE, ms};
use crate::wave::{Kind, strongest};
use crate::wavelet::Transform;

/// A lead's own boundaries are looked for this far around those of all leads together.
const AROUND: f64 = 0.040 * RATE;
/// A lead whose slope is this many standard errors has boundaries of its own; otherwise those of all leads stand.
const OWN: f32 = 4.0;

/// Where a wave may be: within `from..to`, its peak before `peak_by`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub from: usize,
    pub to: usize,
    pub peak_by: usize,
}

/// A wave in all leads together, and in each.
pub(crate) struct Found {
    pub fused: Bounds,
    pub leads: Vec<Option<Bounds>>,
}

/// Looks for a wave of a kind in a mean beat. `noise` is each lead's standard error; a lead without a transform takes no part.
pub(crate) fn find(
    kind: &Kind,
    transforms: &[Option<Transform>],
    noise: &[f32],
    window: Window,
    significance: f64,
) -> Option<Found> {
    let Window { from, to, peak_by } = window;
    if to < from + ms(30.0) {
        return None;
    }
    let usable: Vec<usize> = (0..transforms.len())
        .filter(|&n| transforms[n].is_some())
        .collect();
    let details: Vec<&[f32]> = transforms.iter().flatten().map(|t| t.scale(kind.scale)).collect();
    let noise: Vec<f32> = usable.iter().map(|&n| noise[n]).collect();
    let weights = principal::weights(&details, &noise, from, to);
    let combined = principal::combine(&details, &noise, &weights);
    let fused = strongest(kind, &combined, from, to, peak_by)?;
    let start = (fused.onset.max(from as f64) as usize).min(to);
    let end = (fused.offset as usize + 1).clamp(start, to);
    let width = fused.offset - fused.onset;
    if f64::from(steepest(&combined[start..end])) < significance || !kind.width.contains(&width) {
        return None;
    }
    let low = (fused.onset - AROUND).max(from as f64) as usize;
    let high = ((fused.offset + AROUND) as usize).min(to);
    let mut leads = vec![None; transforms.len()];
    for ((&n, detail), noise) in usable.iter().zip(&details).zip(&noise) {
        let stands_out = steepest(&detail[low..high]) >= OWN * noise;
        let own = strongest(kind, detail, low, high, peak_by + ms(20.0)).filter(|_| stands_out);
        leads[n] = own;
    }
    if let Some(middle) = Bounds::median(leads.iter().flatten()) {
        for &n in &usable {
            leads[n] = Some(leads[n].map_or(middle, |own| own.halfway(&middle)));
        }
    }
    Some(Found { fused, leads })
}

fn steepest(detail: &[f32]) -> f32 {
    detail.iter().fold(0f32, |most, x| most.max(x.abs()))
}
