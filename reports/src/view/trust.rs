//! How far the clusters can be trusted: masked, with shuffled weights, fitted again.

use ecg_audit_engine::audit::{Audit, Faithfulness, MaskedCluster, Sanity, Stability, Task};
use serde::Serialize;

use super::{Cell, Chip};
use crate::charts;
use crate::format::{count, interval, number, optional, percent};

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
    /// What differs.
    difference: &'static str,
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
            sanity: audit.sanity.as_ref().map(|sanity| shuffled(sanity, audit.task)),
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

fn shuffled(sanity: &Sanity, task: Task) -> Shuffled {
    let values = task == Task::Regression;
    Shuffled {
        records: count(sanity.records),
        verdict: match (sanity.difference_ci95, values) {
            (Some([low, _]), false) if low > 0.0 => {
                "Clusters of the trained network explain its decisions better than those of the shuffled one: they hold what was learnt."
            }
            (Some(_), false) => {
                "Clusters of the shuffled network explain the decisions as well: here the clusters show the signal rather than what the network learnt."
            }
            (Some([low, _]), true) if low > 0.0 => {
                "Clusters of the trained network explain its values better than those of the shuffled one: they hold what was learnt."
            }
            (Some(_), true) => {
                "Clusters of the shuffled network explain the values as well: here the clusters show the signal rather than what the network learnt."
            }
            (None, _) => "With one patient, nothing can be said.",
        },
        difference: if values { "R²" } else { "agreement" },
        interval: interval(sanity.difference_ci95, 3),
        rows: sides(sanity, values),
        ari: number(sanity.timelines_ari, 2),
        nmi: number(sanity.timelines_nmi, 2),
    }
}

/// What is measured on the clusters of both networks.
fn sides(sanity: &Sanity, values: bool) -> Vec<[String; 3]> {
    let row = |name: &str, own: String, random: String| [name.to_owned(), own, random];
    let (own, random) = (sanity.agreement, sanity.random_agreement);
    let mut rows = vec![if values {
        let name = "R² of the first surrogate against the trained network";
        row(name, number(own, 3), number(random, 3))
    } else {
        let name = "Agreement of the first surrogate with the trained network";
        row(name, percent(own), percent(random))
    }];
    if sanity.auroc_soft.is_some() || sanity.random_auroc_soft.is_some() {
        let auroc = |value| optional(value, 3);
        rows.push(row(
            "Its AUROC",
            auroc(sanity.auroc_soft),
            auroc(sanity.random_auroc_soft),
        ));
    }
    if let Some(majority) = sanity.majority_agreement {
        rows.push(row("Majority class", percent(majority), percent(majority)));
    }
    rows.push(row(
        "Mean uncertainty",
        number(sanity.uncertainty, 3),
        number(sanity.random_uncertainty, 3),
    ));
    rows
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
