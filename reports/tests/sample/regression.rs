//! The made-up audit of a network that tells ages.

use ecg_audit_engine::audit::*;

use super::fidelity::over_folds;
use super::{K, Sequence};

/// Name of the target.
pub const AGE: &str = "age";

pub fn audit() -> Audit {
    let mut audit = super::audit();
    let mut s = Sequence::new(19);
    audit.name = "code15-age".into();
    audit.task = Task::Regression;
    audit.classes.clear();
    audit.target = Some(AGE.into());
    let forest = values(4.18, &mut s, true);
    audit.baselines = Baselines {
        majority_agreement: None,
        permuted_agreement: None,
        mean_mae: Some(forest.mean_mae),
        permuted_mae: forest.permuted_mae,
        permuted_r2: forest.permuted_r2,
    };
    audit.model_vs_truth = Some(ModelVsTruth::Values(values(8.43, &mut s, false)));
    audit.surrogates = vec![
        surrogate("forest", forest, &mut s, true),
        surrogate("linfa/elastic-net", values(5.02, &mut s, true), &mut s, false),
    ];
    uncertainty(&mut audit.uncertainty, &mut s);
    clusters(&mut audit.clusters, &mut s);
    audit.issues = issues(&mut s);
    findings(&mut audit);
    audit.provenance.data.reader = "code15".into();
    audit.provenance.data.path = "data/code15".into();
    audit.provenance.data.class_counts.clear();
    audit
}

fn values(mae: f64, s: &mut Sequence, surrogate: bool) -> ValueFigures {
    let per_fold = |s: &mut Sequence| FoldValues {
        fold: 0,
        records: 34,
        mae: mae + s.within(-1.6, 1.6),
        r2: Some(0.95 - mae / 16.0 + s.within(-0.1, 0.1)),
        mean_mae: 13.9 + s.within(-1.9, 1.9),
    };
    let r2 = 0.97 - mae / 16.0;
    ValueFigures {
        mae,
        mae_ci95: Some([mae - 0.46, mae + 0.51]),
        r2: Some(r2),
        r2_ci95: Some([r2 - 0.07, r2 + 0.05]),
        rank_correlation: Some(r2.sqrt() - 0.02),
        bias: -0.314,
        mean_mae: 13.91,
        gain: 13.91 - mae,
        gain_ci95: Some([12.88 - mae, 14.97 - mae]),
        permuted_mae: surrogate.then_some(14.63),
        permuted_r2: surrogate.then_some(-0.071),
        mae_by_fold: over_folds(mae + 0.02, 0.84),
        r2_by_fold: Some(over_folds(r2 - 0.03, 0.061)),
        histogram: Some(histogram(mae, s)),
        per_fold: (1..=10).map(|fold| FoldValues { fold, ..per_fold(s) }).collect(),
    }
}

fn histogram(mae: f64, s: &mut Sequence) -> ValueHistogram {
    let mut counts = vec![vec![0; 36]; 36];
    for _ in 0..344 {
        let target = s.within(22.0, 86.0);
        let answered = 54.0 + 0.8 * (target - 54.0) + mae * (s.next() + s.next() + s.next() - 1.5) * 1.6;
        let cell = |value: f64| (((value - 18.0) / 2.0) as usize).min(35);
        counts[cell(answered)][cell(target)] += 1;
    }
    ValueHistogram {
        start: 18.0,
        width: 2.0,
        counts,
    }
}

fn surrogate(name: &str, vs_model: ValueFigures, s: &mut Sequence, importances: bool) -> Surrogate {
    let importance = |s: &mut Sequence| Importance {
        class: AGE.into(),
        by_cluster: (0..K).map(|_| s.next().powi(4) * 0.2).collect(),
    };
    let truth = ValueFigures {
        permuted_mae: None,
        permuted_r2: None,
        ..values(vs_model.mae + 5.1, s, false)
    };
    Surrogate {
        name: name.into(),
        vs_model: Figures::Values(vs_model),
        vs_truth: Some(Figures::Values(truth)),
        importances: if importances { vec![importance(s)] } else { vec![] },
    }
}

