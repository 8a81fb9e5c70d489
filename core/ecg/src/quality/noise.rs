//! Baseline drift, static noise and bursts of noise.

use super::trace::{Filter, Trace, Traces, quantile, range, reduction};

/// The baseline is the median over windows of this length: long enough that QRS and T fill less than half of one at
/// any heart rate below 120, so that what moves from window to window is the baseline. Against PTB-XL's annotation it
/// ranks records better than the peak to peak of a 0.5 Hz low-pass filter (AUROC 0.84 against 0.80).
const BASELINE_SECONDS: f64 = 0.6;
/// Rate at which the baseline is measured.
const BASELINE_RATE: f64 = 100.0;
/// Fewer windows show no drift.
const BASELINE_WINDOWS: usize = 3;
/// Noise is what lies above this frequency between the QRS complexes: P and T end below it.
const NOISE_HZ: f64 = 20.0;
/// Rate at which noise is measured, so that records at 250 to 1000 Hz have the same band.
const NOISE_RATE: f64 = 250.0;
/// Windows in which the noise's root mean square is taken.
const WINDOW_SECONDS: f64 = 0.05;
/// A burst lasts this many windows (0.4 s) or more, which no QRS complex does, be it as wide as in bundle branch
/// block.
const BURST_WINDOWS: usize = 8;
/// A burst is this many times louder than the lead's usual noise …
const BURST_FACTOR: f64 = 4.0;
/// … and louder than this, millivolts.
const BURST_MV: f64 = 0.025;
const ORDER: usize = 4;

/// What is measured of a lead's disturbances.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Noise {
    /// Peak to peak of the baseline, millivolts.
    pub drift_mv: Option<f64>,
    /// Static noise, root mean square in millivolts.
    pub level_mv: Option<f64>,
    /// Bursts.
    pub bursts: usize,
    /// Seconds in bursts.
    pub burst_seconds: f64,
    /// Root mean square of the loudest stretch as long as a burst (its quietest window), millivolts.
    pub burst_mv: f64,
}

/// Measures all leads; without a sampling rate nothing is measured.
pub(super) fn measure(traces: &Traces) -> Vec<Noise> {
    let Some(rate) = traces.rate else {
        return vec![Noise::default(); traces.traces.len()];
    };
    let reduced_rate = rate / reduction(rate, NOISE_RATE) as f64;
    let filter = Filter::high_pass(NOISE_HZ, ORDER, reduced_rate);
    let of = |trace| measure_lead(trace, rate, filter.as_ref());
    traces.traces.iter().map(of).collect()
}

fn measure_lead(trace: &Trace, rate: f64, filter: Option<&Filter>) -> Noise {
    let mut noise = Noise {
        drift_mv: drift(trace, rate),
        ..Noise::default()
    };
    let (reduced, reduced_rate) = trace.reduced(rate, NOISE_RATE);
    let Some(fast) = filter.and_then(|filter| filter.apply(&reduced)) else {
        return noise;
    };
    let window = ((WINDOW_SECONDS * reduced_rate).round() as usize).max(2);
    let levels: Vec<f64> = fast
        .chunks_exact(window)
        .map(|chunk| (chunk.iter().map(|v| v * v).sum::<f64>() / window as f64).sqrt())
        .collect();
    noise.level_mv = quantile(&mut levels.clone(), 0.5);
    bursts(&levels, window as f64 / reduced_rate, &mut noise);
    noise
}

/// Peak to peak of the baseline.
fn drift(trace: &Trace, rate: f64) -> Option<f64> {
    let (reduced, reduced_rate) = trace.reduced(rate, BASELINE_RATE);
    let window = (BASELINE_SECONDS * reduced_rate).round() as usize;
    let medians: Vec<f64> = reduced
        .chunks_exact(window)
        .filter_map(|chunk| quantile(&mut chunk.to_vec(), 0.5))
        .collect();
    if medians.len() < BASELINE_WINDOWS {
        return None;
    }
    let (low, high) = range(&medians);
    Some(high - low)
}

/// Finds runs of windows in which even the quietest of [`BURST_WINDOWS`] neighbours is loud.
fn bursts(levels: &[f64], window_seconds: f64, noise: &mut Noise) {
    // The minimum over a stretch longer than QRS: what is left of beats is their quiet surroundings.
    let quietest: Vec<f64> = levels
        .windows(BURST_WINDOWS)
        .map(|stretch| stretch.iter().copied().fold(f64::INFINITY, f64::min))
        .collect();
    let Some(usual) = quantile(&mut quietest.clone(), 0.5) else {
        return;
    };
    let limit = (BURST_FACTOR * usual).max(BURST_MV);
    let mut inside = false;
    for level in quietest {
        noise.burst_mv = noise.burst_mv.max(level);
        if level > limit {
            noise.bursts += usize::from(!inside);
            // The first window of a run stands for a whole stretch.
            let windows = if inside { 1 } else { BURST_WINDOWS };
            noise.burst_seconds += windows as f64 * window_seconds;
        }
        inside = level > limit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use ndarray::Array2;
    use std::f64::consts::TAU;

    fn measured(rate: f64, value: impl Fn(f64) -> f64) -> Noise {
        let samples = Array2::from_shape_fn((1, (10.0 * rate) as usize), |(_, i)| {
            value(i as f64 / rate) as f32
        });
        let signal = Signal {
            samples,
            sampling_rate: rate,
            leads: vec!["I".into()],
        };
        measure(&Traces::new(&signal))[0]
    }

    #[test]
    fn levels_are_those_of_known_waves_at_any_rate() {
        for rate in [100.0, 250.0, 360.0, 500.0, 1000.0] {
            let noise = measured(rate, |t| {
                0.05 * (TAU * 37.0 * t).sin() + 0.4 * (TAU * 0.1 * t).sin()
            });
            let level = noise.level_mv.unwrap();
            assert!(
                (level / (0.05 / 2f64.sqrt()) - 1.0).abs() < 0.1,
                "{level} at {rate}"
            );
            assert!(
                (noise.drift_mv.unwrap() / 0.8 - 1.0).abs() < 0.05,
                "{noise:?} at {rate}"
            );
            assert_eq!(noise.bursts, 0);
        }
    }

    #[test]
    fn two_bursts_are_two_and_beats_are_none() {
        let burst = |t: f64| f64::from((2.0..3.0).contains(&t) || (6.0..7.5).contains(&t));
        let beat = |t: f64| (-((t % 0.8 - 0.4) / 0.02).powi(2)).exp();
        let noise = measured(250.0, |t| beat(t) + 0.2 * burst(t) * (TAU * 41.0 * t).sin());
        assert_eq!(noise.bursts, 2);
        assert!((noise.burst_seconds - 2.5).abs() < 0.3, "{noise:?}");
        assert!((noise.burst_mv - 0.14).abs() < 0.03, "{noise:?}");
        assert_eq!(measured(250.0, beat).bursts, 0);
    }

    #[test]
    fn a_short_signal_has_no_level() {
        let signal = Signal {
            samples: Array2::ones((1, 5)),
            sampling_rate: 500.0,
            leads: vec![],
        };
        assert_eq!(measure(&Traces::new(&signal))[0], Noise::default());
    }
}
