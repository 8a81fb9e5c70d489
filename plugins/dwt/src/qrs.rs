//! QRS complexes on mean beats.

use crate::average::{AFTER, BEFORE};
use crate::rate::ms;
use crate::walk::{extrema, fall};

/// The scale at which QRS complexes are delineated.
pub(crate) const SCALE: usize = 3;
/// A slope this share of the steepest belongs to the complex: before it, after it.
const SIGNIFICANT: [f32; 2] = [0.07, 0.11];
/// Slopes further apart than this are not of one complex.
const GAP: usize = ms(60.0);
/// How far the outermost slope may reach out.
const REACH: usize = ms(60.0);
/// A boundary is where the slope has fallen to this share of the outermost slope…
const FALLEN: [f32; 2] = [0.15, 0.20];
/// … or of the steepest.
const LEVEL: [f32; 2] = [0.03, 0.05];
/// Slopes below this many standard errors are no deflection.
const NOISE: f32 = 4.0;

/// Boundaries and peak of a wave in the mean beat, samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub onset: f64,
    pub peak: f64,
    pub offset: f64,
}

/// The complex in one lead: `detail` is the mean beat's scale [`SCALE`], `mean` the mean beat, `noise` the standard error of
/// the detail.
pub(crate) fn bounds(detail: &[f32], mean: &[f32], noise: f32) -> Option<Bounds> {
    let near = BEFORE - ms(100.0)..BEFORE + ms(100.0);
    let main = near.max_by(|&a, &b| detail[a].abs().total_cmp(&detail[b].abs()))?;
    let steepest = detail[main].abs();
    if steepest < NOISE * noise || steepest <= 0.0 {
        return None;
    }
    let all = extrema(detail, BEFORE - ms(180.0), BEFORE + ms(220.0).min(AFTER - 1));
    let significant = |side: usize| {
        let least = (SIGNIFICANT[side] * steepest).max(NOISE * noise);
        all.iter().filter(move |e| e.value.abs() >= least).map(|e| e.at)
    };
    let first = significant(0)
        .rev()
        .filter(|&at| at <= main)
        .fold(main, |first, at| if first - at <= GAP { at } else { first });
    let last = significant(1)
        .filter(|&at| at >= main)
        .fold(main, |last, at| if at - last <= GAP { at } else { last });
    let level = |side: usize, at: usize| {
        (FALLEN[side] * detail[at].abs())
            .max(LEVEL[side] * steepest)
            .max(noise)
    };
    // A detail value lies half a sample before its index.
    let onset = fall(detail, first, first - REACH, level(0, first)) - 0.5;
    let offset = fall(detail, last, last + REACH, level(1, last)) - 0.5;
    let (from, to) = (onset.ceil() as usize, offset.floor() as usize);
    let base = mean[from];
    let peak = (from..=to).max_by(|&a, &b| (mean[a] - base).abs().total_cmp(&(mean[b] - base).abs()))?;
    Some(Bounds {
        onset,
        peak: peak as f64,
        offset,
    })
}
