//! Confident learning against cleanlab: selections and counts identical, scores to 1e-9 (values:
//! `reference/make_confident.py`, which also says how ties are ordered).

mod common;

use common::{Bits, matrix, problems};
use ecg_audit_stats::confident::multilabel::{self, Aggregation};
use ecg_audit_stats::confident::outre::outre_scores;
use ecg_audit_stats::confident::residual::{
    aleatoric_spread, epistemic_spread, residual_scores, scaled_residual_scores,
};
use ecg_audit_stats::confident::{
    Score, Selection, confident_joint, confident_thresholds, find_label_issues, label_quality_scores,
};
use ndarray::{Array1, Array2};
use serde::Deserialize;

/// In the order of the values.
const SELECTIONS: [Selection; 7] = [
    Selection::PruneByNoiseRate,
    Selection::PruneByClass,
    Selection::Both,
    Selection::ConfidentLearning,
    Selection::LowNormalisedMargin,
    Selection::LowSelfConfidence,
    Selection::PredictionDiffers,
];

#[track_caller]
fn near<'a>(found: impl IntoIterator<Item = &'a f64>, expected: impl IntoIterator<Item = f64>, what: &str) {
    let found: Vec<f64> = found.into_iter().copied().collect();
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    for (at, (f, e)) in found.iter().zip(&expected).enumerate() {
        assert!((f - e).abs() <= 1e-9, "{what}: value {at} is {f}, expected {e}");
    }
}

/// p = w / sum of its row.
fn by_rows(weights: &[Vec<u64>]) -> Array2<f64> {
    let rows = weights.iter().map(|row| {
        let sum = row.iter().sum::<u64>() as f64;
        row.iter().map(|&w| w as f64 / sum).collect::<Vec<f64>>()
    });
    matrix(&rows.collect::<Vec<_>>())
}

/// Prior, noise matrix, inverse noise matrix.
#[derive(Deserialize)]
struct LatentValues(Vec<f64>, Vec<Vec<f64>>, Vec<Vec<f64>>);

#[derive(Deserialize)]
struct MultiClass {
    labels: Vec<usize>,
    weights: Vec<Vec<u64>>,
    min_examples_per_class: usize,
    thresholds: Vec<f64>,
    counts: Vec<Vec<u64>>,
    calibrated: Vec<Vec<u64>>,
    latent: Option<LatentValues>,
    selections: Vec<Option<Bits>>,
    margin: Option<Vec<f64>>,
    entropy: Option<Vec<f64>>,
    adjusted_confidence: Option<Vec<f64>>,
    adjusted_margin: Option<Vec<f64>>,
}

#[test]
fn multi_class_selections_equal_cleanlab() {
    let (mut compared, mut selected) = (0, 0);
    for (at, p) in problems::<MultiClass>("confident_multiclass")
        .into_iter()
        .enumerate()
    {
        let (labels, probabilities) = (Array1::from(p.labels), by_rows(&p.weights));
        for (selection, expected) in SELECTIONS.into_iter().zip(p.selections) {
            let found = find_label_issues(
                labels.view(),
                probabilities.view(),
                selection,
                p.min_examples_per_class,
            );
            match expected {
                Some(expected) => {
                    assert_eq!(found.unwrap(), expected.vector(), "problem {at}, {selection:?}");
                    compared += 1;
                    selected += expected.vector().iter().filter(|&&s| s).count();
                }
                None => accepts_one_class(&labels, probabilities.ncols(), selection, found),
            }
        }
    }
    assert!(
        compared > 500 && selected > 500,
        "compared {compared}, selected {selected}"
    );
}

/// cleanlab refuses labels of a single class in some functions; here nothing contradicts them.
#[track_caller]
fn accepts_one_class(
    labels: &Array1<usize>,
    classes: usize,
    selection: Selection,
    found: ecg_audit_stats::Result<Array1<bool>>,
) {
    assert!(
        labels.iter().all(|&label| label == labels[0]),
        "refused for another reason"
    );
    match selection {
        Selection::PredictionDiffers => assert!(found.is_ok()),
        Selection::LowNormalisedMargin if classes == 1 => assert!(found.is_err()),
        _ => assert_eq!(found, Ok(Array1::from_elem(labels.len(), false))),
    }
}

#[test]
fn joints_and_noise_rates_equal_cleanlab() {
    for (at, p) in problems::<MultiClass>("confident_multiclass")
        .into_iter()
        .enumerate()
    {
        let (labels, probabilities) = (Array1::from(p.labels), by_rows(&p.weights));
        let thresholds = confident_thresholds(labels.view(), probabilities.view()).unwrap();
        near(thresholds.values(), p.thresholds, "thresholds");
        let joint = confident_joint(labels.view(), probabilities.view()).unwrap();
        assert_eq!(joint.counts(), matrix(&p.counts), "problem {at}: counts");
        assert_eq!(
            joint.calibrated(),
            matrix(&p.calibrated),
            "problem {at}: calibrated"
        );
        assert!((joint.joint().sum() - 1.0).abs() < 1e-12);
        if let Some(LatentValues(prior, noise, inverse_noise)) = p.latent {
            let latent = joint.latent();
            near(&latent.prior, prior, "prior");
            near(&latent.noise, noise.concat(), "noise");
            near(&latent.inverse_noise, inverse_noise.concat(), "inverse noise");
        }
    }
}

