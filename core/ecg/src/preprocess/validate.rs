//! What can be said about steps before any record is read.

use std::collections::HashSet;

use super::filter::MAX_ORDER;
use super::frame::MAX_SAMPLES;
use super::step::{Step, Window};
use crate::{Error, lead_key};

/// Highest sampling rate in Hz that is taken for one.
pub(super) const MAX_RATE: f64 = 100_000.0;
/// Longest median window in seconds.
const MAX_MEDIAN_SECONDS: f64 = 30.0;

/// Checks all steps and the window.
pub(super) fn pipeline(steps: &[Step], window: Option<&Window>) -> Result<(), Error> {
    for (i, step) in steps.iter().enumerate() {
        let wrong =
            |what: String| Error::Invalid(format!("preprocess step {} (`{}`): {what}", i + 1, step.op()));
        check(step).map_err(wrong)?;
        if let Step::FillMissing { .. } = step {
            let before = steps.iter().take(i);
            if let Some(early) = before
                .filter(|s| !matches!(s, Step::Leads { .. }))
                .map(Step::op)
                .next()
            {
                return Err(wrong(format!(
                    "must come before `{early}`, which would spread invalid samples"
                )));
            }
        }
    }
    match window {
        Some(w) if w.length == 0 || w.length > MAX_SAMPLES => Err(Error::Invalid(format!(
            "preprocess window: `length` must be from 1 to {MAX_SAMPLES} samples, found {}",
            w.length
        ))),
        Some(w) if w.stride == 0 => Err(Error::Invalid(
            "preprocess window: `stride` must be at least 1 sample, found 0".into(),
        )),
        _ => Ok(()),
    }
}

fn check(step: &Step) -> Result<(), String> {
    match step {
        Step::Resample { hz } => {
            positive("hz", *hz)?;
            at_most("hz", *hz, MAX_RATE)
        }
        Step::Bandpass {
            low_hz,
            high_hz,
            order,
        } => {
            positive("low_hz", *low_hz)?;
            positive("high_hz", *high_hz)?;
            if low_hz >= high_hz {
                return Err(format!(
                    "`low_hz` must be below `high_hz`, found {low_hz} and {high_hz}"
                ));
            }
            valid_order(*order)
        }
        Step::Highpass { hz, order } | Step::Lowpass { hz, order } => {
            positive("hz", *hz)?;
            valid_order(*order)
        }
        Step::Notch { hz, q } => {
            positive("hz", *hz)?;
            positive("q", *q)
        }
        Step::BaselineMedian { seconds } => {
            if seconds.is_empty() {
                return Err("`seconds` must name at least one window, found none".into());
            }
            seconds.iter().try_for_each(|&s| {
                positive("seconds", s)?;
                at_most("seconds", s, MAX_MEDIAN_SECONDS)
            })
        }
        Step::Standardize { mean, std, per } => match (mean, std, per) {
            (None, None, Some(_)) => Ok(()),
            (Some(mean), Some(std), None) => moments(mean, std),
            _ => Err("needs either both `mean` and `std`, or `per` alone".into()),
        },
        Step::Scale { factor } if !factor.is_finite() || *factor == 0.0 => {
            Err(format!("`factor` must be finite and not 0, found {factor}"))
        }
        Step::Scale { .. } => Ok(()),
        Step::Leads { order } => lead_names(order),
        Step::Length { samples, seconds, .. } => match (samples, seconds) {
            (Some(n), None) if (1..=MAX_SAMPLES).contains(n) => Ok(()),
            (Some(n), None) => Err(format!("`samples` must be from 1 to {MAX_SAMPLES}, found {n}")),
            (None, Some(s)) => positive("seconds", *s),
            _ => Err("needs either `samples` or `seconds`".into()),
        },
        Step::FillMissing { max_seconds } => positive("max_seconds", *max_seconds),
    }
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(format!("`{name}` must be a number above 0, found {value}"))
    }
}

fn at_most(name: &str, value: f64, limit: f64) -> Result<(), String> {
    if value <= limit {
        Ok(())
    } else {
        Err(format!("`{name}` must be at most {limit}, found {value}"))
    }
}

fn valid_order(order: usize) -> Result<(), String> {
    if (1..=MAX_ORDER).contains(&order) {
        Ok(())
    } else {
        Err(format!("`order` must be from 1 to {MAX_ORDER}, found {order}"))
    }
}

fn moments(mean: &[f64], std: &[f64]) -> Result<(), String> {
    for (name, values) in [("mean", mean), ("std", std)] {
        if values.is_empty() {
            return Err(format!("`{name}` must have at least one value, found none"));
        }
    }
    if let Some(value) = mean.iter().find(|m| !m.is_finite()) {
        return Err(format!("`mean` must be finite, found {value}"));
    }
    std.iter().try_for_each(|&s| positive("std", s))?;
    if mean.len() > 1 && std.len() > 1 && mean.len() != std.len() {
        return Err(format!(
            "`mean` has {} values and `std` {}: expected as many",
            mean.len(),
            std.len()
        ));
    }
    Ok(())
}

fn lead_names(order: &[String]) -> Result<(), String> {
    if order.is_empty() {
        return Err("`order` must name at least one lead, found none".into());
    }
    let mut seen = HashSet::new();
    match order.iter().find(|name| !seen.insert(lead_key(name))) {
        Some(name) => Err(format!("`order` names lead `{name}` twice")),
        None => Ok(()),
    }
}
