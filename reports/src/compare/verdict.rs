//! The comparison in one sentence.

use ecg_audit_engine::compare::{FigureChange, RunComparison, Subject, Verdict as Outcome};
use ecg_audit_engine::sweep::Better;
use serde::Serialize;

use super::records;
use crate::format::{count, counted, percent};

/// What the page says first.
#[derive(Serialize)]
pub(super) struct Verdict {
    pub status: Status,
    pub sentence: String,
    pub evidence: String,
}

/// Class and word of a verdict.
#[derive(Debug, Serialize, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub class: &'static str,
    pub word: &'static str,
    pub icon: &'static str,
}

impl Status {
    /// Of one figure or check.
    pub fn of(outcome: Outcome) -> Self {
        let (class, word, icon) = match outcome {
            Outcome::Better => ("pass", "better", "▲"),
            Outcome::Worse => ("fail", "worse", "▼"),
            Outcome::Changed => ("warn", "changed", "◆"),
            Outcome::Unchanged => ("notrun", "none shown", "≈"),
            Outcome::Untested => ("notrun", "not tested", "–"),
        };
        Status { class, word, icon }
    }

    /// Nothing differs at all.
    pub const EQUAL: Status = Status {
        class: "notrun",
        word: "equal",
        icon: "=",
    };
    /// A check came to the same, whatever its value.
    pub const SAME: Status = Status {
        class: "notrun",
        word: "same",
        icon: "=",
    };
}

impl Verdict {
    pub fn new(comparison: &RunComparison) -> Self {
        let judged = || {
            comparison
                .figures
                .iter()
                .filter(|figure| figure.better != Better::Neither)
        };
        let with = |outcome| -> Vec<&FigureChange> { judged().filter(|f| f.verdict == outcome).collect() };
        let (worse, better) = (with(Outcome::Worse), with(Outcome::Better));
        let unchanged = with(Outcome::Unchanged).len();
        let checks = |outcome| -> Vec<&str> {
            let checks = comparison.checks.iter().filter(|check| check.verdict == outcome);
            checks.map(|check| check.name.as_str()).collect()
        };
        let (checks_worse, checks_better) = (checks(Outcome::Worse), checks(Outcome::Better));
        let mut parts = Vec::new();
        if !worse.is_empty() {
            parts.push(format!("worse in {}", listed(&worse)));
        }
        if !checks_worse.is_empty() {
            parts.push(format!(
                "worse in the checks {}",
                checks_worse.join(", ").replace('_', " ")
            ));
        }
        if !better.is_empty() {
            parts.push(format!("better in {}", listed(&better)));
        }
        if !checks_better.is_empty() {
            parts.push(format!(
                "better in the checks {}",
                checks_better.join(", ").replace('_', " ")
            ));
        }
        if unchanged > 0 {
            let figures = counted(unchanged, "figure", "figures");
            parts.push(format!("no difference shown in {figures}"));
        }
        let status = if identical(comparison) {
            parts = vec!["the two runs found the same".into()];
            Status::EQUAL
        } else if !worse.is_empty() || !checks_worse.is_empty() {
            Status::of(Outcome::Worse)
        } else if !better.is_empty() || !checks_better.is_empty() {
            Status::of(Outcome::Better)
        } else if parts.is_empty() {
            parts.push("no figure could be compared".into());
            Status::of(Outcome::Untested)
        } else {
            Status::of(Outcome::Unchanged)
        };
        Verdict {
            status,
            sentence: sentence(&parts),
            evidence: evidence(comparison),
        }
    }
}

/// Figures by name; beyond three, their number.
fn listed(figures: &[&FigureChange]) -> String {
    if figures.len() > 3 {
        return counted(figures.len(), "figure", "figures");
    }
    let phrase = |figure: &&FigureChange| {
        let name = super::figures::name(&figure.name);
        // `AUROC, soft` reads as `soft AUROC` in a sentence.
        let name = match name.split_once(", ") {
            Some((noun, adjective)) => format!("{adjective} {noun}"),
            None => name,
        };
        match figure.of {
            Subject::VsModel => format!("{name} of the surrogate against the network"),
            Subject::VsTruth => format!("{name} of the surrogate against the truth"),
            Subject::ModelVsTruth => format!("{name} of the network against the truth"),
            Subject::Baselines | Subject::Uncertainty => name,
        }
    };
    figures.iter().map(phrase).collect::<Vec<_>>().join("; ")
}

fn sentence(parts: &[String]) -> String {
    let text = parts.join(" · ");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + chars.as_str() + ".",
        None => text,
    }
}

/// Whether both runs found the same in all that was compared.
fn identical(comparison: &RunComparison) -> bool {
    let figures = comparison.figures.iter().chain(&comparison.per_class);
    let zero = figures
        .map(|figure| figure.difference)
        .all(|d| d.is_none_or(|d| d == 0.0));
    let issues = &comparison.issues;
    zero && comparison.not_compared.is_empty()
        && issues.new == 0
        && issues.gone == 0
        && comparison
            .decisions
            .as_ref()
            .is_none_or(|changes| changes.flipped == 0)
        && comparison
            .values
            .as_ref()
            .is_none_or(|changes| changes.records == 0)
        && comparison
            .clusters
            .as_ref()
            .is_none_or(|clusters| clusters.overlap == 1.0)
        && comparison
            .checks
            .iter()
            .all(|check| check.verdict == Outcome::Unchanged)
        && comparison.data.only_a.count + comparison.data.only_b.count == 0
}

fn evidence(comparison: &RunComparison) -> String {
    let data = &comparison.data;
    let network = match comparison.model.same {
        Some(true) => "The network is the same file",
        Some(false) => "The network is another one",
        None => "Whether the network is the same is not known",
    };
    let answers = match (&comparison.decisions, &comparison.values) {
        (Some(changes), _) => format!(
            "; {} of its {} decisions flipped",
            count(changes.flipped),
            count(changes.decisions)
        ),
        (_, Some(changes)) => format!(
            "; its value changed for {} of {}",
            count(changes.records),
            records(data.both)
        ),
        _ => String::new(),
    };
    let clusters = comparison.clusters.as_ref().map_or(String::new(), |clusters| {
        format!(
            " Matched clusters share {} of the timestamps.",
            percent(clusters.overlap)
        )
    });
    let relabelled = match data.relabelled.count {
        0 => String::new(),
        n => format!(
            " {} {} another label in the later run: figures against the truth changed with it.",
            records(n),
            if n == 1 { "has" } else { "have" }
        ),
    };
    format!(
        "Compared on the {} of {} that both runs hold.{relabelled} {network}{answers}.{clusters}",
        records(data.both),
        counted(data.groups, "patient", "patients"),
    )
}
