//! The audit of a real network on real ECGs, held against an implementation that shares no code with it
//! (`reference/tlc_reference.py` beside the data).

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{audit, number, program, root, shared, text};

fn ptb_xl(shared: &Path, run: &Path, set: &[&str]) -> serde_json::Value {
    let mut command = program();
    command
        .arg("run")
        .arg(root().join("configs/ptb-xl.toml"))
        .arg("--out")
        .arg(run);
    command
        .arg("--set")
        .arg(format!("data.path={}", shared.join("data/ptb-xl").display()));
    let model = shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx");
    command
        .arg("--set")
        .arg(format!("encoder.params.model={}", model.display()));
    for set in set {
        command.args(["--set", set]);
    }
    let output = command.output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    audit(run)
}

fn near(audit: &serde_json::Value, pointer: &str, expected: f64, tolerance: f64) {
    let found = number(audit, pointer);
    assert!(
        (found - expected).abs() <= tolerance,
        "{pointer}: {found}, expected {expected} ± {tolerance}"
    );
}

#[test]
fn ptb_xl_equals_the_reference() {
    let Some(shared) = shared("the audit of PTB-XL") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let audit = ptb_xl(&shared, &folder.path().join("k20"), &[]);
    // Deterministic up to the encoder's arithmetic.
    near(&audit, "/model_vs_truth/accuracy", 0.8737, 1e-3);
    near(&audit, "/model_vs_truth/auroc_hard", 0.7889, 1e-3);
    near(&audit, "/model_vs_truth/auroc_soft", 0.9218, 1e-3);
    near(&audit, "/baselines/majority_agreement", 0.8097, 1e-3);
    // Codebooks and forests draw differently: tolerances as in the reference's spread.
    near(&audit, "/surrogates/0/vs_model/agreement/mean", 0.919, 0.015);
    near(&audit, "/surrogates/0/vs_truth/agreement/mean", 0.884, 0.015);
    near(&audit, "/uncertainty/mean", 0.827, 0.01);
    assert_eq!(audit["provenance"]["data"]["records"], 350);
    assert_eq!(audit["method"]["features"], 256);
    // Clusters of the trained network hold more of its decisions than those of the same network with shuffled weights.
    assert!(number(&audit, "/sanity/difference_ci95/0") > 0.0);
    assert!(number(&audit, "/stability/refits/0/ari") > 0.5);
    assert_eq!(audit["attribution"]["method"], "grad-cam");
    assert!(number(&audit, "/faithfulness/faithful/0/faithful") >= 1.0);
    // Records 137 and 138, 143 and 144 hold the same signals; no other two do.
    let pairs: Vec<(&str, &str)> = audit["data_quality"]["duplicates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["first"].as_str().unwrap(), pair["second"].as_str().unwrap()))
        .collect();
    assert_eq!(pairs, [("137", "138"), ("143", "144")]);

    let few = ptb_xl(&shared, &folder.path().join("k5"), &["clusterer.params.k=5"]);
    near(&few, "/surrogates/0/vs_model/agreement/mean", 0.876, 0.02);
    near(&few, "/uncertainty/mean", 0.892, 0.01);
}

/// The records of LUDB with the landmarks that cardiologists marked in every lead.
#[test]
fn annotated_landmarks_place_clusters() {
    let Some(shared) = shared("the audit of LUDB") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = shared.join("data/ludb/data");
    // LUDB has no labels of the network's classes: the cells stay empty.
    let mut table = String::from("record,NORM,MI,STTC,CD,HYP\n");
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "hea") {
            table += &format!("{},,,,,\n", path.file_stem().unwrap().to_str().unwrap());
        }
    }
    let csv = folder.path().join("ludb.csv");
    std::fs::write(&csv, table).unwrap();
    let text = std::fs::read_to_string(root().join("configs/ptb-xl.toml")).unwrap();
    let (head, rest) = text.split_once("\n[data]").unwrap();
    let (_, tail) = rest.split_once("\n[preprocess]").unwrap();
    let tail = tail.replace("steps = [\n", "steps = [\n  { op = \"resample\", hz = 100 },\n");
    let config = format!(
        "{head}\n[data]\nreader = \"wfdb\"\npath = {data:?}\ncsv = {csv:?}\nunlabelled = \"keep\"\n\
         label_columns = [\"NORM\", \"MI\", \"STTC\", \"CD\", \"HYP\"]\nannotations = \"per-lead\"\n\n[preprocess]{tail}"
    );
    let path = folder.path().join("ludb.toml");
    std::fs::write(&path, config).unwrap();
    let run = folder.path().join("run");
    let model = shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx");
    let mut command = program();
    command.arg("run").arg(&path).arg("--out").arg(&run);
    command
        .arg("--set")
        .arg(format!("encoder.params.model={}", model.display()));
    let output = command.output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        common::text(&output.stderr)
    );
    let audit = audit(&run);
    assert_eq!(
        audit["landmarks"]["sources"],
        serde_json::json!(["annotations"]),
        "they take precedence"
    );
    assert_eq!(audit["landmarks"]["records"], 100);
    assert!(number(&audit, "/landmarks/explained") > 0.3);
    assert_eq!(number(&audit, "/landmarks/p"), 0.001);
}
