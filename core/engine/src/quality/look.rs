//! The stage that reads every signal once more, as it was recorded.

use ecg_audit_ecg::duplicates::{self, Duplicate, Fingerprint};
use ecg_audit_ecg::quality::{self, Finding, Kind};
use ecg_audit_ecg::{DataSet, Label};
use rayon::prelude::*;

use crate::audit::{DataQuality, DuplicatePair, QualityFinding, QualityKind};
use crate::{Error, Observer};

/// Records between two looks at the observer.
const CHUNK: usize = 256;

/// Looks at all signals and entries of a data set. `folds`: of each record.
pub(crate) fn look(data: &dyn DataSet, folds: &[u32], observer: &dyn Observer) -> Result<DataQuality, Error> {
    let records = data.records().len();
    let mut findings: Vec<Vec<Finding>> = Vec::with_capacity(records);
    let mut fingerprints: Vec<Option<Fingerprint>> = Vec::with_capacity(records);
    let mut readable = 0;
    for first in (0..records).step_by(CHUNK) {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let last = (first + CHUNK).min(records);
        let looked: Vec<_> = (first..last)
            .into_par_iter()
            .map(|record| one(data, record))
            .collect();
        for (found, fingerprint, read) in looked {
            findings.push(found);
            fingerprints.push(fingerprint);
            readable += usize::from(read);
        }
        observer.progress(last as u64);
    }
    let pairs = duplicates::find(&fingerprints, &|record| data.read(record))?;
    Ok(DataQuality {
        records: readable,
        kinds: Kind::ALL
            .into_iter()
            .map(|kind| over_records(kind, &findings))
            .collect(),
        findings: data
            .records()
            .iter()
            .zip(findings)
            .flat_map(|(info, found)| found.into_iter().map(|f| listed(&info.id, f)))
            .collect(),
        duplicates: pairs.iter().map(|pair| duplicate(data, folds, pair)).collect(),
        balance: Vec::new(),
        groups: Vec::new(),
    })
}

/// Findings and fingerprint of one record, and whether it could be read; why it could not is told by the encoding stage.
fn one(data: &dyn DataSet, record: usize) -> (Vec<Finding>, Option<Fingerprint>, bool) {
    let info = &data.records()[record];
    let mut findings = quality::metadata::contradictions(info, data.classes());
    let Ok(signal) = data.read(record) else {
        return (findings, None, false);
    };
    findings.extend(quality::assess(&signal).findings);
    findings.sort_by(|a, b| a.score.total_cmp(&b.score));
    (findings, Fingerprint::new(&signal), true)
}

fn over_records(kind: Kind, findings: &[Vec<Finding>]) -> QualityKind {
    let worst = findings.iter().map(|found| {
        let own = found.iter().filter(|finding| finding.kind == kind);
        own.map(|finding| finding.score)
            .fold(None, |worst: Option<f64>, score| {
                Some(worst.map_or(score, |w| w.min(score)))
            })
    });
    let (mut records, mut sum) = (0, 0.0);
    for score in worst {
        records += usize::from(score.is_some());
        sum += score.unwrap_or(1.0);
    }
    QualityKind {
        kind: kind.name().into(),
        description: kind.describe().into(),
        records,
        dataset_score: sum / findings.len().max(1) as f64,
    }
}

/// A finding as `audit.json` lists it.
pub(super) fn listed(record: &str, finding: Finding) -> QualityFinding {
    QualityFinding {
        record: record.to_owned(),
        kind: finding.kind.name().into(),
        leads: finding.leads,
        score: finding.score,
        sentence: finding.sentence,
    }
}

fn duplicate(data: &dyn DataSet, folds: &[u32], pair: &Duplicate) -> DuplicatePair {
    let (first, second) = (&data.records()[pair.first], &data.records()[pair.second]);
    let labels_differ = match (&first.label, &second.label) {
        (Label::Classes(a), Label::Classes(b)) => {
            let classes = data.classes().iter().zip(a.iter().zip(b));
            classes
                .filter(|(_, (a, b))| a != b)
                .map(|(class, _)| class.clone())
                .collect()
        }
        _ => Vec::new(),
    };
    let same_group = match (&first.group, &second.group) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    DuplicatePair {
        first: first.id.clone(),
        second: second.id.clone(),
        exact: pair.exact,
        correlation: pair.correlation,
        scale: pair.scale,
        shift_seconds: pair.shift_seconds,
        leads_reordered: pair.leads_reordered,
        same_group,
        same_fold: folds.get(pair.first) == folds.get(pair.second),
        labels_differ,
    }
}
