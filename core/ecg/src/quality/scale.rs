//! Amplitudes against what an ECG has in millivolts.

use super::kind::{Finding, Kind, beyond, leads as named};
use super::trace::{Trace, Traces, quantile, range};

/// Windows in which the amplitude is taken: at 40 beats per minute and more each holds a QRS complex.
const WINDOW_SECONDS: f64 = 1.5;
/// A typical lead above this, millivolts peak to peak, is no ECG: hypertrophy makes QRS complexes of 5 mV in single
/// leads.
const MOST_MV: f64 = 12.0;
/// A typical lead below this is none: by the usual definition "low voltage" is a QRS complex below 0.5 mV in limb and
/// 1 mV in chest leads, and this is a tenth of it.
const LEAST_MV: f64 = 0.05;
/// A single lead this many times larger than the typical lead, and larger than [`MOST_MV`], has its own wrong scale.
const LEAD_FACTOR: f64 = 15.0;
/// What a typical lead of an adult has; the unit of the factor that a wrong scale is off by.
const USUAL_MV: f64 = 1.0;

/// Median over windows of a lead's peak to peak, millivolts; nothing for a lead without samples.
pub(super) fn amplitude(trace: &Trace, rate: Option<f64>) -> Option<f64> {
    let n = trace.samples.len();
    let window = rate
        .map_or(n, |rate| (WINDOW_SECONDS * rate) as usize)
        .clamp(1, n.max(1));
    let mut ranges: Vec<f64> = trace
        .samples
        .chunks_exact(window)
        .map(|chunk| {
            let (low, high) = range(chunk);
            high - low
        })
        .collect();
    quantile(&mut ranges, 0.5)
}

/// A finding where the scale is wrong by the leads' [`amplitude`]s, and for a whole record the factor to divide by
/// before anything else is measured in millivolts.
pub(super) fn finding(traces: &Traces, amplitudes: &[Option<f64>]) -> Option<(Finding, Option<f64>)> {
    let mut present: Vec<f64> = amplitudes
        .iter()
        .flatten()
        .copied()
        .filter(|a| *a > 0.0)
        .collect();
    let typical = quantile(&mut present, 0.5)?;
    let names = |wanted: &dyn Fn(f64) -> bool| -> Vec<String> {
        let leads = traces.traces.iter().zip(amplitudes);
        let leads = leads.filter(|(_, a)| a.is_some_and(|a| a > 0.0 && wanted(a)));
        leads.map(|(trace, _)| trace.name.clone()).collect()
    };
    let whole = |score: f64, sentence: String| {
        let finding = Finding {
            kind: Kind::Scale,
            leads: names(&|_| true),
            score,
            sentence,
        };
        Some((finding, Some(typical / USUAL_MV)))
    };
    let text = if typical >= 0.01 {
        format!("{typical:.2}")
    } else {
        format!("{typical:.1e}")
    };
    if typical > MOST_MV {
        let guess = if (200.0..=5000.0).contains(&typical) {
            ", as if microvolts or the recorder's own steps had been read as millivolts"
        } else {
            ""
        };
        return whole(
            beyond(typical, MOST_MV, 100.0),
            format!(
                "The leads have a typical peak-to-peak amplitude of {text} mV, an ECG has 0.3 to 5 mV{guess}."
            ),
        );
    }
    if typical < LEAST_MV {
        let guess = if (0.0002..=0.005).contains(&typical) {
            ", as if volts had been read as millivolts or the gain had been applied twice"
        } else {
            ""
        };
        return whole(
            beyond(typical, LEAST_MV, 0.005),
            format!(
                "The leads have a typical peak-to-peak amplitude of {text} mV, an ECG has 0.3 to 5 mV{guess}."
            ),
        );
    }
    let large = names(&|a| a > MOST_MV && a > LEAD_FACTOR * typical);
    let largest = amplitudes.iter().flatten().copied().fold(0.0, f64::max);
    (!large.is_empty()).then(|| {
        let sentence = format!(
            "{} reach {largest:.0} mV peak to peak, {:.0} times the typical lead's {text} mV.",
            named(&large),
            largest / typical
        );
        let score = beyond(largest, MOST_MV, 100.0);
        (
            Finding {
                kind: Kind::Scale,
                leads: large,
                score,
                sentence,
            },
            None,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use ndarray::Array2;

    fn found(gains: &[f32]) -> Option<(Finding, Option<f64>)> {
        let wave = |i: usize| if i % 80 < 5 { 1.0 } else { 0.0 };
        let samples = Array2::from_shape_fn((gains.len(), 1000), |(lead, i)| gains[lead] * wave(i));
        let leads = (0..gains.len()).map(|i| format!("V{}", i + 1)).collect();
        let traces = Traces::new(&Signal {
            samples,
            sampling_rate: 100.0,
            leads,
        });
        let amplitudes: Vec<_> = traces.traces.iter().map(|t| amplitude(t, traces.rate)).collect();
        finding(&traces, &amplitudes)
    }

    #[test]
    fn sizes_of_hearts_are_no_finding() {
        assert_eq!(found(&[0.3, 1.0, 5.0]), None);
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[0.0, 0.0]), None);
    }

    #[test]
    fn wrong_units_are_named_with_their_factor() {
        let (microvolts, factor) = found(&[900.0, 1000.0, 1200.0]).unwrap();
        assert!(microvolts.sentence.contains("1000.00 mV") && microvolts.sentence.contains("microvolts"));
        assert_eq!((microvolts.score, factor), (0.0, Some(1000.0)));
        let (small, factor) = found(&[0.001, 0.0, 0.002]).unwrap();
        assert!(
            small.sentence.contains("gain had been applied twice"),
            "{}",
            small.sentence
        );
        assert_eq!(small.leads, ["V1", "V3"]);
        assert!(factor.unwrap() < 0.01);
        let (one, factor) = found(&[1.0, 1.0, 800.0]).unwrap();
        assert_eq!((one.leads, factor), (vec!["V3".to_owned()], None));
    }
}
