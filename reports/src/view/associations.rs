//! Cluster × class: which clusters go with which decisions and labels, and what surrogates lean on.

use std::collections::BTreeMap;

use ecg_audit_engine::audit::{Audit, Cluster, Surrogate, Task};
use serde::Serialize;

use super::Chip;
use super::heat::{LEVEL, Shade};
use crate::format::{number, p_value};

#[derive(Serialize)]
pub(super) struct View {
    targets: Vec<Target>,
    rows: Vec<Row>,
    level: String,
    legend: Vec<Shade>,
    importances: Vec<Importances>,
}

/// Columns that belong together.
#[derive(Serialize)]
struct Target {
    title: String,
    classes: Vec<String>,
    significant: usize,
    tested: usize,
}

#[derive(Serialize)]
struct Row {
    chip: Chip,
    cells: Vec<Shade>,
}

#[derive(Serialize)]
struct Importances {
    surrogate: String,
    classes: Vec<String>,
    rows: Vec<Row>,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let columns = columns(audit);
        let targets = columns
            .iter()
            .map(|(against, classes)| target(audit, against, classes))
            .collect();
        View {
            targets,
            rows: audit.clusters.iter().map(|c| row(c, &columns)).collect(),
            level: number(LEVEL, 2),
            legend: (-10..=10)
                .step_by(2)
                .map(|i| Shade::signed(f64::from(i) / 10.0, 1))
                .collect(),
            importances: audit.surrogates.iter().filter_map(importances).collect(),
        }
    }
}

/// Targets and classes in the order in which they first appear.
fn columns(audit: &Audit) -> Vec<(String, Vec<String>)> {
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    for correlation in audit.clusters.iter().flat_map(|c| &c.correlations) {
        let at = columns
            .iter()
            .position(|(a, _)| *a == correlation.against)
            .unwrap_or_else(|| {
                columns.push((correlation.against.clone(), Vec::new()));
                columns.len() - 1
            });
        if let Some((_, classes)) = columns.get_mut(at)
            && !classes.contains(&correlation.class)
        {
            classes.push(correlation.class.clone());
        }
    }
    columns
}

fn target(audit: &Audit, against: &str, classes: &[String]) -> Target {
    let all = audit
        .clusters
        .iter()
        .flat_map(|c| &c.correlations)
        .filter(|c| c.against == against);
    let tested: Vec<_> = all.filter_map(|c| c.p_adjusted).collect();
    Target {
        title: match against {
            "model" if audit.task == Task::Regression => "the network’s value".into(),
            "model" => "the network’s probability".into(),
            "truth" => "the label".into(),
            other => other.into(),
        },
        classes: classes.to_vec(),
        significant: tested.iter().filter(|p| **p < LEVEL).count(),
        tested: tested.len(),
    }
}

fn row(cluster: &Cluster, columns: &[(String, Vec<String>)]) -> Row {
    let by_key: BTreeMap<_, _> = cluster
        .correlations
        .iter()
        .map(|c| ((c.against.as_str(), c.class.as_str()), c))
        .collect();
    let cells = columns.iter().flat_map(|(against, classes)| {
        let by_key = &by_key;
        classes.iter().enumerate().map(move |(i, class)| {
            let found = by_key.get(&(against.as_str(), class.as_str()));
            let mut cell = match found.and_then(|c| c.rho) {
                Some(rho) => Shade::signed(rho, 2),
                None => Shade::empty("one side is constant"),
            };
            cell.first = i == 0;
            if let Some(p) = found.and_then(|c| c.p_adjusted) {
                cell.strong = p < LEVEL;
                cell.title = format!("adjusted p {}", p_value(p));
            }
            cell
        })
    });
    Row {
        chip: Chip::new(cluster.id),
        cells: cells.collect(),
    }
}

fn importances(surrogate: &Surrogate) -> Option<Importances> {
    let clusters = surrogate
        .importances
        .iter()
        .map(|i| i.by_cluster.len())
        .max()
        .filter(|n| *n > 0)?;
    let largest = |class: &[f64]| {
        class
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .fold(0.0, f64::max)
    };
    let rows = (0..clusters).map(|k| Row {
        chip: Chip::new(k),
        cells: surrogate
            .importances
            .iter()
            .map(|class| match class.by_cluster.get(k) {
                Some(&value) if value.is_finite() => {
                    let top = largest(&class.by_cluster);
                    let relative = if top > 0.0 { value / top } else { 0.0 };
                    // Half the scale: the darkest shade belongs to correlations of 1.
                    Shade {
                        sort: Some(value),
                        ..Shade::new(relative * 0.7, number(value, 3))
                    }
                }
                _ => Shade::empty(""),
            })
            .collect(),
    });
    Some(Importances {
        surrogate: surrogate.name.clone(),
        classes: surrogate.importances.iter().map(|i| i.class.clone()).collect(),
        rows: rows.collect(),
    })
}
