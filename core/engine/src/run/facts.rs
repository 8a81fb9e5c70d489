//! Provenance, and what an audit cannot say.

use std::collections::HashSet;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::stages::Matched;
use super::{Network, Prepared};
use crate::audit::{CrossValidation, Data, FoldNetwork, Method, Provenance, SkippedRecord};
use crate::cohort::Cohort;

/// SHA-256 as lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the first pass over the records found out beside their outputs.
#[derive(Default)]
pub(super) struct Seen {
    pub skipped: Vec<SkippedRecord>,
    pub warnings: Vec<SkippedRecord>,
    pub sampling_rate: f64,
    /// Seconds of all records that were encoded, and of those the ones that no window holds.
    pub seconds: f64,
    pub unread: f64,
}

pub(super) fn provenance(
    prepared: &Prepared,
    cohort: &Cohort,
    seen: &Seen,
    started: SystemTime,
) -> Provenance {
    let config = &prepared.config;
    let count = |class: usize| cohort.labels.column(class).iter().filter(|on| **on).count();
    Provenance {
        version: env!("CARGO_PKG_VERSION").into(),
        started: humantime::format_rfc3339_seconds(started).to_string(),
        seed: config.audit.seed,
        threads: prepared.threads(),
        model_sha256: match prepared.config.cross_validation {
            None => prepared.components.encoder().info().model_sha256,
            Some(_) => None,
        },
        plugins: prepared.components.facts.clone(),
        config_sha256: sha256(prepared.resolved.as_bytes()),
        data: Data {
            reader: prepared.data.reader().into(),
            path: config.data.path.display().to_string(),
            records: cohort.len(),
            labelled: cohort.labelled.iter().filter(|l| **l).count(),
            groups: cohort.groups.iter().collect::<HashSet<_>>().len(),
            folds: cohort.fold_names(),
            class_counts: (0..cohort.classes.len()).map(count).collect(),
            sampling_rate: seen.sampling_rate,
            leads: leads(prepared),
            skipped: seen.skipped.clone(),
            warnings: seen.warnings.clone(),
        },
    }
}

/// Lead names as the network sees them, from the first record that can be prepared.
fn leads(prepared: &Prepared) -> Vec<String> {
    let records = 0..prepared.data.records().len();
    let mut signals = records.filter_map(|r| prepared.data.read(r).ok());
    signals
        .find_map(|signal| prepared.pipeline.apply(&signal).ok())
        .map_or_else(Vec::new, |p| p.leads)
}

/// Which figures against the truth are in-sample.
fn trained(folds: Option<&[u32]>, cohort: &Cohort) -> String {
    match folds {
        None => "The audit does not know which records the network was trained on (`data.trained_folds`): its figures \
                 against the truth are in-sample wherever it was."
            .into(),
        Some(folds) => {
            let seen = cohort.folds.iter().filter(|fold| folds.contains(fold)).count();
            format!(
                "The network was trained on {seen} of the {} audited records: there, its figures against the truth are \
                 in-sample.",
                cohort.len()
            )
        }
    }
}

/// The networks of the folds, and how their clusters were matched; nothing with one network for all records.
pub(super) fn cross_validation(prepared: &Prepared, matchings: &[Matched]) -> Option<CrossValidation> {
    let networks = &prepared.components.networks;
    let network = |(network, matched): (&Network, &Matched)| {
        Some(FoldNetwork {
            fold: network.held_out?,
            model: network.model.as_ref()?.display().to_string(),
            sha256: network.encoder.info().model_sha256,
            matching: matched.quality.clone(),
        })
    };
    let overlaps: Vec<f64> = matchings
        .iter()
        .filter_map(|matched| Some(matched.quality.as_ref()?.overlap))
        .collect();
    Some(CrossValidation {
        reference_fold: networks.first()?.held_out?,
        networks: networks.iter().zip(matchings).filter_map(network).collect(),
        matched_records: matchings.first()?.records,
        overlap: (!overlaps.is_empty()).then(|| overlaps.iter().sum::<f64>() / overlaps.len() as f64),
    })
}

/// What is known of the networks of folds, of which `cards` have a card.
fn held_out(networks: usize, cards: usize) -> String {
    if cards == networks {
        return "Every record was audited with the network of its fold, which according to its card was not trained on it."
            .into();
    }
    format!(
        "Every record was audited with the network of its fold; that it was not trained on the record is what the \
         configuration says ({cards} of {networks} models have a card to hold it against)."
    )
}

/// How far chance was looked at.
fn drawn(prepared: &Prepared) -> String {
    let seed = prepared.config.audit.seed;
    match prepared.config.explain.refits {
        0 => format!("Everything random was drawn once, with seed {seed}."),
        _ => format!(
            "Everything random was drawn once, with seed {seed}, but for the codebooks that were fitted again to tell how \
             stable timelines are."
        ),
    }
}

/// What this audit cannot say, one sentence each.
pub(super) fn limits(
    prepared: &Prepared,
    cohort: &Cohort,
    seen: &Seen,
    method: &Method,
    cards: usize,
) -> Vec<String> {
    let networks = prepared.components.networks.len();
    let training = match prepared.config.cross_validation {
        Some(_) => held_out(networks, cards),
        None => trained(prepared.config.data.trained_folds.as_deref(), cohort),
    };
    let mut limits = vec![training, drawn(prepared)];
    if prepared.components.delineator.is_none() {
        limits.push(
            "Without `[delineator]`, where in the heartbeat clusters sit is known only for records with annotations."
                .into(),
        );
    }
    let unlabelled = cohort.labelled.iter().filter(|l| !**l).count();
    if unlabelled > 0 {
        limits.push(format!(
            "{unlabelled} records have no label and count in no figure against the truth."
        ));
    }
    if !seen.skipped.is_empty() {
        limits.push(format!(
            "{} records were set aside; the reasons are listed.",
            seen.skipped.len()
        ));
    }
    if seen.unread > 0.0 {
        limits.push(format!(
            "{:.1} % of the records' time lies in no window (`preprocess.window`): neither the network nor this audit saw it.",
            100.0 * seen.unread / seen.seconds
        ));
    }
    if prepared.made_folds {
        limits.push(
            "The data set has no folds; folds were made by patient (`folds.csv` in the run folder)."
                .to_owned(),
        );
    }
    if method
        .codebooks
        .iter()
        .any(|book| book.timestamps < book.available)
    {
        limits.push(
            "Codebooks were fitted on a sample of the timestamps, the same number from each record.".into(),
        );
    }
    for (class, name) in cohort.classes.iter().enumerate() {
        let positives = cohort.labels.column(class).iter().filter(|on| **on).count();
        if cohort.labelled.contains(&true) && positives < 2 {
            limits.push(format!(
                "{positives} audited record{} class {name}; no figure on that class can be trusted.",
                if positives == 1 { " carries" } else { "s carry" }
            ));
        }
    }
    limits
}
