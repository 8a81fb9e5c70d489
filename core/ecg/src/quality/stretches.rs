//! Stretches of a lead in which nothing is measured: flat lines and clipped deflections.

use super::trace::{quantile, range};

/// A flat line stays within this many millivolts: two steps of the coarsest recorders in use (5 µV per bit),
/// and below the noise of any electrode on skin.
const FLAT_RANGE_MV: f64 = 0.01;
/// … for this long: in atrial fibrillation a quiet lead may be flat for more than a second between T and the next
/// QRS complex.
const FLAT_SECONDS: f64 = 1.5;

/// A plateau has at least this many equal samples …
const PLATEAU_SAMPLES: usize = 3;
/// … over at least this time: round tops of R waves stay within a bit for less at any usual resolution.
const PLATEAU_SECONDS: f64 = 0.008;
/// A plateau's edge falls by at least this part of the lead's range within 10 ms (two samples at least, as the first
/// may lie anywhere on the edge), so that a T wave's round top in coarse bits is none.
const EDGE_SHARE: f64 = 0.05;
const EDGE_SECONDS: f64 = 0.01;
/// A plateau lies at least this part of the lead's range from its median: where all deflections point one way, the
/// quiet baseline between them is an extreme as well.
const OFF_MEDIAN_SHARE: f64 = 0.1;
/// A plateau this long needs no edge: a drifting lead that rests at the end of the range.
const RAIL_SECONDS: f64 = 0.2;

/// Share of samples in flat stretches. Without a sampling rate only a lead that is flat from end to end is.
pub(super) fn flat(samples: &[f64], rate: Option<f64>) -> f64 {
    let least = rate.map_or(samples.len(), |rate| (FLAT_SECONDS * rate).ceil() as usize);
    // A lead shorter than that is flat if all of it is.
    let least = least.min(samples.len()).max(2);
    let (mut start, mut low, mut high, mut flat) = (0, f64::INFINITY, f64::NEG_INFINITY, 0);
    for (i, &v) in samples.iter().enumerate() {
        if high.max(v) - low.min(v) > FLAT_RANGE_MV {
            flat += if i - start >= least { i - start } else { 0 };
            (start, low, high) = (i, v, v);
        } else {
            (low, high) = (low.min(v), high.max(v));
        }
    }
    let last = samples.len() - start;
    flat += if last >= least { last } else { 0 };
    flat as f64 / samples.len().max(1) as f64
}

/// Share of samples in plateaus at the lead's highest or lowest value.
pub(super) fn clipped(samples: &[f64], rate: f64) -> f64 {
    let (low, high) = range(samples);
    let size = high - low;
    if size.is_nan() || size <= FLAT_RANGE_MV {
        return 0.0;
    }
    // Single precision keeps 24 bits: equal values may differ by that after a gain was applied.
    let same = 1e-6 * high.abs().max(low.abs());
    let total = |extreme: f64| match plateaus(samples, extreme, same, size, rate) {
        0 => 0,
        total => {
            let median = quantile(&mut samples.to_vec(), 0.5).unwrap_or(extreme);
            if (extreme - median).abs() >= OFF_MEDIAN_SHARE * size {
                total
            } else {
                0
            }
        }
    };
    let clipped: usize = total(high) + total(low);
    clipped as f64 / samples.len().max(1) as f64
}

/// Samples in plateaus at `extreme`.
fn plateaus(samples: &[f64], extreme: f64, same: f64, size: f64, rate: f64) -> usize {
    let least = PLATEAU_SAMPLES.max((PLATEAU_SECONDS * rate).ceil() as usize);
    let rail = least.max((RAIL_SECONDS * rate).ceil() as usize);
    let reach = ((EDGE_SECONDS * rate).round() as usize).max(2);
    let falls = |i: Option<usize>| {
        let v = i.and_then(|i| samples.get(i));
        v.is_some_and(|v| (v - extreme).abs() >= EDGE_SHARE * size)
    };
    let mut total = 0;
    let mut start = None;
    for i in 0..=samples.len() {
        let at = samples.get(i).is_some_and(|v| (v - extreme).abs() <= same);
        match (at, start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                start = None;
                let length: usize = i - from;
                let steep = falls(from.checked_sub(reach)) || falls(Some(i + reach - 1));
                if length >= rail || (length >= least && steep) {
                    total += length;
                }
            }
            _ => {}
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(i: usize) -> f64 {
        (i as f64 * 0.2).sin()
    }

    #[test]
    fn long_flat_stretches_count() {
        let mut x: Vec<f64> = (0..1000).map(wave).collect();
        assert_eq!(flat(&x, Some(100.0)), 0.0);
        x[200..500].fill(0.3);
        assert!((flat(&x, Some(100.0)) - 0.3).abs() < 0.003);
        assert_eq!(flat(&x, None), 0.0);
        assert_eq!(flat(&[1.0; 9], None), 1.0);
        assert_eq!(flat(&[1.0; 9], Some(100.0)), 1.0);
        assert_eq!(flat(&[1.0], Some(100.0)), 0.0);
        assert_eq!(flat(&[], Some(100.0)), 0.0);
    }

    #[test]
    fn plateaus_at_the_extremes_count_and_round_tops_do_not() {
        let x: Vec<f64> = (0..1000).map(wave).collect();
        assert_eq!(clipped(&x, 100.0), 0.0);
        let cut: Vec<f64> = x.iter().map(|v| v.clamp(-2.0, 0.6)).collect();
        let expected = x.iter().filter(|v| **v >= 0.6).count() as f64 / 1000.0;
        assert!((clipped(&cut, 100.0) - expected).abs() < 0.01);
        // Coarse bits at a round top.
        let coarse: Vec<f64> = (0..5000)
            .map(|i| ((i as f64 * 0.01).sin() * 100.0).round() / 100.0)
            .collect();
        assert_eq!(clipped(&coarse, 500.0), 0.0);
        let one_sided: Vec<f64> = x.iter().map(|v| v.max(0.9)).collect();
        assert_eq!(clipped(&one_sided, 100.0), 0.0);
        assert_eq!(clipped(&[0.0; 50], 100.0), 0.0);
        assert_eq!(clipped(&[], 100.0), 0.0);
    }
}
