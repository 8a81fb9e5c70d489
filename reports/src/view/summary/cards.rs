//! The figures that matter, each with what it is to be held against.

use ecg_audit_engine::audit::{Audit, Task};
use serde::Serialize;

use crate::charts;
use crate::format::{NONE, counted, interval, number, optional, percent};

/// A figure with what it is to be held against.
#[derive(Serialize)]
pub(super) struct Card {
    pub label: String,
    pub value: String,
    pub spread: String,
    pub against: Vec<(String, String)>,
    pub chart: String,
    pub note: String,
}

/// The cards of `audit`.
pub(super) fn cards(audit: &Audit) -> Vec<Card> {
    let all = [
        agreement(audit),
        accuracy(audit),
        auroc(audit),
        super::values::distance(audit),
        super::values::gain(audit),
        super::values::error(audit),
        uncertainty(audit),
        flagged(audit),
    ];
    all.into_iter().flatten().collect()
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
        label: "Surrogate agrees with network".into(),
        value: percent(spread.mean),
        spread: spread_text(spread.sd, spread.ci95),
        chart: charts::gauge(spread.mean, spread.ci95, &marks(&against)),
        against: percents(against),
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
        label: "Network accuracy against labels".into(),
        value: percent(truth.accuracy),
        spread: spread_text(None, truth.accuracy_ci95),
        chart: charts::gauge(truth.accuracy, truth.accuracy_ci95, &marks(&against)),
        against: percents(against),
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
        label: "Network soft AUROC against labels".into(),
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
    // Right and wrong decisions, or the smallest and the largest errors.
    let ends = [u.by_correctness.first(), u.by_correctness.last()];
    let against: Vec<_> = if u.by_correctness.len() > 1 {
        ends.into_iter()
            .flatten()
            .map(|g| (g.group.clone(), g.mean))
            .collect()
    } else {
        Vec::new()
    };
    (u.mean.is_finite()).then(|| Card {
        label: "Mean uncertainty of the clusters".into(),
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
        label: match super::super::target(audit) {
            Some(target) => format!("Records with a doubtful {target}"),
            None => "Records with doubtful labels".into(),
        },
        value: crate::format::count(s.flagged_records),
        spread: share.map_or_else(
            || NONE.into(),
            |v| format!("{} of {}", percent(v), counted(s.records, "record", "records")),
        ),
        chart: share.map_or_else(String::new, |v| charts::bar("fill", v, 1.0)),
        against: if audit.task == Task::Regression {
            Vec::new()
        } else {
            vec![("labels".to_owned(), crate::format::count(s.flagged_labels))]
        },
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

pub(super) fn marks(against: &[(String, f64)]) -> Vec<(&str, f64)> {
    against
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect()
}

fn percents(against: Vec<(String, f64)>) -> Vec<(String, String)> {
    against
        .into_iter()
        .map(|(name, value)| (name, percent(value)))
        .collect()
}
