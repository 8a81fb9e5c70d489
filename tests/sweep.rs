//! `ecg-audit sweep` through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{assert_refused, audit, copy_folder, demo, ecgs, program, root, text};
use serde_json::{Value, json};

/// What every sweep here sets, so that it is small and quick.
const SMALL: [&str; 2] = ["surrogate.0.params.trees=20", "explain.refits=1"];

fn command(out: &Path, vary: &[&str], set: &[&str]) -> Command {
    let mut command = program();
    command.arg("sweep").arg(root().join("configs/demo.toml"));
    command.arg("--out").arg(out);
    command
        .arg("--set")
        .arg(format!("data.path={}", ecgs().display()));
    for vary in vary {
        command.args(["--vary", vary]);
    }
    for set in set {
        command.args(["--set", set]);
    }
    command
}

fn sweep(out: &Path, vary: &[&str], set: &[&str]) -> Output {
    command(out, vary, set).output().unwrap()
}

fn found(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("sweep.json")).unwrap()).unwrap()
}

fn settings(sweep: &Value) -> &Vec<Value> {
    sweep["settings"].as_array().unwrap()
}

fn stages(setting: &Value) -> Vec<&str> {
    let stages = setting["stages"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| stage["name"].as_str().unwrap())
        .collect()
}

#[test]
fn settings_share_what_is_equal_and_find_what_full_runs_find() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sweep");
    let vary = ["clusterer.params.k=4,6", "surrogate.0.params.trees=10,20"];
    let output = sweep(&out, &vary, &["explain.refits=1"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!folder.path().join("sweep.partial").exists());

    let sweep = found(&out);
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/sweep.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&sweep).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let values: Vec<&Value> = settings(&sweep).iter().map(|s| &s["values"]).collect();
    assert_eq!(json!(values), json!([[4, 10], [4, 20], [6, 10], [6, 20]]));

    // The network works once; codebooks are fitted once for settings that differ in their surrogate.
    assert_eq!(
        (&sweep["cost"]["encodings"], &sweep["cost"]["clusterings"]),
        (&json!(1), &json!(2))
    );
    let all: Vec<Vec<&str>> = settings(&sweep).iter().map(stages).collect();
    assert_eq!(all[0][..3], ["prepare", "encode", "codebooks"]);
    assert_eq!(all[1], ["prepare", "surrogates", "figures"]);
    assert_eq!(all[2][..3], ["prepare", "activations", "codebooks"]);
    assert_eq!(all[3], ["prepare", "surrogates", "figures"]);

    // A setting's figures are those of a full run of its configuration.
    let run = folder.path().join("run");
    let set = [
        "clusterer.params.k=6",
        "surrogate.0.params.trees=20",
        "explain.refits=1",
    ];
    assert!(matches!(demo(ecgs(), &run, &set).status.code(), Some(0 | 1)));
    let full = audit(&run);
    let findings = &settings(&sweep)[3]["findings"];
    for key in ["task", "surrogates", "baselines", "model_vs_truth", "stability"] {
        assert_eq!(findings[key], full[key], "{key}");
    }
    assert_eq!(findings["codebooks"], full["method"]["codebooks"]);
    assert_eq!(findings["clusters"], full["method"]["clusters"]);
    assert_eq!(findings["records"], full["provenance"]["data"]["records"]);
    for key in ["measure", "mean", "sd", "by_class", "by_correctness"] {
        assert_eq!(findings["uncertainty"][key], full["uncertainty"][key], "{key}");
    }

    let table = fs::read(out.join("sweep.csv")).unwrap();
    let mut csv = csv::Reader::from_reader(table.as_slice());
    let headers = csv.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let rows: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(&rows[3][column("clusterer.params.k")], "6");
    let low: f64 = rows[3][column("agreement_low")].parse().unwrap();
    assert_eq!(low, findings["surrogates"][0]["vs_model"]["agreement"]["ci95"][0]);
    let seeds: f64 = rows[3][column("ari_seeds")].parse().unwrap();
    assert_eq!(seeds, findings["stability"]["refits"][0]["ari"]);

    let page = fs::read_to_string(out.join("sweep.html")).unwrap();
    assert!(page.contains("Agreement against the number of clusters"));
    assert!(page.contains("halves of the patients") && page.contains("docs/sweep.md"));
    // What a browser would load on its own; a link to the page on the method is the reader's choice.
    assert!(!page.contains("src=\"http") && !page.contains("url(http"));
    let said = text(&output.stdout);
    assert!(
        said.contains("1 encoding ") && said.contains("2 clusterings "),
        "{said}"
    );
    assert!(
        said.contains("clusterer.params.k") && said.contains("sweep.html"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_sweep_that_was_stopped_goes_on_where_it_stood() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().unwrap();
    let vary = ["clusterer.params.k=3,4,5,6,7,8,9,10"];
    let undisturbed = folder.path().join("undisturbed");
    assert!(sweep(&undisturbed, &vary, &SMALL).status.success());
    let expected = found(&undisturbed);

    for signal in ["KILL", "INT"] {
        let out = folder.path().join(signal);
        let partial = folder.path().join(format!("{signal}.partial"));
        let mut child = command(&out, &vary, &SMALL)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let finished = || {
            let files = fs::read_dir(partial.join("settings")).into_iter().flatten();
            let named = files.flatten().map(|entry| entry.path());
            named
                .filter(|path| path.extension().is_some_and(|e| e == "json"))
                .count()
        };
        let start = Instant::now();
        while finished() == 0 {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "no setting was finished"
            );
            assert_eq!(child.try_wait().unwrap(), None, "it ended before it was stopped");
            std::thread::sleep(Duration::from_millis(2));
        }
        let signalled = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(signalled.success());
        let status = child.wait().unwrap();
        assert_eq!(status.code(), (signal == "INT").then_some(2));
        assert!(!out.exists());
        let kept = finished();
        assert!((1..8).contains(&kept), "{kept}");

        let output = sweep(&out, &vary, &SMALL);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(!partial.exists());
        let resumed = found(&out);
        assert_eq!(resumed["cost"]["taken_up"], kept);
        for (setting, expected) in settings(&resumed).iter().zip(settings(&expected)) {
            for key in ["number", "values", "findings", "error", "encoding", "clustering"] {
                assert_eq!(setting[key], expected[key], "{key}");
            }
            // What the network answered before the stop is on disk.
            let encoded = stages(setting).contains(&"encode");
            assert_eq!(encoded, setting["number"] == 1, "{setting}");
        }
    }
}

