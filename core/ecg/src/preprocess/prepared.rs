//! A record that is ready for the network.

use std::fmt;
use std::ops::Range;

use ndarray::{Array2, Array3, s};
use serde::Serialize;

use super::step::Window;
use crate::Error;

/// A record after all steps, and where its windows and its own samples lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The signal after all steps, `[leads, samples]`.
    pub signal: Array2<f32>,
    /// Sampling rate of `signal` in Hz.
    pub sampling_rate: f64,
    /// Lead names, one per row.
    pub leads: Vec<String>,
    /// Samples of `signal` that come from the record; those outside are padding: added by the
    /// `length` step, or zeros in all leads for at least 0.1 s at either end of the record.
    pub valid: Range<usize>,
    /// First sample of each window; at least one.
    pub windows: Vec<usize>,
    /// Samples per window.
    pub window_length: usize,
    /// Time of sample 0 in the original record in seconds: negative after padding at the front,
    /// positive after cropping there.
    pub origin: f64,
    /// What is odd about the record without keeping it from being used.
    pub warnings: Vec<Warning>,
}

impl Prepared {
    /// Time in the original record, in seconds, of a sample of `signal`.
    pub fn seconds(&self, sample: usize) -> f64 {
        self.origin + sample as f64 / self.sampling_rate
    }

    /// The windows, `[windows, leads, window_length]`.
    pub fn windowed(&self) -> Array3<f32> {
        let shape = (self.windows.len(), self.signal.nrows(), self.window_length);
        let mut out = Array3::zeros(shape);
        for (mut window, &start) in out.outer_iter_mut().zip(&self.windows) {
            window.assign(&self.signal.slice(s![.., start..start + self.window_length]));
        }
        out
    }
}

/// Something odd about a record that is used nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// A lead has one and the same value throughout.
    FlatLead {
        /// The lead's name.
        lead: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::FlatLead { lead } => write!(f, "lead {lead} is flat"),
        }
    }
}

/// Starts and length of the windows of a record of `samples`; without a window, the record is one.
pub(super) fn windows(samples: usize, window: Option<&Window>) -> Result<(Vec<usize>, usize), Error> {
    let Some(window) = window else {
        return Ok((vec![0], samples));
    };
    let Some(last) = samples.checked_sub(window.length) else {
        return Err(Error::Invalid(format!(
            "the record has {samples} samples after preprocessing, a window has {}",
            window.length
        )));
    };
    Ok(((0..=last).step_by(window.stride.max(1)).collect(), window.length))
}

#[cfg(test)]
mod tests {
    use super::super::step::Aggregate;
    use super::*;

    fn starts(samples: usize, length: usize, stride: usize) -> Result<Vec<usize>, Error> {
        let window = Window {
            length,
            stride,
            aggregate: Aggregate::Max,
        };
        windows(samples, Some(&window)).map(|(starts, _)| starts)
    }

    #[test]
    fn the_last_incomplete_window_is_dropped() {
        assert_eq!(starts(1000, 300, 150).unwrap(), [0, 150, 300, 450, 600]);
        assert_eq!(starts(300, 300, 150).unwrap(), [0]);
        assert_eq!(starts(1050, 300, 150).unwrap(), [0, 150, 300, 450, 600, 750]);
        assert_eq!(starts(10, 3, 5).unwrap(), [0, 5]);
    }

    #[test]
    fn a_short_record_is_refused_with_both_lengths() {
        let e = starts(299, 300, 150).unwrap_err().to_string();
        assert!(e.contains("299") && e.contains("300"), "{e}");
    }
}
