//! Properties that hold for any data.

use ecg_audit_stats::auroc::{RankedScores, auroc, auroc_hard};
use ecg_audit_stats::bootstrap::{Bootstrap, Groups};
use ecg_audit_stats::clusters::{adjusted_rand_index, contingency, normalised_mutual_information};
use ecg_audit_stats::correction::{benjamini_hochberg, holm};
use ecg_audit_stats::entropy::normalised_entropy;
use ecg_audit_stats::mann_whitney::mann_whitney;
use ecg_audit_stats::regression::spearman;
use ecg_audit_stats::sequence::{dwell_times, proportions, runs, transitions};
use ndarray::{Array1, Axis};
use proptest::prelude::*;

/// Labels with both classes, scores with many ties, and a permutation of the records.
fn scored() -> impl Strategy<Value = (Array1<bool>, Array1<f64>, Vec<usize>)> {
    (2_usize..60).prop_flat_map(|n| {
        let labels = prop::collection::vec(any::<bool>(), n);
        let scores = prop::collection::vec((-20_i32..20).prop_map(|s| f64::from(s) / 8.0), n);
        let order = Just((0..n).collect::<Vec<usize>>()).prop_shuffle();
        (labels, scores, order).prop_map(|(mut labels, scores, order)| {
            (labels[0], labels[1]) = (true, false);
            (Array1::from(labels), Array1::from(scores), order)
        })
    })
}

fn p_values() -> impl Strategy<Value = Array1<f64>> {
    prop::collection::vec((0_u32..=100).prop_map(|p| f64::from(p) / 100.0), 1..40).prop_map(Array1::from)
}

