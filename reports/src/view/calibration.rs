//! Which decisions are right, and whether probabilities mean what they say.

use ecg_audit_engine::audit::{ClassFidelity, ConfusionCounts};
use serde::Serialize;

use super::Cell;
use super::heat::Shade;
use crate::charts;
use crate::format::{count, number, percent};

#[derive(Serialize)]
pub(super) struct View {
    /// What holds of a record in the first of two columns, such as `labelled`.
    target: &'static str,
    rows: Vec<Row>,
    /// Records by target and decision, where each record has exactly one class.
    matrix: Vec<MatrixRow>,
    plots: Vec<Plot>,
}

/// One class against the rest.
#[derive(Serialize)]
struct Row {
    class: String,
    cells: [Shade; 4],
    brier: Cell,
    error: Cell,
}

#[derive(Serialize)]
struct MatrixRow {
    class: String,
    cells: Vec<Shade>,
}

/// A class's reliability diagram.
#[derive(Serialize)]
struct Plot {
    class: String,
    svg: String,
}

impl View {
    /// Nothing where the audit holds no counts.
    pub fn new(
        classes: &[ClassFidelity],
        matrix: Option<&[Vec<usize>]>,
        target: &'static str,
    ) -> Option<Self> {
        let rows: Vec<Row> = classes.iter().filter_map(row).collect();
        let plot = |class: &ClassFidelity| {
            Some(Plot {
                class: class.class.clone(),
                svg: charts::reliability(&class.class, &class.calibration.as_ref()?.bins),
            })
        };
        let matrix = matrix.unwrap_or_default().iter().zip(classes);
        (!rows.is_empty()).then(|| View {
            target,
            rows,
            matrix: matrix
                .map(|(counts, class)| MatrixRow {
                    class: class.class.clone(),
                    cells: shares(counts),
                })
                .collect(),
            plots: classes.iter().filter_map(plot).collect(),
        })
    }
}

fn row(class: &ClassFidelity) -> Option<Row> {
    let ConfusionCounts {
        true_positives,
        false_positives,
        true_negatives,
        false_negatives,
    } = class.confusion?;
    let with = shares(&[true_positives, false_negatives]);
    let without = shares(&[false_positives, true_negatives]);
    let cells: Vec<Shade> = with.into_iter().chain(without).collect();
    let calibration = class.calibration.as_ref();
    Some(Row {
        class: class.class.clone(),
        cells: cells.try_into().ok()?,
        brier: Cell::optional(calibration.map(|c| c.brier), 3),
        error: Cell::optional(calibration.map(|c| c.expected_error), 3),
    })
}

/// Counts shaded by their share of all of them.
fn shares(counts: &[usize]) -> Vec<Shade> {
    let total = counts.iter().sum::<usize>().max(1) as f64;
    let shade = |n: &usize| {
        let share = *n as f64 / total;
        let mut shade = Shade::new(share * 0.7, count(*n));
        shade.sort = Some(*n as f64);
        shade.note = percent(share);
        shade.title = format!("{} of {}", count(*n), number(total, 0));
        shade
    };
    counts.iter().map(shade).collect()
}
