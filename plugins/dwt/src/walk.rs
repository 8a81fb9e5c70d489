//! Walks along a detail signal: extrema, and where a slope has died away.

/// A local extremum of a detail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extremum {
    pub at: usize,
    pub value: f32,
}

/// Local extrema of either sign within `from..to` (positive maxima, negative minima), in order; an end of the span
/// counts where the detail falls off from it into the span.
pub(crate) fn extrema(detail: &[f32], from: usize, to: usize) -> Vec<Extremum> {
    let to = to.min(detail.len());
    (from..to)
        .filter(|&n| {
            let here = detail[n];
            let height = here.abs();
            let along = |other: usize| if here > 0.0 { detail[other] } else { -detail[other] };
            let before = n == from || along(n - 1) < height;
            let after = n + 1 >= to || along(n + 1) <= height;
            height > 0.0 && before && after
        })
        .map(|at| Extremum {
            at,
            value: detail[at],
        })
        .collect()
}

/// From `start` towards `end` (either direction): the first place, between samples, where |detail| has fallen to `level`, or
/// its first minimum if that comes before; `end` where neither comes.
pub(crate) fn fall(detail: &[f32], start: usize, end: usize, level: f32) -> f64 {
    let forward = end >= start;
    let mut n = start;
    while n != end {
        let next = if forward { n + 1 } else { n - 1 };
        let (Some(here), Some(there)) = (detail.get(n), detail.get(next)) else {
            break;
        };
        let (here, there) = (*here * detail[start].signum(), *there * detail[start].signum());
        if there <= level && here > level {
            let part = f64::from((here - level) / (here - there));
            return if forward { n as f64 + part } else { n as f64 - part };
        }
        if there > here && n != start {
            return n as f64;
        }
        n = next;
    }
    n as f64
}
