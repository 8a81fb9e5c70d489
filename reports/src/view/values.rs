//! How much of the network's values its clusters explain.

use ecg_audit_engine::audit::{Audit, Figures, ModelVsTruth, ValueFigures};
use serde::Serialize;

use super::heat::signed;
use super::{Cell, target};
use crate::charts::density::density;
use crate::charts::{Fold, Folds};
use crate::format::{NONE, counted, decimals, interval, number, optional, plus_minus};

#[derive(Serialize)]
pub(super) struct View {
    rows: Vec<Row>,
    has_truth: bool,
    groups: Vec<Group>,
}

/// A line of the overview.
#[derive(Serialize)]
struct Row {
    name: String,
    against: &'static str,
    baseline: bool,
    mae: Cell,
    r2: Cell,
    rank: Cell,
    bias: Cell,
    gain: Cell,
    permuted: Cell,
}

/// One explainer's pictures.
#[derive(Serialize)]
struct Group {
    name: String,
    against: &'static str,
    density: String,
    /// Records in the fullest cell.
    fullest: String,
    folds: String,
    mean: String,
}

const MODEL: &str = "the network";
const TRUTH: &str = "the labels";

impl View {
    /// The figures of a continuous target; nothing for classes.
    pub fn new(audit: &Audit) -> Option<Self> {
        let target = target(audit)?;
        let mut view = View {
            rows: Vec::new(),
            has_truth: audit.model_vs_truth.is_some(),
            groups: Vec::new(),
        };
        view.against_model(audit, &target);
        view.against_truth(audit, &target);
        Some(view)
    }

    fn against_model(&mut self, audit: &Audit, target: &str) {
        let baselines = &audit.baselines;
        let digits = decimals(baselines.mean_mae.unwrap_or(f64::NAN));
        self.rows.extend(
            baselines
                .mean_mae
                .map(|mae| baseline("the mean", MODEL, mae, None, digits)),
        );
        if let Some(mae) = baselines.permuted_mae {
            let name = "surrogate on shuffled proportions";
            self.rows
                .push(baseline(name, MODEL, mae, baselines.permuted_r2, digits));
        }
        for surrogate in &audit.surrogates {
            if let Some(figures) = surrogate.vs_model.values() {
                let axes = [
                    format!("the network’s {target}"),
                    format!("{}’s {target}", surrogate.name),
                ];
                self.push(&surrogate.name, MODEL, figures, &axes);
            }
        }
    }

    fn against_truth(&mut self, audit: &Audit, target: &str) {
        let labels = format!("{target} by the labels");
        if let Some(figures) = audit.model_vs_truth.as_ref().and_then(ModelVsTruth::values) {
            let digits = decimals(figures.mean_mae);
            self.rows
                .push(baseline("the mean", TRUTH, figures.mean_mae, None, digits));
            let axes = [labels.clone(), format!("the network’s {target}")];
            self.push("the network", TRUTH, figures, &axes);
        }
        for surrogate in &audit.surrogates {
            if let Some(figures) = surrogate.vs_truth.as_ref().and_then(Figures::values) {
                let axes = [labels.clone(), format!("{}’s {target}", surrogate.name)];
                self.push(&surrogate.name, TRUTH, figures, &axes);
            }
        }
    }

    fn push(&mut self, name: &str, against: &'static str, figures: &ValueFigures, axes: &[String; 2]) {
        self.rows.push(row(name, against, figures));
        let group = group(name, against, figures, axes);
        if !(group.density.is_empty() && group.folds.is_empty()) {
            self.groups.push(group);
        }
    }
}

fn baseline(name: &str, against: &'static str, mae: f64, r2: Option<f64>, digits: usize) -> Row {
    Row {
        name: name.into(),
        against,
        baseline: true,
        mae: Cell::number(mae, digits),
        r2: Cell::optional(r2, 3),
        rank: Cell::optional(None, 3),
        bias: Cell::optional(None, digits),
        gain: Cell::optional(None, digits),
        permuted: Cell::optional(None, digits),
    }
}

fn row(name: &str, against: &'static str, figures: &ValueFigures) -> Row {
    let digits = decimals(figures.mean_mae);
    Row {
        name: name.into(),
        against,
        baseline: false,
        mae: Cell::number(figures.mae, digits).with(interval(figures.mae_ci95, digits)),
        r2: Cell::optional(figures.r2, 3).with(interval(figures.r2_ci95, 3)),
        rank: Cell::optional(figures.rank_correlation, 3),
        bias: Cell::new(signed(figures.bias, digits), figures.bias),
        gain: Cell::new(signed(figures.gain, digits), figures.gain).with(interval(figures.gain_ci95, digits)),
        permuted: Cell::optional(figures.permuted_mae, digits),
    }
}

fn group(name: &str, against: &'static str, figures: &ValueFigures, [target, value]: &[String; 2]) -> Group {
    let digits = decimals(figures.mean_mae);
    let drawn = figures.histogram.as_ref().and_then(|h| density(h, target, value));
    let fullest = drawn
        .as_ref()
        .map(|drawn| counted(drawn.fullest, "record", "records"));
    Group {
        name: name.into(),
        against,
        density: drawn.map_or_else(String::new, |drawn| drawn.svg),
        fullest: fullest.unwrap_or_default(),
        folds: folds(figures, digits),
        mean: plus_minus(figures.mae_by_fold.mean, figures.mae_by_fold.sd, digits),
    }
}

fn folds(figures: &ValueFigures, digits: usize) -> String {
    if figures.per_fold.is_empty() {
        return String::new();
    }
    let folds = Folds {
        what: "Mean absolute error",
        points: figures
            .per_fold
            .iter()
            .map(|f| Fold {
                fold: f.fold,
                records: f.records,
                value: f.mae,
                baseline: Some(f.mean_mae),
            })
            .collect(),
        mean: figures.mae_by_fold.mean,
        level: None,
        digits,
    };
    folds.svg()
}

/// Mean absolute error and R², as cells of one fold.
pub(super) fn cells(mae: f64, r2: Option<f64>, digits: usize) -> [Cell; 2] {
    [Cell::number(mae, digits), Cell::optional(r2, 3)]
}

/// Mean absolute error and R² as texts: over folds, and of all records together.
pub(super) fn feet(figures: &ValueFigures) -> [[String; 2]; 2] {
    let digits = decimals(figures.mean_mae);
    let (mae, r2) = (figures.mae_by_fold, figures.r2_by_fold);
    let over_folds = [
        plus_minus(mae.mean, mae.sd, digits),
        r2.map_or_else(|| NONE.into(), |r2| plus_minus(r2.mean, r2.sd, 3)),
    ];
    [over_folds, [number(figures.mae, digits), optional(figures.r2, 3)]]
}
