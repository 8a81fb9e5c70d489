//! What is wrong with the data itself, and what that says of its labels.

mod balance;
mod groups;
mod look;

use std::collections::HashMap;

use ndarray::Array2;

pub(crate) use balance::balance;
pub(crate) use groups::groups;
pub(crate) use look::look;

use crate::audit::{DataQuality, DuplicatePair};
use crate::cohort::Cohort;
use crate::issues::{DataEvidence, Note, Source, Support};
use ecg_audit_ecg::quality::Kind;

/// Support of a label that another record with the same signal contradicts: one of the two is wrong.
const CONTRADICTED: f64 = 0.5;

/// What `quality` says of the labels of the audited records.
pub(crate) fn evidence(cohort: &Cohort, quality: &DataQuality) -> DataEvidence {
    let rows: HashMap<&str, usize> = cohort.ids.iter().enumerate().map(|(row, id)| (id.as_str(), row)).collect();
    let ones = || Array2::from_elem(cohort.labels.dim(), 1.0);
    let (mut duplicates, mut signal, mut metadata) = (ones(), ones(), ones());
    let mut notes: HashMap<usize, Vec<Note>> = HashMap::new();
    for pair in &quality.duplicates {
        for (this, other) in [(&pair.first, &pair.second), (&pair.second, &pair.first)] {
            if let Some(row) = rows.get(this.as_str()) {
                let classes = differing(cohort, pair);
                if !classes.is_empty() {
                    classes.iter().for_each(|class| duplicates[[*row, *class]] = CONTRADICTED);
                    notes.entry(*row).or_default().push(Note {
                        source: Source::Duplicates,
                        classes,
                        sentence: duplicate_sentence(pair, other),
                    });
                }
            }
        }
    }
    for finding in &quality.findings {
        let Some(row) = rows.get(finding.record.as_str()) else {
            continue;
        };
        let (source, support) = if finding.kind == Kind::Metadata.name() {
            (Source::Metadata, &mut metadata)
        } else {
            (Source::Signal, &mut signal)
        };
        support.row_mut(*row).mapv_inplace(|s| s.min(finding.score));
        notes.entry(*row).or_default().push(Note {
            source,
            classes: Vec::new(),
            sentence: finding.sentence.clone(),
        });
    }
    let supports = [
        (Source::Duplicates, duplicates),
        (Source::Signal, signal),
        (Source::Metadata, metadata),
    ];
    DataEvidence {
        supports: supports.map(|(source, values)| Support { source, values }).into(),
        notes,
    }
}

/// The classes in which the two records of a pair differ.
fn differing(cohort: &Cohort, pair: &DuplicatePair) -> Vec<usize> {
    (0..cohort.classes.len())
        .filter(|class| pair.labels_differ.contains(&cohort.classes[*class]))
        .collect()
}

fn duplicate_sentence(pair: &DuplicatePair, other: &str) -> String {
    let how = if pair.exact { "the same signal" } else { "nearly the same signal" };
    format!("Record {other} holds {how} and differs in {}.", pair.labels_differ.join(", "))
}
