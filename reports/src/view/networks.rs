//! A network for every fold: how well their clusters correspond.

use ecg_audit_engine::audit::{Audit, CrossValidation, FoldMatching};
use serde::Serialize;

use super::heat::Shade;
use super::{Cell, Chip};
use crate::format::{NONE, count, number, percent};

#[derive(Serialize)]
pub(super) struct View {
    reference: u32,
    records: String,
    overlap: String,
    ari: String,
    clusters: Vec<Chip>,
    rows: Vec<Row>,
    mean: Vec<Shade>,
}

/// One fold's network beside the reference's.
#[derive(Serialize)]
struct Row {
    fold: u32,
    overlap: Cell,
    ari: Cell,
    cells: Vec<Shade>,
}

impl View {
    /// The matching; nothing with one network for all records, or one fold alone.
    pub fn new(audit: &Audit) -> Option<Self> {
        let found = audit.cross_validation.as_ref()?;
        let matched: Vec<(u32, &FoldMatching)> = matched(found).collect();
        let clusters = matched.iter().map(|(_, m)| m.clusters.len()).max()?;
        Some(View {
            reference: found.reference_fold,
            records: count(found.matched_records),
            overlap: found.overlap.map_or_else(|| NONE.into(), percent),
            ari: number(mean(matched.iter().map(|(_, m)| m.ari)), 2),
            clusters: (0..clusters).map(Chip::new).collect(),
            rows: matched.iter().map(|(fold, m)| row(*fold, m, clusters)).collect(),
            mean: (0..clusters)
                .map(|k| {
                    shade(mean(
                        matched.iter().filter_map(|(_, m)| m.clusters.get(k).copied()),
                    ))
                })
                .collect(),
        })
    }
}

fn matched(found: &CrossValidation) -> impl Iterator<Item = (u32, &FoldMatching)> {
    let networks = found.networks.iter();
    networks.filter_map(|network| Some((network.fold, network.matching.as_ref()?)))
}

fn row(fold: u32, matching: &FoldMatching, clusters: usize) -> Row {
    Row {
        fold,
        overlap: Cell::percent(matching.overlap),
        ari: Cell::number(matching.ari, 2),
        cells: (0..clusters)
            .map(|k| shade(matching.clusters.get(k).copied().unwrap_or(f64::NAN)))
            .collect(),
    }
}

fn shade(jaccard: f64) -> Shade {
    if jaccard.is_finite() {
        Shade::new(jaccard, number(jaccard, 2))
    } else {
        Shade::empty("")
    }
}

/// NaN of nothing, which is shown as a dash.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}
