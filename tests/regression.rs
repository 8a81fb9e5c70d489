//! Audits of a network with a continuous output.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{assert_refused, audit, copy_folder, demo, ecgs, number, root, text};
use serde_json::Value;
use tempfile::TempDir;

/// Records whose value in the table is plainly wrong.
const WRONG: [usize; 3] = [4, 21, 47];

/// The demo's data with a value per record in the column `age` that follows from its classes, as the network's does, and
/// the network.
struct Values {
    _folder: TempDir,
    data: PathBuf,
    model: PathBuf,
}

fn values() -> Values {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs");
    copy_folder(ecgs(), &data);
    let table = data.join("ptbxl_database.csv");
    let clean = clean_labels(&data);
    let text = fs::read_to_string(&table).unwrap();
    let mut lines = text.lines();
    let mut changed = format!("{}\n", lines.next().unwrap());
    for (i, (line, classes)) in lines.zip(&clean).enumerate() {
        let mut cells: Vec<String> = line.splitn(4, ',').map(str::to_owned).collect();
        let wobble = (i % 7) as f64 / 2.0 - 1.5;
        let wrong = if WRONG.contains(&i) { 60.0 } else { 0.0 };
        cells[2] = (value(classes) + wobble + wrong).to_string();
        changed += &format!("{}\n", cells.join(","));
    }
    fs::write(&table, changed).unwrap();
    let mut bytes = fs::read(root().join("configs/demo/demo.onnx")).unwrap();
    bytes.extend(fs::read(root().join("tests/models/value.head")).unwrap());
    let model = folder.path().join("value.onnx");
    fs::write(&model, bytes).unwrap();
    Values {
        data,
        model,
        _folder: folder,
    }
}

/// As tests/models/make_value.py has it.
fn value(classes: &str) -> f64 {
    let weights = [("NORM", -5.0), ("MI", 25.0), ("CD", 10.0), ("HYP", 15.0)];
    let of = |(name, weight): &(&str, f64)| classes.split(';').any(|class| class == *name).then_some(*weight);
    40.0 + weights.iter().filter_map(of).sum::<f64>()
}

/// The classes that each record's signal shows, in the table's order.
fn clean_labels(data: &Path) -> Vec<String> {
    let text = fs::read_to_string(data.join("truth/labels.csv")).unwrap();
    let cell = |line: &str| line.split(',').nth(2).unwrap().to_owned();
    text.lines().skip(1).map(cell).collect()
}

impl Values {
    fn run(&self, out: &Path, set: &[&str]) -> std::process::Output {
        let model = format!("encoder.params.model={}", self.model.display());
        let mut all = vec![
            model.as_str(),
            "encoder.params.output=value",
            "encoder.params.activation=identity",
            "data.labels=age",
            "checks={}",
        ];
        all.extend(set);
        demo(&self.data, out, &all)
    }
}

#[test]
fn a_continuous_target_goes_through_the_whole_audit() {
    let values = values();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = values.run(&run, &["explain.shuffled_records=60", "clusterer.params.k=12"]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stdout).contains("MAE"), "{}", text(&output.stdout));
    let audit = audit(&run);
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/audit.schema.json")).unwrap()).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&audit)
        .map(|e| e.instance_path().to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    assert_eq!(audit["task"], "regression");
    assert_eq!(audit["target"], "age");
    assert_eq!(audit["classes"], serde_json::json!([]));
    // The network knows the classes that values follow from; its errors are the wobble and what was planted.
    assert!(number(&audit, "/model_vs_truth/mae") < 10.0);
    assert!(number(&audit, "/model_vs_truth/rank_correlation") > 0.6);
    let surrogate = &audit["surrogates"][0]["vs_model"];
    let gain = surrogate["gain_ci95"][0].as_f64().unwrap();
    assert!(gain > 0.0, "{surrogate}");
    assert!(number(surrogate, "/r2") > 0.2 && number(surrogate, "/r2") > number(surrogate, "/permuted_r2"));
    assert_eq!(
        number(surrogate, "/mean_mae"),
        number(&audit, "/baselines/mean_mae")
    );
    assert_eq!(surrogate["per_fold"].as_array().unwrap().len(), 10);
    assert!(audit["baselines"].get("majority_agreement").is_none());
    let groups = audit["uncertainty"]["by_class"].as_array().unwrap();
    assert!(
        groups.iter().any(|group| group["group"] == "30 to 40"),
        "{groups:?}"
    );
    assert_eq!(
        audit["uncertainty"]["by_correctness"].as_array().unwrap().len(),
        3
    );
    assert_eq!(audit["clusters"][0]["correlations"][0]["class"], "age");
    assert!(number(&audit, "/sanity/agreement").is_finite());
    let report = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(!report.contains(">NaN") && !report.contains("NaN<"));
}

#[test]
fn planted_wrong_values_are_the_most_doubtful() {
    let values = values();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = values.run(&run, &["data.unlabelled=skip"]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let audit = audit(&run);
    let items = audit["issues"]["items"].as_array().unwrap();
    let first: Vec<&str> = items
        .iter()
        .take(3)
        .map(|item| item["record"].as_str().unwrap())
        .collect();
    let mut planted: Vec<String> = WRONG.iter().map(|i| (i + 1).to_string()).collect();
    let mut found: Vec<String> = first.iter().map(ToString::to_string).collect();
    planted.sort();
    found.sort();
    assert_eq!(found, planted, "{items:#?}");
    let (given, suggested) = (number(&items[0], "/given"), number(&items[0], "/suggested"));
    assert!(given - suggested > 30.0);
    assert!(items[0]["reasons"][0].as_str().unwrap().contains("age"));
    let table = fs::read_to_string(run.join("issues.csv")).unwrap();
    assert!(table.contains(&given.to_string()), "{table}");
}

#[test]
fn labels_and_outputs_must_be_of_one_kind() {
    let values = values();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let classes = values.run(&run, &["data.labels=superclass"]);
    assert_refused(
        &classes,
        Some(&run),
        &["continuous output", "labels are classes", "data.labels"],
    );
    let logits = demo(&values.data, &run, &["data.labels=age", "checks={}"]);
    assert_refused(&logits, Some(&run), &["labels are continuous", "identity"]);
    let five = demo(
        &values.data,
        &run,
        &["data.labels=age", "encoder.params.activation=identity"],
    );
    assert_refused(&five, Some(&run), &["5 outputs", "needs one"]);
}
