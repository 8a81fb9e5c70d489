//! What got worse, in sentences.

use super::model::{FigureChange, RunComparison, Subject, Verdict};
use crate::audit::CheckStatus;

impl RunComparison {
    /// Figures over all classes that are worse with an interval that excludes 0, and checks that got worse. Figures of single
    /// classes are left out: among many, some would be worse by chance.
    pub(super) fn find_regressions(&self) -> Vec<String> {
        let figures = self
            .figures
            .iter()
            .filter(|figure| figure.verdict == Verdict::Worse);
        let mut reasons: Vec<String> = figures.filter_map(sentence).collect();
        for check in self.checks.iter().filter(|check| check.verdict == Verdict::Worse) {
            if let (Some(a), Some(b)) = (&check.a, &check.b) {
                reasons.push(format!(
                    "check {}: {} before, {} now",
                    check.name,
                    word(a.status),
                    word(b.status)
                ));
            }
        }
        reasons
    }
}

fn sentence(figure: &FigureChange) -> Option<String> {
    let (a, b, [low, high]) = (figure.a?, figure.b?, figure.ci95?);
    Some(format!(
        "{}: {a:.4} before, {b:.4} now, difference {:+.4} [{low:+.4}, {high:+.4}]",
        figure.title(),
        b - a
    ))
}

fn word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::NotRun => "not run",
        CheckStatus::Warn => "warn",
        CheckStatus::Fail => "fail",
    }
}

impl FigureChange {
    /// What the figure is, in words, without its class.
    pub fn title(&self) -> String {
        let name = match self.name.as_str() {
            "agreement" => "agreement",
            "accuracy" => "accuracy",
            "auroc_hard" => "AUROC hard",
            "auroc_soft" => "AUROC soft",
            "mae" => "MAE",
            "r2" => "R²",
            "majority_agreement" => "agreement of the majority",
            "mean" => "mean uncertainty",
            other => other,
        };
        match self.of {
            Subject::VsModel => format!("surrogate against the network, {name}"),
            Subject::VsTruth => format!("surrogate against the truth, {name}"),
            Subject::ModelVsTruth => format!("network against the truth, {name}"),
            Subject::Baselines | Subject::Uncertainty => name.to_owned(),
        }
    }
}
