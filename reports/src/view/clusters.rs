//! What each cluster is.

use ecg_audit_engine::audit::{Audit, Cluster};
use serde::Serialize;

use super::heat::{LEVEL, signed};
use super::{Cell, Chip, atlas, ecgs, landmarks, networks};
use crate::charts;
use crate::format::duration;

/// Exemplars shown per cluster.
const EXEMPLARS: usize = 3;

#[derive(Serialize)]
pub(super) struct View {
    count: usize,
    stacked: String,
    has_landmarks: bool,
    has_exemplars: bool,
    rows: Vec<Row>,
    networks: Option<networks::View>,
    atlas: Option<atlas::View>,
}

#[derive(Serialize)]
struct Row {
    chip: Chip,
    share: Cell,
    bar: String,
    records: Cell,
    dwell: Cell,
    uncertainty: Cell,
    association: String,
    landmark: String,
    exemplars: Vec<(String, Option<String>)>,
}

impl View {
    pub fn new(audit: &Audit, ecgs: &ecgs::View) -> Self {
        let largest = audit
            .clusters
            .iter()
            .map(|c| c.share)
            .filter(|s| s.is_finite())
            .fold(0.0, f64::max);
        let shares: Vec<_> = audit.clusters.iter().map(|c| (c.id, c.share)).collect();
        View {
            count: audit.clusters.len(),
            stacked: if shares.is_empty() {
                String::new()
            } else {
                charts::stacked(&shares)
            },
            has_landmarks: audit.clusters.iter().any(|c| !c.landmarks.is_empty()),
            has_exemplars: audit.clusters.iter().any(|c| !c.exemplars.is_empty()),
            rows: audit.clusters.iter().map(|c| row(c, largest, ecgs)).collect(),
            networks: networks::View::new(audit),
            atlas: atlas::View::new(audit, ecgs),
        }
    }
}

fn row(cluster: &Cluster, largest: f64, ecgs: &ecgs::View) -> Row {
    let chip = Chip::new(cluster.id);
    Row {
        share: Cell::percent(cluster.share),
        bar: charts::bar(&chip.class, cluster.share, largest),
        records: Cell::percent(cluster.records_share),
        dwell: Cell::new(duration(cluster.dwell_seconds), cluster.dwell_seconds),
        uncertainty: Cell::number(cluster.uncertainty, 3),
        association: strongest(cluster),
        landmark: landmarks::home(cluster),
        exemplars: cluster
            .exemplars
            .iter()
            .take(EXEMPLARS)
            .map(|name| (name.clone(), ecgs.anchor(name)))
            .collect(),
        chip,
    }
}

/// The class whose predicted probability the proportion goes with most, where that is significant.
fn strongest(cluster: &Cluster) -> String {
    cluster
        .correlations
        .iter()
        .filter(|c| c.against == "model" && c.p_adjusted.is_some_and(|p| p < LEVEL))
        .filter_map(|c| c.rho.filter(|r| r.is_finite()).map(|rho| (c, rho)))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        .map_or_else(String::new, |(c, rho)| format!("{} {}", c.class, signed(rho, 2)))
}
