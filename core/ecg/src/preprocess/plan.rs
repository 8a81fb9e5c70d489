//! The steps, worked out for one sampling rate.

use super::baseline;
use super::filter::{Band, ZeroPhase};
use super::frame::{Frame, MAX_SAMPLES};
use super::missing;
use super::prepared::Warning;
use super::resample::Polyphase;
use super::standardize;
use super::step::{Align, Scope, Step};
use super::validate::MAX_RATE;
use crate::Error;

/// The steps with everything that only depends on the record's sampling rate.
#[derive(Debug)]
pub(super) struct Plan {
    stages: Vec<Stage>,
    /// Sampling rate after the last step, in Hz.
    pub rate: f64,
}

#[derive(Debug)]
enum Stage {
    Filter(ZeroPhase),
    Resample { filter: Polyphase, to: f64 },
    Baseline { windows: Vec<usize> },
    Given { mean: Vec<f64>, std: Vec<f64> },
    Own(Scope),
    Scale(f64),
    Leads(Vec<String>),
    Length { samples: usize, align: Align },
    Fill { longest: usize },
}

impl Plan {
    /// Works out `steps`, which have been checked, for records of `rate` Hz.
    pub fn new(steps: &[Step], mut rate: f64) -> Result<Plan, Error> {
        if !(rate > 0.0 && rate <= MAX_RATE) {
            return Err(Error::Invalid(format!(
                "the record's sampling rate must be above 0 and at most {MAX_RATE} Hz, found {rate}"
            )));
        }
        let mut stages = Vec::with_capacity(steps.len());
        for step in steps {
            if let Some(stage) = stage(step, rate)? {
                if let Stage::Resample { to, .. } = stage {
                    rate = to;
                }
                stages.push(stage);
            }
        }
        Ok(Plan { stages, rate })
    }

    /// Runs all stages. Invalid samples are refused at the first that would spread them.
    pub fn run(&self, frame: &mut Frame) -> Result<Vec<Warning>, Error> {
        let mut warnings = None;
        for stage in &self.stages {
            if warnings.is_none() && !matches!(stage, Stage::Leads(_) | Stage::Fill { .. }) {
                warnings = Some(missing::check(frame)?);
            }
            stage.run(frame)?;
        }
        match warnings {
            Some(warnings) => Ok(warnings),
            None => missing::check(frame),
        }
    }
}

/// The stage for a step at `rate`, `None` where there is nothing to do.
fn stage(step: &Step, rate: f64) -> Result<Option<Stage>, Error> {
    Ok(Some(match step {
        Step::Resample { hz } if *hz == rate => return Ok(None),
        Step::Resample { hz } => Stage::Resample {
            filter: Polyphase::new(rate, *hz)?,
            to: *hz,
        },
        Step::Bandpass {
            low_hz,
            high_hz,
            order,
        } => Stage::Filter(ZeroPhase::butterworth(
            step.op(),
            Band::Between(*low_hz, *high_hz),
            *order,
            rate,
        )?),
        Step::Highpass { hz, order } => {
            Stage::Filter(ZeroPhase::butterworth(step.op(), Band::High(*hz), *order, rate)?)
        }
        Step::Lowpass { hz, order } => {
            Stage::Filter(ZeroPhase::butterworth(step.op(), Band::Low(*hz), *order, rate)?)
        }
        Step::Notch { hz, q } => Stage::Filter(ZeroPhase::notch(*hz, *q, rate)?),
        Step::BaselineMedian { seconds } => Stage::Baseline {
            windows: seconds
                .iter()
                .map(|&s| baseline::window_samples(s, rate))
                .collect(),
        },
        Step::Standardize { mean, std, per } => match (mean, std, per) {
            (Some(mean), Some(std), _) => Stage::Given {
                mean: mean.clone(),
                std: std.clone(),
            },
            (_, _, per) => Stage::Own(per.unwrap_or(Scope::Lead)),
        },
        Step::Scale { factor } => Stage::Scale(*factor),
        Step::Leads { order } => Stage::Leads(order.clone()),
        Step::Length {
            samples,
            seconds,
            align,
        } => Stage::Length {
            samples: match samples {
                Some(samples) => *samples,
                None => length_samples(seconds.unwrap_or_default(), rate)?,
            },
            align: *align,
        },
        Step::FillMissing { max_seconds } => Stage::Fill {
            // A gap of exactly this long counts, whatever the product's rounding.
            longest: (max_seconds * rate + 1e-6).floor() as usize,
        },
    }))
}

fn length_samples(seconds: f64, rate: f64) -> Result<usize, Error> {
    let samples = (seconds * rate).round();
    if samples >= 1.0 && samples <= MAX_SAMPLES as f64 {
        Ok(samples as usize)
    } else {
        Err(Error::Invalid(format!(
            "length: {seconds} s at {rate} Hz are {samples} samples; expected 1 to {MAX_SAMPLES}"
        )))
    }
}

impl Stage {
    fn run(&self, frame: &mut Frame) -> Result<(), Error> {
        match self {
            Stage::Filter(filter) => filter.apply(&mut frame.samples)?,
            Stage::Resample { filter, to } => {
                frame.samples = filter.apply(&frame.samples)?;
                frame.valid = filter.range(&frame.valid);
                if frame.valid.is_empty() {
                    return Err(Error::Invalid(format!(
                        "resample: to {to} Hz leaves nothing but padding"
                    )));
                }
                frame.rate = *to;
            }
            Stage::Baseline { windows } => baseline::remove(&mut frame.samples, windows),
            Stage::Given { mean, std } => standardize::given(frame, mean, std)?,
            Stage::Own(scope) => standardize::own(frame, *scope),
            Stage::Scale(factor) => frame.samples *= *factor,
            Stage::Leads(order) => frame.select_leads(order)?,
            Stage::Length { samples, align } => frame.set_length(*samples, *align)?,
            Stage::Fill { longest } => missing::fill(frame, *longest)?,
        }
        Ok(())
    }
}