#[test]
fn multi_class_scores_equal_cleanlab() {
    for p in problems::<MultiClass>("confident_multiclass") {
        let (labels, probabilities) = (Array1::from(p.labels), by_rows(&p.weights));
        let (labels, probabilities) = (labels.view(), probabilities.view());
        let thresholds = confident_thresholds(labels, probabilities).unwrap();
        let plain = label_quality_scores(labels, probabilities, Score::SelfConfidence, None).unwrap();
        let given = labels
            .iter()
            .zip(probabilities.rows())
            .map(|(&label, row)| row[label]);
        near(&plain, given, "self-confidence");
        let cases = [
            (Score::NormalisedMargin, None, p.margin),
            (Score::ConfidenceWeightedEntropy, None, p.entropy),
            (Score::SelfConfidence, Some(&thresholds), p.adjusted_confidence),
            (Score::NormalisedMargin, Some(&thresholds), p.adjusted_margin),
        ];
        for (score, adjust, expected) in cases {
            let found = label_quality_scores(labels, probabilities, score, adjust);
            match expected {
                Some(expected) => near(&found.unwrap(), expected, &format!("{score:?}")),
                None => assert!(found.is_err() || score == Score::SelfConfidence),
            }
        }
    }
}

#[derive(Deserialize)]
struct Large {
    n: usize,
    k: usize,
    multiplier: usize,
    calibrated: Vec<Vec<u64>>,
    sizes: Vec<usize>,
    index_sums: Vec<usize>,
    index_square_sums: Vec<usize>,
}

/// The labels and weights of `formula` in `reference/make_confident.py`.
fn formula(n: usize, k: usize, multiplier: usize) -> (Array1<usize>, Array2<f64>) {
    let label = |i: usize| (i * i % 10_007 * multiplier + i) % k;
    let weights = (0..n).map(|i| {
        let weight = |j: usize| {
            let own = if j == label(i) { i * multiplier % 700 } else { 0 };
            ((i * i + j * 7919 + i * j * multiplier) % 1009 + 1 + own) as u64
        };
        (0..k).map(weight).collect()
    });
    ((0..n).map(label).collect(), by_rows(&weights.collect::<Vec<_>>()))
}

#[test]
fn thousands_of_records_equal_cleanlab() {
    for p in problems::<Large>("confident_large") {
        let (labels, probabilities) = formula(p.n, p.k, p.multiplier);
        let joint = confident_joint(labels.view(), probabilities.view()).unwrap();
        assert_eq!(joint.calibrated(), matrix(&p.calibrated));
        for (i, selection) in SELECTIONS.into_iter().enumerate() {
            let found = find_label_issues(labels.view(), probabilities.view(), selection, 1).unwrap();
            let found = found.iter().enumerate().filter_map(|(at, &s)| s.then_some(at));
            let found: Vec<usize> = found.collect();
            assert_eq!(found.len(), p.sizes[i], "{selection:?}");
            assert_eq!(found.iter().sum::<usize>(), p.index_sums[i], "{selection:?}");
            let squares = found.iter().map(|at| at * at).sum::<usize>();
            assert_eq!(squares, p.index_square_sums[i], "{selection:?}");
        }
    }
}

#[derive(Deserialize)]
struct Counts {
    peaked: Vec<Vec<usize>>,
    flat: Vec<usize>,
    min_examples_per_class: usize,
    calibrated: Vec<Vec<u64>>,
    selections: Vec<Option<Bits>>,
}

impl Counts {
    /// `peaked[j][k]` records of class j that point to k, then `flat[j]` that point nowhere.
    fn records(&self) -> (Array1<usize>, Array2<f64>) {
        let (mut labels, mut weights) = (Vec::new(), Vec::new());
        let classes = self.flat.len();
        let mut add = |label: usize, count: usize, weight: &dyn Fn(usize) -> u64| {
            for _ in 0..count {
                labels.push(label);
                weights.push((0..classes).map(weight).collect::<Vec<u64>>());
            }
        };
        for (label, to) in self.peaked.iter().enumerate() {
            for (to, &count) in to.iter().enumerate() {
                add(label, count, &|class| if class == to { 9 } else { 1 });
            }
            add(label, self.flat[label], &|_| 1);
        }
        (Array1::from(labels), by_rows(&weights))
    }
}

