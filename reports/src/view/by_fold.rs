//! Every figure fold by fold.

use ecg_audit_engine::audit::{
    Audit, DecisionAccuracy, Fidelity, Figures, FoldFidelity, ModelVsTruth, Spread, ValueFigures,
};
use serde::Serialize;

use super::{Cell, values};
use crate::format::{NONE, decimals, optional, plus_minus};

#[derive(Serialize)]
pub(super) struct View {
    /// Whether every fold has its own network.
    networks: bool,
    groups: Vec<Group>,
    rows: Vec<Row>,
    feet: Vec<Foot>,
}

/// Columns that belong together.
#[derive(Serialize)]
struct Group {
    name: String,
    against: &'static str,
    columns: Vec<&'static str>,
    #[serde(skip)]
    folds: Vec<Line>,
    /// Over folds, and of all records together.
    #[serde(skip)]
    feet: [Vec<String>; 2],
}

/// One fold of a group.
struct Line {
    fold: u32,
    records: usize,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Row {
    fold: u32,
    records: Cell,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Foot {
    name: &'static str,
    cells: Vec<String>,
}

impl View {
    /// The table; nothing with fewer than two folds.
    pub fn new(audit: &Audit) -> Option<Self> {
        let groups = groups(audit);
        let mut folds: Vec<u32> = groups.iter().flat_map(|g| &g.folds).map(|l| l.fold).collect();
        folds.sort_unstable();
        folds.dedup();
        if folds.len() < 2 {
            return None;
        }
        let foot = |name, at: usize| Foot {
            name,
            cells: groups
                .iter()
                .flat_map(|g| g.feet.get(at).cloned().unwrap_or_default())
                .collect(),
        };
        Some(View {
            networks: audit.cross_validation.is_some(),
            rows: folds.into_iter().map(|fold| row(&groups, fold)).collect(),
            feet: vec![foot("Mean ± sd over folds", 0), foot("All records together", 1)],
            groups,
        })
    }
}

/// One line; dashes where a group has no such fold.
fn row(groups: &[Group], fold: u32) -> Row {
    let of = |group: &Group| group.folds.iter().position(|line| line.fold == fold);
    let lines = || groups.iter().filter_map(|g| g.folds.get(of(g)?));
    let cells = |group: &Group| match of(group).and_then(|at| group.folds.get(at)) {
        Some(line) => line.cells.clone(),
        None => group.columns.iter().map(|_| Cell::optional(None, 0)).collect(),
    };
    Row {
        fold,
        // Groups against the labels count labelled records alone.
        records: Cell::count(lines().map(|line| line.records).max().unwrap_or_default()),
        cells: groups.iter().flat_map(cells).collect(),
    }
}

fn groups(audit: &Audit) -> Vec<Group> {
    let mut groups = Vec::new();
    groups.extend(audit.model_vs_truth.as_ref().map(|truth| match truth {
        ModelVsTruth::Decisions(figures) => network(figures),
        ModelVsTruth::Values(figures) => continuous("the network", "the labels", figures),
    }));
    for surrogate in &audit.surrogates {
        groups.push(figures(&surrogate.name, "the network", &surrogate.vs_model));
    }
    for surrogate in &audit.surrogates {
        let truth = surrogate.vs_truth.as_ref();
        groups.extend(truth.map(|truth| figures(&surrogate.name, "the labels", truth)));
    }
    groups.retain(|group| !group.folds.is_empty());
    groups
}

fn network(figures: &DecisionAccuracy) -> Group {
    Group {
        name: "the network".into(),
        against: "the labels",
        columns: vec!["Accuracy", "AUROC soft", "hard"],
        folds: figures.per_fold.iter().map(|fold| line(fold, true)).collect(),
        feet: [
            vec![
                over_folds(figures.accuracy_by_fold),
                over_folds(figures.auroc_soft_by_fold),
                over_folds(figures.auroc_hard_by_fold),
            ],
            [Some(figures.accuracy), figures.auroc_soft, figures.auroc_hard]
                .map(|value| optional(value, 3))
                .into(),
        ],
    }
}

fn figures(name: &str, against: &'static str, figures: &Figures) -> Group {
    match figures {
        Figures::Decisions(fidelity) => decisions(name, against, fidelity),
        Figures::Values(figures) => continuous(name, against, figures),
    }
}

fn decisions(name: &str, against: &'static str, fidelity: &Fidelity) -> Group {
    Group {
        name: name.into(),
        against,
        columns: vec!["Agreement", "AUROC soft"],
        folds: fidelity.per_fold.iter().map(|fold| line(fold, false)).collect(),
        feet: [
            vec![
                over_folds(Some(fidelity.agreement)),
                over_folds(fidelity.auroc_soft_by_fold),
            ],
            vec![pooled_agreement(fidelity), optional(fidelity.auroc_soft, 3)],
        ],
    }
}

/// Agreement over all records: every fold counts as much as it has records.
fn pooled_agreement(fidelity: &Fidelity) -> String {
    let records: usize = fidelity.per_fold.iter().map(|fold| fold.records).sum();
    let met = fidelity.per_fold.iter().map(|f| f.agreement * f.records as f64);
    optional((records > 0).then(|| met.sum::<f64>() / records as f64), 3)
}

fn continuous(name: &str, against: &'static str, figures: &ValueFigures) -> Group {
    let digits = decimals(figures.mean_mae);
    let line = |fold: &ecg_audit_engine::audit::FoldValues| Line {
        fold: fold.fold,
        records: fold.records,
        cells: values::cells(fold.mae, fold.r2, digits).into(),
    };
    Group {
        name: name.into(),
        against,
        columns: vec!["MAE", "R²"],
        folds: figures.per_fold.iter().map(line).collect(),
        feet: values::feet(figures).map(Vec::from),
    }
}

fn line(fold: &FoldFidelity, hard: bool) -> Line {
    let mut cells = vec![
        Cell::number(fold.agreement, 3),
        Cell::optional(fold.auroc_soft, 3),
    ];
    if hard {
        cells.push(Cell::optional(fold.auroc_hard, 3));
    }
    Line {
        fold: fold.fold,
        records: fold.records,
        cells,
    }
}

fn over_folds(spread: Option<Spread>) -> String {
    spread.map_or_else(|| NONE.into(), |spread| plus_minus(spread.mean, spread.sd, 3))
}
