//! Properties of confident learning and of rankings that hold for any data.

use ecg_audit_stats::Error;
use ecg_audit_stats::confident::multilabel::{self, Aggregation};
use ecg_audit_stats::confident::outre::outre_scores;
use ecg_audit_stats::confident::residual::{residual_scores, scaled_residual_scores};
use ecg_audit_stats::confident::{
    JointCounter, LabelledRows, Score, Selection, Selector, ThresholdCounter, Thresholds, confident_joint,
    confident_thresholds, find_label_issues, label_quality_scores,
};
use ecg_audit_stats::retrieval::{average_precision, precision_at, recall_at};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, array, s};
use proptest::prelude::*;

const SELECTIONS: [Selection; 7] = [
    Selection::PruneByNoiseRate,
    Selection::PruneByClass,
    Selection::Both,
    Selection::ConfidentLearning,
    Selection::LowNormalisedMargin,
    Selection::LowSelfConfidence,
    Selection::PredictionDiffers,
];
const SCORES: [Score; 3] = [
    Score::SelfConfidence,
    Score::NormalisedMargin,
    Score::ConfidenceWeightedEntropy,
];

#[derive(Debug, Clone)]
struct Problem {
    labels: Array1<usize>,
    probabilities: Array2<f64>,
    /// An order of the records.
    order: Vec<usize>,
}

/// Records of 2 to 5 classes; with `levels` different weights only, ties are frequent.
fn problem(levels: u32) -> impl Strategy<Value = Problem> {
    (1_usize..80, 2_usize..6).prop_flat_map(move |(n, k)| {
        let labels = prop::collection::vec(0..k, n);
        let weights = prop::collection::vec(1..=levels, n * k);
        let order = Just((0..n).collect::<Vec<usize>>()).prop_shuffle();
        (labels, weights, order).prop_map(move |(labels, weights, order)| {
            let weights = Array2::from_shape_fn((n, k), |(i, j)| f64::from(weights[i * k + j]));
            let sums = weights.sum_axis(Axis(1)).insert_axis(Axis(1));
            Problem {
                labels: Array1::from(labels),
                probabilities: weights / sums,
                order,
            }
        })
    })
}

fn in_unit_interval(scores: impl IntoIterator<Item = f64>) -> Result<(), TestCaseError> {
    for score in scores {
        prop_assert!((0.0..=1.0).contains(&score), "score {score}");
    }
    Ok(())
}

/// Every pass fed with chunks of `size` records.
fn in_chunks(
    labels: ArrayView1<'_, usize>,
    probabilities: ArrayView2<'_, f64>,
    size: usize,
    selection: Selection,
) -> Result<(Thresholds, Array1<bool>), Error> {
    let starts = || (0..labels.len()).step_by(size);
    let rows = |start: usize| {
        let part = start..labels.len().min(start + size);
        LabelledRows::new(
            start,
            labels.slice_move(s![part.clone()]),
            probabilities.slice_move(s![part, ..]),
        )
    };
    let mut thresholds = ThresholdCounter::new(probabilities.ncols())?;
    starts().try_for_each(|start| thresholds.add(&rows(start)?))?;
    let thresholds = thresholds.finish()?;
    let mut joint = JointCounter::new(&thresholds);
    starts().try_for_each(|start| joint.add(&rows(start)?))?;
    let joint = joint.finish()?;
    let mut selector = Selector::new(selection, &thresholds, &joint, 1)?;
    starts().try_for_each(|start| selector.add(&rows(start)?))?;
    let selected = selector.finish()?;
    Ok((thresholds, selected))
}

