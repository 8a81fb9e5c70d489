//! P and T waves on mean beats without their QRS complex.

use crate::average::LENGTH;
use crate::qrs::Bounds;
use crate::rate::{RATE, ms};
use crate::walk::{Extremum, extrema, fall};
use crate::wavelet::smoothing;

/// What tells one wave from another.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// Scale of the detail.
    pub scale: usize,
    /// Slopes next to the wave that are this share of its steepest belong to it.
    pub significant: f32,
    /// A boundary is where the outermost slope has fallen to this share: onset, offset.
    pub fallen: [f32; 2],
    /// Furthest distance between slopes of one wave.
    pub gap: usize,
    /// Samples that a wave may last.
    pub width: std::ops::Range<f64>,
}

/// P waves.
pub(crate) const P: Kind = Kind {
    scale: 5,
    significant: 0.45,
    fallen: [0.30, 0.42],
    gap: ms(130.0),
    width: 0.045 * RATE..0.200 * RATE,
};

/// T waves.
pub(crate) const T: Kind = Kind {
    scale: 5,
    significant: 0.45,
    fallen: [0.32, 0.30],
    gap: ms(180.0),
    width: 0.060 * RATE..0.450 * RATE,
};

/// The wave of a detail within `from..to` whose two slopes swing most; a slope with no counterpart is one half of it.
pub(crate) fn strongest(
    kind: &Kind,
    detail: &[f32],
    from: usize,
    to: usize,
    peak_by: usize,
) -> Option<Bounds> {
    let to = to.min(LENGTH);
    let slopes = extrema(detail, from, to);
    let mut best: Option<(f32, usize)> = None;
    for n in 0..slopes.len().saturating_sub(1) {
        let (a, b) = (slopes[n], slopes[n + 1]);
        if a.value * b.value >= 0.0 || b.at - a.at > kind.gap || (a.at + b.at) / 2 > peak_by {
            continue;
        }
        let swing = (a.value.abs() * b.value.abs()).sqrt();
        if best.is_none_or(|(most, _)| swing > most) {
            best = Some((swing, n));
        }
    }
    let (_, n) = best?;
    bounds(kind, detail, &slopes, n, from, to)
}

fn bounds(
    kind: &Kind,
    detail: &[f32],
    slopes: &[Extremum],
    n: usize,
    from: usize,
    to: usize,
) -> Option<Bounds> {
    let steepest = slopes[n].value.abs().max(slopes[n + 1].value.abs());
    let belongs = |outer: Extremum, inner: Extremum| {
        outer.value * inner.value < 0.0
            && outer.value.abs() >= kind.significant * steepest
            && outer.at.abs_diff(inner.at) <= kind.gap
    };
    let (mut first, mut last) = (n, n + 1);
    if first > 0 && belongs(slopes[first - 1], slopes[first]) {
        first -= 1;
    }
    if last + 1 < slopes.len() && belongs(slopes[last + 1], slopes[last]) {
        last += 1;
    }
    let (a, b) = (slopes[first], slopes[last]);
    let peak = zero(detail, slopes[n].at, slopes[n + 1].at)? - 0.5;
    let onset = fall(detail, a.at, from, kind.fallen[0] * a.value.abs()) - 0.5;
    let offset = fall(
        detail,
        b.at,
        to.saturating_sub(1).max(b.at),
        kind.fallen[1] * b.value.abs(),
    ) - 0.5;
    let (left, right) = (inner(kind, peak - onset), inner(kind, offset - peak));
    Some(Bounds {
        onset: peak - left,
        peak,
        offset: peak + right,
    })
}

/// A wave's half-width without what the wavelet's own bell adds to it, in quadrature; 2.5 bell widths are what a
/// boundary lies out.
fn inner(kind: &Kind, half: f64) -> f64 {
    let own = 2.0 * smoothing(kind.scale);
    (half * half - own * own).max(0.25 * half * half).sqrt()
}

/// Where a detail crosses zero between two slopes of opposite sign.
fn zero(detail: &[f32], from: usize, to: usize) -> Option<f64> {
    let n = (from..to).find(|&n| (detail[n] > 0.0) != (detail[n + 1] > 0.0))?;
    let (a, b) = (f64::from(detail[n]), f64::from(detail[n + 1]));
    Some(n as f64 + a / (a - b))
}
