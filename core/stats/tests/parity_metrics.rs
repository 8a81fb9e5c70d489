//! Metrics against scikit-learn and NumPy, to 1e-10 (values: `reference/make_values.py`).

mod common;

use common::{Bits, all_close, close, close_option, matrix, problems};
use ecg_audit_stats::{auroc, calibration, classification, clusters, entropy, rank, regression, summary};
use ndarray::Array1;
use serde::Deserialize;

#[test]
fn auroc_equals_scikit_learn() {
    #[derive(Deserialize)]
    struct Problem {
        labels: Bits,
        scores: Array,
        auroc: f64,
        hard: f64,
        decisions: Bits,
    }
    for p in problems::<Problem>("auroc") {
        let labels = p.labels.vector();
        close(
            auroc::auroc(labels.view(), p.scores.view()).unwrap(),
            p.auroc,
            "soft",
        );
        let hard = auroc::auroc_hard(labels.view(), p.decisions.vector().view());
        close(hard.unwrap(), p.hard, "hard");
    }
}

#[test]
fn macro_auroc_equals_scikit_learn_over_the_defined_classes() {
    #[derive(Deserialize)]
    struct Problem {
        labels: Bits,
        scores: Vec<Vec<f64>>,
        mean: f64,
        skipped: Vec<usize>,
    }
    let mut skipped = 0;
    for p in problems::<Problem>("macro_auroc") {
        let labels = p.labels.matrix(p.scores.len());
        let result = auroc::macro_auroc(labels.view(), matrix(&p.scores).view()).unwrap();
        close(result.mean, p.mean, "mean");
        assert_eq!(result.skipped, p.skipped);
        skipped += p.skipped.len();
    }
    assert!(skipped > 0, "the values must hold classes to skip");
}

#[test]
fn classification_equals_scikit_learn() {
    #[derive(Deserialize)]
    struct Problem {
        n: usize,
        labels: Bits,
        decisions: Bits,
        agreement: f64,
        exact_match: f64,
        majority: f64,
        counts: [u64; 4],
        accuracy: f64,
        sensitivity: Option<f64>,
        specificity: Option<f64>,
        precision: Option<f64>,
        f1: Option<f64>,
    }
    for p in problems::<Problem>("classification") {
        let (labels, decisions) = (p.labels.matrix(p.n), p.decisions.matrix(p.n));
        let (labels, decisions) = (labels.view(), decisions.view());
        close(
            classification::agreement(labels, decisions).unwrap(),
            p.agreement,
            "agreement",
        );
        let per_record = classification::record_agreement(labels, decisions).unwrap();
        close(
            summary::mean(per_record.view()).unwrap(),
            p.agreement,
            "mean agreement of records",
        );
        close(
            classification::exact_match(labels, decisions).unwrap(),
            p.exact_match,
            "exact match",
        );
        close(
            classification::majority_agreement(labels).unwrap(),
            p.majority,
            "majority",
        );
        let first = classification::confusion_per_class(labels, decisions).unwrap()[0];
        let counts = [
            first.true_positives,
            first.false_positives,
            first.true_negatives,
            first.false_negatives,
        ];
        assert_eq!(counts, p.counts);
        close_option(first.accuracy(), Some(p.accuracy), "accuracy");
        close_option(first.sensitivity(), p.sensitivity, "sensitivity");
        close_option(first.specificity(), p.specificity, "specificity");
        close_option(first.positive_predictive_value(), p.precision, "precision");
        close_option(first.f1(), p.f1, "F1");
    }
}

#[test]
fn calibration_equals_scikit_learn() {
    #[derive(Deserialize)]
    struct Problem {
        labels: Bits,
        probabilities: Array,
        bins: usize,
        records: Vec<usize>,
        brier: f64,
        ece: f64,
    }
    for p in problems::<Problem>("calibration") {
        let labels = p.labels.vector();
        let (labels, probabilities) = (labels.view(), p.probabilities.view());
        close(
            calibration::brier_score(labels, probabilities).unwrap(),
            p.brier,
            "Brier",
        );
        let bins = calibration::reliability(labels, probabilities, p.bins).unwrap();
        assert_eq!(bins.iter().map(|bin| bin.records).collect::<Vec<_>>(), p.records);
        let ece = calibration::expected_calibration_error(labels, probabilities, p.bins).unwrap();
        close(ece, p.ece, "ECE");
    }
}

