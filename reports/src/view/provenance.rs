//! With what the audit was made, and how long it took.

use ecg_audit_engine::audit::{Audit, Codebook, Plugin};
use serde::Serialize;

use super::Cell;
use crate::format::{NONE, bytes, count, duration};

#[derive(Serialize)]
pub(super) struct View {
    facts: Vec<(&'static str, String)>,
    plugins: Vec<PluginView>,
    networks: Vec<Network>,
    method: Vec<(&'static str, String)>,
    taps: Vec<Tap>,
    codebooks: Vec<CodebookView>,
    stages: Vec<Stage>,
    total: String,
}

#[derive(Serialize)]
struct PluginView {
    kind: String,
    name: String,
    version: String,
    sha256: String,
    params: String,
}

/// The network of one fold.
#[derive(Serialize)]
struct Network {
    fold: u32,
    model: String,
    sha256: String,
    /// Whether its clusters give the others their numbers.
    reference: bool,
}

#[derive(Serialize)]
struct Tap {
    name: String,
    channels: Cell,
    length: Cell,
    step: Cell,
    field: Cell,
    weight: Cell,
}

#[derive(Serialize)]
struct CodebookView {
    fold: String,
    timestamps: Cell,
    available: Cell,
    iterations: Cell,
    converged: bool,
    distance: Cell,
}

#[derive(Serialize)]
struct Stage {
    name: String,
    seconds: Cell,
    share: Cell,
    bar: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let (p, method, timing) = (&audit.provenance, &audit.method, &audit.timing);
        View {
            facts: vec![
                ("ecg-audit", p.version.clone()),
                ("Format", audit.schema.clone()),
                ("Started", p.started.clone()),
                ("Duration", duration(timing.total_seconds)),
                (
                    "Peak memory",
                    timing.peak_rss_bytes.map_or_else(|| NONE.into(), bytes),
                ),
                ("Seed", p.seed.to_string()),
                ("Threads", p.threads.to_string()),
                ("Model SHA-256", model(audit)),
                ("Configuration SHA-256", p.config_sha256.clone()),
            ],
            plugins: p.plugins.iter().map(plugin).collect(),
            networks: networks(audit),
            method: vec![
                ("Features per timestamp", count(method.features)),
                ("Timestamp", duration(method.time_step)),
                ("Clusters", count(method.clusters)),
                ("Features kept", method.feature_plan.clone()),
            ],
            taps: method
                .taps
                .iter()
                .map(|t| Tap {
                    name: t.name.clone(),
                    channels: Cell::count(t.channels),
                    length: Cell::count(t.length),
                    step: Cell::new(duration(t.time_step), t.time_step),
                    field: t.receptive_field.map_or_else(
                        || Cell::optional(None, 0),
                        |field| Cell::new(duration(field), field),
                    ),
                    weight: Cell::number(t.weight, 3),
                })
                .collect(),
            codebooks: method.codebooks.iter().map(codebook).collect(),
            stages: timing
                .stages
                .iter()
                .map(|s| Stage {
                    name: s.name.clone(),
                    seconds: Cell::new(duration(s.seconds), s.seconds),
                    share: Cell::percent(s.seconds / timing.total_seconds),
                    bar: crate::charts::bar("fill", s.seconds, timing.total_seconds),
                })
                .collect(),
            total: duration(timing.total_seconds),
        }
    }
}

/// The hash of the one network, or where those of the folds' networks stand.
fn model(audit: &Audit) -> String {
    let single = audit.provenance.model_sha256.clone();
    single.unwrap_or_else(|| match audit.cross_validation {
        Some(_) => "one per fold, see Networks".into(),
        None => NONE.into(),
    })
}

fn networks(audit: &Audit) -> Vec<Network> {
    let found = audit.cross_validation.iter().flat_map(|found| {
        let reference = found.reference_fold;
        found.networks.iter().map(move |network| Network {
            fold: network.fold,
            model: network.model.clone(),
            sha256: network.sha256.clone().unwrap_or_else(|| NONE.into()),
            reference: network.fold == reference,
        })
    });
    found.collect()
}

fn plugin(p: &Plugin) -> PluginView {
    PluginView {
        kind: p.kind.clone(),
        name: p.name.clone(),
        version: p.version.clone(),
        sha256: p.sha256.clone(),
        params: serde_json::to_string_pretty(&p.params).unwrap_or_else(|error| error.to_string()),
    }
}

fn codebook(c: &Codebook) -> CodebookView {
    CodebookView {
        fold: c
            .fold
            .map_or_else(|| "all folds (timelines)".into(), |f| format!("without fold {f}")),
        timestamps: Cell::count(c.timestamps),
        available: Cell::count(c.available),
        iterations: Cell::count(c.iterations),
        converged: c.converged,
        distance: Cell::number(c.mean_squared_distance, 4),
    }
}
