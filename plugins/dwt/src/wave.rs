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

/// Between two waves the slope is below this share of the steepest for longer than this.
const STILL: f32 = 0.15;
const REST: usize = ms(40.0);

/// P waves.
pub(crate) const P: Kind = Kind {
    scale: 5,
    significant: 0.45,
    fallen: [0.30, 0.33],
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
    bounds(kind, detail, &slopes, n, (from, to, peak_by))
}

fn bounds(
    kind: &Kind,
    detail: &[f32],
    slopes: &[Extremum],
    n: usize,
    (from, to, peak_by): (usize, usize, usize),
) -> Option<Bounds> {
    let steepest = slopes[n].value.abs().max(slopes[n + 1].value.abs());
    // One more slope, as a biphasic wave has: at once after the last, not after a rest on the baseline.
    let belongs = |outer: Extremum, inner: Extremum| {
        let (early, late) = (outer.at.min(inner.at), outer.at.max(inner.at));
        let still = |n: &&f32| n.abs() < STILL * steepest;
        outer.value * inner.value < 0.0
            && outer.value.abs() >= kind.significant * steepest
            && late - early <= kind.gap
            && (early + late) / 2 <= peak_by
            && detail[early..late].iter().filter(still).count() <= REST
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::Transform;

    fn bumps(bumps: &[(f64, f64, f64)]) -> Transform {
        let value = |n: usize| -> f64 {
            let bump = |b: &(f64, f64, f64)| b.2 * (-0.5 * ((n as f64 - b.0) / b.1).powi(2)).exp();
            bumps.iter().map(bump).sum()
        };
        Transform::of(&(0..LENGTH).map(|n| value(n) as f32).collect::<Vec<f32>>())
    }

    fn find(kind: &Kind, transform: &Transform) -> Bounds {
        strongest(kind, transform.scale(kind.scale), 20, LENGTH - 20, LENGTH).unwrap()
    }

    #[test]
    fn limits_of_upright_and_inverted_waves() {
        for height in [0.3, -0.3] {
            for width in [15.0, 25.0, 35.0] {
                let found = find(&T, &bumps(&[(300.0, width, height)]));
                assert!((found.peak - 300.0).abs() < 1.0, "{found:?}");
                for side in [300.0 - found.onset, found.offset - 300.0] {
                    assert!((1.9 * width..2.6 * width).contains(&side), "{width}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn a_biphasic_wave_is_one_and_a_wave_after_a_rest_is_another() {
        let biphasic = find(&T, &bumps(&[(280.0, 18.0, -0.3), (330.0, 18.0, 0.3)]));
        assert!(biphasic.onset < 250.0 && biphasic.offset > 360.0, "{biphasic:?}");
        let apart = find(&T, &bumps(&[(280.0, 18.0, 0.3), (400.0, 14.0, 0.2)]));
        assert!(apart.offset < 340.0, "{apart:?}");
    }

    #[test]
    fn nothing_in_nothing() {
        assert!(strongest(&P, &[0.0; LENGTH], 0, LENGTH, LENGTH).is_none());
    }
}
