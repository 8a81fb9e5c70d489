//! The first screen: verdict, checks, the figures that matter, and what the audit cannot say.

mod cards;
mod values;

use ecg_audit_engine::audit::{Audit, Check, CheckStatus};
use serde::Serialize;

use crate::charts;
use crate::format::{counted, interval, optional, percent, plus_minus, short, thresholds};

#[derive(Serialize)]
pub(super) struct View {
    verdict: Verdict,
    checks: Vec<CheckView>,
    cards: Vec<cards::Card>,
    limits: Vec<Vec<Words>>,
}

#[derive(Serialize)]
struct Verdict {
    status: Status,
    sentence: String,
    evidence: String,
}

/// Class and word of a verdict.
#[derive(Serialize, Clone, Copy)]
struct Status {
    class: &'static str,
    word: &'static str,
    icon: &'static str,
}

#[derive(Serialize)]
struct CheckView {
    name: String,
    /// The section with the figures behind it.
    section: &'static str,
    description: String,
    status: Status,
    value: String,
    thresholds: Vec<String>,
    chart: String,
    next_step: Vec<Words>,
}

/// A part of a sentence: words, or what is typed.
#[derive(Serialize)]
struct Words {
    code: bool,
    text: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        View {
            verdict: verdict(audit),
            checks: audit.checks.iter().map(check).collect(),
            cards: cards::cards(audit),
            limits: audit.limits.iter().map(|limit| words(limit)).collect(),
        }
    }
}

/// Where the figures behind a check stand.
fn section(check: &str) -> &'static str {
    match check {
        "uncertainty_mean" => "uncertainty",
        "flagged_share" => "issues",
        "skipped_share" => "data",
        "duplicates" | "duplicates_across_folds" | "underperforming_groups" => "quality",
        "timeline_stability" | "shuffled_gain" | "faithful_clusters" => "trust",
        "codebooks_converged" => "provenance",
        _ => "fidelity",
    }
}

fn status(status: CheckStatus) -> Status {
    let (class, word, icon) = match status {
        CheckStatus::Pass => ("pass", "Pass", "✓"),
        CheckStatus::Warn => ("warn", "Warn", "!"),
        CheckStatus::Fail => ("fail", "Fail", "✕"),
        CheckStatus::NotRun => ("notrun", "Not run", "–"),
    };
    Status { class, word, icon }
}

fn verdict(audit: &Audit) -> Verdict {
    let with = |s| audit.checks.iter().filter(|c| c.status == s).collect::<Vec<_>>();
    let (fail, warn, idle) = (
        with(CheckStatus::Fail),
        with(CheckStatus::Warn),
        with(CheckStatus::NotRun),
    );
    let total = audit.checks.len();
    let checks = |n: usize| format!("{n} of {}", counted(total, "check", "checks"));
    let (worst, mut sentence) = if total == 0 {
        (
            CheckStatus::NotRun,
            "No checks are configured; the figures stand without a verdict".to_owned(),
        )
    } else if !fail.is_empty() {
        (
            CheckStatus::Fail,
            format!("{} failed: {}", checks(fail.len()), listed(&fail)),
        )
    } else if !warn.is_empty() {
        (
            CheckStatus::Warn,
            format!(
                "No check failed; {} {}: {}",
                checks(warn.len()),
                warns(warn.len()),
                listed(&warn)
            ),
        )
    } else if idle.len() == total {
        (CheckStatus::NotRun, "No check could be run".to_owned())
    } else if idle.is_empty() {
        (
            CheckStatus::Pass,
            format!("All {} passed", counted(total, "check", "checks")),
        )
    } else {
        (
            CheckStatus::Pass,
            format!(
                "All {} that could be run passed",
                counted(total - idle.len(), "check", "checks")
            ),
        )
    };
    if !fail.is_empty() && !warn.is_empty() {
        sentence.push_str(&format!("; {} {}", warn.len(), warns(warn.len())));
    }
    if !idle.is_empty() && idle.len() < total {
        sentence.push_str(&format!("; {} not run", idle.len()));
    }
    sentence.push('.');
    Verdict {
        status: status(worst),
        sentence,
        evidence: evidence(audit),
    }
}

