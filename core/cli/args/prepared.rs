//! What is done before an audit: `inspect`, `init`, `synth`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use ecg_audit_plugin::InputShape;

/// A model and what it does not say itself.
#[derive(Debug, ClapArgs)]
pub(crate) struct Model {
    /// The model file.
    pub model: PathBuf,
    /// The encoder to open it with. [default: the first, by name, that reads the file's format]
    #[arg(long, value_name = "NAME")]
    pub plugin: Option<String>,
    /// The output to read, where the model has several.
    #[arg(long, value_name = "NAME")]
    pub output: Option<String>,
    /// The input, where the model does not say it: leads and samples, such as 12x4096.
    #[arg(long, value_name = "LEADSxSAMPLES", value_parser = input_shape)]
    pub input: Option<InputShape>,
}

impl Model {
    /// For the engine.
    pub fn options(&self) -> ecg_audit_engine::inspect::Options {
        ecg_audit_engine::inspect::Options {
            plugin: self.plugin.clone(),
            output: self.output.clone(),
            input: self.input,
        }
    }
}

/// Reads `12x4096`.
fn input_shape(text: &str) -> Result<InputShape, String> {
    let wrong = || format!("expected leads and samples, such as 12x4096, found `{text}`");
    let (leads, samples) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    let size = |text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|size| *size > 0)
            .ok_or_else(wrong)
    };
    Ok(InputShape {
        leads: Some(size(leads)?),
        samples: Some(size(samples)?),
    })
}

/// Arguments of `inspect`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    #[command(flatten)]
    pub model: Model,
    /// Sampling rate of the model's input in Hz, to show times beside samples.
    #[arg(long, value_name = "HZ", value_parser = positive)]
    pub sampling_rate: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && *value > 0.0)
        .ok_or_else(|| format!("expected a number above 0, found `{text}`"))
}

/// Arguments of `init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    #[command(flatten)]
    pub model: Model,
    /// The data set: its folder, or an NPZ file.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The configuration to write.
    #[arg(short, long, value_name = "FILE", default_value = "ecg-audit.toml")]
    pub out: PathBuf,
    /// Replace the configuration if it is there.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `synth`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Synth {
    /// The folder; it must not exist or be empty.
    pub dir: PathBuf,
    /// Number of records.
    #[arg(short = 'n', long, default_value_t = 200)]
    pub records: usize,
    /// Same seed, same data set.
    #[arg(short, long, default_value_t = 7)]
    pub seed: u64,
    /// Sampling rate in Hz: 100, or 500 for both.
    #[arg(long, default_value_t = 100)]
    pub sampling_rate: u32,
    /// Length of a record in seconds.
    #[arg(long, default_value_t = 10.0)]
    pub duration: f64,
    /// Share of records that get a wrong label.
    #[arg(long, default_value_t = 0.0)]
    pub wrong_labels: f64,
    /// Scale of noise and baseline wander.
    #[arg(long, default_value_t = 1.0)]
    pub noise: f64,
    /// Frequency of a power-line interference in Hz.
    #[arg(long)]
    pub powerline: Option<f64>,
}
