//! `ecg-audit bench label-noise` through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{assert_refused, ecgs, number, program, root, text};
use serde_json::Value;

fn bench(out: &Path, more: &[&str]) -> Output {
    let mut command = program();
    command
        .args(["bench", "label-noise"])
        .arg(root().join("configs/demo.toml"));
    command
        .arg("--out")
        .arg(out)
        .arg("--set")
        .arg(format!("data.path={}", ecgs().display()));
    for set in ["clusterer.params.k=5", "surrogate.0.params.trees=20"] {
        command.args(["--set", set]);
    }
    command.args(more).output().unwrap()
}

fn benchmark(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("label-noise.json")).unwrap()).unwrap()
}

#[test]
fn every_score_is_measured_for_every_noise_and_rate() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("noise");
    let output = bench(&out, &["--seeds", "3", "--rate", "0.1", "--at", "5,1000"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(
        said.contains("one-annotator, 10 % of records") && said.contains("combined"),
        "{said}"
    );

    let found = benchmark(&out);
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/label-noise.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&found).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let settings = found["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 4);
    for (i, setting) in settings.iter().enumerate() {
        assert_eq!(setting["planted"], 6.0);
        assert_eq!(
            setting["at"],
            serde_json::json!([5, 60]),
            "ranks end at the number of records"
        );
        let scores = setting["scores"].as_array().unwrap();
        let names: Vec<&str> = scores.iter().map(|s| s["score"].as_str().unwrap()).collect();
        assert_eq!(
            (names[0], *names.last().unwrap()),
            ("confident-learning", "combined")
        );
        for (s, score) in scores.iter().enumerate() {
            let at = |key: &str| number(&found, &format!("/settings/{i}/scores/{s}/{key}"));
            assert!((0.0..=1.0).contains(&at("average_precision/mean")), "{score}");
            // All records are among the first 60.
            assert_eq!(at("recall_at/1/mean"), 1.0);
            assert!((at("precision_at/1/mean") - 0.1).abs() < 1e-12);
        }
        assert_eq!(number(&found, &format!("/settings/{i}/scores/0/ratio")), 1.0);
    }
    // On ECGs that the network knows, the combination finds most of what is planted at random.
    assert!(
        number(
            &found,
            &format!("/settings/0/scores/{}/average_precision/mean", combined(settings))
        ) > 0.5
    );

    let table = fs::read(out.join("label-noise.csv")).unwrap();
    let mut csv = csv::Reader::from_reader(table.as_slice());
    assert!(
        csv.headers()
            .unwrap()
            .iter()
            .any(|name| name == "precision_at_60_low")
    );
    let scores = settings[0]["scores"].as_array().unwrap().len();
    let rows = csv.records().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(rows.len(), 4 * scores);
}

fn combined(settings: &[Value]) -> usize {
    settings[0]["scores"].as_array().unwrap().len() - 1
}

#[test]
fn the_figures_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let more = [
        "--seeds",
        "2",
        "--rate",
        "0.1",
        "--noise",
        "uniform,one-annotator",
        "--set",
    ];
    let of = |threads: &str| {
        let out = folder.path().join(threads.replace('.', ""));
        let output = bench(&out, &[&more[..], &[threads]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        benchmark(&out)
    };
    assert_eq!(of("audit.threads=1"), of("audit.threads=2"));
}

#[test]
fn a_plan_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("noise");
    for (more, word) in [
        (
            &["--rate", "0.9"][..],
            "the rate 0.9 is not above 0 and at most 0.5",
        ),
        (&["--rate", "0"], "the rate 0 is not above 0"),
        (&["--seeds", "1"], "1 seeds give no interval"),
        (&["--at", "0"], "ranks begin at 1"),
        (&["--noise", "typos"], "possible values: uniform, class-dependent"),
    ] {
        assert_refused(&bench(&out, more), Some(&out), &[word]);
    }
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "keep").unwrap();
    assert_refused(
        &bench(&out, &["--seeds", "2"]),
        None,
        &["already holds something"],
    );
    assert_eq!(fs::read_to_string(out.join("mine.txt")).unwrap(), "keep");
}
