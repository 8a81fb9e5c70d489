//! The first screen: verdict, checks, the figures that matter, and what the audit cannot say.

use ecg_audit_engine::audit::{Audit, Check, CheckStatus, Threshold};
use serde::Serialize;

use crate::charts;
use crate::format::{NONE, counted, interval, number, optional, percent, plus_minus};

#[derive(Serialize)]
pub(super) struct View {
    verdict: Verdict,
    checks: Vec<CheckView>,
    cards: Vec<Card>,
    limits: Vec<String>,
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
    description: String,
    status: Status,
    value: String,
    thresholds: Vec<String>,
    chart: String,
}

/// A figure with what it is to be held against.
#[derive(Serialize)]
struct Card {
    label: &'static str,
    value: String,
    spread: String,
    against: Vec<(String, String)>,
    chart: String,
    note: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        View {
            verdict: verdict(audit),
            checks: audit.checks.iter().map(check).collect(),
            cards: [
                agreement(audit),
                accuracy(audit),
                auroc(audit),
                uncertainty(audit),
                flagged(audit),
            ]
            .into_iter()
            .flatten()
            .collect(),
            limits: audit.limits.clone(),
        }
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
        .map(|c| {
            format!(
                "{} is {}{}",
                c.name.replace('_', " "),
                optional(c.value, 3),
                crossed(c)
            )
        })
        .collect();
    if checks.len() > 3 {
        parts.push(format!("and {} more", checks.len() - 3));
    }
    parts.join("; ")
}

/// Which threshold the value lies beyond.
fn crossed(check: &Check) -> String {
    let (Some(value), t) = (check.value, check.threshold) else {
        return String::new();
    };
    let below = |limit: Option<f64>| limit.filter(|l| value < *l);
    let above = |limit: Option<f64>| limit.filter(|l| value > *l);
    if let Some(limit) = below(t.fail_below).or(below(t.warn_below)) {
        format!(", below {}", short(limit))
    } else if let Some(limit) = above(t.fail_above).or(above(t.warn_above)) {
        format!(", above {}", short(limit))
    } else {
        String::new()
    }
}

fn evidence(audit: &Audit) -> String {
    let Some(first) = audit.surrogates.first() else {
        return "No surrogate was fitted, so nothing is said about fidelity.".into();
    };
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
        description: check.description.clone(),
        status: status(check.status),
        value: optional(check.value, 3),
        thresholds: threshold(&check.threshold),
        chart: zones(check),
    }
}

