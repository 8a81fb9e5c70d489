//! `ecg-audit compare` through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use common::{assert_refused, audit, copy_folder, demo, ecgs, number, program, root, set_cell, text};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two runs that every test here may read: five clusters, then three.
fn runs() -> &'static [PathBuf; 2] {
    static RUNS: OnceLock<(TempDir, [PathBuf; 2])> = OnceLock::new();
    let (_, runs) = RUNS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let runs = ["k5", "k3"].map(|name| folder.path().join(name));
        ran(&demo(
            ecgs(),
            &runs[0],
            &["checks={fidelity_agreement={fail_below=0.1}}"],
        ));
        let later = [
            "clusterer.params.k=3",
            "checks={fidelity_agreement={fail_below=0.9999}}",
        ];
        ran(&demo(ecgs(), &runs[1], &later));
        (folder, runs)
    });
    runs
}

fn ran(output: &Output) {
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
}

fn compare(a: &Path, b: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = program();
    command
        .arg("compare")
        .arg(a)
        .arg(b)
        .arg("--out")
        .arg(out)
        .args(more);
    command.output().unwrap()
}

/// What comparing them finds.
fn compared(a: &Path, b: &Path) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = compare(a, b, &out, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    read(&out)
}

fn read(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("compare.json")).unwrap()).unwrap()
}

fn assert_valid(comparison: &Value) {
    let schema = fs::read(root().join("docs/compare.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(comparison).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("no list {key} in {value}"))
}

fn figure<'a>(comparison: &'a Value, of: &str, name: &str) -> &'a Value {
    let found = list(comparison, "figures")
        .iter()
        .find(|figure| figure["of"] == of && figure["name"] == name);
    found.unwrap_or_else(|| panic!("no {of}.{name}"))
}

/// Where `audit.json` has the figures of a comparison.
const PLACES: [(&str, &str, &str); 10] = [
    ("vs_model", "agreement", "/surrogates/0/vs_model/agreement/mean"),
    ("vs_model", "auroc_hard", "/surrogates/0/vs_model/auroc_hard"),
    ("vs_model", "auroc_soft", "/surrogates/0/vs_model/auroc_soft"),
    ("vs_truth", "agreement", "/surrogates/0/vs_truth/agreement/mean"),
    ("vs_truth", "auroc_soft", "/surrogates/0/vs_truth/auroc_soft"),
    ("model_vs_truth", "accuracy", "/model_vs_truth/accuracy"),
    ("model_vs_truth", "auroc_hard", "/model_vs_truth/auroc_hard"),
    ("model_vs_truth", "auroc_soft", "/model_vs_truth/auroc_soft"),
    ("baselines", "majority_agreement", "/baselines/majority_agreement"),
    ("uncertainty", "mean", "/uncertainty/mean"),
];

/// Every difference is nothing, and nothing is new or gone.
fn assert_equal_runs(comparison: &Value) {
    for key in ["figures", "per_class"] {
        for figure in list(comparison, key) {
            assert_eq!(figure["a"], figure["b"], "{figure}");
            assert!(
                matches!(figure["difference"].as_f64(), None | Some(0.0)),
                "{figure}"
            );
            let ends = &figure["ci95"];
            assert!(ends.is_null() || *ends == json!([0.0, 0.0]), "{figure}");
            assert!(
                figure["verdict"] == "unchanged" || figure["a"].is_null(),
                "{figure}"
            );
        }
    }
    let clusters = &comparison["clusters"];
    assert_eq!(
        (&clusters["overlap"], &clusters["ari"]),
        (&json!(1.0), &json!(1.0))
    );
    for pair in list(clusters, "pairs")
        .iter()
        .filter(|pair| pair["share_a"] != 0.0)
    {
        assert_eq!(
            (&pair["a"], &pair["jaccard"]),
            (&pair["b"], &json!(1.0)),
            "{pair}"
        );
    }
    let issues = &comparison["issues"];
    assert_eq!((&issues["new"], &issues["gone"]), (&json!(0), &json!(0)));
    assert_eq!(comparison["config"], json!([]));
    assert_eq!(comparison["model"]["same"], true);
    assert!(
        list(comparison, "plugins")
            .iter()
            .all(|plugin| plugin["same"] == true)
    );
    assert_eq!(comparison["regressions"], json!([]));
    assert_eq!(comparison["not_compared"], json!([]));
}

