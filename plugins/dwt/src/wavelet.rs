//! The quadratic-spline à-trous wavelet transform.
//!
//! Mallat & Zhong, *Characterization of signals from multiscale edges*, IEEE TPAMI 14:710–732, 1992, as used by
//! Martínez et al. 2004: the low-pass filter h = {1, 3, 3, 1} / 8 and the high-pass filter g = {1, −1}, dilated by
//! 2 from each scale to the next without subsampling. Detail `k` is the derivative of the signal smoothed by a bell of
//! [`smoothing`] samples: its extrema are the signal's steepest slopes, its zero crossings the signal's peaks.

/// Scales computed: detail `k` is [`Transform::scale`]`(k)`, `k` from 1.
pub(crate) const SCALES: usize = 5;

/// The details of a signal, in signal units per sample whatever the scale.
///
/// Filters have an even number of taps: detail value `n` belongs to the time between samples `n − 1` and `n`.
pub(crate) struct Transform {
    details: [Vec<f32>; SCALES],
}

impl Transform {
    /// Detail `k`, 1 to [`SCALES`].
    pub fn scale(&self, k: usize) -> &[f32] {
        &self.details[k - 1]
    }

    /// Transforms a signal, whose ends are continued with their last value.
    pub fn of(signal: &[f32]) -> Self {
        let length = signal.len();
        let mut details: [Vec<f32>; SCALES] = Default::default();
        let mut smooth = signal.to_vec();
        let mut padded = Vec::new();
        for (level, detail) in details.iter_mut().enumerate() {
            let step = 1usize << level;
            // Each stage is centred half its step early or late; early ones after a late first stage keep the sum
            // at half a sample.
            pad(&smooth, 2 * step, &mut padded);
            let half = step / 2;
            *detail = difference(&padded, 2 * step, half, step, length);
            if level + 1 < SCALES {
                smooth = low_pass(&padded, 2 * step, half, step, length);
            }
        }
        Self { details }
    }
}

fn pad(signal: &[f32], margin: usize, padded: &mut Vec<f32>) {
    padded.clear();
    padded.resize(margin, signal.first().copied().unwrap_or(0.0));
    padded.extend_from_slice(signal);
    padded.resize(signal.len() + 2 * margin, signal.last().copied().unwrap_or(0.0));
}

fn difference(padded: &[f32], margin: usize, half: usize, step: usize, length: usize) -> Vec<f32> {
    let gain = 1.0 / step as f32;
    let late = &padded[margin + half..][..length];
    let early = &padded[margin + half - step..][..length];
    late.iter().zip(early).map(|(l, e)| gain * (l - e)).collect()
}

fn low_pass(padded: &[f32], margin: usize, half: usize, step: usize, length: usize) -> Vec<f32> {
    let tap = |shift: usize| &padded[margin + half + shift - 2 * step..][..length];
    let (a, b, c, d) = (tap(0), tap(step), tap(2 * step), tap(3 * step));
    (0..length)
        .map(|n| 0.125 * (a[n] + d[n]) + 0.375 * (b[n] + c[n]))
        .collect()
}

/// Standard deviation of the bell behind detail `k`, in samples.
pub(crate) fn smoothing(k: usize) -> f64 {
    let dilation = 4f64.powi(k as i32 - 1);
    // h adds 0.75 · 4^(j−1) per stage j < k; the difference over 2^(k−1) samples is a derivative averaged over them.
    (0.25 * (dilation - 1.0) + dilation / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_has_its_slope_at_every_scale() {
        let ramp: Vec<f32> = (0..400).map(|n| 0.25 * n as f32).collect();
        let transform = Transform::of(&ramp);
        for k in 1..=SCALES {
            assert!((transform.scale(k)[200] - 0.25).abs() < 1e-4, "scale {k}");
        }
    }

    #[test]
    fn a_step_is_a_bell_between_its_samples() {
        let step: Vec<f32> = (0..400).map(|n| if n < 200 { 0.0 } else { 1.0 }).collect();
        let transform = Transform::of(&step);
        for k in 1..=SCALES {
            let detail = transform.scale(k);
            let sum: f64 = detail.iter().map(|&w| f64::from(w)).sum();
            let mean = detail
                .iter()
                .enumerate()
                .map(|(n, &w)| n as f64 * f64::from(w))
                .sum::<f64>()
                / sum;
            let variance = detail
                .iter()
                .enumerate()
                .map(|(n, &w)| (n as f64 - mean).powi(2) * f64::from(w))
                .sum::<f64>()
                / sum;
            assert!(
                (sum - 1.0).abs() < 1e-5 && (mean - 200.0).abs() < 0.51,
                "scale {k}: {sum}, {mean}"
            );
            let expected = smoothing(k);
            assert!(
                (variance.sqrt() - expected).abs() < 0.35,
                "scale {k}: {} {expected}",
                variance.sqrt()
            );
        }
    }
}
