//! Checks: figures of the audit against thresholds.

use std::collections::BTreeMap;

use crate::audit::{Audit, Check, CheckStatus, Fidelity, Threshold, ValueFigures};
use crate::config::{ConfigError, Source};

/// A check that can be configured.
struct Known {
    name: &'static str,
    description: &'static str,
    value: fn(&Audit) -> Option<f64>,
}

const KNOWN: [Known; 19] = [
    Known {
        name: "fidelity_agreement",
        description: "Agreement of the first surrogate with the network, out of fold",
        value: |audit| decisions(audit).map(|f| f.agreement.mean),
    },
    Known {
        name: "fidelity_auroc_soft",
        description: "Macro AUROC of the first surrogate against the network's decisions, out of fold",
        value: |audit| decisions(audit)?.auroc_soft,
    },
    Known {
        name: "fidelity_gain",
        description: "Agreement (continuous target: R²) of the first surrogate beyond the better of its two baselines",
        value: |audit| {
            let baselines = &audit.baselines;
            if let Some(values) = values(audit) {
                return Some(values.r2? - baselines.permuted_r2.unwrap_or(0.0).max(0.0));
            }
            let permuted = baselines.permuted_agreement.unwrap_or(0.0);
            Some(decisions(audit)?.agreement.mean - baselines.majority_agreement?.max(permuted))
        },
    },
    Known {
        name: "fidelity_r2",
        description: "R² of the first surrogate against the network's values, out of fold",
        value: |audit| values(audit)?.r2,
    },
    Known {
        name: "fidelity_mae_gain",
        description: "How much nearer to the network's values the first surrogate is than their mean: lower end of the interval",
        value: |audit| Some(values(audit)?.gain_ci95?[0]),
    },
    Known {
        name: "model_accuracy",
        description: "Accuracy of the network against the truth",
        value: |audit| Some(audit.model_vs_truth.as_ref()?.decisions()?.accuracy),
    },
    Known {
        name: "model_auroc_soft",
        description: "Macro AUROC of the network's probabilities against the truth",
        value: |audit| audit.model_vs_truth.as_ref()?.decisions()?.auroc_soft,
    },
    Known {
        name: "model_r2",
        description: "R² of the network against the truth",
        value: |audit| audit.model_vs_truth.as_ref()?.values()?.r2,
    },
    Known {
        name: "model_mae",
        description: "Mean absolute error of the network against the truth",
        value: |audit| Some(audit.model_vs_truth.as_ref()?.values()?.mae),
    },
    Known {
        name: "uncertainty_mean",
        description: "Mean uncertainty of the cluster assignment",
        value: |audit| Some(audit.uncertainty.mean),
    },
    Known {
        name: "flagged_share",
        description: "Share of labelled records with at least one flagged label",
        value: |audit| {
            let summary = &audit.issues.summary;
            (summary.records > 0).then(|| summary.flagged_records as f64 / summary.records as f64)
        },
    },
    Known {
        name: "skipped_share",
        description: "Share of records that were set aside",
        value: |audit| {
            let (used, skipped) = (audit.provenance.data.records, audit.provenance.data.skipped.len());
            (used + skipped > 0).then(|| skipped as f64 / (used + skipped) as f64)
        },
    },
    Known {
        name: "duplicates",
        description: "Pairs of records that hold the same recording",
        value: |audit| Some(audit.data_quality.duplicates.len() as f64),
    },
    Known {
        name: "duplicates_across_folds",
        description: "Such pairs of which the two are in different folds, so that one gives the other away",
        value: |audit| {
            let pairs = &audit.data_quality.duplicates;
            Some(pairs.iter().filter(|pair| !pair.same_fold).count() as f64)
        },
    },
    Known {
        name: "underperforming_groups",
        description: "Groups of records on which the network is significantly less accurate",
        value: |audit| {
            let groups = &audit.data_quality.groups;
            (!groups.is_empty()).then(|| groups.iter().filter(|group| group.underperforms).count() as f64)
        },
    },
    Known {
        name: "timeline_stability",
        description: "Mean adjusted Rand index of timelines with codebooks fitted on half of the patients",
        value: |audit| {
            let refits = &audit.stability.as_ref()?.refits;
            let half = refits
                .iter()
                .find(|refits| refits.change == "half of the patients")?;
            Some(half.ari)
        },
    },
    Known {
        name: "shuffled_gain",
        description: "Agreement (continuous target: R²) of the first surrogate beyond that from the same network with shuffled weights",
        value: |audit| {
            let sanity = audit.sanity.as_ref()?;
            Some(sanity.agreement - sanity.random_agreement)
        },
    },
    Known {
        name: "faithful_clusters",
        description: "Share of clusters whose masking (by the mean) changes the outputs more than random timestamps",
        value: |audit| {
            let shares = &audit.faithfulness.as_ref()?.faithful;
            let mean = shares.iter().find(|share| share.replacement == "mean")?;
            (mean.clusters > 0).then(|| mean.faithful as f64 / mean.clusters as f64)
        },
    },
    Known {
        name: "codebooks_converged",
        description: "Share of codebooks whose fit converged",
        value: |audit| {
            let books = &audit.method.codebooks;
            let converged = books.iter().filter(|book| book.converged).count();
            (!books.is_empty()).then(|| converged as f64 / books.len() as f64)
        },
    },
];

/// The first surrogate's figures on the network's decisions.
fn decisions(audit: &Audit) -> Option<&Fidelity> {
    audit.surrogates.first()?.vs_model.decisions()
}

/// The first surrogate's figures on the network's values of a continuous target.
fn values(audit: &Audit) -> Option<&ValueFigures> {
    audit.surrogates.first()?.vs_model.values()
}

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
        Some(Check {
            name: known.name.into(),
            description: known.description.into(),
            value,
            threshold,
            status: status(value, threshold),
        })
    };
    KNOWN.iter().filter_map(check).collect()
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
