//! An audit as Markdown, for summaries of continuous integration, issues and terminals.

mod escape;
mod figures;
mod tables;

use std::fmt::Write;

use ecg_audit_engine::audit::{Audit, Check, CheckStatus};

use crate::format::{NONE, count, counted, short, thresholds};
use escape::{line, text};
use tables::Table;

/// Issues listed.
const ISSUES: usize = 20;

/// A summary of `audit` in GitHub-flavoured Markdown: verdict, checks, the figures that matter with intervals and baselines,
/// limits, the most suspect labels, and tables by class and fold.
///
/// Every text that comes from the audit is escaped: it cannot end a table's cell, start markup or inject HTML.
pub fn markdown(audit: &Audit) -> String {
    let data = &audit.provenance.data;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "# ECG audit: {}\n", line(&audit.name));
    let _ = writeln!(out, "**{}**\n", verdict(&audit.checks));
    let _ = writeln!(
        out,
        "{} of {} in {}, {} clusters; {}, ecg-audit {}.\n",
        counted(data.records, "record", "records"),
        counted(data.groups, "patient", "patients"),
        counted(data.folds.len(), "fold", "folds"),
        count(audit.method.clusters),
        line(&audit.provenance.started),
        line(&audit.provenance.version),
    );
    out += "## Checks\n\n";
    out += &checks(&audit.checks);
    out += "\n## Figures\n\n";
    out += &figures::figures(audit);
    if !audit.limits.is_empty() {
        out += "\n## What this audit cannot say\n\n";
        for limit in &audit.limits {
            let _ = writeln!(out, "- {}", line(limit));
        }
    }
    out += "\n## Most suspect labels\n\n";
    out += &issues(audit);
    for (title, table) in [
        ("By class", figures::by_class(audit)),
        ("By fold", figures::by_fold(audit)),
    ] {
        if let Some(table) = table {
            let _ = write!(out, "\n## {title}\n\n{table}");
        }
    }
    out += "\nNot a medical device: an aid to review, not to diagnose.\n";
    out
}

/// What the checks say, in one sentence.
fn verdict(checks: &[Check]) -> String {
    let with = |status| checks.iter().filter(|check| check.status == status).count();
    let (fail, warn, idle) = (
        with(CheckStatus::Fail),
        with(CheckStatus::Warn),
        with(CheckStatus::NotRun),
    );
    let all = counted(checks.len(), "check", "checks");
    let idle = if idle > 0 {
        format!("; {idle} not run")
    } else {
        String::new()
    };
    let warned = if warn > 0 {
        format!("; {warn} to look at (WARN)")
    } else {
        String::new()
    };
    if checks.is_empty() {
        return "No checks are configured.".into();
    }
    if fail > 0 {
        return format!("FAIL: {fail} of {all} failed{warned}{idle}.");
    }
    if warn > 0 {
        return format!("WARN: no check failed{warned}{idle}.");
    }
    if with(CheckStatus::Pass) == 0 {
        return "NOT RUN: no check could be run.".into();
    }
    format!("PASS: {} of {all} passed{idle}.", with(CheckStatus::Pass))
}

fn checks(checks: &[Check]) -> String {
    if checks.is_empty() {
        return "None are configured.\n".into();
    }
    let mut table = Table::new(&["Check", "Status", "Value", "Thresholds"], 2..3);
    for check in checks {
        let limits = thresholds(&check.threshold);
        table.row([
            format!("{}: {}", text(&check.name), text(&check.description)),
            status(check.status).into(),
            check.value.map_or(NONE.into(), |value| short(value, 4)),
            if limits.is_empty() {
                NONE.into()
            } else {
                limits.join(", ")
            },
        ]);
    }
    let mut out = table.to_string();
    let steps = checks
        .iter()
        .filter_map(|check| Some((check, check.next_step.as_ref()?)));
    for (i, (check, step)) in steps.enumerate() {
        let gap = if i == 0 { "\nWhat to do next:\n\n" } else { "" };
        let _ = writeln!(out, "{gap}- {}: {}", line(&check.name), line(step));
    }
    out
}

fn status(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Warn => "**WARN**",
        CheckStatus::Fail => "**FAIL**",
        CheckStatus::NotRun => "not run",
    }
}

fn issues(audit: &Audit) -> String {
    let (summary, items) = (&audit.issues.summary, &audit.issues.items);
    let mut out = format!(
        "{} of {} flagged, {}.\n",
        count(summary.flagged_records),
        counted(summary.records, "labelled record", "labelled records"),
        counted(summary.flagged_labels, "label", "labels"),
    );
    if items.is_empty() {
        return out;
    }
    let mut table = Table::new(
        &["Record", "Label", "Given", "Suggested", "Score", "Reason"],
        4..5,
    );
    for issue in items.iter().take(ISSUES) {
        table.row([
            text(&issue.record),
            text(&issue.label),
            tables::label(&issue.given),
            tables::label(&issue.suggested),
            short(issue.score, 3),
            issue.reasons.first().map_or(String::new(), |reason| text(reason)),
        ]);
    }
    let _ = write!(out, "\n{table}");
    if items.len() > ISSUES {
        let _ = writeln!(out, "\n{} more are in issues.csv.", count(items.len() - ISSUES));
    }
    out
}
