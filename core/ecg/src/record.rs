//! One record's signal.

use ndarray::Array2;

/// The signal of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Samples in millivolts, `[leads, samples]`. A sample that the file marks as invalid is NaN.
    pub samples: Array2<f32>,
    /// Sampling rate in Hz.
    pub sampling_rate: f64,
    /// Lead names as the file gives them, one per row.
    pub leads: Vec<String>,
}

impl Signal {
    /// Row of a lead, whatever the letter case (`aVR` and `AVR` are one lead).
    pub fn lead(&self, name: &str) -> Option<usize> {
        let key = lead_key(name);
        self.leads.iter().position(|lead| lead_key(lead) == key)
    }

    /// Duration in seconds.
    pub fn duration(&self) -> f64 {
        self.samples.ncols() as f64 / self.sampling_rate
    }
}

/// The form of a lead's name under which spellings are compared: `AVR`, `aVR` and ` avr` are one
/// lead, and CODE-15%'s `DI`, `DII`, `DIII` are `I`, `II`, `III`.
pub fn lead_key(name: &str) -> String {
    let key = name.trim().to_ascii_uppercase();
    match key.as_str() {
        "DI" => "I".into(),
        "DII" => "II".into(),
        "DIII" => "III".into(),
        _ => key,
    }
}
