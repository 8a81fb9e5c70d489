//! How much of the network its clusters explain.

use ecg_audit_engine::audit::{Audit, ClassFidelity, Fidelity, Figures, ModelVsTruth, Spread};
use serde::Serialize;

use super::summary::spread;
use super::{Cell, by_fold, calibration, values};
use crate::charts::{Fold, Folds};
use crate::format::{interval, number, optional};

#[derive(Serialize)]
pub(super) struct View {
    /// For a continuous target, in place of rows and groups.
    values: Option<values::View>,
    by_fold: Option<by_fold::View>,
    rows: Vec<Row>,
    has_truth: bool,
    groups: Vec<Group>,
    skipped: Vec<String>,
}

/// A line of the overview.
#[derive(Serialize)]
struct Row {
    name: String,
    against: &'static str,
    baseline: bool,
    agreement: Cell,
    ci: String,
    hard: Cell,
    soft: Cell,
    permuted: Cell,
    exact: String,
}

/// One explainer's details.
#[derive(Serialize)]
struct Group {
    name: String,
    against: &'static str,
    classes: Vec<Class>,
    calibration: Option<calibration::View>,
    /// Whether confusion and calibration are shown at once.
    open: bool,
    folds: String,
    mean: String,
}

#[derive(Serialize)]
struct Class {
    class: String,
    positives: Cell,
    agreement: Cell,
    majority: Cell,
    gain: Cell,
    hard: Cell,
    soft: Cell,
    sensitivity: Cell,
    specificity: Cell,
}

const MODEL: &str = "the network";
const TRUTH: &str = "the labels";

impl View {
    pub fn new(audit: &Audit) -> Self {
        let mut rows = Vec::new();
        let mut groups = Vec::new();
        let majority = audit.baselines.majority_agreement;
        rows.extend(majority.map(|agreement| baseline("majority class", MODEL, agreement)));
        if let Some(permuted) = audit.baselines.permuted_agreement {
            rows.push(baseline("surrogate on shuffled proportions", MODEL, permuted));
        }
        for surrogate in &audit.surrogates {
            if let Some(fidelity) = surrogate.vs_model.decisions() {
                rows.push(row(&surrogate.name, MODEL, fidelity));
                groups.push(group(&surrogate.name, MODEL, fidelity, majority));
            }
        }
        let truth = audit.model_vs_truth.as_ref().and_then(ModelVsTruth::decisions);
        if let Some(truth) = truth {
            rows.push(baseline("majority class", TRUTH, truth.majority_accuracy));
            rows.push(Row {
                name: "the network".into(),
                against: TRUTH,
                baseline: false,
                agreement: pooled(Some(truth.accuracy), truth.accuracy_by_fold),
                ci: interval(truth.accuracy_ci95, 3),
                hard: pooled(truth.auroc_hard, truth.auroc_hard_by_fold),
                soft: pooled(truth.auroc_soft, truth.auroc_soft_by_fold),
                permuted: Cell::optional(None, 3),
                exact: number(truth.exact_match, 3),
            });
            groups.push(Group {
                name: "the network".into(),
                against: TRUTH,
                classes: truth.per_class.iter().map(class).collect(),
                calibration: calibration::View::new(&truth.per_class, truth.confusion.as_deref(), "labelled"),
                open: true,
                folds: String::new(),
                mean: number(truth.accuracy, 3),
            });
        }
        let majority = truth.map(|t| t.majority_accuracy);
        for surrogate in &audit.surrogates {
            if let Some(fidelity) = surrogate.vs_truth.as_ref().and_then(Figures::decisions) {
                rows.push(row(&surrogate.name, TRUTH, fidelity));
                groups.push(group(&surrogate.name, TRUTH, fidelity, majority));
            }
        }
        View {
            values: values::View::new(audit),
            by_fold: by_fold::View::new(audit),
            rows,
            has_truth: audit.model_vs_truth.is_some(),
            groups,
            skipped: truth.map_or_else(Vec::new, |t| t.auroc_skipped.clone()),
        }
    }
}

fn baseline(name: &str, against: &'static str, agreement: f64) -> Row {
    Row {
        name: name.into(),
        against,
        baseline: true,
        agreement: Cell::number(agreement, 3),
        ci: String::new(),
        hard: Cell::optional(None, 3),
        soft: Cell::optional(None, 3),
        permuted: Cell::optional(None, 3),
        exact: optional(None, 3),
    }
}

fn row(name: &str, against: &'static str, fidelity: &Fidelity) -> Row {
    let (text, ci) = spread(&fidelity.agreement);
    Row {
        name: name.into(),
        against,
        baseline: false,
        agreement: Cell::new(text, fidelity.agreement.mean),
        ci,
        hard: pooled(fidelity.auroc_hard, fidelity.auroc_hard_by_fold),
        soft: pooled(fidelity.auroc_soft, fidelity.auroc_soft_by_fold),
        permuted: Cell::optional(fidelity.permuted_agreement, 3),
        exact: optional(None, 3),
    }
}

/// A figure over all records, above its mean and standard deviation over folds.
fn pooled(value: Option<f64>, by_fold: Option<Spread>) -> Cell {
    let shown = by_fold.filter(|by_fold| by_fold.sd.is_some());
    Cell::optional(value, 3).with(shown.map_or_else(String::new, |by_fold| spread(&by_fold).0))
}

fn group(name: &str, against: &'static str, fidelity: &Fidelity, majority: Option<f64>) -> Group {
    let target = if against == MODEL {
        "decided by the network"
    } else {
        "labelled"
    };
    let folds = Folds {
        what: "Agreement",
        points: fidelity
            .per_fold
            .iter()
            .map(|f| Fold {
                fold: f.fold,
                records: f.records,
                value: f.agreement,
                baseline: None,
            })
            .collect(),
        mean: fidelity.agreement.mean,
        level: majority,
        digits: 3,
    };
    Group {
        name: name.into(),
        against,
        classes: fidelity.per_class.iter().map(class).collect(),
        calibration: calibration::View::new(&fidelity.per_class, fidelity.confusion.as_deref(), target),
        open: false,
        folds: if fidelity.per_fold.is_empty() {
            String::new()
        } else {
            folds.shares()
        },
        mean: spread(&fidelity.agreement).0,
    }
}

fn class(c: &ClassFidelity) -> Class {
    let gain = c.agreement - c.majority;
    let sign = if gain >= 0.0005 { "+" } else { "" };
    Class {
        class: c.class.clone(),
        positives: Cell::count(c.positives),
        agreement: Cell::number(c.agreement, 3),
        majority: Cell::number(c.majority, 3),
        gain: Cell::new(format!("{sign}{}", number(gain, 3)), gain),
        hard: Cell::optional(c.auroc_hard, 3),
        soft: Cell::optional(c.auroc_soft, 3),
        sensitivity: Cell::optional(c.sensitivity, 3),
        specificity: Cell::optional(c.specificity, 3),
    }
}
