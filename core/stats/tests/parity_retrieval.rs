//! Rankings against scikit-learn and against all orders of tied records (values: `reference/make_retrieval.py`).

mod common;

use common::{Bits, close, problems};
use ecg_audit_stats::retrieval::{average_precision, precision_at, recall_at};
use ndarray::Array1;
use serde::Deserialize;

#[derive(Deserialize)]
struct Problem {
    scores: Vec<f64>,
    relevant: Bits,
    k: usize,
    average_precision: f64,
    precision: Option<f64>,
    recall: Option<f64>,
}

#[test]
fn rankings_equal_scikit_learn_and_enumeration() {
    let mut enumerated = 0;
    for p in problems::<Problem>("retrieval") {
        let (scores, relevant) = (Array1::from(p.scores), p.relevant.vector());
        let (scores, relevant) = (scores.view(), relevant.view());
        let ap = average_precision(scores, relevant).unwrap();
        close(ap, p.average_precision, "average precision");
        let precision = precision_at(scores, relevant, p.k).unwrap();
        let recall = recall_at(scores, relevant, p.k).unwrap();
        if let (Some(expected_precision), Some(expected_recall)) = (p.precision, p.recall) {
            close(precision, expected_precision, "precision at k");
            close(recall, expected_recall, "recall at k");
            enumerated += 1;
        }
    }
    assert!(
        enumerated >= 30,
        "only {enumerated} rankings with an enumerated answer"
    );
}