fn warns(n: usize) -> &'static str {
    if n == 1 { "warns" } else { "warn" }
}

fn listed(checks: &[&Check]) -> String {
    let mut parts: Vec<String> = checks
        .iter()
        .take(3)
        .map(|c| format!("{} is {}{}", c.name.replace('_', " "), figure(c), crossed(c)))
        .collect();
    if checks.len() > 3 {
        parts.push(format!("and {} more", checks.len() - 3));
    }
    parts.join("; ")
}

/// A check's value; counts have no decimals.
fn figure(check: &Check) -> String {
    let whole = check.value.is_some_and(|value| value.fract() == 0.0);
    optional(check.value, if whole { 0 } else { 3 })
}

/// Which threshold the value lies beyond.
fn crossed(check: &Check) -> String {
    let (Some(value), t) = (check.value, check.threshold) else {
        return String::new();
    };
    let below = |limit: Option<f64>| limit.filter(|l| value < *l);
    let above = |limit: Option<f64>| limit.filter(|l| value > *l);
    if let Some(limit) = below(t.fail_below).or(below(t.warn_below)) {
        format!(", below {}", short(limit, 6))
    } else if let Some(limit) = above(t.fail_above).or(above(t.warn_above)) {
        format!(", above {}", short(limit, 6))
    } else {
        String::new()
    }
}

fn evidence(audit: &Audit) -> String {
    let Some(first) = audit.surrogates.first() else {
        return "No surrogate was fitted, so nothing is said about fidelity.".into();
    };
    if let Some(figures) = first.vs_model.values() {
        return values::evidence(audit, figures);
    }
    let (Some(fidelity), Some(majority)) = (first.vs_model.decisions(), audit.baselines.majority_agreement)
    else {
        return String::new();
    };
    let agreement = fidelity.agreement.mean;
    format!(
        "From cluster proportions alone, the surrogate reproduces {} of the network’s decisions on records that it has not seen; always answering the majority reproduces {}.",
        percent(agreement),
        percent(majority)
    )
}

fn check(check: &Check) -> CheckView {
    CheckView {
        name: check.name.clone(),
        section: section(&check.name),
        description: check.description.clone(),
        status: status(check.status),
        value: figure(check),
        thresholds: thresholds(&check.threshold),
        chart: zones(check),
        next_step: check.next_step.as_deref().map(words).unwrap_or_default(),
    }
}

/// What stands between backticks is what is typed. A name from outside may hold a single one: then nothing is.
fn words(sentence: &str) -> Vec<Words> {
    let whole = sentence.matches('`').count() % 2 == 1;
    let parts: Vec<&str> = if whole {
        vec![sentence]
    } else {
        sentence.split('`').collect()
    };
    let parts = parts.into_iter().enumerate();
    parts
        .filter(|(_, text)| !text.is_empty())
        .map(|(i, text)| Words {
            code: i % 2 == 1,
            text: text.to_owned(),
        })
        .collect()
}

/// A picture of the thresholds, where everything lies in [0, 1].
fn zones(check: &Check) -> String {
    let t = &check.threshold;
    let limits = [
        t.warn_below,
        t.fail_below,
        t.warn_above,
        t.fail_above,
        check.value,
    ];
    if limits.iter().flatten().any(|v| !(0.0..=1.0).contains(v)) || limits[..4].iter().all(Option::is_none) {
        return String::new();
    }
    let fail = [t.fail_below.unwrap_or(0.0), t.fail_above.unwrap_or(1.0)];
    let warn = [
        t.warn_below.unwrap_or(0.0).max(fail[0]),
        t.warn_above.unwrap_or(1.0).min(fail[1]),
    ];
    charts::thresholds(
        check.value,
        &[
            ("zone-fail", [0.0, fail[0]]),
            ("zone-warn", [fail[0], warn[0]]),
            ("zone-pass", [warn[0], warn[1]]),
            ("zone-warn", [warn[1], fail[1]]),
            ("zone-fail", [fail[1], 1.0]),
        ],
    )
}

/// For the sections below: a mean with its spread, as they all write it.
pub(super) fn spread(s: &ecg_audit_engine::audit::Spread) -> (String, String) {
    (plus_minus(s.mean, s.sd, 3), interval(s.ci95, 3))
}
