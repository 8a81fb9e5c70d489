//! Audits with a network for every fold.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{assert_refused, audit, demo, ecgs, number, root, text};
use serde_json::{Value, json};

/// The demo's configuration with a network per fold in place of one.
fn configuration(folder: &Path, pattern: &str) -> PathBuf {
    let demo = fs::read_to_string(root().join("configs/demo.toml")).unwrap();
    let own = demo.replace("model = \"demo/demo.onnx\", ", "");
    assert_ne!(own, demo);
    let path = folder.join("folds.toml");
    fs::write(
        &path,
        format!("{own}\n[cross_validation]\nmodel = \"{pattern}\"\n"),
    )
    .unwrap();
    path
}

/// The demo's network under the names of ten folds, with cards.
fn networks(folder: &Path) {
    for fold in 1..=10_u32 {
        fs::copy(
            root().join("configs/demo/demo.onnx"),
            folder.join(format!("fold{fold}.onnx")),
        )
        .unwrap();
        let others: Vec<u32> = (1..=10).filter(|other| *other != fold).collect();
        let card =
            json!({"classes": ["NORM", "MI", "STTC", "CD", "HYP"], "held_out": fold, "trained_on": others});
        fs::write(folder.join(format!("fold{fold}.json")), card.to_string()).unwrap();
    }
}

fn run(config: &Path, out: &Path, set: &[&str]) -> std::process::Output {
    let mut command = common::program();
    command.arg("run").arg(config).arg("--out").arg(out);
    common::small(&mut command, ecgs(), set);
    command.output().unwrap()
}

#[test]
fn the_same_network_for_every_fold_is_as_faithful_as_the_one() {
    let folder = tempfile::tempdir().unwrap();
    networks(folder.path());
    let config = configuration(folder.path(), "fold{fold}.onnx");
    let (folds, single) = (folder.path().join("folds"), folder.path().join("single"));
    let output = run(&config, &folds, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let output = demo(ecgs(), &single, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let (folds, single) = (audit(&folds), audit(&single));
    // Codebooks of the folds, proportions, targets and surrogates are the same; only what is drawn differs.
    for pointer in [
        "/model_vs_truth/accuracy",
        "/surrogates/0/vs_model/agreement",
        "/surrogates/0/vs_truth/agreement",
        "/baselines",
        "/uncertainty/mean",
    ] {
        assert_eq!(folds.pointer(pointer), single.pointer(pointer), "{pointer}");
    }
    let networks = folds["cross_validation"]["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 10);
    assert_eq!(networks[0]["matching"], Value::Null);
    for network in &networks[1..] {
        let overlap = number(network, "/matching/overlap");
        assert!(overlap > 0.5 && overlap <= 1.0, "{network}");
        assert_eq!(network["matching"]["clusters"].as_array().unwrap().len(), 5);
        assert_eq!(network["sha256"], networks[0]["sha256"]);
    }
    let limits = folds["limits"].to_string();
    assert!(
        limits.contains("according to its card was not trained on it"),
        "{limits}"
    );
    let shares: f64 = folds["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| number(c, "/share"))
        .sum();
    assert!((shares - 1.0).abs() < 1e-9);
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/audit.schema.json")).unwrap()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&folds));
}

#[test]
fn models_that_do_not_fit_the_folds_are_named() {
    let folder = tempfile::tempdir().unwrap();
    networks(folder.path());
    let config = configuration(folder.path(), "fold{fold}.onnx");
    let out = folder.path().join("run");
    let card = |fold: u32, card: Value| {
        fs::write(folder.path().join(format!("fold{fold}.json")), card.to_string()).unwrap();
    };

    card(3, json!({"classes": ["MI", "NORM", "STTC", "CD", "HYP"]}));
    assert_refused(
        &run(&config, &out, &[]),
        Some(&out),
        &["fold3.json", "answers MI, NORM", "data.classes"],
    );
    card(3, json!({"held_out": 4}));
    assert_refused(&run(&config, &out, &[]), Some(&out), &["held out fold 4"]);
    card(3, json!({"trained_on": [1, 2, 3]}));
    assert_refused(&run(&config, &out, &[]), Some(&out), &["has seen fold 3"]);
    card(3, json!("nothing"));
    assert_refused(
        &run(&config, &out, &[]),
        Some(&out),
        &["fold3.json", "not a model's card"],
    );
    fs::remove_file(folder.path().join("fold3.json")).unwrap();

    let mut bytes = fs::read(root().join("configs/demo/demo.onnx")).unwrap();
    bytes.extend(fs::read(root().join("tests/models/value.head")).unwrap());
    fs::write(folder.path().join("fold3.onnx"), bytes).unwrap();
    let output = run(&config, &out, &["encoder.params.output=value"]);
    assert_refused(&output, Some(&out), &["fold1.onnx", "value"]);
    fs::write(folder.path().join("fold3.onnx"), "no model").unwrap();
    assert_refused(&run(&config, &out, &[]), Some(&out), &["fold3.onnx"]);
    fs::remove_file(folder.path().join("fold3.onnx")).unwrap();
    fs::remove_file(folder.path().join("fold7.onnx")).unwrap();
    assert_refused(
        &run(&config, &out, &[]),
        Some(&out),
        &["2 of 10 folds have no model", "fold3.onnx", "fold7.onnx"],
    );
}

#[test]
fn the_configuration_says_one_thing_only() {
    let folder = tempfile::tempdir().unwrap();
    networks(folder.path());
    let out = folder.path().join("run");
    let config = configuration(folder.path(), "fold1.onnx");
    assert_refused(&run(&config, &out, &[]), Some(&out), &["{fold}"]);
    let config = configuration(folder.path(), "fold{fold}.onnx");
    let both = run(&config, &out, &["encoder.params.model=demo.onnx"]);
    assert_refused(&both, Some(&out), &["remove one"]);
    let trained = run(&config, &out, &["data.trained_folds=[1]"]);
    assert_refused(&trained, Some(&out), &["trained_folds", "each fold has its own"]);
}

#[test]
fn folds_come_from_a_file_and_made_ones_are_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let table = fs::read_to_string(ecgs().join("ptbxl_database.csv")).unwrap();
    let records: Vec<&str> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    let patients: Vec<&str> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    let mut order = patients.clone();
    order.sort_unstable();
    order.dedup();
    let fold = |patient: &&str| order.iter().position(|p| p == patient).unwrap() % 4;
    let rows: String = records
        .iter()
        .zip(&patients)
        .map(|(r, p)| format!("{r},{}\n", fold(p)))
        .collect();
    let file = folder.path().join("folds.csv");
    fs::write(&file, format!("record,fold\n{rows}")).unwrap();
    let out = folder.path().join("run");
    let set = format!("data.folds_file={}", file.display());
    let output = demo(ecgs(), &out, &[&set]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(audit(&out)["provenance"]["data"]["folds"], json!([0, 1, 2, 3]));

    fs::write(&file, format!("record,fold\n{}", rows.replacen("1,", "1,x", 1))).unwrap();
    assert_refused(
        &demo(ecgs(), &folder.path().join("bad"), &[&set]),
        None,
        &["folds.csv:2", "expected a fold"],
    );
    let missing = demo(
        ecgs(),
        &folder.path().join("none"),
        &["data.folds_file=nowhere.csv"],
    );
    assert_refused(&missing, None, &["nowhere.csv", "does not exist"]);
}
