//! Phases of the heartbeat between landmarks.

use ecg_audit_plugin::Beat;

/// The phases: P wave, PR segment, QRS complex, ST segment, T wave, TP segment, and what lies in none.
pub(crate) const PHASES: [&str; 7] = ["P", "PR", "QRS", "ST", "T", "TP", "none"];
const P: usize = 0;
const PR: usize = 1;
const QRS: usize = 2;
const ST: usize = 3;
const T: usize = 4;
const TP: usize = 5;
const NONE: usize = 6;
/// Seconds after which the rest of a heartbeat is no TP segment any more but a pause, or lost beats.
const LONGEST_TP: f64 = 3.0;

/// Shares of the phases in one timestamp; they sum to 1.
pub(crate) type Fractions = [f32; 7];

/// A stretch of one phase, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from: f64,
    to: f64,
    phase: usize,
}

/// For `steps` timestamps, the first beginning at `start` and each `step` seconds long: how much of it lies in which
/// phase. `beats` in seconds, in time order. Nothing is placed more finely than a timestamp is long: one that covers the
/// end of the QRS complex and the beginning of the ST segment counts for both by its parts.
pub(crate) fn fractions(beats: &[Beat], start: f64, step: f64, steps: usize) -> Vec<Fractions> {
    let stretches = stretches(beats);
    let mut first = 0;
    (0..steps)
        .map(|i| {
            let (from, to) = (start + i as f64 * step, start + (i + 1) as f64 * step);
            while stretches.get(first).is_some_and(|s| s.to <= from) {
                first += 1;
            }
            let mut parts = [0.0; 7];
            let mut left = to - from;
            for stretch in stretches.iter().skip(first).take_while(|s| s.from < to) {
                let overlap = (stretch.to.min(to) - stretch.from.max(from)).max(0.0);
                parts[stretch.phase] += (overlap / step) as f32;
                left -= overlap;
            }
            parts[NONE] += (left.max(0.0) / step) as f32;
            parts
        })
        .collect()
}

/// Stretches in time order that do not overlap; a stretch whose ends are not both known is not there.
fn stretches(beats: &[Beat]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::with_capacity(6 * beats.len());
    let mut add = |from: Option<f64>, to: Option<f64>, phase: usize| {
        if let (Some(from), Some(to)) = (from, to) {
            // A P wave may begin within the T wave before it: what was placed first stays.
            let from = found.last().map_or(from, |last: &Stretch| from.max(last.to));
            if to > from && to.is_finite() && from.is_finite() {
                found.push(Stretch { from, to, phase });
            }
        }
    };
    for (i, beat) in beats.iter().enumerate() {
        let (p, qrs, t) = (beat.p, beat.qrs, beat.t);
        add(p.onset, p.offset, P);
        add(p.offset, qrs.onset, PR);
        add(qrs.onset, qrs.offset, QRS);
        add(qrs.offset, t.onset, ST);
        add(t.onset, t.offset, T);
        let next = beats.get(i + 1).and_then(|next| next.p.onset.or(next.qrs.onset));
        let near = next
            .zip(t.offset)
            .is_some_and(|(next, end)| next - end <= LONGEST_TP);
        if near {
            add(t.offset, next, TP);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecg_audit_plugin::Wave;

    fn wave(onset: f64, offset: f64) -> Wave {
        Wave {
            onset: Some(onset),
            peak: Some((onset + offset) / 2.0),
            offset: Some(offset),
        }
    }

    fn beat(at: f64) -> Beat {
        Beat {
            p: wave(at - 0.2, at - 0.1),
            qrs: wave(at - 0.05, at + 0.05),
            t: wave(at + 0.2, at + 0.4),
        }
    }

    #[test]
    fn a_timestamp_counts_for_the_phases_it_covers() {
        let parts = fractions(&[beat(1.0), beat(2.0)], 0.0, 0.1, 25);
        assert!(parts.iter().all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        assert!((parts[8][P] - 1.0).abs() < 1e-5, "0.8 to 0.9 s");
        assert!((parts[9][PR] - 0.5).abs() < 1e-5 && (parts[9][QRS] - 0.5).abs() < 1e-5);
        assert!((parts[12][T] - 1.0).abs() < 1e-5 && (parts[16][TP] - 1.0).abs() < 1e-5);
        assert!(
            (parts[0][NONE] - 1.0).abs() < 1e-5,
            "before the first beat nothing is known"
        );
        let coarse = fractions(&[beat(1.0), beat(2.0)], 0.8, 1.0, 1);
        let expected = [0.1, 0.05, 0.1, 0.15, 0.2, 0.4, 0.0];
        assert!(
            coarse[0].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5),
            "{coarse:?}"
        );
    }

    #[test]
    fn what_is_not_there_is_not_invented() {
        let mut lonely = beat(1.0);
        (lonely.p, lonely.t) = (Wave::default(), Wave::default());
        let parts = fractions(&[lonely, beat(2.0)], 0.0, 0.1, 25);
        assert!(
            (parts[12][NONE] - 1.0).abs() < 1e-5,
            "no T wave: neither ST nor TP"
        );
        assert!((parts[8][NONE] - 1.0).abs() < 1e-5, "no P wave");
        let pause = fractions(&[beat(1.0), beat(9.0)], 0.0, 0.1, 95);
        assert!((pause[50][NONE] - 1.0).abs() < 1e-5);
        assert!(fractions(&[], 0.0, 0.1, 3).iter().all(|p| p[NONE] > 0.999));
    }

    proptest::proptest! {
        #[test]
        fn parts_sum_to_one_for_any_beats(
            times in proptest::collection::vec(proptest::option::of(-1.0..12.0_f64), 9..45), step in 0.005..2.0_f64
        ) {
            let beats: Vec<Beat> = times.chunks_exact(9).map(|c| Beat {
                p: Wave { onset: c[0], peak: c[1], offset: c[2] },
                qrs: Wave { onset: c[3], peak: c[4], offset: c[5] },
                t: Wave { onset: c[6], peak: c[7], offset: c[8] },
            }).collect();
            for parts in fractions(&beats, 0.0, step, 20) {
                proptest::prop_assert!((parts.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{parts:?}");
                proptest::prop_assert!(parts.iter().all(|part| *part >= 0.0));
            }
        }
    }
}
