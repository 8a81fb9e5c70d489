//! The average beat of a record.

use super::trace::{Filter, Trace, quantile, reduction};

/// Rate at which beats are looked for and averaged: enough for the shapes of QRS, P and T that tell leads apart.
const RATE: f64 = 100.0;
/// Drift below this frequency is removed.
const HIGH_PASS_HZ: f64 = 0.5;
/// The span of a beat about the steepest part of QRS, seconds.
const BEFORE: f64 = 0.30;
const AFTER: f64 = 0.45;
/// Window over which the leads' slope is averaged: the width of QRS.
const QRS_SECONDS: f64 = 0.1;
/// No two beats lie closer than this (the refractory period of the ventricles; 0.2 s in Pan & Tompkins, IEEE TBME
/// 32:230–236, 1985).
const REFRACTORY_SECONDS: f64 = 0.25;
/// A QRS complex has at least this part of the slope of the usual QRS.
const LEAST_SLOPE: f64 = 0.4;
/// The usual QRS is the median over blocks that hold at least one beat at 40 per minute.
const BLOCK_SECONDS: f64 = 1.5;
/// Fewer beats make no average.
const LEAST_BEATS: usize = 3;
/// More beats change no average; a day's recording need not be averaged as a whole.
const MOST_BEATS: usize = 200;

/// Median over the beats of a record.
pub(super) struct Beat {
    /// Millivolts per lead; the median of each lead is 0.
    pub leads: Vec<Vec<f64>>,
    /// Hz.
    pub rate: f64,
    /// Sample of the steepest part of QRS.
    pub fiducial: usize,
}

impl Beat {
    /// The average beat of some leads; nothing where there are too few beats or samples.
    pub fn of(leads: &[&Trace], rate: f64) -> Option<Beat> {
        let reduced_rate = rate / reduction(rate, RATE) as f64;
        let filter = Filter::high_pass(HIGH_PASS_HZ, 2, reduced_rate)?;
        let rows = leads.iter().map(|lead| filter.apply(&lead.reduced(rate, RATE).0));
        let rows: Vec<Vec<f64>> = rows.collect::<Option<_>>()?;
        let (before, after) = (
            (BEFORE * reduced_rate).round() as usize,
            (AFTER * reduced_rate).round() as usize,
        );
        let length = rows.first()?.len();
        let mut beats = find(&slope(&rows), reduced_rate);
        beats.retain(|peak| *peak >= before && peak + after <= length);
        beats.truncate(MOST_BEATS);
        if beats.len() < LEAST_BEATS {
            return None;
        }
        let average = |row: &Vec<f64>| {
            let column = |offset: usize| {
                let mut values: Vec<f64> = beats.iter().map(|peak| row[peak - before + offset]).collect();
                quantile(&mut values, 0.5).unwrap_or(0.0)
            };
            let mut beat: Vec<f64> = (0..before + after).map(column).collect();
            let middle = quantile(&mut beat.clone(), 0.5).unwrap_or(0.0);
            beat.iter_mut().for_each(|v| *v -= middle);
            beat
        };
        Some(Beat {
            leads: rows.iter().map(average).collect(),
            rate: reduced_rate,
            fiducial: before,
        })
    }

    /// Samples from `from` to `to` seconds after the fiducial.
    pub fn span(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let length = self.leads.first().map_or(0, Vec::len);
        let at = |t: f64| ((self.fiducial as f64 + t * self.rate).round().max(0.0) as usize).min(length);
        at(from)..at(to)
    }
}

/// Slope of all leads together, averaged over the width of QRS.
fn slope(rows: &[Vec<f64>]) -> Vec<f64> {
    let length = rows.first().map_or(0, Vec::len);
    let mut slope = vec![0.0; length];
    for row in rows {
        for (i, pair) in row.windows(3).enumerate() {
            slope[i + 1] += (pair[2] - pair[0]).powi(2);
        }
    }
    slope.iter_mut().for_each(|v| *v = v.sqrt());
    slope
}

/// Samples of the QRS complexes, in order.
fn find(slope: &[f64], rate: f64) -> Vec<usize> {
    let half = ((QRS_SECONDS * rate / 2.0).round() as usize).max(1);
    let mut sums = vec![0.0; slope.len() + 1];
    for (i, v) in slope.iter().enumerate() {
        sums[i + 1] = sums[i] + v;
    }
    let smooth: Vec<f64> = (0..slope.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(slope.len()));
            (sums[to] - sums[from]) / (2 * half + 1) as f64
        })
        .collect();
    let block = ((BLOCK_SECONDS * rate) as usize).max(1);
    let mut largest: Vec<f64> = smooth
        .chunks(block)
        .map(|chunk| chunk.iter().copied().fold(0.0, f64::max))
        .collect();
    let Some(usual) = quantile(&mut largest, 0.5).filter(|usual| *usual > 0.0) else {
        return Vec::new();
    };
    let refractory = (REFRACTORY_SECONDS * rate) as usize;
    let mut order: Vec<usize> = (0..smooth.len())
        .filter(|i| smooth[*i] >= LEAST_SLOPE * usual)
        .collect();
    order.sort_by(|a, b| smooth[*b].total_cmp(&smooth[*a]));
    let mut taken = vec![false; smooth.len()];
    let mut beats = Vec::new();
    for i in order {
        if !taken[i] {
            beats.push(i);
            let to = (i + refractory + 1).min(taken.len());
            taken[i.saturating_sub(refractory)..to].fill(true);
        }
    }
    beats.sort_unstable();
    beats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complexes_are_found_once_each() {
        for rate in [100.0, 166.0] {
            let slope: Vec<f64> = (0..(9.6 * rate) as usize)
                .map(|i| {
                    let t = i as f64 / rate;
                    // QRS every 0.8 s from 0.4 s, and a gentler T.
                    let wave = |at: f64, width: f64| (-((t % 0.8 - at) / width).powi(2)).exp();
                    wave(0.4, 0.02) + 0.1 * wave(0.7, 0.05)
                })
                .collect();
            let beats = find(&slope, rate);
            assert_eq!(beats.len(), 12);
            for (k, beat) in beats.iter().enumerate() {
                assert!((*beat as f64 / rate - 0.4 - 0.8 * k as f64).abs() < 0.02);
            }
        }
        assert!(find(&[0.0; 100], 100.0).is_empty());
        assert!(find(&[], 100.0).is_empty());
    }
}
