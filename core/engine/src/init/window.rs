//! From records to the length that a network takes.

use super::data::{Choice, Signals};

/// What makes records fit the network's input.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fit {
    /// The rate that all records are brought to, where theirs differ.
    pub resample: Option<f64>,
    /// The length that records are padded or cropped to.
    pub length: Option<usize>,
    /// Length and stride of windows.
    pub window: Option<(usize, usize)>,
}

/// Fits records to an input of `samples`.
pub(super) fn fit(signals: &Signals, samples: Option<usize>, choices: &mut Vec<Choice>) -> Fit {
    let mut fit = Fit::default();
    let Some(rate) = signals.rate() else {
        return fit;
    };
    if signals.rates.len() > 1 {
        fit.resample = Some(rate);
        let rates: Vec<String> = signals
            .rates
            .iter()
            .map(|(rate, records)| format!("{rate} Hz ({records} records)"))
            .collect();
        choices.push(Choice::new(
            "preprocess.steps, resample",
            format!(
                "the rate that the network was trained at. The records' differ: {}; all are brought to the most frequent",
                rates.join(", ")
            ),
        ));
    }
    let shortest = (signals.seconds.0 * rate).round() as usize;
    let longest = (signals.seconds.1 * rate).round() as usize;
    let lengths = if shortest == longest {
        format!("{shortest} samples at {rate} Hz")
    } else {
        format!("{shortest} to {longest} samples at {rate} Hz")
    };
    let Some(samples) = samples else {
        if shortest != longest {
            choices.push(Choice::new(
                "preprocess.window",
                format!(
                    "the network takes any length, the records have {lengths}: if it was trained on one length, say it as \
                     `window = {{ length = …, stride = …, aggregate = \"max\" }}`"
                ),
            ));
        }
        return fit;
    };
    if samples > longest || (samples == longest && shortest < longest) {
        fit.length = Some(samples);
        choices.push(Choice::new(
            "preprocess.steps, length",
            format!(
                "the network takes {samples} samples, the records have {lengths}: they are padded with zeros at both ends. \
                 If the network was trained at another sampling rate, put `{{ op = \"resample\", hz = … }}` before it"
            ),
        ));
    } else if samples < longest {
        fit.window = Some((samples, (samples / 2).max(1)));
        let mut why = format!(
            "the network takes {samples} samples ({:.3} s at {rate} Hz), the records have {lengths}: overlapping windows, of \
             which each class takes the largest output (`max`, or `mean`). Was the network trained at {rate} Hz?",
            samples as f64 / rate
        );
        if shortest < samples {
            why.push_str(" Records shorter than a window would be set aside");
        }
        choices.push(Choice::new("preprocess.window", why));
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(rates: &[(f64, usize)], seconds: (f64, f64), samples: Option<usize>) -> (Fit, Vec<Choice>) {
        let signals = Signals {
            examined: 1,
            rates: rates.to_vec(),
            seconds,
            ..Signals::default()
        };
        let mut choices = Vec::new();
        let fit = fit(&signals, samples, &mut choices);
        (fit, choices)
    }

    #[test]
    fn shorter_equal_longer_and_free_inputs() {
        let of = |samples| fitted(&[(100.0, 1)], (10.0, 10.0), samples);
        let (fit, choices) = of(Some(300));
        assert_eq!(fit.window, Some((300, 150)));
        assert!(
            choices[0]
                .why
                .contains("300 samples (3.000 s at 100 Hz), the records have 1000 samples")
        );
        assert_eq!(of(Some(1000)), (Fit::default(), Vec::new()));
        assert_eq!(of(Some(4096)).0.length, Some(4096));
        assert_eq!(of(None), (Fit::default(), Vec::new()));
        assert_eq!(of(Some(1)).0.window, Some((1, 1)));
    }

    #[test]
    fn mixed_rates_and_lengths() {
        let (fit, choices) = fitted(&[(500.0, 3), (257.0, 1)], (6.0, 60.0), Some(5000));
        assert_eq!((fit.resample, fit.window), (Some(500.0), Some((5000, 2500))));
        assert!(choices[0].why.contains("500 Hz (3 records), 257 Hz (1 records)"));
        assert!(choices[1].why.ends_with("would be set aside"));
        let (fit, choices) = fitted(&[(500.0, 3)], (6.0, 10.0), None);
        assert_eq!(
            (fit, choices[0].key.as_str()),
            (Fit::default(), "preprocess.window")
        );
        assert_eq!(
            fitted(&[(500.0, 3)], (6.0, 10.0), Some(5000)).0.length,
            Some(5000)
        );
    }
}
