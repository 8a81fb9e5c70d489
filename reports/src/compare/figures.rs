//! Figures of both runs with their differences.

use ecg_audit_engine::compare::{FigureChange, RunComparison, Subject};
use ecg_audit_engine::sweep::Better;
use serde::Serialize;

use super::chart;
use super::verdict::Status;
use crate::format::{NONE, count, decimals, interval, number};

/// Figures that share a scale.
#[derive(Serialize)]
pub(super) struct FigureTable {
    /// Its name in a download.
    key: &'static str,
    title: String,
    by_class: bool,
    scale: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: &'static str,
    class: String,
    name: String,
    better: &'static str,
    a: Number,
    b: Number,
    difference: Number,
    interval: String,
    chart: String,
    status: Status,
    note: String,
}

/// A number as text, and as what it is sorted by.
#[derive(Serialize)]
struct Number {
    text: String,
    note: String,
    sort: Option<f64>,
}

/// Figures over all classes: shares, then errors in the target's unit.
pub(super) fn overall(comparison: &RunComparison) -> Vec<FigureTable> {
    let (errors, shares): (Vec<&FigureChange>, Vec<&FigureChange>) =
        comparison.figures.iter().partition(|figure| figure.name == "mae");
    let mut tables = vec![table("figures", "", &shares)];
    if !errors.is_empty() {
        tables.push(table("errors", "Errors, in the target’s unit", &errors));
    }
    tables
}

/// Figures class by class.
pub(super) fn per_class(comparison: &RunComparison) -> Vec<FigureTable> {
    if comparison.per_class.is_empty() {
        return Vec::new();
    }
    let all: Vec<&FigureChange> = comparison.per_class.iter().collect();
    vec![table("classes", "", &all)]
}

fn table(key: &'static str, title: &str, figures: &[&FigureChange]) -> FigureTable {
    let ends = |figure: &&FigureChange| {
        let ends = figure.ci95.unwrap_or_default();
        [figure.difference.unwrap_or_default(), ends[0], ends[1]]
    };
    let axis = chart::around_zero(figures.iter().flat_map(ends));
    let shares = key != "errors";
    let digits = |figure: &FigureChange| match figure.a.or(figure.b) {
        Some(value) if !shares => decimals(value),
        _ => 4,
    };
    FigureTable {
        key,
        title: title.into(),
        by_class: figures.iter().any(|figure| figure.class.is_some()),
        scale: chart::scale(axis, if shares { 3 } else { decimals(axis.ends[1]).min(3) }),
        rows: figures
            .iter()
            .map(|figure| row(figure, digits(figure), axis))
            .collect(),
    }
}

fn row(figure: &FigureChange, digits: usize, axis: crate::charts::Axis) -> Row {
    let equal = figure.difference == Some(0.0) && figure.ci95.is_none_or(|ends| ends == [0.0; 2]);
    let status = if equal {
        Status::EQUAL
    } else {
        Status::of(figure.verdict)
    };
    Row {
        what: subject(figure.of),
        class: figure.class.clone().unwrap_or_default(),
        name: name(&figure.name),
        better: match figure.better {
            Better::High => "higher is better",
            Better::Low => "lower is better",
            Better::Neither => "",
        },
        a: value(figure.a, figure.a_run, digits),
        b: value(figure.b, figure.b_run, digits),
        difference: Number {
            text: figure.difference.map_or(NONE.into(), |d| signed(d, digits)),
            note: String::new(),
            sort: figure.difference.filter(|d| d.is_finite()),
        },
        interval: interval(figure.ci95, digits),
        chart: chart::difference(class(status), axis, figure.difference, figure.ci95),
        status,
        note: match figure.undefined_replicates {
            0 => String::new(),
            n => format!("undefined on {} resamples", count(n)),
        },
    }
}

/// How the picture is coloured.
fn class(status: Status) -> &'static str {
    match status.class {
        "pass" => "better",
        "fail" => "worse",
        _ => "even",
    }
}

/// A figure, with that over all records of the run where it is another one.
fn value(here: Option<f64>, run: Option<f64>, digits: usize) -> Number {
    let text = |value: Option<f64>| value.map_or(NONE.into(), |value| number(value, digits));
    let note = match run {
        Some(run) if here.is_none_or(|here| (here - run).abs() > 1e-9) => {
            format!("{} in the whole run", number(run, digits))
        }
        _ => String::new(),
    };
    Number {
        text: text(here),
        note,
        sort: here.filter(|value| value.is_finite()),
    }
}

/// A difference with its sign.
fn signed(difference: f64, digits: usize) -> String {
    let text = number(difference, digits);
    if difference > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

fn subject(of: Subject) -> &'static str {
    match of {
        Subject::VsModel => "Surrogate vs network",
        Subject::VsTruth => "Surrogate vs truth",
        Subject::ModelVsTruth => "Network vs truth",
        Subject::Baselines => "Baseline",
        Subject::Uncertainty => "Uncertainty",
    }
}

/// A figure's name in words.
pub(super) fn name(name: &str) -> String {
    match name {
        "agreement" => "agreement",
        "accuracy" => "accuracy",
        "auroc_hard" => "AUROC, hard",
        "auroc_soft" => "AUROC, soft",
        "mae" => "MAE",
        "r2" => "R²",
        "majority_agreement" => "majority agreement",
        other => other,
    }
    .into()
}