proptest! {
    #[test]
    fn scores_are_in_the_unit_interval(p in problem(6)) {
        let (labels, probabilities) = (p.labels.view(), p.probabilities.view());
        let thresholds = confident_thresholds(labels, probabilities).unwrap();
        for score in SCORES {
            in_unit_interval(label_quality_scores(labels, probabilities, score, None).unwrap())?;
            if score != Score::ConfidenceWeightedEntropy {
                in_unit_interval(label_quality_scores(labels, probabilities, score, Some(&thresholds)).unwrap())?;
            }
            let given = Array2::from_shape_fn(probabilities.dim(), |(i, k)| labels[i] == k);
            let classes = multilabel::class_scores(given.view(), probabilities, score, false).unwrap();
            in_unit_interval(classes.iter().copied())?;
            for aggregation in [
                Aggregation::default(),
                Aggregation::SoftMin { temperature: 0.1 },
                Aggregation::Min,
                Aggregation::Mean,
            ] {
                let pooled = multilabel::aggregate(classes.view(), aggregation).unwrap();
                for (pooled, row) in pooled.iter().zip(classes.rows()) {
                    let lowest = row.iter().copied().fold(f64::INFINITY, f64::min);
                    let highest = row.iter().copied().fold(0.0, f64::max);
                    prop_assert!((lowest - 1e-12..=highest + 1e-12).contains(pooled));
                }
            }
        }
    }

    #[test]
    fn the_order_of_records_does_not_matter(p in problem(1_000_000_000)) {
        let (labels, probabilities) = (p.labels.select(Axis(0), &p.order), p.probabilities.select(Axis(0), &p.order));
        let before = confident_joint(p.labels.view(), p.probabilities.view()).unwrap();
        prop_assert_eq!(before, confident_joint(labels.view(), probabilities.view()).unwrap());
        for selection in SELECTIONS {
            let before = find_label_issues(p.labels.view(), p.probabilities.view(), selection, 1).unwrap();
            let after = find_label_issues(labels.view(), probabilities.view(), selection, 1).unwrap();
            prop_assert_eq!(before.select(Axis(0), &p.order), after);
        }
        for score in SCORES {
            let before = label_quality_scores(p.labels.view(), p.probabilities.view(), score, None).unwrap();
            let after = label_quality_scores(labels.view(), probabilities.view(), score, None).unwrap();
            prop_assert_eq!(before.select(Axis(0), &p.order), after);
        }
    }

    #[test]
    fn chunks_do_not_matter(p in problem(5), size in 1_usize..90) {
        let (labels, probabilities) = (p.labels.view(), p.probabilities.view());
        for selection in SELECTIONS {
            let whole = find_label_issues(labels, probabilities, selection, 1).unwrap();
            let (thresholds, selected) = in_chunks(labels, probabilities, size, selection).unwrap();
            prop_assert_eq!(thresholds, confident_thresholds(labels, probabilities).unwrap());
            prop_assert_eq!(selected, whole);
        }
    }

    #[test]
    fn calibrated_counts_keep_the_label_counts(p in problem(4)) {
        let joint = confident_joint(p.labels.view(), p.probabilities.view()).unwrap();
        prop_assert_eq!(joint.calibrated().sum_axis(Axis(1)), joint.label_counts().to_owned());
        let latent = joint.latent();
        prop_assert!((latent.prior.sum() - 1.0).abs() < 1e-12);
        in_unit_interval(latent.noise)?;
        in_unit_interval(latent.inverse_noise)?;
    }

    #[test]
    fn no_agreeing_record_is_pruned(p in problem(5)) {
        for selection in SELECTIONS {
            if matches!(selection, Selection::LowNormalisedMargin | Selection::LowSelfConfidence) {
                continue;
            }
            let selected = find_label_issues(p.labels.view(), p.probabilities.view(), selection, 1).unwrap();
            for (record, row) in p.probabilities.rows().into_iter().enumerate() {
                let given = row[p.labels[record]];
                prop_assert!(!selected[record] || row.iter().any(|&other| other > given));
            }
        }
    }

    #[test]
    fn regression_scores_are_in_the_unit_interval_and_keep_the_unit(
        values in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64, 0.0..10.0_f64), 2..40),
        factor in 0.1..50.0_f64,
    ) {
        let labels: Array1<f64> = values.iter().map(|v| v.0).collect();
        let predictions: Array1<f64> = values.iter().map(|v| v.1).collect();
        let uncertainty: Array1<f64> = values.iter().map(|v| v.2 + 1e-3).collect();
        in_unit_interval(residual_scores(labels.view(), predictions.view()).unwrap())?;
        let scaled = scaled_residual_scores(labels.view(), predictions.view(), uncertainty.view()).unwrap();
        let outre = outre_scores(labels.view(), predictions.view()).unwrap();
        in_unit_interval(scaled.iter().chain(&outre).copied())?;
        let (labels, predictions, uncertainty) = (labels * factor, predictions * factor, uncertainty * factor);
        let other = scaled_residual_scores(labels.view(), predictions.view(), uncertainty.view()).unwrap();
        prop_assert!(scaled.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-9));
        let other = outre_scores(labels.view(), predictions.view()).unwrap();
        prop_assert!(outre.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn rankings_do_not_depend_on_the_order_of_records(
        records in prop::collection::vec((0_u32..6, any::<bool>()), 1..40),
        place in any::<prop::sample::Index>(),
    ) {
        let rank = |records: &[(u32, bool)]| {
            let scores: Array1<f64> = records.iter().map(|r| f64::from(r.0)).collect();
            let relevant: Array1<bool> = records.iter().map(|r| r.1).collect();
            let (scores, relevant, k) = (scores.view(), relevant.view(), 1 + place.index(records.len()));
            (
                average_precision(scores, relevant),
                precision_at(scores, relevant, k),
                recall_at(scores, relevant, k),
            )
        };
        let backwards: Vec<(u32, bool)> = records.iter().rev().copied().collect();
        let found = rank(&records);
        prop_assert_eq!(&found, &rank(&backwards));
        match found {
            (Ok(a), Ok(b), Ok(c)) => in_unit_interval([a, b, c])?,
            _ => prop_assert!(records.iter().all(|r| !r.1)),
        }
    }
}

/// More records than one parallel task and one chunk hold.
fn many() -> (Array1<usize>, Array2<f64>) {
    let (n, k) = (70_000, 4);
    let weight = |(i, j): (usize, usize)| ((i * i + j * 7919 + i * j * 31) % 1009 + 1) as f64;
    let weights = Array2::from_shape_fn((n, k), weight);
    let sums = weights.sum_axis(Axis(1)).insert_axis(Axis(1));
    ((0..n).map(|i| i * 31 % 1013 % k).collect(), weights / sums)
}