#[test]
fn corners_of_rounding_and_pruning_equal_cleanlab() {
    for (at, p) in problems::<Counts>("confident_counts").into_iter().enumerate() {
        let (labels, probabilities) = p.records();
        let (labels, probabilities, keep) = (labels.view(), probabilities.view(), p.min_examples_per_class);
        let joint = confident_joint(labels, probabilities).unwrap();
        assert_eq!(
            joint.calibrated(),
            matrix(&p.calibrated),
            "problem {at}: calibrated"
        );
        for (selection, expected) in SELECTIONS.into_iter().zip(p.selections) {
            let found = find_label_issues(labels, probabilities, selection, keep).unwrap();
            assert_eq!(found, expected.unwrap().vector(), "problem {at}, {selection:?}");
        }
    }
}

#[derive(Deserialize)]
struct MultiLabel {
    labels: Bits,
    weights: Vec<Vec<u64>>,
    scale: f64,
    min_examples_per_class: usize,
    class_selections: Vec<Option<Bits>>,
    record_selections: Vec<Option<Bits>>,
    margin: Option<Vec<Vec<f64>>>,
    entropy: Option<Vec<Vec<f64>>>,
    adjusted_confidence: Option<Vec<Vec<f64>>>,
    pooled: Vec<Option<Vec<f64>>>,
}

impl MultiLabel {
    fn arrays(&self) -> (Array2<bool>, Array2<f64>) {
        let probabilities = matrix(&self.weights).mapv(|w| w as f64 / self.scale);
        (self.labels.matrix(self.weights.len()), probabilities)
    }
}

#[test]
fn multi_label_selections_equal_cleanlab() {
    let mut compared = 0;
    for (at, p) in problems::<MultiLabel>("confident_multilabel")
        .into_iter()
        .enumerate()
    {
        let (labels, probabilities) = p.arrays();
        let (labels, probabilities, keep) = (labels.view(), probabilities.view(), p.min_examples_per_class);
        let answers = p.class_selections.iter().zip(&p.record_selections);
        for (selection, (classes, records)) in SELECTIONS.into_iter().zip(answers) {
            let found = multilabel::find_class_issues(labels, probabilities, selection, keep).unwrap();
            if let Some(expected) = classes {
                let expected = expected.matrix(labels.nrows());
                assert_eq!(found, expected, "problem {at}, {selection:?}");
                compared += 1;
            }
            let found = multilabel::find_record_issues(labels, probabilities, selection, keep).unwrap();
            if let Some(expected) = records {
                assert_eq!(found, expected.vector(), "problem {at}, {selection:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 400, "only {compared} selections compared");
}

#[test]
fn multi_label_scores_equal_cleanlab() {
    let mut compared = 0;
    for p in problems::<MultiLabel>("confident_multilabel") {
        let (labels, probabilities) = p.arrays();
        let (labels, probabilities) = (labels.view(), probabilities.view());
        let cases = [
            (Score::NormalisedMargin, false, &p.margin),
            (Score::ConfidenceWeightedEntropy, false, &p.entropy),
            (Score::SelfConfidence, true, &p.adjusted_confidence),
        ];
        for (score, adjusted, expected) in cases {
            let found = multilabel::class_scores(labels, probabilities, score, adjusted).unwrap();
            if let Some(expected) = expected {
                near(&found, expected.concat(), &format!("{score:?}"));
                compared += 1;
            }
        }
        let aggregations = [
            Aggregation::default(),
            Aggregation::SoftMin { temperature: 0.1 },
            Aggregation::Min,
            Aggregation::Mean,
        ];
        for (aggregation, expected) in aggregations.into_iter().zip(p.pooled) {
            let score = Score::SelfConfidence;
            let found = multilabel::record_scores(labels, probabilities, score, false, aggregation).unwrap();
            if let Some(expected) = expected {
                near(&found, expected, &format!("{aggregation:?}"));
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "only {compared} scores compared");
}

#[derive(Deserialize)]
struct Regression {
    unit: f64,
    labels: Vec<f64>,
    predictions: Vec<f64>,
    bootstrap: Vec<Vec<f64>>,
    predicted_residuals: Vec<f64>,
    residual: Vec<f64>,
    outre: Vec<f64>,
    scaled: Vec<f64>,
}

#[test]
fn regression_scores_equal_cleanlab() {
    for p in problems::<Regression>("confident_regression") {
        let scaled = |values: Vec<f64>| Array1::from(values) / p.unit;
        let (labels, predictions) = (scaled(p.labels), scaled(p.predictions));
        let (labels, predictions) = (labels.view(), predictions.view());
        near(
            &residual_scores(labels, predictions).unwrap(),
            p.residual,
            "residual",
        );
        near(&outre_scores(labels, predictions).unwrap(), p.outre, "OUTRE");
        let bootstrap = matrix(&p.bootstrap) / p.unit;
        let epistemic = epistemic_spread(bootstrap.view(), predictions).unwrap();
        let aleatoric = aleatoric_spread(scaled(p.predicted_residuals).view()).unwrap();
        let uncertainty = epistemic + aleatoric;
        let found = scaled_residual_scores(labels, predictions, uncertainty.view()).unwrap();
        near(&found, p.scaled, "scaled residual");
    }
}
