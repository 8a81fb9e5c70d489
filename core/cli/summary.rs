//! The summary that `run` prints.

use std::fmt::Write;
use std::path::Path;

use ecg_audit_engine::audit::{
    Audit, Baselines, CheckStatus, DataQuality, Figures, ModelVsTruth, ValueFigures,
};
use ecg_audit_engine::folder;

/// A run in a few lines.
pub(crate) fn text(audit: &Audit, run: &Path) -> String {
    let mut out = String::new();
    let data = &audit.provenance.data;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "\n{}: {} records of {} patients, {} folds, {} clusters over {} features\n",
        audit.name,
        data.records,
        data.groups,
        data.folds.len(),
        audit.method.clusters,
        audit.method.features
    );
    match &audit.model_vs_truth {
        Some(ModelVsTruth::Decisions(model)) => {
            let _ = writeln!(
                out,
                "network      accuracy {}   AUROC hard {}  soft {}",
                percent(model.accuracy),
                figure(model.auroc_hard),
                figure(model.auroc_soft)
            );
        }
        Some(ModelVsTruth::Values(model)) => {
            let _ = writeln!(out, "network      {} the truth", values(model));
        }
        None => {}
    }
    for surrogate in &audit.surrogates {
        let _ = writeln!(
            out,
            "{:<12} {} the network",
            surrogate.name,
            line(&surrogate.vs_model)
        );
        if let Some(truth) = &surrogate.vs_truth {
            let _ = writeln!(out, "{:<12} {} the truth", "", line(truth));
        }
    }
    let _ = writeln!(out, "baselines    {}", baselines(&audit.baselines));
    let sd = audit
        .uncertainty
        .sd
        .map_or(String::new(), |sd| format!(" ± {sd:.3}"));
    let _ = writeln!(
        out,
        "uncertainty  {:.3}{sd} ({})",
        audit.uncertainty.mean, audit.uncertainty.measure
    );
    let issues = &audit.issues.summary;
    let _ = writeln!(
        out,
        "labels       {} of {} records flagged ({} labels)",
        issues.flagged_records, issues.records, issues.flagged_labels
    );
    let _ = writeln!(out, "data         {}", data_quality(&audit.data_quality));
    if !data.skipped.is_empty() {
        let _ = writeln!(
            out,
            "set aside    {} records; audit.json lists the reasons",
            data.skipped.len()
        );
    }
    let _ = writeln!(out);
    for check in &audit.checks {
        let value = check.value.map_or("not computed".into(), |v| format!("{v:.4}"));
        let _ = writeln!(out, "{} {:<24} {value}", mark(check.status), check.name);
        if let (CheckStatus::Warn | CheckStatus::Fail, Some(step)) = (check.status, &check.next_step) {
            let _ = writeln!(out, "     next: {step}");
        }
    }
    let _ = writeln!(
        out,
        "\n{:.1} s. Report: {}",
        audit.timing.total_seconds,
        run.join(folder::REPORT).display()
    );
    out
}

/// What is wrong with the data, in a line.
fn data_quality(quality: &DataQuality) -> String {
    let records: std::collections::HashSet<&str> = quality
        .findings
        .iter()
        .map(|finding| finding.record.as_str())
        .collect();
    let worse = quality.groups.iter().filter(|group| group.underperforms).count();
    format!(
        "{} of {} records with findings, {} pairs of duplicates, {worse} of {} groups worse than the others",
        records.len(),
        quality.records,
        quality.duplicates.len(),
        quality.groups.len()
    )
}

fn baselines(baselines: &Baselines) -> String {
    if let Some(majority) = baselines.majority_agreement {
        let permuted = baselines.permuted_agreement.map_or("–".into(), percent);
        return format!("majority {}   permuted proportions {permuted}", percent(majority));
    }
    format!(
        "mean {}   permuted proportions {} (MAE)",
        figure(baselines.mean_mae),
        figure(baselines.permuted_mae)
    )
}

fn line(figures: &Figures) -> String {
    let fidelity = match figures {
        Figures::Decisions(fidelity) => fidelity,
        Figures::Values(figures) => return values(figures),
    };
    let agreement = &fidelity.agreement;
    let sd = agreement
        .sd
        .map_or(String::new(), |sd| format!(" ± {:.1}", 100.0 * sd));
    let interval = agreement.ci95.map_or(String::new(), |[low, high]| {
        format!(" [{:.1}, {:.1}]", 100.0 * low, 100.0 * high)
    });
    format!(
        "agrees {:.1}{sd} %{interval}, AUROC soft {}, with",
        100.0 * agreement.mean,
        figure(fidelity.auroc_soft)
    )
}

/// Figures on a continuous target.
fn values(figures: &ValueFigures) -> String {
    let interval =
        |ci: Option<[f64; 2]>| ci.map_or(String::new(), |[low, high]| format!(" [{low:.3}, {high:.3}]"));
    format!(
        "MAE {:.3}{} (mean alone {:.3}), R² {}, ρ {}, against",
        figures.mae,
        interval(figures.mae_ci95),
        figures.mean_mae,
        figure(figures.r2),
        figure(figures.rank_correlation)
    )
}

fn percent(value: f64) -> String {
    format!("{:.1} %", 100.0 * value)
}

fn figure(value: Option<f64>) -> String {
    value.map_or("–".into(), |v| format!("{v:.3}"))
}

fn mark(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Warn => "WARN",
        CheckStatus::Fail => "FAIL",
        CheckStatus::NotRun => "n/a ",
    }
}
