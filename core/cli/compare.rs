//! `compare`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use ecg_audit_engine::compare::{CheckChange, FigureChange, PAGE, RunComparison, Verdict as Outcome};
use ecg_audit_engine::sweep::plain;
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;
use crate::run::default_folder;
use crate::sweep::aligned;

/// Keys of the configuration that are shown.
const KEYS: usize = 10;

pub(crate) fn compare(args: &args::Compare) -> Result<Verdict, Failure> {
    let comparison = RunComparison::of(&args.earlier, &args.later)?;
    let page = ecg_audit_report::compare_html(&comparison);
    let page = page.map_err(|error| Failure::message(error.to_string()))?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => default_folder(&format!(
            "compare-{}-{}",
            comparison.a.folder, comparison.b.folder
        )),
    };
    let folder = comparison.write(&out, page.as_bytes())?;
    let mut stdout = std::io::stdout().lock();
    // A reader that closes early, such as `head`, is no failure.
    let _ = write!(stdout, "{}", text(&comparison, &folder));
    drop(stdout);
    if comparison.a.started > comparison.b.started {
        eprintln!(
            "note: {} began after {}; the earlier run comes first",
            comparison.a.folder, comparison.b.folder
        );
    }
    if args.fail_on_regression && !comparison.regressions.is_empty() {
        return Ok(Verdict::CheckFailed);
    }
    Ok(Verdict::Passed)
}

/// The comparison in a few lines.
fn text(comparison: &RunComparison, folder: &Path) -> String {
    let (a, b, data) = (&comparison.a, &comparison.b, &comparison.data);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "\n{} -> {}: {} records of {} patients in both, {} in the earlier run only, {} in the later only\n",
        a.folder, b.folder, data.both, data.groups, data.only_a.count, data.only_b.count
    );
    out += &figures(&comparison.figures);
    let _ = writeln!(out);
    if data.relabelled.count > 0 {
        let _ = writeln!(
            out,
            "labels      {} records have another label in the later run; each run is held against its own",
            data.relabelled.count
        );
    }
    if let Some(changes) = &comparison.decisions {
        let _ = writeln!(
            out,
            "decisions   {} of {} flipped, in {} records",
            changes.flipped, changes.decisions, changes.records
        );
    }
    if let Some(changes) = &comparison.values {
        let _ = writeln!(
            out,
            "values      {} records moved, by {:.4} in size on average",
            changes.records, changes.mean_absolute_shift
        );
    }
    if let Some(clusters) = &comparison.clusters {
        let _ = writeln!(
            out,
            "clusters    {} before, {} now; {:.1} % of the time in matched ones, adjusted Rand index {:.3}",
            a.clusters,
            b.clusters,
            100.0 * clusters.overlap,
            clusters.ari
        );
    }
    let issues = &comparison.issues;
    let _ = writeln!(
        out,
        "issues      {} new, {} gone, {} kept",
        issues.new, issues.gone, issues.kept
    );
    let _ = writeln!(out, "checks      {}", checks(&comparison.checks));
    let _ = writeln!(out, "network     {}", network(comparison.model.same));
    for (i, key) in comparison.config.iter().take(KEYS).enumerate() {
        let side = |value: &Option<serde_json::Value>| value.as_ref().map_or("not given".into(), plain);
        let title = if i == 0 { "settings" } else { "" };
        let _ = writeln!(
            out,
            "{title:<11} {}: {} -> {}",
            key.key,
            side(&key.a),
            side(&key.b)
        );
    }
    if comparison.config.len() > KEYS {
        let _ = writeln!(out, "{:<11} and {} more", "", comparison.config.len() - KEYS);
    }
    for item in &comparison.not_compared {
        let _ = writeln!(out, "not compared: {} ({})", item.what, item.reason);
    }
    if !comparison.regressions.is_empty() {
        let _ = writeln!(out, "\ngot worse:");
        for reason in &comparison.regressions {
            let _ = writeln!(out, "  {reason}");
        }
    }
    let _ = writeln!(out, "\nPage: {}", folder.join(PAGE).display());
    out
}

fn figures(figures: &[FigureChange]) -> String {
    let header = ["", "before", "now", "difference", "95 % interval", "verdict"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for figure in figures {
        let value = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.4}"));
        rows.push(vec![
            figure.title(),
            value(figure.a),
            value(figure.b),
            figure.difference.map_or("–".into(), |d| format!("{d:+.4}")),
            figure
                .ci95
                .map_or("–".into(), |[low, high]| format!("[{low:+.4}, {high:+.4}]")),
            match (figure.difference, figure.ci95) {
                (Some(0.0), None | Some([0.0, 0.0])) => "equal",
                _ => word(figure.verdict),
            }
            .to_owned(),
        ]);
    }
    aligned(&rows, 1)
}

/// Checks whose status changed.
fn checks(checks: &[CheckChange]) -> String {
    let changed = checks.iter().filter(|check| check.verdict != Outcome::Unchanged);
    let changed: Vec<String> = changed
        .map(|check| format!("{} {}", check.name, word(check.verdict)))
        .collect();
    match changed.is_empty() {
        true => format!("{} with the same status", checks.len()),
        false => changed.join(", "),
    }
}

fn network(same: Option<bool>) -> &'static str {
    match same {
        Some(true) => "the same file",
        Some(false) => "another one",
        None => "not known whether the same",
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "better",
        Outcome::Worse => "WORSE",
        Outcome::Changed => "changed",
        Outcome::Unchanged => "no difference shown",
        Outcome::Untested => "not tested",
    }
}