#[test]
fn threads_and_chunks_of_many_records_do_not_matter() {
    let (labels, probabilities) = many();
    let with_threads = |threads: usize, selection| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| find_label_issues(labels.view(), probabilities.view(), selection, 1).unwrap())
    };
    for selection in SELECTIONS {
        let one = with_threads(1, selection);
        assert!(one.iter().any(|&selected| selected));
        assert_eq!(one, with_threads(3, selection));
        let (_, chunked) = in_chunks(labels.view(), probabilities.view(), 9_973, selection).unwrap();
        assert_eq!(one, chunked);
    }
}

#[test]
fn a_fault_deep_in_the_records_is_named_by_its_row() {
    let (labels, mut probabilities) = many();
    probabilities[[69_000, 2]] = f64::NAN;
    probabilities[[69_500, 1]] = 7.0;
    let find = |labels: &Array1<usize>, probabilities: &Array2<f64>| {
        let found = find_label_issues(labels.view(), probabilities.view(), Selection::default(), 1);
        found.unwrap_err().to_string()
    };
    assert_eq!(
        find(&labels, &probabilities),
        "probabilities: row 69000, class 2 is NaN, expected a number in [0, 1]"
    );
    let (mut labels, probabilities) = many();
    labels[66_000] = 4;
    assert_eq!(
        find(&labels, &probabilities),
        "labels: row 66000 is 4, expected a class below 4"
    );
}

#[test]
fn bad_input_is_refused_in_words() {
    let probabilities = array![[0.5, 0.5], [0.25, 0.75]];
    let labels = array![0, 1];
    let thresholds = confident_thresholds(labels.view(), probabilities.view()).unwrap();
    let joint = confident_joint(labels.view(), probabilities.view()).unwrap();
    let error = label_quality_scores(
        labels.view(),
        probabilities.view(),
        Score::ConfidenceWeightedEntropy,
        Some(&thresholds),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "confidence-weighted entropy is not defined for probabilities adjusted by thresholds"
    );
    let one_class = label_quality_scores(
        array![0].view(),
        array![[1.0]].view(),
        Score::NormalisedMargin,
        None,
    );
    assert_eq!(
        one_class.unwrap_err().to_string(),
        "classes of probabilities: at least 2 values are needed, found 1"
    );
    let mut selector = Selector::new(Selection::Both, &thresholds, &joint, 1).unwrap();
    let late = LabelledRows::new(1, labels.view(), probabilities.view()).unwrap();
    assert_eq!(
        selector.add(&late).unwrap_err().to_string(),
        "the chunk starts at row 1, expected row 0"
    );
    assert_eq!(
        selector.finish().unwrap_err().to_string(),
        "selection: 0 records, expected 2 as in the thresholds"
    );
    let unfed = JointCounter::new(&thresholds).finish();
    assert_eq!(
        unfed.unwrap_err().to_string(),
        "confident joint: 0 records, expected 2 as in the thresholds"
    );
    let other = confident_joint(array![1, 1].view(), probabilities.view()).unwrap();
    assert_eq!(
        Selector::new(Selection::Both, &thresholds, &other, 1)
            .unwrap_err()
            .to_string(),
        "a class of the confident joint: 0 records, expected 1 as in the thresholds"
    );
    let empty = find_label_issues(array![].view(), Array2::zeros((0, 2)).view(), Selection::Both, 1);
    assert_eq!(empty, Err(Error::Empty { what: "labels" }));

    let given = array![[true, false]];
    let outside = multilabel::find_class_issues(given.view(), array![[0.5, 1.5]].view(), Selection::Both, 1);
    assert_eq!(
        outside.unwrap_err().to_string(),
        "probabilities: row 0, class 1 is 1.5, expected a number in [0, 1]"
    );
    let alpha = Aggregation::ExponentialMovingAverage { alpha: 1.5 };
    assert!(multilabel::aggregate(array![[0.5]].view(), alpha).is_err());
    assert!(outre_scores(array![1.0].view(), array![1.0].view()).is_err());
    let negative = scaled_residual_scores(array![1.0].view(), array![1.0].view(), array![-1.0].view());
    assert!(negative.is_err());
}

#[test]
fn a_single_record_has_scores_and_no_issue() {
    let (labels, probabilities) = (array![1], array![[0.75, 0.25]]);
    for selection in SELECTIONS {
        let found = find_label_issues(labels.view(), probabilities.view(), selection, 1).unwrap();
        assert_eq!(
            found[0],
            selection == Selection::PredictionDiffers,
            "{selection:?}"
        );
    }
    let score = label_quality_scores(labels.view(), probabilities.view(), Score::NormalisedMargin, None);
    assert_eq!(score.unwrap(), array![0.25]);
    assert_eq!(
        residual_scores(array![2.0].view(), array![2.0].view()).unwrap(),
        array![1.0]
    );
}
