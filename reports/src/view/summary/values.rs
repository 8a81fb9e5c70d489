//! What the first screen says of a continuous target.

use ecg_audit_engine::audit::{Audit, ModelVsTruth, ValueFigures};

use super::super::target;
use super::cards::{Card, marks};
use crate::charts::Gauge;
use crate::format::{decimals, interval, number, optional};

/// What follows from cluster proportions, in one sentence.
pub(super) fn evidence(audit: &Audit, figures: &ValueFigures) -> String {
    let target = target(audit).unwrap_or_default();
    let digits = decimals(figures.mean_mae);
    format!(
        "From cluster proportions alone, the surrogate comes within {} of the network’s {target} on average, on records that it has not seen (R² {}); always answering the mean comes within {}.",
        number(figures.mae, digits),
        optional(figures.r2, 3),
        number(figures.mean_mae, digits)
    )
}

/// How near the surrogate comes to the network.
pub(super) fn distance(audit: &Audit) -> Option<Card> {
    let figures = audit.surrogates.first()?.vs_model.values()?;
    let target = target(audit)?;
    let mut against = vec![("mean", figures.mean_mae)];
    against.extend(figures.permuted_mae.map(|mae| ("shuffled", mae)));
    Some(card(
        format!("Surrogate’s distance from the network’s {target}"),
        figures,
        &against,
        "Mean absolute difference, out of fold: less is nearer.",
    ))
}

/// How much nearer it comes than the mean.
pub(super) fn gain(audit: &Audit) -> Option<Card> {
    let figures = audit.surrogates.first()?.vs_model.values()?;
    let digits = decimals(figures.mean_mae);
    let marks = [("no gain", 0.0)];
    let gauge = Gauge {
        value: figures.gain,
        ci: figures.gain_ci95,
        marks: &marks,
        digits,
    };
    Some(Card {
        label: "Nearer to the network than its mean by".into(),
        value: number(figures.gain, digits),
        spread: bounds(figures.gain_ci95, digits, ", paired"),
        chart: gauge.svg(),
        against: vec![("no gain".into(), number(0.0, 0))],
        note: match figures.gain_ci95 {
            Some([low, _]) if low > 0.0 => "The interval excludes 0: the clusters tell of the values.".into(),
            Some(_) => "The interval holds 0: the clusters may tell nothing of the values.".into(),
            None => "With one patient there is no interval.".into(),
        },
    })
}

/// How far the network is from the truth.
pub(super) fn error(audit: &Audit) -> Option<Card> {
    let figures = audit.model_vs_truth.as_ref().and_then(ModelVsTruth::values)?;
    let surrogate = audit
        .surrogates
        .first()
        .and_then(|s| s.vs_truth.as_ref()?.values());
    let target = target(audit)?;
    let mut against: Vec<_> = surrogate.map(|s| ("surrogate", s.mae)).into_iter().collect();
    against.push(("mean", figures.mean_mae));
    Some(card(
        format!("Network’s error in {target}"),
        figures,
        &against,
        "Mean absolute error; the surrogate is taught by the labels here.",
    ))
}

fn card(label: String, figures: &ValueFigures, against: &[(&str, f64)], note: &str) -> Card {
    let digits = decimals(figures.mean_mae);
    let owned: Vec<(String, f64)> = against.iter().map(|(name, v)| ((*name).to_owned(), *v)).collect();
    let gauge = Gauge {
        value: figures.mae,
        ci: figures.mae_ci95,
        marks: &marks(&owned),
        digits,
    };
    let chart = gauge.svg();
    let r2 = figures.r2.map(|r2| ("R²".to_owned(), number(r2, 3)));
    let against = owned.into_iter().map(|(name, v)| (name, number(v, digits)));
    Card {
        label,
        value: number(figures.mae, digits),
        spread: bounds(figures.mae_ci95, digits, ""),
        chart,
        against: against.chain(r2).collect(),
        note: note.into(),
    }
}

fn bounds(ci: Option<[f64; 2]>, digits: usize, how: &str) -> String {
    ci.map_or_else(String::new, |_| {
        format!("95\u{202f}%{how} {}", interval(ci, digits))
    })
}
