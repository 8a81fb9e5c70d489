//! Checks: figures of the audit against thresholds.

mod known;

use std::collections::BTreeMap;

use self::known::{KNOWN, Known};
use crate::audit::{Audit, Check, CheckStatus, Threshold};
use crate::config::{ConfigError, Source};

/// The names that `[checks]` takes, with what they look at.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.iter().map(|known| (known.name, known.description))
}

/// Refuses names that are no checks.
pub(crate) fn validate(source: &Source, checks: &BTreeMap<String, Threshold>) -> Result<(), ConfigError> {
    let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
    match checks.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let mut error =
                source.error_at(&format!("/checks/{name}"), format!("there is no check `{name}`"));
            error.help = Some(crate::config::suggestion(name, &names));
            Err(error)
        }
    }
}

/// The verdicts: the configured checks, and what every audit should be held against where it is not configured.
pub(crate) fn run(audit: &Audit, configured: &BTreeMap<String, Threshold>) -> Vec<Check> {
    let none = Threshold::default();
    let warn_above_none = Threshold {
        warn_above: Some(0.0),
        ..none
    };
    let defaults = [
        (
            "fidelity_gain",
            Threshold {
                warn_below: Some(0.02),
                ..none
            },
        ),
        (
            "shuffled_gain",
            Threshold {
                warn_below: Some(0.01),
                ..none
            },
        ),
        (
            "timeline_stability",
            Threshold {
                warn_below: Some(0.5),
                ..none
            },
        ),
        ("skipped_share", warn_above_none),
        ("duplicates_across_folds", warn_above_none),
        ("underperforming_groups", warn_above_none),
        (
            "codebooks_converged",
            Threshold {
                warn_below: Some(1.0),
                ..none
            },
        ),
    ];
    let threshold = |known: &Known| {
        let default = || {
            defaults
                .iter()
                .find(|(name, _)| *name == known.name)
                .map(|(_, threshold)| *threshold)
        };
        configured.get(known.name).copied().or_else(default)
    };
    let check = |known: &Known| {
        let threshold = threshold(known)?;
        let value = (known.value)(audit).filter(|value| value.is_finite());
        let status = status(value, threshold);
        Some(Check {
            name: known.name.into(),
            description: known.description.into(),
            value,
            threshold,
            status,
            next_step: next_step(known, status),
        })
    };
    KNOWN.iter().filter_map(check).collect()
}

/// What to do next, where there is something to do.
fn next_step(known: &Known, status: CheckStatus) -> Option<String> {
    let step = match status {
        CheckStatus::Pass => return None,
        CheckStatus::NotRun => known.not_run,
        CheckStatus::Warn | CheckStatus::Fail => known.next_step,
    };
    (!step.is_empty()).then(|| step.to_owned())
}

fn status(value: Option<f64>, threshold: Threshold) -> CheckStatus {
    let Some(value) = value else {
        return CheckStatus::NotRun;
    };
    let below = |limit: Option<f64>| limit.is_some_and(|limit| value < limit);
    let above = |limit: Option<f64>| limit.is_some_and(|limit| value > limit);
    if below(threshold.fail_below) || above(threshold.fail_above) {
        CheckStatus::Fail
    } else if below(threshold.warn_below) || above(threshold.warn_above) {
        CheckStatus::Warn
    } else {
        CheckStatus::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_says_what_to_do_about_it_and_a_passed_one_asks_for_nothing() {
        for known in &KNOWN {
            assert_eq!(next_step(known, CheckStatus::Pass), None);
            let step = next_step(known, CheckStatus::Warn);
            assert!(step.is_some(), "{}", known.name);
            assert_eq!(step, next_step(known, CheckStatus::Fail));
            for words in [known.next_step, known.not_run] {
                assert!(
                    words.is_empty() || words.ends_with('.'),
                    "{}: {words}",
                    known.name
                );
            }
        }
    }

    #[test]
    fn a_value_is_held_against_the_worse_threshold_first() {
        let threshold = Threshold {
            warn_below: Some(0.9),
            fail_below: Some(0.8),
            ..Threshold::default()
        };
        let verdicts = [Some(0.95), Some(0.85), Some(0.7), Some(0.9), None].map(|v| status(v, threshold));
        use CheckStatus::{Fail, NotRun, Pass, Warn};
        assert_eq!(verdicts, [Pass, Warn, Fail, Pass, NotRun]);
        let share = Threshold {
            warn_above: Some(0.0),
            fail_above: Some(0.1),
            ..Threshold::default()
        };
        assert_eq!(
            [0.0, 0.05, 0.2].map(|v| status(Some(v), share)),
            [Pass, Warn, Fail]
        );
    }
}