fn uncertainty(uncertainty: &mut Uncertainty, s: &mut Sequence) {
    let bands = [
        "20 to 30", "30 to 40", "40 to 50", "50 to 60", "60 to 70", "70 to 80",
    ];
    uncertainty.by_class = ["truth", "model"]
        .iter()
        .flat_map(|by| bands.map(|band| (by, band)))
        .map(|(by, band)| super::group(band, by, 57, s.within(0.79, 0.86)))
        .collect();
    uncertainty.by_correctness = [
        ("smallest errors", 0.819),
        ("middle errors", 0.826),
        ("largest errors", 0.838),
    ]
    .map(|(name, centre)| super::group(name, "error", 113, centre))
    .into();
}

fn clusters(clusters: &mut [Cluster], s: &mut Sequence) {
    for cluster in clusters {
        let lean = s.within(-0.75, 0.75);
        cluster.landmarks.retain(|landmark| landmark.class.is_none());
        cluster.correlations = [("model", lean), ("truth", lean * 0.7)]
            .map(|(against, rho)| Correlation {
                class: AGE.into(),
                against: against.into(),
                rho: Some(rho),
                p: Some((-rho * rho * 60.0).exp()),
                p_adjusted: Some(((-rho * rho * 60.0).exp() * 1.6).min(1.0)),
            })
            .into();
    }
}

fn issues(s: &mut Sequence) -> Issues {
    let mut issues = super::issues::issues();
    for (i, item) in issues.items.iter_mut().enumerate() {
        let given = s.within(20.0, 88.0);
        let expected = given + if i % 2 == 0 { 31.0 } else { -27.0 };
        item.label = AGE.into();
        item.given = LabelValue::Number(given.round());
        item.suggested = LabelValue::Number((expected * 10.0).round() / 10.0);
        item.reasons = vec![format!(
            "The network gives {AGE} {expected:.1}; the label is {given:.0}."
        )];
        (
            item.model_probability,
            item.surrogate_probability,
            item.neighbour_share,
        ) = (None, None, None);
        item.model_value = Some(expected + 1.3);
        item.surrogate_value = Some(expected - 2.2);
        item.neighbour_value = Some(expected - 4.9);
        item.given_labels.clear();
        item.model_labels.clear();
    }
    issues.summary.rule = "Flagged below a score of 0.1.".into();
    for source in issues.summary.sources.iter_mut().filter(|source| source.fitted) {
        source.weights = vec![0.61];
    }
    issues
}

fn findings(audit: &mut Audit) {
    let quality = &mut audit.data_quality;
    quality.balance.clear();
    for group in &mut quality.groups {
        (group.accuracy, group.others) = (10.0 * group.accuracy, 8.3);
    }
    quality.duplicates[1].labels_differ = vec![AGE.into()];
    if let Some(attribution) = &mut audit.attribution {
        attribution.comparisons.clear();
    }
    for trace in &mut audit.traces {
        trace
            .attribution
            .iter_mut()
            .for_each(|map| map.class = AGE.into());
    }
    if let Some(sanity) = &mut audit.sanity {
        (sanity.agreement, sanity.random_agreement) = (0.709, 0.382);
        sanity.difference_ci95 = Some([0.244, 0.391]);
        sanity.majority_agreement = None;
        (sanity.auroc_soft, sanity.random_auroc_soft) = (None, None);
    }
    if let Some(faithfulness) = &mut audit.faithfulness {
        for row in &mut faithfulness.clusters {
            (row.change, row.random_change, row.flips, row.random_flips) =
                (row.change * 20.0, row.random_change * 20.0, 0.0, 0.0);
            row.difference = row.change - row.random_change;
            row.difference_ci95 = Some([row.difference - 0.4, row.difference + 0.4]);
            row.by_class = vec![row.difference];
        }
    }
    let check = &mut audit.checks[0];
    check.name = "fidelity_r2".into();
    check.description = "R² of the first surrogate against the network’s values, out of fold.".into();
    check.value = Some(0.709);
    check.threshold.warn_below = Some(0.75);
    check.threshold.fail_below = Some(0.5);
    let check = &mut audit.checks[1];
    check.name = "fidelity_mae_gain".into();
    check.description = "How much nearer to the network’s values the surrogate is than their mean.".into();
    check.value = Some(8.7);
    let check = &mut audit.checks[2];
    check.name = "model_mae".into();
    check.description = "Mean absolute error of the network against the truth.".into();
    check.value = Some(8.43);
    check.threshold = Threshold {
        warn_above: Some(10.0),
        ..Threshold::default()
    };
}