#[test]
fn a_setting_that_fails_is_recorded_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs");
    copy_folder(ecgs(), &data);
    fs::write(data.join("records100/00000/00001_lr.dat"), "cut off").unwrap();
    let on_data = |out: &Path, vary: &str| {
        let mut command = command(out, &[vary], &SMALL);
        command.arg("--set").arg("clusterer.params.k=4");
        command.arg("--set").arg(format!("data.path={}", data.display()));
        command.output().unwrap()
    };
    let out = folder.path().join("sweep");
    let output = on_data(&out, "data.max_skipped_share=0,0.5");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let reason = "1 of 60 records were set aside";
    assert!(text(&output.stderr).contains(&format!("setting 1 failed: {reason}")));
    assert!(text(&output.stdout).contains("failed"));
    let sweep_json = found(&out);
    let [failed, ran] = settings(&sweep_json).as_slice() else {
        panic!("{sweep_json}");
    };
    assert!(failed["findings"].is_null() && failed["error"].as_str().unwrap().contains(reason));
    assert!(ran["error"].is_null() && ran["findings"]["records"] == 59);
    let page = fs::read_to_string(out.join("sweep.html")).unwrap();
    assert!(page.contains("These settings could not be run") && page.contains(reason));

    let none = folder.path().join("none");
    let output = on_data(&none, "data.max_skipped_share=0,0.001");
    assert_refused(
        &output,
        Some(&none),
        &[
            "none of the 2 settings could be run",
            "data.max_skipped_share=0: 1 of 60",
        ],
    );
}

#[test]
fn other_keys_than_k_get_a_row_each_and_encodings_follow_the_preprocessing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sweep");
    let vary = [
        "features.weights=equal,[1, 1, 2]",
        "preprocess.steps.0.high_hz=40.0,35.0",
    ];
    let output = sweep(
        &out,
        &vary,
        &["clusterer.params.k=4", SMALL[0], "explain.refits=0"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let sweep = found(&out);
    let numbers = |key: &str| -> Value { settings(&sweep).iter().map(|s| s[key].clone()).collect() };
    assert_eq!(numbers("encoding"), json!([1, 2, 1, 2]));
    assert_eq!(numbers("clustering"), json!([1, 2, 3, 4]));
    assert_eq!(settings(&sweep)[2]["values"], json!([[1, 1, 2], 40.0]));
    assert!(settings(&sweep)[0]["findings"]["stability"].is_null());
    let page = fs::read_to_string(out.join("sweep.html")).unwrap();
    assert!(page.contains("Agreement by setting") && !page.contains("id=\"stability\""));
}

#[test]
fn a_sweep_that_makes_no_sense_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sweep");
    let many = format!(
        "audit.seed={}",
        (0..201).map(|i| i.to_string()).collect::<Vec<_>>().join(",")
    );
    for (vary, words) in [
        (vec!["clusterer.params.k="], vec!["lists no values"]),
        (
            vec!["clusterer.params.k"],
            vec!["has no `=`", "--vary clusterer.params.k=5,10,20"],
        ),
        (vec!["clusterer.params.k=4,4"], vec!["lists `4` twice"]),
        (
            vec!["clusterer.params.k=4", "clusterer.params.k=5"],
            vec!["varied twice"],
        ),
        (vec![many.as_str()], vec!["201 settings are more than 200"]),
        // An unknown key is said once, for it is the same in every setting.
        (
            vec!["clustrer.params.k=4,5"],
            vec!["unknown key `clustrer`", "did you mean `clusterer`"],
        ),
        (vec!["clusterer.params.q=4,5"], vec!["kmeans", "`q`"]),
        (
            vec!["clusterer.params.k=4,0,-1"],
            vec!["setting clusterer.params.k=0:", "setting clusterer.params.k=-1:"],
        ),
        (
            vec!["clusterer.plugin=kmeans,kmeens"],
            vec!["setting clusterer.plugin=kmeens:", "kmeens"],
        ),
        (
            vec!["report.traces=1,2"],
            vec!["come to the same", "report.traces=2"],
        ),
        (
            vec!["encoder.params.model=nowhere.onnx,elsewhere.onnx"],
            vec!["setting encoder.params.model=nowhere.onnx:", "elsewhere.onnx"],
        ),
    ] {
        let output = sweep(&out, &vary, &[]);
        assert_refused(&output, Some(&out), &words);
        assert!(!folder.path().join("sweep.partial").exists());
    }
    assert_refused(
        &sweep(&out, &["clusterer.params.k=4,5"], &["clusterer.params.k=6"]),
        Some(&out),
        &["given by `--set`"],
    );
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "keep").unwrap();
    assert_refused(
        &sweep(&out, &["clusterer.params.k=4,5"], &SMALL),
        None,
        &["already holds something"],
    );
}