/// A threshold with the decimals it was given with, up to six.
fn short(value: f64) -> String {
    let text = number(value, 6);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

fn threshold(t: &Threshold) -> Vec<String> {
    [
        ("warn below", t.warn_below),
        ("fail below", t.fail_below),
        ("warn above", t.warn_above),
        ("fail above", t.fail_above),
    ]
    .into_iter()
    .filter_map(|(name, limit)| limit.map(|l| format!("{name} {}", short(l))))
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

fn agreement(audit: &Audit) -> Option<Card> {
    let surrogate = audit.surrogates.first()?;
    let spread = surrogate.vs_model.decisions()?.agreement;
    let mut against = vec![("majority".to_owned(), audit.baselines.majority_agreement?)];
    against.extend(
        audit
            .baselines
            .permuted_agreement
            .map(|p| ("shuffled".to_owned(), p)),
    );
    Some(Card {
        label: "Surrogate agrees with network",
        value: percent(spread.mean),
        spread: spread_text(spread.sd, spread.ci95),
        chart: charts::gauge(spread.mean, spread.ci95, &marks(&against)),
        against: worded(against),
        note: "Share of decisions the surrogate reproduces, out of fold.".into(),
    })
}

fn accuracy(audit: &Audit) -> Option<Card> {
    let truth = audit.model_vs_truth.as_ref()?.decisions()?;
    let surrogate = audit
        .surrogates
        .first()
        .and_then(|s| s.vs_truth.as_ref()?.decisions());
    let mut against: Vec<_> = surrogate
        .map(|f| ("surrogate".to_owned(), f.agreement.mean))
        .into_iter()
        .collect();
    against.push(("majority".to_owned(), truth.majority_accuracy));
    Some(Card {
        label: "Network accuracy against labels",
        value: percent(truth.accuracy),
        spread: spread_text(None, truth.accuracy_ci95),
        chart: charts::gauge(truth.accuracy, truth.accuracy_ci95, &marks(&against)),
        against: worded(against),
        note: "Share of right decisions; the surrogate is taught by the labels here.".into(),
    })
}

fn auroc(audit: &Audit) -> Option<Card> {
    let truth = audit.model_vs_truth.as_ref()?.decisions()?;
    let soft = truth.auroc_soft?;
    let surrogate = audit
        .surrogates
        .first()
        .and_then(|s| s.vs_truth.as_ref()?.decisions()?.auroc_soft);
    let mut against: Vec<_> = surrogate
        .map(|a| ("surrogate".to_owned(), a))
        .into_iter()
        .collect();
    against.push(("chance".to_owned(), 0.5));
    Some(Card {
        label: "Network soft AUROC against labels",
        value: number(soft, 3),
        spread: format!("hard {}", optional(truth.auroc_hard, 3)),
        chart: charts::gauge(soft, None, &marks(&against)),
        against: against
            .into_iter()
            .map(|(name, v)| (name, number(v, 3)))
            .collect(),
        note: "Macro mean over classes; soft ranks probabilities, hard ranks decisions.".into(),
    })
}

fn uncertainty(audit: &Audit) -> Option<Card> {
    let u = &audit.uncertainty;
    let by = |name: &str| {
        u.by_correctness
            .iter()
            .find(|g| g.group == name)
            .map(|g| (name.to_owned(), g.mean))
    };
    let against: Vec<_> = by("correct").into_iter().chain(by("incorrect")).collect();
    (u.mean.is_finite()).then(|| Card {
        label: "Mean uncertainty of the clusters",
        value: number(u.mean, 3),
        spread: u
            .sd
            .map_or_else(String::new, |sd| format!("± {} over folds", number(sd, 3))),
        chart: charts::gauge(u.mean, None, &marks(&against)),
        against: against
            .into_iter()
            .map(|(name, v)| (name, number(v, 3)))
            .collect(),
        note: "0: every moment belongs to one cluster; 1: to all alike.".into(),
    })
}

fn flagged(audit: &Audit) -> Option<Card> {
    let s = &audit.issues.summary;
    let share = (s.records > 0).then(|| s.flagged_records as f64 / s.records as f64);
    Some(Card {
        label: "Records with doubtful labels",
        value: crate::format::count(s.flagged_records),
        spread: share.map_or_else(
            || NONE.into(),
            |v| format!("{} of {}", percent(v), counted(s.records, "record", "records")),
        ),
        chart: share.map_or_else(String::new, |v| charts::bar("fill", v, 1.0)),
        against: vec![("labels".to_owned(), crate::format::count(s.flagged_labels))],
        note: "A list to review, not a list of errors.".into(),
    })
}

fn spread_text(sd: Option<f64>, ci: Option<[f64; 2]>) -> String {
    let mut parts = Vec::new();
    if let Some(sd) = sd.filter(|s| s.is_finite()) {
        parts.push(format!("± {} over folds", number(sd * 100.0, 1)));
    }
    if let Some([low, high]) = ci {
        parts.push(format!(
            "95\u{202f}% {}",
            interval(Some([low * 100.0, high * 100.0]), 1)
        ));
    }
    parts.join(" · ")
}

fn marks(against: &[(String, f64)]) -> Vec<(&str, f64)> {
    against
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect()
}

fn worded(against: Vec<(String, f64)>) -> Vec<(String, String)> {
    against
        .into_iter()
        .map(|(name, value)| (name, percent(value)))
        .collect()
}

/// For the sections below: a mean with its spread, as they all write it.
pub(super) fn spread(s: &ecg_audit_engine::audit::Spread) -> (String, String) {
    (plus_minus(s.mean, s.sd, 3), interval(s.ci95, 3))
}
