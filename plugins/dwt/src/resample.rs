//! Resampling to the rate that the method works at.
//!
//! Own code rather than a resampling crate: those are made for streams, with a delay and a start-up to take out
//! again, while a landmark needs output sample `n` to lie at exactly `n / rate` seconds.

/// Zero crossings of the sinc on each side.
const REACH: f64 = 8.0;
/// Tabulated fractions of a sample.
const PHASES: usize = 512;

/// Resamples by band-limited interpolation (Hann-windowed sinc); output `n` lies at input position `n · step`.
pub(crate) struct Resampler {
    /// Input samples per output sample.
    step: f64,
    reach: usize,
    /// `[PHASES + 1][2 · reach]` weights, each row summing to 1.
    weights: Vec<f32>,
}

impl Resampler {
    /// From `from` Hz to `to` Hz; `None` where both are the same.
    pub fn new(from: f64, to: f64) -> Option<Self> {
        if from == to {
            return None;
        }
        let step = from / to;
        let cutoff = (1.0 / step).min(1.0);
        let reach = (REACH / cutoff).ceil() as usize;
        let mut weights = Vec::with_capacity((PHASES + 1) * 2 * reach);
        for phase in 0..=PHASES {
            let fraction = phase as f64 / PHASES as f64;
            let row: Vec<f64> = (0..2 * reach)
                .map(|tap| kernel(tap as f64 - (reach as f64 - 1.0) - fraction, cutoff, reach as f64))
                .collect();
            let sum: f64 = row.iter().sum();
            weights.extend(row.iter().map(|weight| (weight / sum) as f32));
        }
        Some(Self { step, reach, weights })
    }

    /// The resampled signal; the ends are continued with their last value.
    pub fn apply(&self, input: &[f32]) -> Vec<f32> {
        let (Some(&first), Some(&last)) = (input.first(), input.last()) else {
            return Vec::new();
        };
        let mut padded = vec![first; self.reach];
        padded.extend_from_slice(input);
        padded.resize(input.len() + 2 * self.reach + 1, last);
        let taps = 2 * self.reach;
        let length = ((input.len() - 1) as f64 / self.step).floor() as usize + 1;
        (0..length)
            .map(|n| {
                let position = n as f64 * self.step;
                let whole = (position.floor() as usize).min(input.len() - 1);
                let phase = (((position - whole as f64) * PHASES as f64).round() as usize).min(PHASES);
                // Tap `reach - 1` is the sample at `whole`, which lies at `whole + reach` of the padded signal.
                let window = &padded[whole + 1..whole + 1 + taps];
                let weights = &self.weights[phase * taps..(phase + 1) * taps];
                window.iter().zip(weights).map(|(x, w)| x * w).sum()
            })
            .collect()
    }
}

fn kernel(distance: f64, cutoff: f64, reach: f64) -> f64 {
    if distance.abs() >= reach {
        return 0.0;
    }
    let window = 0.5 + 0.5 * (std::f64::consts::PI * distance / reach).cos();
    let x = std::f64::consts::PI * distance * cutoff;
    let sinc = if x.abs() < 1e-12 { 1.0 } else { x.sin() / x };
    window * sinc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, rate: f64, seconds: f64) -> Vec<f32> {
        (0..(seconds * rate) as usize)
            .map(|n| (std::f64::consts::TAU * hz * n as f64 / rate).sin() as f32)
            .collect()
    }

    #[test]
    fn a_sine_keeps_its_place() {
        for rate in [100.0, 128.0, 250.0, 257.3, 360.0, 1000.0] {
            let resampled = Resampler::new(rate, 500.0).unwrap().apply(&sine(7.0, rate, 4.0));
            let expected = sine(7.0, 500.0, 4.0);
            let inner = 200..resampled.len() - 200;
            let worst = inner
                .map(|n| (resampled[n] - expected[n]).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate} Hz: {worst}");
        }
    }

    #[test]
    fn constants_stay_and_little_input_is_no_trouble() {
        let resampler = Resampler::new(100.0, 500.0).unwrap();
        assert!(resampler.apply(&[]).is_empty());
        assert_eq!(resampler.apply(&[2.0]), [2.0]);
        assert!(resampler.apply(&[3.0; 20]).iter().all(|x| (x - 3.0).abs() < 1e-5));
        assert!(Resampler::new(500.0, 500.0).is_none());
    }
}
