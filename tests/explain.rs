//! What else explains the network, through the program: attribution, masked clusters, shuffled weights, refits.

#![allow(clippy::unwrap_used)]

mod common;

use common::{assert_refused, audit, demo, ecgs, number, text};
use serde_json::Value;

const ALL: [&str; 3] = [
    "explain.masked_records=6",
    "explain.shuffled_records=60",
    "explain.refits=2",
];

fn run(set: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let output = demo(ecgs(), &out, set);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    audit(&out)
}

fn measure<'a>(comparison: &'a Value, of: &str, name: &str) -> &'a Value {
    let measures = comparison["measures"].as_array().unwrap();
    let found = measures.iter().find(|m| m["of"] == of && m["name"] == name);
    found.unwrap_or_else(|| panic!("no {of} {name}"))
}

#[test]
fn classes_are_compared_by_uncertainty_and_by_grad_cam() {
    let audit = run(&[]);
    let attribution = &audit["attribution"];
    assert_eq!(attribution["method"], "grad-cam");
    assert_eq!(attribution["tap"], "block3");
    assert_eq!(attribution["records"], 60);
    assert!(number(attribution, "/maps") >= 60.0, "one per decided class");
    for comparison in attribution["comparisons"].as_array().unwrap() {
        let records = number(comparison, "/records");
        for (of, name) in [
            ("uncertainty", "mean"),
            ("attribution", "entropy"),
            ("attribution", "QRS"),
        ] {
            let measure = measure(comparison, of, name);
            let groups = measure["groups"].as_array().unwrap();
            let counted: f64 = groups.iter().map(|g| number(g, "/records")).sum();
            assert!(counted <= records && counted > 0.5 * records, "{of} {name}");
            assert!((0.0..=1.0).contains(&number(measure, "/test/epsilon_squared")));
            assert!(number(measure, "/test/p_adjusted") >= number(measure, "/test/p"));
        }
        let masses: f64 = ["P", "PR", "QRS", "ST", "T", "TP"]
            .iter()
            .map(|phase| number(measure(comparison, "attribution", phase), "/groups/0/mean"))
            .sum();
        assert!((0.5..=1.0 + 1e-9).contains(&masses), "{masses}");
    }
    let trace = &audit["traces"][0];
    let map = trace["attribution"][0]["values"].as_array().unwrap();
    let most = map.iter().filter_map(Value::as_f64).fold(0.0, f64::max);
    assert!((most - 1.0).abs() < 1e-6, "over the record's largest");
    let seconds = number(trace, "/attribution/0/step") * map.len() as f64;
    assert!((9.0..=10.1).contains(&seconds), "{seconds} s of 10");
}

#[test]
fn occlusion_stands_in_where_it_is_asked_for_and_nothing_where_nothing_is() {
    let audit = run(&["explain.attribution=occlusion", "explain.records=100"]);
    assert_eq!(audit["attribution"]["method"], "occlusion");
    assert_eq!(audit["attribution"]["records"], 10);
    assert!(audit["attribution"]["tap"].is_null());
    assert!((number(&audit, "/attribution/time_step") - 0.1).abs() < 0.02);
    let none = run(&[
        "explain.attribution=none",
        "explain.masked_records=0",
        "explain.shuffled_records=0",
        "explain.refits=0",
    ]);
    for part in ["attribution", "faithfulness", "sanity", "stability"] {
        assert!(none[part].is_null(), "{part}");
    }
    assert_eq!(none["traces"][0]["attribution"], serde_json::json!([]));
}

#[test]
fn masks_shuffled_weights_and_refits_are_measured_and_the_same_for_any_number_of_threads() {
    let [one, two] =
        ["audit.threads=1", "audit.threads=2"].map(|threads| run(&[&ALL[..], &[threads]].concat()));
    for part in ["attribution", "faithfulness", "sanity", "stability"] {
        assert_eq!(one[part], two[part], "{part}");
    }
    let masked = one["faithfulness"]["clusters"].as_array().unwrap();
    assert!(masked.len() >= 6, "{}", masked.len());
    for cluster in masked {
        assert!((1.0..=6.0).contains(&number(cluster, "/records")));
        assert!(number(cluster, "/change") >= 0.0);
        let gap = number(cluster, "/change") - number(cluster, "/random_change");
        assert!((gap - number(cluster, "/difference")).abs() < 1e-12);
        assert_eq!(cluster["exemplar_of"].is_null(), cluster["replacement"] == "mean");
        assert_ne!(cluster["exemplar_of"], cluster["cluster"]);
    }
    // What was learnt is gone with the weights: the clusters of the shuffled network explain less.
    let sanity = &one["sanity"];
    assert_eq!(sanity["records"], 60);
    assert!(number(sanity, "/agreement") > number(sanity, "/random_agreement"));
    assert!(number(sanity, "/timelines_ari") < 0.8);
    let refits = one["stability"]["refits"].as_array().unwrap();
    let named: Vec<(&str, f64)> = refits
        .iter()
        .map(|r| (r["change"].as_str().unwrap(), number(r, "/refits")))
        .collect();
    let folds = one["provenance"]["data"]["folds"].as_array().unwrap().len() as f64;
    assert_eq!(
        named,
        [
            ("seed", 2.0),
            ("half of the patients", 2.0),
            ("fold held out", folds)
        ]
    );
    for refit in refits {
        assert!(number(refit, "/ari_min") <= number(refit, "/ari"));
        assert!((0.1..=1.0).contains(&number(refit, "/nmi")), "{refit}");
    }
    assert_eq!(one["stability"]["clusters"].as_array().unwrap().len(), 5);
}

#[test]
fn what_cannot_be_explained_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for (set, words) in [
        ("explain.tap=blokc3", &["explain.tap", "block3"][..]),
        (
            "explain.occlusion_seconds=0",
            &["explain.occlusion_seconds", "above 0"],
        ),
        ("explain.attribution=gradcam", &["gradcam", "grad-cam"]),
        ("encoder.params.taps=[]", &["taps", "ecg-audit inspect"]),
    ] {
        assert_refused(&demo(ecgs(), &out, &[set]), Some(&out), words);
    }
}
