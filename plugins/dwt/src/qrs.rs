//! QRS complexes on mean beats.

use crate::agree::median;
use crate::average::BEFORE;
use crate::rate::ms;
use crate::walk::{extrema, fall};

/// The scale at which QRS complexes are delineated.
pub(crate) const SCALE: usize = 3;
/// Outside a complex the slope of all leads stays below this share of its steepest, before it and after it…
const QUIET: [f32; 2] = [0.07, 0.07];
/// … for this long.
const STRETCH: usize = ms(14.0);
/// Furthest that a complex reaches from its steepest slope.
const REACH: [usize; 2] = [ms(140.0), ms(180.0)];
/// A lead's slope this share of its steepest belongs to its complex: before it, after it.
const SIGNIFICANT: [f32; 2] = [0.07, 0.11];
/// How far a lead's boundary may lie outside that of all leads' slopes.
const OUTSIDE: usize = ms(16.0);
/// A boundary is where the slope has fallen to this share of the outermost slope…
const FALLEN: [f32; 2] = [0.10, 0.12];
/// … or of the steepest.
const LEVEL: [f32; 2] = [0.025, 0.035];
/// Slopes below this many standard errors are no deflection.
const NOISE: f32 = 4.0;

/// Boundaries and peak of a wave in the mean beat, samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub onset: f64,
    pub peak: f64,
    pub offset: f64,
}

impl Bounds {
    /// The median of each boundary.
    pub fn median<'a>(all: impl Iterator<Item = &'a Bounds> + Clone) -> Option<Bounds> {
        let of = |each: fn(&Bounds) -> f64| median(&all.clone().map(each).collect::<Vec<f64>>());
        Some(Bounds {
            onset: of(|bounds| bounds.onset)?,
            peak: of(|bounds| bounds.peak)?,
            offset: of(|bounds| bounds.offset)?,
        })
    }

    /// These, later by some samples.
    pub fn moved(&self, by: f64) -> Bounds {
        Bounds {
            onset: self.onset + by,
            peak: self.peak + by,
            offset: self.offset + by,
        }
    }

    /// Between these and others, in the middle.
    pub fn halfway(&self, other: &Bounds) -> Bounds {
        Bounds {
            onset: 0.5 * (self.onset + other.onset),
            peak: 0.5 * (self.peak + other.peak),
            offset: 0.5 * (self.offset + other.offset),
        }
    }
}

/// The part of the mean beat, `from..=to`, that the complex takes up in all leads together: `slope` is the magnitude
/// of the leads' details.
pub(crate) fn extent(slope: &[f32]) -> Option<(usize, usize)> {
    let main = steepest(slope)?;
    let active = |side: usize, n: usize| slope[n] > QUIET[side] * slope[main];
    let (mut from, mut to) = (main, main);
    while let Some(n) = (1..=STRETCH).map(|d| from - d).find(|&n| active(0, n)) {
        from = n;
        if main - from > REACH[0] {
            break;
        }
    }
    while let Some(n) = (1..=STRETCH).map(|d| to + d).find(|&n| active(1, n)) {
        to = n;
        if to - main > REACH[1] {
            break;
        }
    }
    Some((from, to))
}

fn steepest(detail: &[f32]) -> Option<usize> {
    let near = BEFORE - ms(100.0)..BEFORE + ms(100.0);
    let main = near.max_by(|&a, &b| detail[a].abs().total_cmp(&detail[b].abs()))?;
    (detail[main] != 0.0).then_some(main)
}

/// The complex in one lead within the extent `from..=to` of all leads: `detail` is the mean beat's scale [`SCALE`], `mean`
/// the mean beat, `noise` the standard error of the detail.
pub(crate) fn bounds(detail: &[f32], mean: &[f32], noise: f32, (from, to): (usize, usize)) -> Option<Bounds> {
    let main = (from..=to).max_by(|&a, &b| detail[a].abs().total_cmp(&detail[b].abs()))?;
    let steepest = detail[main].abs();
    if steepest < NOISE * noise || steepest <= 0.0 {
        return None;
    }
    let all = extrema(detail, from.saturating_sub(1), to + 2);
    let significant = |side: usize| {
        let least = (SIGNIFICANT[side] * steepest).max(NOISE * noise);
        all.iter().filter(move |e| e.value.abs() >= least).map(|e| e.at)
    };
    let first = significant(0).next().unwrap_or(main).min(main);
    let last = significant(1).next_back().unwrap_or(main).max(main);
    let level = |side: usize, at: usize| {
        let share = (FALLEN[side] * detail[at].abs()).max(LEVEL[side] * steepest);
        share.max(noise)
    };
    // A detail value lies half a sample before its index.
    let onset = fall(detail, first, first.min(from - OUTSIDE), level(0, first)) - 0.5;
    let offset = fall(detail, last, last.max(to + OUTSIDE), level(1, last)) - 0.5;
    let (start, end) = (onset.ceil() as usize, offset.floor() as usize);
    let peak = r_peak(mean, start, end)?;
    Some(Bounds {
        onset,
        peak: peak as f64,
        offset,
    })
}

/// R waves lower than this share of the largest deflection are none.
const LEAST_R: f32 = 0.1;

/// The R peak above the line from onset to offset; the deepest point where there is no R wave.
fn r_peak(mean: &[f32], start: usize, end: usize) -> Option<usize> {
    let (first, last) = (*mean.get(start)?, *mean.get(end)?);
    let length = end.saturating_sub(start).max(1) as f32;
    let height = |n: usize| mean[n] - first - (last - first) * (n - start) as f32 / length;
    let highest = (start..=end).max_by(|&a, &b| height(a).total_cmp(&height(b)))?;
    let deepest = (start..=end).min_by(|&a, &b| height(a).total_cmp(&height(b)))?;
    Some(if height(highest) >= -LEAST_R * height(deepest) {
        highest
    } else {
        deepest
    })
}