#[test]
fn regression_equals_scikit_learn_and_scipy() {
    #[derive(Deserialize)]
    struct Problem {
        targets: Array,
        predictions: Array,
        mae: f64,
        rmse: f64,
        r2: f64,
        pearson: f64,
        spearman: f64,
    }
    for p in problems::<Problem>("regression") {
        let (targets, predictions) = (p.targets.view(), p.predictions.view());
        close(
            regression::mean_absolute_error(targets, predictions).unwrap(),
            p.mae,
            "MAE",
        );
        close(
            regression::root_mean_squared_error(targets, predictions).unwrap(),
            p.rmse,
            "RMSE",
        );
        close(regression::r_squared(targets, predictions).unwrap(), p.r2, "R²");
        close(
            regression::pearson(targets, predictions).unwrap(),
            p.pearson,
            "Pearson",
        );
        close(
            regression::spearman(targets, predictions).unwrap(),
            p.spearman,
            "Spearman",
        );
    }
}

#[test]
fn summaries_equal_numpy() {
    #[derive(Deserialize)]
    struct Problem {
        values: Array,
        at: Vec<f64>,
        mean: f64,
        sd: f64,
        quantiles: Vec<f64>,
        five: Vec<f64>,
        midranks: Vec<f64>,
    }
    for p in problems::<Problem>("summary") {
        let values = p.values.view();
        close(summary::mean(values).unwrap(), p.mean, "mean");
        close(
            summary::standard_deviation(values).unwrap(),
            p.sd,
            "standard deviation",
        );
        all_close(
            &summary::quantiles(values, &p.at).unwrap(),
            &p.quantiles,
            "quantiles",
        );
        let five = summary::BoxStatistics::new(values).unwrap();
        let five = [
            five.min,
            five.lower_quartile,
            five.median,
            five.upper_quartile,
            five.max,
        ];
        all_close(&five, &p.five, "five numbers");
        all_close(&rank::midranks(values).unwrap(), &p.midranks, "midranks");
    }
}

#[test]
fn entropy_equals_scipy() {
    #[derive(Deserialize)]
    struct Problem {
        p: Array,
        entropy: f64,
    }
    for p in problems::<Problem>("entropy") {
        close(
            entropy::normalised_entropy(p.p.view()).unwrap(),
            p.entropy,
            "entropy",
        );
    }
}

#[test]
fn agreement_of_clusterings_equals_scikit_learn_and_scipy() {
    #[derive(Deserialize)]
    struct Problem {
        a: Vec<u32>,
        b: Vec<u8>,
        k: (usize, usize),
        table: Vec<Vec<u64>>,
        ari: f64,
        nmi: f64,
        matched: f64,
    }
    for p in problems::<Problem>("clusters") {
        let (a, b) = (Array1::from(p.a), Array1::from(p.b));
        let table = clusters::contingency(a.view(), b.view(), p.k).unwrap();
        assert_eq!(table, matrix(&p.table));
        close(clusters::adjusted_rand_index(table.view()).unwrap(), p.ari, "ARI");
        close(
            clusters::normalised_mutual_information(table.view()).unwrap(),
            p.nmi,
            "NMI",
        );
        let matching = ecg_audit_stats::assignment::match_clusters(table.view()).unwrap();
        close(
            matching.overlap,
            p.matched / a.len() as f64,
            "share of matched items",
        );
        let shared: u64 = matching.pairs.iter().map(|&pair| table[pair]).sum();
        assert_eq!(shared as f64, p.matched, "items in matched clusters");
    }
}

/// A vector in the value files.
#[derive(Deserialize)]
#[serde(from = "Vec<f64>")]
struct Array(Array1<f64>);

impl From<Vec<f64>> for Array {
    fn from(values: Vec<f64>) -> Self {
        Self(values.into())
    }
}

impl std::ops::Deref for Array {
    type Target = Array1<f64>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
