//! How far the clusters can be trusted: masked, with shuffled weights, fitted again.

use ecg_audit_engine::audit::{Audit, Faithfulness, MaskedCluster, Sanity, Stability};
use serde::Serialize;

use super::{Cell, Chip};
use crate::charts;
use crate::format::{count, interval, number, percent};

#[derive(Serialize)]
pub(super) struct View {
    faithfulness: Option<Masked>,
    sanity: Option<Shuffled>,
    stability: Option<Again>,
}

#[derive(Serialize)]
struct Masked {
    lead: Vec<String>,
    records: usize,
    controls: usize,
    rows: Vec<MaskedRow>,
}

#[derive(Serialize)]
struct MaskedRow {
    chip: Chip,
    replacement: String,
    masked: Cell,
    change: Cell,
    random: Cell,
    difference: Cell,
    interval: String,
    flips: Cell,
    random_flips: Cell,
    verdict: &'static str,
}

#[derive(Serialize)]
struct Shuffled {
    records: String,
    verdict: &'static str,
    interval: String,
    rows: Vec<[String; 3]>,
    ari: String,
    nmi: String,
}

#[derive(Serialize)]
struct Again {
    timestamps: String,
    rows: Vec<AgainRow>,
    clusters: Vec<StableCluster>,
}

#[derive(Serialize)]
struct AgainRow {
    change: String,
    refits: usize,
    ari: String,
    nmi: String,
    bar: String,
}

#[derive(Serialize)]
struct StableCluster {
    chip: Chip,
    overlap: Cell,
    bar: String,
    dissolved: bool,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        View {
            faithfulness: audit.faithfulness.as_ref().map(masked),
            sanity: audit.sanity.as_ref().map(shuffled),
            stability: audit.stability.as_ref().map(again),
        }
    }
}

fn masked(found: &Faithfulness) -> Masked {
    let lead = found.faithful.iter().filter(|share| share.clusters > 0).map(|share| {
        let by = match share.replacement.as_str() {
            "exemplar" => "another cluster’s exemplar",
            _ => "the record’s mean",
        };
        format!(
            "Replaced by {by}, {} of {} clusters change the network’s outputs more than equally many random timestamps, {} less.",
            share.faithful, share.clusters, share.less
        )
    });
    Masked {
        lead: lead.collect(),
        records: found.records_per_cluster,
        controls: found.controls,
        rows: found.clusters.iter().map(masked_row).collect(),
    }
}

fn masked_row(row: &MaskedCluster) -> MaskedRow {
    MaskedRow {
        chip: Chip::new(row.cluster),
        replacement: match row.exemplar_of {
            Some(cluster) => format!("cluster {cluster}"),
            None => row.replacement.clone(),
        },
        masked: Cell::percent(row.masked_share),
        change: Cell::number(row.change, 3),
        random: Cell::number(row.random_change, 3),
        difference: Cell::number(row.difference, 3),
        interval: interval(row.difference_ci95, 3),
        flips: Cell::percent(row.flips),
        random_flips: Cell::percent(row.random_flips),
        verdict: match row.difference_ci95 {
            Some([low, _]) if low > 0.0 => "more than chance",
            Some([_, high]) if high < 0.0 => "less than chance",
            _ => "as chance",
        },
    }
}

fn shuffled(sanity: &Sanity) -> Shuffled {
    let auroc = |value: Option<f64>| crate::format::optional(value, 3);
    Shuffled {
        records: count(sanity.records),
        verdict: match sanity.difference_ci95 {
            Some([low, _]) if low > 0.0 => {
                "Clusters of the trained network explain its decisions better than those of the shuffled one: they hold what was learnt."
            }
            Some(_) => {
                "Clusters of the shuffled network explain the decisions as well: here the clusters show the signal rather than what the network learnt."
            }
            None => "With one patient, nothing can be said.",
        },
        interval: interval(sanity.difference_ci95, 3),
        rows: vec![
            [
                "Agreement of the first surrogate with the trained network".into(),
                percent(sanity.agreement),
                percent(sanity.random_agreement),
            ],
            [
                "Its AUROC".into(),
                auroc(sanity.auroc_soft),
                auroc(sanity.random_auroc_soft),
            ],
            [
                "Majority class".into(),
                sanity.majority_agreement.map_or(String::new(), percent),
                sanity.majority_agreement.map_or(String::new(), percent),
            ],
            [
                "Mean uncertainty".into(),
                number(sanity.uncertainty, 3),
                number(sanity.random_uncertainty, 3),
            ],
        ],
        ari: number(sanity.timelines_ari, 2),
        nmi: number(sanity.timelines_nmi, 2),
    }
}

fn again(stability: &Stability) -> Again {
    let row = |refits: &ecg_audit_engine::audit::Refits| AgainRow {
        change: refits.change.clone(),
        refits: refits.refits,
        ari: format!("{} (least {})", number(refits.ari, 2), number(refits.ari_min, 2)),
        nmi: format!("{} (least {})", number(refits.nmi, 2), number(refits.nmi_min, 2)),
        bar: charts::bar("fill", refits.ari.max(0.0), 1.0),
    };
    let cluster = |(id, overlap): (usize, &f64)| StableCluster {
        chip: Chip::new(id),
        overlap: Cell::number(*overlap, 2),
        bar: charts::bar("fill", *overlap, 1.0),
        dissolved: *overlap < 0.5,
    };
    Again {
        timestamps: count(stability.timestamps),
        rows: stability.refits.iter().map(row).collect(),
        clusters: stability.clusters.iter().enumerate().map(cluster).collect(),
    }
}
