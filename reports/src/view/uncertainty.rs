//! How undecided the clusters are, by class and by correctness.

use ecg_audit_engine::audit::{Audit, UncertaintyGroup};
use serde::Serialize;

use super::{Cell, target};
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
    title: String,
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
        let table = |(title, reading): Words, rows: Vec<&UncertaintyGroup>| Table {
            title,
            reading,
            rows: rows.into_iter().map(|g| row(g, axis)).collect(),
        };
        let by = |name: &str| u.by_class.iter().filter(|g| g.by == name).collect();
        let continuous = target(audit);
        let words = match &continuous {
            Some(target) => values(target),
            None => decisions(),
        };
        let [model, truth, error] = words;
        let tables = [
            table(model, by("model")),
            table(truth, by("truth")),
            table(error, u.by_correctness.iter().collect()),
            table(
                (
                    "By phase of the heartbeat".into(),
                    "A phase that lies to the right is one the clusters do not hold apart.",
                ),
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

/// A title, and how to read what stands under it.
type Words = (String, &'static str);

fn decisions() -> [Words; 3] {
    [
        (
            "By the class the network decides for".into(),
            "A class that lies to the right is one on which the network’s features fall between clusters.",
        ),
        (
            "By the label".into(),
            "Compare with the table before: a class that differs between them is one that label and network see differently.",
        ),
        (
            "By correctness".into(),
            "If wrong decisions lie to the right of right ones, uncertainty warns of errors.",
        ),
    ]
}

fn values(target: &str) -> [Words; 3] {
    [
        (
            format!("By the network’s {target}"),
            "A band that lies to the right is one on which the network’s features fall between clusters; a band’s upper end belongs to the next.",
        ),
        (
            format!("By {target} as labelled"),
            "Compare with the table before: a band that differs between them is one that label and network see differently.",
        ),
        (
            format!("By the network’s error in {target}"),
            "Thirds of the records, by the absolute difference of network and label. If large errors lie to the right of small ones, uncertainty warns of errors.",
        ),
    ]
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
