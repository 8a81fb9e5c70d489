//! Audits from which something is missing.

use ecg_audit_engine::audit::*;

use super::RECORDS;

/// An audit with as little in it as the types allow.
pub fn nothing() -> Audit {
    let mut audit = super::audit();
    audit.classes.clear();
    audit.model_vs_truth = None;
    audit.baselines.permuted_agreement = None;
    audit.surrogates.clear();
    audit.clusters.clear();
    without_explanations(&mut audit);
    no_issues(&mut audit);
    audit.issues.summary.records = 0;
    audit.data_quality = DataQuality::default();
    audit.checks.clear();
    audit.limits.clear();
    audit.traces.clear();
    audit.uncertainty.by_class.clear();
    audit.uncertainty.by_correctness.clear();
    audit.uncertainty.by_landmark.clear();
    audit.timing = Timing {
        stages: vec![],
        total_seconds: 0.0,
        peak_rss_bytes: None,
    };
    audit.method.taps.clear();
    audit.method.codebooks.clear();
    let provenance = &mut audit.provenance;
    provenance.plugins.clear();
    provenance.model_sha256 = None;
    provenance.data = Data {
        records: 0,
        labelled: 0,
        groups: 0,
        folds: vec![],
        class_counts: vec![],
        leads: vec![],
        skipped: vec![],
        warnings: vec![],
        ..provenance.data.clone()
    };
    audit
}

/// An audit of a single record, of which no spread can be told.
pub fn one_record() -> Audit {
    let mut audit = no_folds();
    audit.name = "one-record".into();
    audit.traces.truncate(1);
    audit.issues.items.truncate(1);
    audit.issues.summary.records = 1;
    audit.issues.summary.flagged_records = 1;
    audit.issues.summary.flagged_labels = 1;
    without_explanations(&mut audit);
    audit.surrogates.clear();
    audit.data_quality = DataQuality {
        records: 1,
        ..DataQuality::default()
    };
    for cluster in &mut audit.clusters {
        cluster.exemplars = vec![RECORDS[0].into()];
        cluster.segments.truncate(1);
    }
    let data = &mut audit.provenance.data;
    (data.records, data.labelled, data.groups) = (1, 1, 1);
    data.class_counts = vec![0, 1, 0, 0, 0];
    (data.skipped, data.warnings) = (vec![], vec![]);
    audit
}

/// An audit of data that is not divided into folds.
pub fn no_folds() -> Audit {
    let mut audit = super::audit();
    audit.name = "no-folds".into();
    audit.provenance.data.folds.clear();
    audit.method.codebooks.retain(|codebook| codebook.fold.is_none());
    let truth = audit.model_vs_truth.iter_mut();
    for figures in truth {
        if let ModelVsTruth::Decisions(figures) = figures {
            figures.per_fold.clear();
            (figures.accuracy_by_fold, figures.auroc_hard_by_fold) = (None, None);
            figures.auroc_soft_by_fold = None;
        }
    }
    for surrogate in &mut audit.surrogates {
        for figures in std::iter::once(&mut surrogate.vs_model).chain(&mut surrogate.vs_truth) {
            if let Figures::Decisions(figures) = figures {
                figures.per_fold.clear();
                figures.agreement.sd = None;
                (figures.auroc_hard_by_fold, figures.auroc_soft_by_fold) = (None, None);
            }
        }
    }
    audit.stability = None;
    audit
}

/// An audit without a delineator.
pub fn no_landmarks() -> Audit {
    let mut audit = super::audit();
    audit.name = "no-landmarks".into();
    audit.landmarks = None;
    audit.uncertainty.by_landmark.clear();
    for cluster in &mut audit.clusters {
        cluster.landmarks.clear();
        cluster.beat = None;
    }
    audit
}

/// An audit of a network with a single class.
pub fn one_class() -> Audit {
    let mut audit = super::audit();
    audit.name = "one-class".into();
    audit.classes.truncate(1);
    audit.provenance.data.class_counts.truncate(1);
    let class = audit.classes[0].clone();
    for cluster in &mut audit.clusters {
        cluster
            .correlations
            .retain(|correlation| correlation.class == class);
        cluster
            .landmarks
            .retain(|landmark| landmark.class.as_ref().is_none_or(|c| *c == class));
    }
    audit.uncertainty.by_class.retain(|group| group.group == class);
    audit.issues.items.retain(|issue| issue.label == class);
    for surrogate in &mut audit.surrogates {
        surrogate
            .importances
            .retain(|importance| importance.class == class);
    }
    audit
}

/// An audit in which no label is doubtful.
pub fn without_issues() -> Audit {
    let mut audit = super::audit();
    audit.name = "no-issues".into();
    no_issues(&mut audit);
    audit
}

/// An audit that holds no ECGs.
pub fn without_traces() -> Audit {
    let mut audit = super::audit();
    audit.name = "no-ecgs".into();
    audit.traces.clear();
    audit
}

fn no_issues(audit: &mut Audit) {
    audit.issues.items.clear();
    let summary = &mut audit.issues.summary;
    (
        summary.flagged_records,
        summary.flagged_labels,
        summary.rejected_before,
    ) = (0, 0, 0);
    summary.pruned_labels = 0;
    summary.rule.clear();
    summary.sources.clear();
}

fn without_explanations(audit: &mut Audit) {
    audit.landmarks = None;
    audit.attribution = None;
    audit.faithfulness = None;
    audit.sanity = None;
    audit.stability = None;
}