#[test]
fn a_run_equals_itself() {
    let [run, _] = runs();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = compare(run, run, &out, &["--fail-on-regression"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let comparison = read(&out);
    assert_valid(&comparison);
    assert_equal_runs(&comparison);
    let (issues, audit) = (&comparison["issues"], audit(run));
    assert_eq!(
        issues["kept"].as_u64().unwrap() as usize,
        list(&audit["issues"], "items").len()
    );
    assert_eq!(comparison["decisions"]["flipped"], 0);
    let page = fs::read_to_string(out.join("compare.html")).unwrap();
    assert!(page.contains("The two runs found the same."));
    assert!(!page.contains("src=\"http") && page.contains("docs/compare.md"));
    let names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn other_clusters_are_matched_and_figures_are_those_of_the_audits() {
    let [a, b] = runs();
    let comparison = compared(a, b);
    assert_valid(&comparison);
    let audits = [audit(a), audit(b)];
    for (of, name, place) in PLACES {
        let figure = figure(&comparison, of, name);
        for (side, audit) in ["a", "b"].into_iter().zip(&audits) {
            assert_eq!(figure[side].as_f64(), Some(number(audit, place)), "{of}.{name}");
            assert_eq!(figure[format!("{side}_run")], figure[side], "{of}.{name}");
        }
        let difference = number(&audits[1], place) - number(&audits[0], place);
        assert_eq!(figure["difference"].as_f64(), Some(difference), "{of}.{name}");
        if let Some([low, high]) = figure["ci95"].as_array().map(Vec::as_slice) {
            let [low, high] = [low, high].map(|end| end.as_f64().unwrap());
            assert!(low <= difference && difference <= high, "{of}.{name}: {figure}");
        }
    }
    // The network did not change, and figures on it alone did not either.
    assert_eq!(comparison["model"]["same"], true);
    assert_eq!(comparison["decisions"]["flipped"], 0);
    assert_eq!(
        figure(&comparison, "model_vs_truth", "accuracy")["ci95"],
        json!([0.0, 0.0])
    );
    let keys: Vec<&Value> = list(&comparison, "config")
        .iter()
        .map(|key| &key["key"])
        .collect();
    assert_eq!(
        json!(keys),
        json!(["checks.fidelity_agreement.fail_below", "clusterer.params.k"])
    );
    assert_eq!(list(&comparison, "config")[1]["b"], 3);

    let pairs = list(&comparison["clusters"], "pairs");
    assert_eq!(pairs.len(), 5);
    let matched = pairs
        .iter()
        .filter(|pair| pair["a"].is_u64() && pair["b"].is_u64());
    assert_eq!(matched.count(), 3);
    for side in ["share_a", "share_b"] {
        let sum: f64 = pairs.iter().filter_map(|pair| pair[side].as_f64()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{side}: {sum}");
    }
    for pair in pairs.iter().filter(|pair| pair["a"].is_u64()) {
        let id = pair["a"].as_u64().unwrap();
        let share = number(&audits[0], &format!("/clusters/{id}/share"));
        assert!((pair["share_a"].as_f64().unwrap() - share).abs() < 0.05, "{pair}");
    }
    let keys = |run: &Value| -> Vec<String> {
        let items = list(&run["issues"], "items").iter();
        items
            .map(|issue| format!("{} {}", issue["record"], issue["label"]))
            .collect()
    };
    let (earlier, later) = (keys(&audits[0]), keys(&audits[1]));
    let new = later.iter().filter(|key| !earlier.contains(key)).count();
    let gone = earlier.iter().filter(|key| !later.contains(key)).count();
    assert_eq!(comparison["issues"]["new"].as_u64().unwrap() as usize, new);
    assert_eq!(comparison["issues"]["gone"].as_u64().unwrap() as usize, gone);
    assert_eq!(
        comparison["issues"]["kept"].as_u64().unwrap() as usize,
        later.len() - new
    );
}

#[test]
fn a_regression_fails_only_where_it_is_asked_to() {
    let [a, b] = runs();
    let folder = tempfile::tempdir().unwrap();
    let reason = "check fidelity_agreement: pass before, fail now";
    let output = compare(a, b, &folder.path().join("asked"), &["--fail-on-regression"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(reason), "{}", text(&output.stdout));
    let comparison = read(&folder.path().join("asked"));
    assert!(list(&comparison, "regressions").iter().any(|said| said == reason));
    let page = fs::read_to_string(folder.path().join("asked/compare.html")).unwrap();
    assert!(page.contains(reason) && page.contains("Worse in"));

    let output = compare(a, b, &folder.path().join("not-asked"), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains(reason));
    // The other way round the check got better; and who mixes the order up is told.
    let output = compare(b, a, &folder.path().join("back"), &["--fail-on-regression"]);
    let back = read(&folder.path().join("back"));
    let check = list(&back, "checks")
        .iter()
        .find(|check| check["name"] == "fidelity_agreement");
    assert_eq!(check.unwrap()["verdict"], "better");
    let worse = list(&back, "figures")
        .iter()
        .any(|figure| figure["verdict"] == "worse");
    assert_eq!(
        output.status.code(),
        Some(i32::from(worse)),
        "{}",
        text(&output.stdout)
    );

    let output = compare(a, b, &folder.path().join("asked"), &[]);
    assert_refused(&output, None, &["already holds something"]);
}

#[test]
fn only_common_records_are_compared_and_changed_labels_are_told() {
    let [whole, _] = runs();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs");
    copy_folder(ecgs(), &data);
    let table = data.join("ptbxl_database.csv");
    let lines = fs::read_to_string(&table).unwrap();
    let kept: Vec<&str> = lines
        .lines()
        .enumerate()
        .filter(|(i, _)| *i == 0 || *i > 5)
        .map(|(_, line)| line)
        .collect();
    fs::write(&table, kept.join("\n") + "\n").unwrap();
    set_cell(&table, 0, "scp_codes", "{'NORM': 100.0}");
    set_cell(&table, 1, "scp_codes", "{'ASMI': 100.0}");
    let run = folder.path().join("run");
    ran(&demo(&data, &run, &[]));
    let comparison = compared(whole, &run);
    let data = &comparison["data"];
    assert_eq!((&data["both"], &data["only_a"]["count"]), (&json!(55), &json!(5)));
    assert_eq!(list(&data["only_a"], "first").len(), 5);
    assert_eq!(data["only_b"]["count"], 0);
    assert!(data["relabelled"]["count"].as_u64().unwrap() >= 1);
    let agreement = figure(&comparison, "vs_model", "agreement");
    let place = "/surrogates/0/vs_model/agreement/mean";
    assert_eq!(agreement["records"], 55);
    assert_eq!(agreement["a_run"].as_f64(), Some(number(&audit(whole), place)));
    assert_eq!(agreement["b_run"], agreement["b"]);
    assert_eq!(agreement["b"].as_f64(), Some(number(&audit(&run), place)));
    // Records that are gone take their issues with them.
    let items = list(&comparison["issues"], "items").iter();
    let lone = items.filter(|item| item["shared_record"] == false).count() as u64;
    assert_eq!(comparison["issues"]["gone_with_records"].as_u64(), Some(lone));
}

#[test]
fn classes_are_met_by_name_and_other_classes_are_not_compared() {
    let [run, _] = runs();
    let folder = tempfile::tempdir().unwrap();
    let turned = folder.path().join("turned");
    ran(&demo(
        ecgs(),
        &turned,
        &["data.classes=[\"STTC\",\"MI\",\"HYP\",\"CD\",\"NORM\"]"],
    ));
    let names = |run: &Path| audit(run)["classes"].clone();
    assert_ne!(names(run), names(&turned));
    let comparison = compared(run, &turned);
    // Labels belong to records, whatever the order of classes; the network's outputs were read for other classes.
    assert_eq!(comparison["data"]["relabelled"]["count"], 0);
    assert!(comparison["decisions"]["flipped"].as_u64().unwrap() > 0);
    let classes: Vec<&Value> = list(&comparison["decisions"], "by_class")
        .iter()
        .map(|class| &class["class"])
        .collect();
    assert_eq!(json!(classes), names(run));

    let data = folder.path().join("ecgs");
    copy_folder(ecgs(), &data);
    let statements = data.join("scp_statements.csv");
    let renamed = fs::read_to_string(&statements)
        .unwrap()
        .replace(",NORM,NORM,", ",HEALTHY,NORM,");
    fs::write(&statements, renamed).unwrap();
    let other = folder.path().join("other");
    ran(&demo(&data, &other, &[]));
    let comparison = compared(run, &other);
    let said = &list(&comparison, "not_compared")[0];
    assert_eq!(said["what"], "figures and decisions");
    assert!(
        said["reason"].as_str().unwrap().contains("different classes"),
        "{said}"
    );
    assert!(comparison["decisions"].is_null() && comparison["per_class"] == json!([]));
    assert!(comparison["clusters"]["overlap"].as_f64().unwrap() > 0.5);
}

#[test]
fn values_of_a_continuous_target_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(root().join("configs/demo/demo.onnx")).unwrap();
    bytes.extend(fs::read(root().join("tests/models/value.head")).unwrap());
    let model = folder.path().join("value.onnx");
    fs::write(&model, bytes).unwrap();
    let model = format!("encoder.params.model={}", model.display());
    let set = [
        model.as_str(),
        "encoder.params.output=value",
        "encoder.params.activation=identity",
        "data.labels=age",
        "checks={}",
    ];
    let runs = ["k5", "k3"].map(|name| folder.path().join(name));
    ran(&demo(ecgs(), &runs[0], &set));
    ran(&demo(
        ecgs(),
        &runs[1],
        &[&set[..], &["clusterer.params.k=3"]].concat(),
    ));
    let same = compared(&runs[0], &runs[0]);
    assert_valid(&same);
    assert_equal_runs(&same);
    assert_eq!(
        (&same["values"]["records"], &same["decisions"]),
        (&json!(0), &Value::Null)
    );
    let comparison = compared(&runs[0], &runs[1]);
    let audits = [audit(&runs[0]), audit(&runs[1])];
    for (of, name, place) in [
        ("vs_model", "mae", "/surrogates/0/vs_model/mae"),
        ("vs_model", "r2", "/surrogates/0/vs_model/r2"),
        ("vs_truth", "mae", "/surrogates/0/vs_truth/mae"),
        ("model_vs_truth", "mae", "/model_vs_truth/mae"),
        ("uncertainty", "mean", "/uncertainty/mean"),
    ] {
        let figure = figure(&comparison, of, name);
        assert_eq!(
            figure["a"].as_f64(),
            Some(number(&audits[0], place)),
            "{of}.{name}"
        );
        assert_eq!(
            figure["b"].as_f64(),
            Some(number(&audits[1], place)),
            "{of}.{name}"
        );
    }
    assert_eq!(figure(&comparison, "vs_model", "mae")["better"], "low");
    // Decisions and values have nothing in common.
    let [classes, _] = self::runs();
    let out = folder.path().join("out");
    let output = compare(classes, &runs[0], &out, &[]);
    assert_refused(
        &output,
        Some(&out),
        &["cannot be compared", "a continuous target"],
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let [a, b] = runs();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let spoilt = |name: &str, spoil: &dyn Fn(&Path)| {
        let run = folder.path().join(name);
        copy_folder(b, &run);
        spoil(&run);
        run
    };
    let without = |file: &'static str| {
        spoilt(&format!("without-{file}"), &move |run| {
            fs::remove_file(run.join(file)).unwrap()
        })
    };
    for file in ["records.parquet", "timeline.parquet"] {
        let output = compare(a, &without(file), &out, &[]);
        assert_refused(
            &output,
            Some(&out),
            &[&format!("{file} is missing"), "run the audit again"],
        );
    }
    assert_refused(
        &compare(a, &without("audit.toml"), &out, &[]),
        Some(&out),
        &["audit.toml"],
    );
    let nothing = ["is no run folder", "no audit.json"];
    assert_refused(
        &compare(a, &without("audit.json"), &out, &[]),
        Some(&out),
        &nothing,
    );
    assert_refused(
        &compare(&folder.path().join("nowhere"), b, &out, &[]),
        Some(&out),
        &nothing,
    );

    let edited = |name: &str, from: &'static str, to: &'static str| {
        spoilt(name, &move |run| {
            let path = run.join("audit.json");
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from));
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
        })
    };
    for (run, words) in [
        (
            edited("schema", "ecg-audit/1", "ecg-audit/9"),
            vec!["schema is ecg-audit/9"],
        ),
        (
            edited("task", "\"multi-label\"", "\"multi-class\""),
            vec!["cannot be compared", "one label of several"],
        ),
        (
            edited("count", "\"records\":60", "\"records\":61"),
            vec!["holds 60 records", "names 61"],
        ),
        (
            spoilt("cut", &|run| {
                fs::write(run.join("timeline.parquet"), b"PAR1").unwrap()
            }),
            vec!["timeline.parquet"],
        ),
        (
            spoilt("swapped", &|run| {
                fs::copy(run.join("timeline.parquet"), run.join("records.parquet")).unwrap();
            }),
            vec!["records.parquet", "no column"],
        ),
    ] {
        assert_refused(&compare(a, &run, &out, &[]), Some(&out), &words);
    }
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name() == "out.partial")
            .count(),
        0
    );
}
