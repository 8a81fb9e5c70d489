//! How undecided the clusters are, by class and by correctness.

use ecg_audit_engine::audit::{Audit, UncertaintyGroup};
use serde::Serialize;

use super::Cell;
use crate::charts::{self, Axis};
use crate::format::plus_minus;

#[derive(Serialize)]
pub(super) struct View {
    measure: String,
    mean: String,
    scale: String,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Table {
    title: &'static str,
    reading: &'static str,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    group: String,
    records: Cell,
    mean: Cell,
    median: Cell,
    chart: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let u = &audit.uncertainty;
        let groups = || u.by_class.iter().chain(&u.by_correctness).chain(&u.by_landmark);
        let axis = Axis::around(
            groups().flat_map(|g| g.quantiles.into_iter().chain([g.mean])),
            charts::DISTRIBUTION_SPAN,
        );
        let table = |title, reading, rows: Vec<&UncertaintyGroup>| Table {
            title,
            reading,
            rows: rows.into_iter().map(|g| row(g, axis)).collect(),
        };
        let by = |name: &str| u.by_class.iter().filter(|g| g.by == name).collect();
        let tables = [
            table(
                "By the class the network decides for",
                "A class that lies to the right is one on which the network’s features fall between clusters.",
                by("model"),
            ),
            table(
                "By the label",
                "Compare with the table before: a class that differs between them is one that label and network see differently.",
                by("truth"),
            ),
            table(
                "By correctness",
                "If wrong decisions lie to the right of right ones, uncertainty warns of errors.",
                u.by_correctness.iter().collect(),
            ),
            table(
                "By phase of the heartbeat",
                "A phase that lies to the right is one the clusters do not hold apart.",
                u.by_landmark.iter().collect(),
            ),
        ];
        View {
            measure: u.measure.clone(),
            mean: plus_minus(u.mean, u.sd, 3),
            scale: charts::scale(axis),
            tables: tables.into_iter().filter(|t| !t.rows.is_empty()).collect(),
        }
    }
}

fn row(group: &UncertaintyGroup, axis: Axis) -> Row {
    Row {
        group: group.group.clone(),
        records: Cell::count(group.records),
        mean: Cell::new(plus_minus(group.mean, group.sd, 3), group.mean),
        median: Cell::number(group.quantiles[2], 3),
        chart: charts::distribution(axis, group.quantiles, group.mean),
    }
}
