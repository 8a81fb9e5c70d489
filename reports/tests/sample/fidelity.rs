//! The made-up audit's decisions.

use ecg_audit_engine::audit::*;

use super::{CLASSES, K, Sequence};

fn per_class(s: &mut Sequence) -> Vec<ClassFidelity> {
    CLASSES
        .iter()
        .zip([172, 84, 76, 71, 43])
        .map(|(class, positives)| ClassFidelity {
            class: class.to_string(),
            positives,
            agreement: s.within(0.86, 0.95),
            majority: 1.0 - (positives as f64 / 344.0).min(0.5),
            auroc_hard: Some(s.within(0.72, 0.84)),
            auroc_soft: Some(s.within(0.86, 0.96)),
            sensitivity: Some(s.within(0.5, 0.9)),
            specificity: Some(s.within(0.88, 0.98)),
            confusion: Some(ConfusionCounts {
                true_positives: positives - 11,
                false_negatives: 11,
                false_positives: 17,
                true_negatives: 344 - positives - 17,
            }),
            calibration: Some(calibration(s)),
        })
        .collect()
}

/// A network that is surer than it should be.
fn calibration(s: &mut Sequence) -> Calibration {
    let bins = (0..10).filter(|bin| *bin != 6).map(|bin| CalibrationBin {
        low: f64::from(bin) * 0.1,
        high: f64::from(bin + 1) * 0.1,
        records: if bin == 0 { 190 } else { 9 + 2 * bin as usize },
        mean_probability: f64::from(bin) * 0.1 + 0.05,
        observed_share: (f64::from(bin) * 0.08 + 0.09 + s.within(-0.03, 0.03)).clamp(0.0, 1.0),
    });
    Calibration {
        brier: 0.093,
        expected_error: 0.041,
        bins: bins.collect(),
    }
}

/// Ten folds around a mean agreement.
fn per_fold(mean: f64, s: &mut Sequence) -> Vec<FoldFidelity> {
    (1..=10)
        .map(|fold| FoldFidelity {
            fold,
            records: 34,
            agreement: mean + s.within(-0.035, 0.035),
            // In the fifth fold nobody is ill.
            auroc_hard: (fold != 5).then(|| mean - 0.09 + s.within(-0.03, 0.03)),
            auroc_soft: (fold != 5).then(|| mean + 0.02 + s.within(-0.03, 0.03)),
        })
        .collect()
}

/// A figure over folds.
pub fn over_folds(mean: f64, sd: f64) -> Spread {
    Spread {
        mean,
        sd: Some(sd),
        ci95: None,
    }
}

pub fn model_vs_truth(s: &mut Sequence) -> ModelVsTruth {
    ModelVsTruth::Decisions(DecisionAccuracy {
        accuracy: 0.8737,
        accuracy_ci95: Some([0.8561, 0.8902]),
        exact_match: 0.6029,
        auroc_hard: Some(0.7889),
        auroc_soft: Some(0.9218),
        majority_accuracy: 0.7982,
        per_class: per_class(s),
        confusion: None,
        auroc_skipped: vec![],
        per_fold: per_fold(0.8737, s),
        accuracy_by_fold: Some(over_folds(0.8741, 0.0193)),
        auroc_hard_by_fold: Some(over_folds(0.7816, 0.0247)),
        auroc_soft_by_fold: Some(over_folds(0.9164, 0.0152)),
    })
}

fn fidelity(mean: f64, s: &mut Sequence) -> Fidelity {
    Fidelity {
        agreement: Spread {
            mean,
            sd: Some(0.0206),
            ci95: Some([mean - 0.016, mean + 0.014]),
        },
        accuracy: None,
        auroc_hard: Some(mean - 0.11),
        auroc_soft: Some(mean + 0.019),
        auroc_hard_by_fold: Some(over_folds(mean - 0.113, 0.0311)),
        auroc_soft_by_fold: Some(over_folds(mean + 0.016, 0.0224)),
        permuted_agreement: Some(0.7931),
        confusion: None,
        per_class: per_class(s),
        per_fold: per_fold(mean, s),
    }
}

pub fn surrogate(name: &str, mean: f64, s: &mut Sequence, importances: bool) -> Surrogate {
    Surrogate {
        name: name.into(),
        vs_model: Figures::Decisions(fidelity(mean, s)),
        vs_truth: Some(Figures::Decisions(Fidelity {
            accuracy: Some(mean - 0.035),
            ..fidelity(mean - 0.035, s)
        })),
        importances: if importances {
            CLASSES
                .iter()
                .map(|class| Importance {
                    class: class.to_string(),
                    by_cluster: (0..K).map(|_| s.next().powi(4) * 0.2).collect(),
                })
                .collect()
        } else {
            vec![]
        },
    }
}