/// `adjusted` is at least `p`, at most 1, and keeps the order of `p`.
fn is_a_correction(p: &Array1<f64>, adjusted: &Array1<f64>) -> Result<(), TestCaseError> {
    for (i, &a) in adjusted.iter().enumerate() {
        prop_assert!(a >= p[i] && a <= 1.0);
        for (j, &b) in adjusted.iter().enumerate() {
            prop_assert!(p[i] > p[j] || a <= b);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn reversed_scores_have_the_complementary_auroc((labels, scores, _) in scored()) {
        let found = auroc(labels.view(), scores.view()).unwrap();
        let reversed = auroc(labels.view(), scores.mapv(|s| -s).view()).unwrap();
        prop_assert!((found + reversed - 1.0).abs() < 1e-14);
    }

    #[test]
    fn auroc_ignores_the_order_of_records((labels, scores, order) in scored()) {
        let found = auroc(labels.view(), scores.view()).unwrap();
        let shuffled = auroc(labels.select(Axis(0), &order).view(), scores.select(Axis(0), &order).view());
        prop_assert_eq!(found, shuffled.unwrap());
        prop_assert_eq!(RankedScores::new(labels.view(), scores.view()).unwrap().resampled(&order), Some(found));
    }

    #[test]
    fn auroc_is_the_share_of_pairs_won((labels, scores, _) in scored()) {
        let (mut won, mut pairs) = (0.0, 0.0);
        for (positive, _) in scores.iter().zip(&labels).filter(|(_, l)| **l) {
            for (negative, _) in scores.iter().zip(&labels).filter(|(_, l)| !**l) {
                won += if positive > negative { 1.0 } else if positive == negative { 0.5 } else { 0.0 };
                pairs += 1.0;
            }
        }
        prop_assert!((auroc(labels.view(), scores.view()).unwrap() - won / pairs).abs() < 1e-14);
        let decisions = scores.mapv(|s| s > 0.0);
        let as_scores = decisions.mapv(|d| f64::from(u8::from(d)));
        prop_assert_eq!(auroc_hard(labels.view(), decisions.view()), auroc(labels.view(), as_scores.view()));
    }

    #[test]
    fn corrections_are_monotone_and_never_below_p(p in p_values()) {
        let bh = benjamini_hochberg(p.view()).unwrap();
        let holm = holm(p.view()).unwrap();
        is_a_correction(&p, &bh)?;
        is_a_correction(&p, &holm)?;
        prop_assert!(bh.iter().zip(&holm).all(|(bh, holm)| *bh <= holm + 1e-15));
    }

    #[test]
    fn corrections_ignore_the_order_of_tests(p in p_values()) {
        let reversed: Array1<f64> = p.iter().rev().copied().collect();
        for correct in [benjamini_hochberg, holm] {
            let found: Vec<f64> = correct(reversed.view()).unwrap().iter().rev().copied().collect();
            prop_assert_eq!(found, correct(p.view()).unwrap().to_vec());
        }
    }

    #[test]
    fn rank_statistics_see_only_the_order((labels, scores, order) in scored()) {
        let cubed = scores.mapv(|s| s.powi(3));
        let target: Array1<f64> = labels.iter().map(|&l| f64::from(u8::from(l))).collect();
        if let Ok(rho) = spearman(scores.view(), target.view()) {
            prop_assert!((rho - spearman(cubed.view(), target.view()).unwrap()).abs() < 1e-14);
            let shuffled =
                spearman(scores.select(Axis(0), &order).view(), target.select(Axis(0), &order).view());
            prop_assert!((rho - shuffled.unwrap()).abs() < 1e-12);
        }
        let split = |flag| scores.iter().zip(&labels).filter(|(_, l)| **l == flag).map(|(s, _)| *s).collect();
        let (positive, negative): (Array1<f64>, Array1<f64>) = (split(true), split(false));
        let test = mann_whitney(positive.view(), negative.view()).unwrap();
        let area = auroc(labels.view(), scores.view()).unwrap();
        prop_assert!((test.cliffs_delta - (2.0 * area - 1.0)).abs() < 1e-13);
        prop_assert!((0.0..=1.0).contains(&test.p));
    }

    #[test]
    fn the_interval_holds_the_mean_and_ignores_threads(
        values in prop::collection::vec(0.0_f64..1.0, 30..80),
        seed in any::<u64>(),
    ) {
        let values = Array1::from(values);
        let groups = Groups::new((0..values.len()).map(|i| i / 2)).unwrap();
        let bootstrap = Bootstrap { replicates: 200, level: 0.95, seed };
        let both = || {
            let mean = |r: &[usize]| Some(r.iter().map(|&i| values[i]).sum::<f64>() / r.len() as f64);
            (bootstrap.mean(&groups, values.view()).unwrap(), bootstrap.interval(&groups, mean).unwrap())
        };
        let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(both);
        let one = on(1);
        prop_assert_eq!(one, on(4));
        prop_assert!(one.0.low < one.0.estimate && one.0.estimate < one.0.high);
        let other = Bootstrap { seed: seed.wrapping_add(1), ..bootstrap };
        prop_assert_ne!(other.mean(&groups, values.view()).unwrap(), one.0);
    }

    #[test]
    fn renaming_clusters_changes_no_agreement(pairs in prop::collection::vec((0_u8..4, 0_u8..3), 1..60)) {
        let (a, b): (Vec<u8>, Vec<u8>) = pairs.into_iter().unzip();
        let renamed: Array1<u8> = a.iter().map(|&a| 3 - a).collect();
        let (a, b) = (Array1::from(a), Array1::from(b));
        let table = contingency(a.view(), b.view(), (4, 3)).unwrap();
        let other = contingency(renamed.view(), b.view(), (4, 3)).unwrap();
        for measure in [adjusted_rand_index, normalised_mutual_information] {
            let value = measure(table.view()).unwrap();
            prop_assert!((value - measure(other.view()).unwrap()).abs() < 1e-12);
            prop_assert!((value - measure(table.t()).unwrap()).abs() < 1e-12);
            prop_assert!((-1.0..=1.0).contains(&value));
        }
    }

    #[test]
    fn sequence_features_account_for_every_timestamp(labels in prop::collection::vec(0_u16..5, 1..80)) {
        let sequence = Array1::from(labels);
        let shares = proportions(sequence.view(), 5).unwrap();
        prop_assert!((shares.sum() - 1.0).abs() < 1e-12);
        let steps = transitions(sequence.view(), 5).unwrap();
        prop_assert_eq!(steps.sum() as usize, sequence.len() - 1);
        let runs = runs(sequence.view(), 5).unwrap();
        prop_assert_eq!(runs.iter().map(|run| run.length).sum::<usize>(), sequence.len());
        prop_assert_eq!(steps.diag().sum() as usize, sequence.len() - runs.len());
        let dwell = dwell_times(sequence.view(), 5).unwrap();
        prop_assert!(dwell.iter().zip(&shares).all(|(d, s)| (*d == 0.0) == (*s == 0.0)));
    }

    #[test]
    fn entropy_is_largest_for_the_uniform_row(weights in prop::collection::vec(0.01_f64..1.0, 2..9)) {
        let row = Array1::from(weights);
        let row = &row / row.sum();
        let value = normalised_entropy(row.view()).unwrap();
        prop_assert!(value > 0.0 && value <= 1.0);
        let reversed = row.iter().rev().copied().collect::<Array1<f64>>();
        prop_assert!((value - normalised_entropy(reversed.view()).unwrap()).abs() < 1e-12);
    }
}
