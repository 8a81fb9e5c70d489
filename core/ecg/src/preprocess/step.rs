//! The steps a configuration can name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One preprocessing step. Steps run in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Changes the sampling rate with a polyphase filter (Kaiser window, β = 5), equal to SciPy's
    /// `resample_poly`. The signal counts as zero outside the record, so that a record with an
    /// offset rings for about 10 samples of the lower rate at both ends: remove the baseline first.
    Resample {
        /// New sampling rate in Hz.
        hz: f64,
    },
    /// Butterworth band-pass, run forward and backward (zero phase, doubled attenuation), equal to
    /// SciPy's `filtfilt` with its default odd padding.
    Bandpass {
        /// Lower cut-off (−3 dB of one run) in Hz, above 0.
        low_hz: f64,
        /// Upper cut-off in Hz, above `low_hz` and below half the sampling rate.
        high_hz: f64,
        /// Order of the Butterworth prototype, 1 to 10 (SciPy's `butter(order, …)`).
        order: usize,
    },
    /// Butterworth high-pass, run forward and backward, equal to SciPy's `filtfilt`.
    Highpass {
        /// Cut-off (−3 dB of one run) in Hz, below half the sampling rate.
        hz: f64,
        /// Order of the Butterworth filter, 1 to 10.
        order: usize,
    },
    /// Butterworth low-pass, run forward and backward, equal to SciPy's `filtfilt`.
    Lowpass {
        /// Cut-off (−3 dB of one run) in Hz, below half the sampling rate.
        hz: f64,
        /// Order of the Butterworth filter, 1 to 10.
        order: usize,
    },
    /// Second-order notch, run forward and backward: SciPy's `iirnotch` and `filtfilt`.
    Notch {
        /// Frequency to remove in Hz (50 or 60 for mains), below half the sampling rate.
        hz: f64,
        /// Quality factor: `hz` divided by the −3 dB bandwidth.
        q: f64,
    },
    /// Subtracts the baseline, estimated by moving medians one after the other.
    BaselineMedian {
        /// Window of each median in seconds, for example `[0.2, 0.6]`: the first removes the QRS
        /// complex and the P wave, the second the T wave. A window holds an odd number of samples
        /// (an even one is made one longer); outside the record the first and last sample repeat.
        seconds: Vec<f64>,
    },
    /// Centres and scales. Either with given `mean` and `std`, or with the record's own (`per`).
    /// Divides by `std + 1e-8`; a constant lead becomes 0 with `per = "lead"`.
    Standardize {
        /// Mean to subtract, in the signal's unit: one value, or one per lead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mean: Option<Vec<f64>>,
        /// Standard deviation to divide by: one value, or one per lead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        std: Option<Vec<f64>>,
        /// Takes mean and population standard deviation from the record itself, without padding.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        per: Option<Scope>,
    },
    /// Multiplies every sample, for example by 1000 from millivolts to microvolts.
    Scale {
        /// Factor, finite and not 0.
        factor: f64,
    },
    /// Selects and orders leads by name.
    Leads {
        /// Names, whatever their letter case (`aVR`, `AVR`); `DI` is `I`.
        order: Vec<String>,
    },
    /// Brings every record to one length: pads with zeros, or crops.
    Length {
        /// Length in samples at the sampling rate reached by then. Either this or `seconds`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        samples: Option<usize>,
        /// Length in seconds. Either this or `samples`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
        /// Which part of the record stays where. Default: `center`.
        #[serde(default)]
        align: Align,
    },
    /// Fills gaps of invalid (NaN or infinite) samples by linear interpolation between their
    /// neighbours, at the ends of the record by the nearest sample. Without this step, a record
    /// with an invalid sample is set aside. Must come first; only `leads` may precede it.
    FillMissing {
        /// Longest gap to fill in seconds; a record with a longer one is set aside.
        max_seconds: f64,
    },
}

impl Step {
    /// The name under which a configuration names the step (`op`).
    pub fn op(&self) -> &'static str {
        match self {
            Step::Resample { .. } => "resample",
            Step::Bandpass { .. } => "bandpass",
            Step::Highpass { .. } => "highpass",
            Step::Lowpass { .. } => "lowpass",
            Step::Notch { .. } => "notch",
            Step::BaselineMedian { .. } => "baseline_median",
            Step::Standardize { .. } => "standardize",
            Step::Scale { .. } => "scale",
            Step::Leads { .. } => "leads",
            Step::Length { .. } => "length",
            Step::FillMissing { .. } => "fill_missing",
        }
    }
}

/// What one mean and one standard deviation are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All leads of the record together, so that amplitudes stay comparable between leads.
    Record,
    /// Every lead by itself.
    Lead,
}

/// Where a record that is padded or cropped keeps its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Padding or cropping at both ends; of an odd number the end takes one sample more.
    #[default]
    Center,
    /// The record starts at sample 0; padding or cropping at its end.
    Start,
}

/// How a record is cut into the pieces that the network reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Samples per window, after all steps.
    pub length: usize,
    /// Samples from one window's start to the next. A last window that would reach beyond the
    /// record is dropped.
    pub stride: usize,
    /// How the network's outputs for a record's windows become one.
    pub aggregate: Aggregate,
}

/// How the outputs for a record's windows become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// The largest value of each output.
    Max,
    /// The mean of each output.
    Mean,
}
