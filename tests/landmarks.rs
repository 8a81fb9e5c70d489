//! Clusters in the heartbeat, through the program.

#![allow(clippy::unwrap_used)]

mod common;

use common::{assert_refused, audit, demo, ecgs, number, text};
use serde_json::Value;

const PHASES: [&str; 7] = ["P", "PR", "QRS", "ST", "T", "TP", "none"];

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

#[test]
fn clusters_are_placed_in_the_heartbeat() {
    let audit = run(&[]);
    assert_eq!(audit["landmarks"]["sources"], serde_json::json!(["dwt"]));
    assert_eq!(audit["landmarks"]["records"], 60);
    // 60 records of 10 s hold some 700 beats.
    assert!((400.0..1200.0).contains(&number(&audit, "/landmarks/beats")));
    // The network sees heartbeats: its clusters tell where in the beat they are, far beyond chance.
    assert!(number(&audit, "/landmarks/explained") > 0.2);
    assert_eq!(number(&audit, "/landmarks/p"), 0.001);
    let phases = audit["landmarks"]["phases"].as_array().unwrap();
    let names: Vec<&str> = phases
        .iter()
        .map(|phase| phase["phase"].as_str().unwrap())
        .collect();
    assert_eq!(names, PHASES);
    let total: f64 = phases.iter().map(|phase| phase["share"].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-6);

    for cluster in audit["clusters"].as_array().unwrap() {
        let landmarks = cluster["landmarks"].as_array().unwrap();
        let overall: Vec<&Value> = landmarks.iter().filter(|l| l["class"].is_null()).collect();
        let shares: f64 = overall.iter().map(|l| l["share"].as_f64().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-6, "{overall:?}");
        assert!(
            landmarks.iter().any(|l| l["class"] == "NORM"),
            "per class as well"
        );
        let beat = &cluster["beat"];
        assert_eq!(beat["leads"].as_array().unwrap().len(), 12);
        assert_eq!(
            beat["microvolts"][0].as_array().unwrap().len(),
            beat["occupancy"].as_array().unwrap().len()
        );
        let patients = cluster["segments"].as_array().unwrap();
        assert!((1..=5).contains(&patients.len()));
        let followers = cluster["followed_by"].as_array().unwrap();
        assert!(
            followers.iter().all(|f| f["cluster"] != cluster["id"]),
            "a stay is no change"
        );
    }
    let by_phase = audit["uncertainty"]["by_landmark"].as_array().unwrap();
    assert!(by_phase.len() >= 6 && by_phase.iter().all(|group| group["by"] == "landmark"));
    for tap in audit["method"]["taps"].as_array().unwrap() {
        let (field, step) = (
            tap["receptive_field"].as_f64().unwrap(),
            tap["time_step"].as_f64().unwrap(),
        );
        assert!(field >= step, "{tap}");
    }
}

#[test]
fn the_qrs_complex_of_the_mean_beat_stands_where_the_clusters_of_the_qrs_phase_are() {
    let audit = run(&[]);
    let clusters = audit["clusters"].as_array().unwrap().iter();
    let share = |cluster: &&Value| {
        let landmarks = cluster["landmarks"].as_array().unwrap().iter();
        let mut qrs = landmarks.filter(|l| l["class"].is_null() && l["phase"] == "QRS");
        qrs.next().map_or(0.0, |l| l["share"].as_f64().unwrap())
    };
    let most = clusters.max_by(|a, b| share(a).total_cmp(&share(b))).unwrap();
    let occupancy: Vec<f64> = most["beat"]["occupancy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    let best = (0..occupancy.len())
        .max_by(|a, b| occupancy[*a].total_cmp(&occupancy[*b]))
        .unwrap();
    let (start, step) = (number(most, "/beat/start"), number(most, "/beat/step"));
    let time = start + best as f64 * step;
    assert!(
        time.abs() < 0.12,
        "the cluster of the QRS complex is most active {time} s from the R peak"
    );
}

#[test]
fn without_a_delineator_the_audit_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(common::root().join("configs/demo.toml")).unwrap();
    let model = common::root().join("configs/demo/demo.onnx");
    let text = text.replace("[delineator]\nplugin = \"dwt\"\n", "");
    let text = text.replace("demo/demo.onnx", &model.display().to_string());
    let config = folder.path().join("audit.toml");
    std::fs::write(&config, text).unwrap();
    let out = folder.path().join("run");
    let mut command = common::program();
    command.arg("run").arg(&config).arg("--out").arg(&out);
    command
        .arg("--set")
        .arg(format!("data.path={}", ecgs().display()));
    command.args([
        "--set",
        "clusterer.params.k=4",
        "--set",
        "surrogate.0.params.trees=10",
    ]);
    let output = command.output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        common::text(&output.stderr)
    );
    let audit = audit(&out);
    assert_eq!(audit["landmarks"], Value::Null);
    assert!(audit["limits"].to_string().contains("Without `[delineator]`"));
    assert!(
        audit["clusters"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["landmarks"] == serde_json::json!([]))
    );
}

#[test]
fn a_delineator_that_is_not_there_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let output = demo(ecgs(), &out, &["delineator.plugin=dwtt"]);
    assert_refused(&output, Some(&out), &["dwtt", "dwt"]);
}
