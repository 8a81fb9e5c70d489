//! Parity with scikit-learn's Lloyd on committed values (`reference/sklearn_kmeans.py`).

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ecg_audit_kmeans::{ClusterRange, Clusters, KMeans, Params, Rule, Workers, fit_from};
use ecg_audit_plugin::{Clusterer, Context, FromParams};
use ndarray::Array2;
use serde_json::Value;

struct Case {
    name: String,
    features: Array2<f32>,
    initial: Array2<f32>,
    json: Value,
}

fn floats(json: &Value) -> Vec<f32> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap() as f32)
        .collect()
}

fn cases() -> Vec<Case> {
    let file: Value = serde_json::from_str(include_str!("fixtures/sklearn.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().map(|json| {
        let columns = json["columns"].as_u64().unwrap() as usize;
        let array = |key: &str| {
            let values = floats(&json[key]);
            Array2::from_shape_vec((values.len() / columns, columns), values).unwrap()
        };
        Case {
            name: json["name"].as_str().unwrap().into(),
            features: array("features"),
            initial: array("initial"),
            json: json.clone(),
        }
    });
    cases.collect()
}

#[test]
fn same_labels_centroids_iterations_and_inertia() {
    let context = Context::quiet(1);
    let workers = Workers::new(1).unwrap();
    for case in cases() {
        let fit = fit_from(
            case.features.view(),
            case.initial.clone(),
            case.json["max_iterations"].as_u64().unwrap() as usize,
            case.json["tolerance"].as_f64().unwrap(),
            &workers,
            &context,
        )
        .unwrap();
        let labels: Vec<u32> = case.json["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_u64().unwrap() as u32)
            .collect();
        assert_eq!(fit.labels, labels, "{}", case.name);
        assert_eq!(
            fit.iterations as u64,
            case.json["iterations"].as_u64().unwrap(),
            "{}",
            case.name
        );
        let inertia = case.json["inertia"].as_f64().unwrap();
        assert!(
            (fit.inertia / inertia - 1.0).abs() < 1e-6,
            "{}: {} vs {inertia}",
            case.name,
            fit.inertia
        );
        for (found, expected) in fit.centroids.iter().zip(floats(&case.json["centroids"])) {
            assert!(
                (found - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
                "{}: {found} vs {expected}",
                case.name
            );
        }
    }
}

/// One K as a range scores like scikit-learn, seen through the log.
#[test]
fn variance_ratio_is_scikit_learns() {
    use ecg_audit_plugin::{Host, Level};
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);
    impl Host for Log {
        fn log(&self, level: Level, message: &str) {
            assert_eq!(level, Level::Info);
            self.0.lock().unwrap().push(message.into());
        }
        fn progress(&self, _: u64, _: u64) {}
        fn cancelled(&self) -> bool {
            false
        }
        fn threads(&self) -> usize {
            1
        }
    }

    // Well separated, so that k-means++ finds the same clusters as the fixture's initial centroids do.
    let case = cases()
        .into_iter()
        .find(|case| case.name == "empty clusters are refilled")
        .unwrap();
    let labels: Vec<u64> = case.json["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap())
        .collect();
    let k = labels.iter().max().unwrap() + 1;
    let log = Arc::new(Log::default());
    let params = Params {
        k: Clusters::Range(ClusterRange {
            from: k as usize,
            to: k as usize,
            step: 1,
            rule: Rule::CalinskiHarabasz,
        }),
        restarts: 30,
        ..Params::default()
    };
    let model = KMeans::from_params(params, &Context::new(log.clone()))
        .unwrap()
        .fit(case.features.view(), 5)
        .unwrap();
    let message = log.0.lock().unwrap().join("\n");
    let score: f64 = message.rsplit(' ').next().unwrap().parse().unwrap();
    let inertia = model.summary().mean_squared_distance * case.features.nrows() as f64;
    // The score follows from the inertia; the fixture gives the total dispersion that both share.
    let (rows, clusters) = (case.features.nrows() as f64, k as f64);
    let (fixture_inertia, fixture_score) = (
        case.json["inertia"].as_f64().unwrap(),
        case.json["calinski_harabasz"].as_f64().unwrap(),
    );
    let total = fixture_inertia * (1.0 + fixture_score * (clusters - 1.0) / (rows - clusters));
    let expected = ((total - inertia) / (clusters - 1.0)) / (inertia / (rows - clusters));
    assert!(
        (score / expected - 1.0).abs() < 1e-5,
        "{score} vs {expected}: {message}"
    );
    assert!(
        inertia <= fixture_inertia * 1.0001,
        "{inertia} vs {fixture_inertia}"
    );
}
