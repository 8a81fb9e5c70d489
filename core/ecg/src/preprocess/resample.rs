//! Change of the sampling rate.
//!
//! Our own, because the resampling crates are made for audio streams (`rubato`) or work in the
//! Fourier domain (`sci-rs`), and a network's preprocessing must be met sample by sample: this is
//! SciPy's `resample_poly` with its defaults.

use std::f64::consts::PI;
use std::ops::Range;

use ndarray::{Array2, ArrayView1, s};

use super::frame::MAX_SAMPLES;
use crate::Error;

/// Largest term of the ratio of the two rates; it bounds the filter to 20 times as many taps.
const MAX_FACTOR: u64 = 10_000;
/// Zero crossings of the sinc on either side.
const HALF_CROSSINGS: usize = 10;
/// Shape of the Kaiser window.
const BETA: f64 = 5.0;

/// A resampler for one pair of rates.
#[derive(Debug)]
pub(super) struct Polyphase {
    up: usize,
    down: usize,
    /// Input samples that reach an output sample on either side.
    span: usize,
    /// `[up, 2 span + 1]`: the taps of each phase in the order of the input samples.
    phases: Array2<f64>,
}

impl Polyphase {
    /// Plans `from` Hz → `to` Hz. The ratio of the rates is taken to the millihertz.
    pub fn new(from: f64, to: f64) -> Result<Polyphase, Error> {
        let (up, down) = ratio(from, to)?;
        let taps = low_pass(up, down);
        let half = taps.len() / 2;
        let span = half.div_ceil(up);
        let phases = Array2::from_shape_fn((up, 2 * span + 1), |(phase, k)| {
            // Input sample k lies at (k - span) · up, the output sample at `phase`.
            (half + phase + span * up)
                .checked_sub(k * up)
                .and_then(|tap| taps.get(tap).copied())
                .unwrap_or(0.0)
        });
        Ok(Polyphase {
            up,
            down,
            span,
            phases,
        })
    }

    /// Output columns for `length` input columns: ⌈length · up / down⌉.
    fn position(&self, length: usize) -> u128 {
        (length as u128 * self.up as u128).div_ceil(self.down as u128)
    }

    /// The new columns that lie inside `valid`.
    pub fn range(&self, valid: &Range<usize>) -> Range<usize> {
        self.position(valid.start) as usize..self.position(valid.end) as usize
    }

    /// Resamples every row of `[leads, samples]`.
    pub fn apply(&self, samples: &Array2<f64>) -> Result<Array2<f64>, Error> {
        let (rows, length) = samples.dim();
        let target = self.position(length);
        if target > MAX_SAMPLES as u128 {
            return Err(Error::Invalid(format!(
                "resample: {length} samples would become {target}, more than {MAX_SAMPLES}"
            )));
        }
        let mut out = Array2::zeros((rows, target as usize));
        for (j, mut column) in out.columns_mut().into_iter().enumerate() {
            let (taps, reach) = self.reach(j, length);
            // `dot` keeps several partial sums, in an order that only depends on the length.
            for (y, x) in column.iter_mut().zip(samples.rows()) {
                *y = taps.dot(&x.slice_move(s![reach.clone()]));
            }
        }
        Ok(out)
    }

    /// The taps of output sample `j`, and the input samples that they weigh.
    fn reach(&self, j: usize, length: usize) -> (ArrayView1<'_, f64>, Range<usize>) {
        let position = j * self.down;
        let centre = position / self.up;
        let first = centre.saturating_sub(self.span);
        let end = (centre + self.span + 1).min(length);
        let skipped = first + self.span - centre;
        let taps = self.phases.row(position % self.up);
        (taps.slice_move(s![skipped..skipped + end - first]), first..end)
    }
}

/// The rates' ratio in lowest terms.
fn ratio(from: f64, to: f64) -> Result<(usize, usize), Error> {
    let (mut a, mut b) = ((to * 1e3).round() as u64, (from * 1e3).round() as u64);
    let (up, down) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = a.max(1);
    let (up, down) = (up / divisor, down / divisor);
    if !(1..=MAX_FACTOR).contains(&up) || !(1..=MAX_FACTOR).contains(&down) {
        return Err(Error::Invalid(format!(
            "resample: {from} Hz to {to} Hz is a ratio of {up} to {down}; neither may be 0 or \
             exceed {MAX_FACTOR}"
        )));
    }
    Ok((up as usize, down as usize))
}

/// Windowed-sinc low-pass at the lower of the two Nyquist frequencies, with a gain of `up`.
fn low_pass(up: usize, down: usize) -> Vec<f64> {
    let widest = up.max(down);
    let half = HALF_CROSSINGS * widest;
    let mut taps: Vec<f64> = (0..=2 * half)
        .map(|i| {
            let offset = i as f64 - half as f64;
            let edge = offset / half as f64;
            sinc(offset / widest as f64) * bessel_i0(BETA * (1.0 - edge * edge).max(0.0).sqrt())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    for tap in &mut taps {
        *tap *= up as f64 / sum;
    }
    taps
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Modified Bessel function of order 0 by its power series, for 0 ≤ x ≤ `BETA`.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * f64::EPSILON {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_in_lowest_terms() {
        assert_eq!(ratio(500.0, 100.0).unwrap(), (1, 5));
        assert_eq!(ratio(360.0, 250.0).unwrap(), (25, 36));
        assert_eq!(ratio(128.5, 100.0).unwrap(), (200, 257));
        assert!(ratio(0.0001, 100.0).is_err());
        assert!(ratio(333.333, 500.0).is_err());
    }

    #[test]
    fn a_slow_wave_keeps_its_shape() {
        let wave = |i: usize, rate: f64| (2.0 * PI * 3.0 * i as f64 / rate).sin();
        for (from, to) in [(500.0, 100.0), (360.0, 250.0), (100.0, 250.0)] {
            let x = Array2::from_shape_fn((1, (4.0 * from) as usize), |(_, i)| wave(i, from));
            let y = Polyphase::new(from, to).unwrap().apply(&x).unwrap();
            assert_eq!(y.ncols(), (4.0 * to) as usize);
            for i in (1.0 * to) as usize..(3.0 * to) as usize {
                assert!((y[[0, i]] - wave(i, to)).abs() < 2e-3, "{from}->{to} at {i}");
            }
        }
    }

    #[test]
    fn the_valid_range_follows() {
        let p = Polyphase::new(400.0, 100.0).unwrap();
        assert_eq!(p.range(&(0..4096)), 0..1024);
        assert_eq!(p.range(&(649..3449)), 163..863);
    }
}
