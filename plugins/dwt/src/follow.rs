//! A wave of one beat follows the mean beat's by its own delay: the PR interval and the QT interval vary.

use crate::average::BEFORE;
use crate::beat::MeanBeat;
use crate::lead::Lead;
use crate::qrs::Bounds;
use crate::rate::ms;

/// Furthest that a beat's wave is from the mean's.
const REACH: isize = ms(36.0) as isize;
/// Below this correlation at every delay the beat does not have the wave.
const ABSENT: f32 = 0.15;
/// A delay must raise the correlation by this.
const GAIN: f32 = 0.01;

/// The delay of a beat's wave in samples; `None` where the beat lacks it.
///
/// A group of one or two beats is its own mean: nothing to follow.
pub(crate) fn follow(
    leads: &[Lead],
    mean: &MeanBeat,
    wave: Bounds,
    fiducial: usize,
    beats: usize,
) -> Option<f64> {
    if beats < 3 {
        return Some(0.0);
    }
    let from = (wave.onset.max(0.0)) as usize;
    let to = wave.offset as usize + 1;
    let likeness = |delay: isize| -> f32 {
        let (mut product, mut own, mut other) = (0f32, 0f32, 0f32);
        for ((lead, slope), noise) in leads.iter().zip(&mean.slopes).zip(&mean.noise) {
            let weight = 1.0 / (noise * noise);
            let detail = lead.transform.scale(5);
            for n in (from..to.min(slope.len())).step_by(3) {
                let at = (fiducial + n)
                    .checked_add_signed(delay)
                    .and_then(|at| at.checked_sub(BEFORE));
                let Some(&x) = at.and_then(|at| detail.get(at)) else {
                    continue;
                };
                product += weight * x * slope[n];
                own += weight * x * x;
                other += weight * slope[n] * slope[n];
            }
        }
        product / (own * other).sqrt().max(f32::MIN_POSITIVE)
    };
    let here = likeness(0);
    let best = |delays: &mut dyn Iterator<Item = isize>| {
        delays
            .map(|delay| (likeness(delay), delay))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.abs().cmp(&a.1.abs())))
            .unwrap_or((here, 0))
    };
    let (_, coarse) = best(&mut (-REACH..=REACH).step_by(3));
    let (most, delay) = best(&mut (coarse - 2..=coarse + 2));
    if most < ABSENT {
        return None;
    }
    Some(if most >= here + GAIN { delay as f64 } else { 0.0 })
}
