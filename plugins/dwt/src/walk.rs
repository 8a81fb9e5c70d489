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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extrema_of_both_signs_in_order() {
        let detail = [0.0, 1.0, 3.0, 1.0, -2.0, -1.0, -1.5, 0.0];
        let found: Vec<(usize, f32)> = extrema(&detail, 0, 99).iter().map(|e| (e.at, e.value)).collect();
        assert_eq!(found, [(2, 3.0), (4, -2.0), (6, -1.5)]);
        assert!(extrema(&[0.0; 9], 0, 9).is_empty());
        assert!(extrema(&detail, 7, 3).is_empty());
    }

    #[test]
    fn a_slope_falls_to_the_level_or_its_minimum() {
        let detail = [0.0, 0.0, 1.0, 3.0, 4.0, 2.0, 1.5, 2.5, 0.0];
        assert_eq!(fall(&detail, 4, 0, 2.0), 2.5);
        assert_eq!(fall(&detail, 4, 8, 1.0), 6.0);
        assert_eq!(fall(&detail, 4, 5, 1.0), 5.0);
        assert_eq!(fall(&detail.map(|x| -x), 4, 0, 2.0), 2.5);
    }
}
