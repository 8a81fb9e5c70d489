//! A whole audit through the program: what it leaves behind, and that it is the same every time.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{audit, demo, ecgs, number, root, text};
use serde_json::Value;

#[test]
fn a_run_folder_holds_what_the_contract_says() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = demo(ecgs(), &run, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let said = text(&output.stdout);
    assert!(said.contains("report.html") && said.contains("agrees"), "{said}");

    let mut files: Vec<String> = fs::read_dir(&run)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let expected = [
        "audit.json",
        "audit.toml",
        "issues.csv",
        "records.parquet",
        "report.html",
        "timeline.parquet",
    ];
    assert_eq!(files, expected);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only the run folder is left"
    );

    let audit = audit(&run);
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/audit.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&audit).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");

    assert_eq!(audit["schema"], "ecg-audit/1");
    for pointer in [
        "/model_vs_truth/accuracy",
        "/model_vs_truth/auroc_hard",
        "/model_vs_truth/auroc_soft",
        "/baselines/majority_agreement",
        "/baselines/permuted_agreement",
        "/surrogates/0/vs_model/agreement/mean",
        "/surrogates/0/vs_model/agreement/sd",
        "/surrogates/0/vs_model/agreement/ci95/0",
        "/surrogates/0/vs_model/auroc_soft",
        "/surrogates/0/vs_truth/agreement/mean",
        "/uncertainty/mean",
        "/uncertainty/by_class/0/mean",
        "/clusters/0/share",
        "/clusters/0/correlations/0/rho",
        "/timing/total_seconds",
    ] {
        number(&audit, pointer);
    }
    let shares: f64 = audit["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["share"].as_f64().unwrap())
        .sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert_eq!(audit["provenance"]["data"]["records"], 60);
    assert_eq!(audit["provenance"]["plugins"].as_array().unwrap().len(), 5);
    let rows = csv::Reader::from_path(run.join("issues.csv"))
        .unwrap()
        .into_records()
        .count();
    assert_eq!(rows, audit["issues"]["items"].as_array().unwrap().len());
}

#[test]
fn the_same_seed_gives_the_same_audit_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen: Vec<(Value, Vec<u8>, Vec<u8>)> = Vec::new();
    for threads in ["1", "2", "5"] {
        let run = folder.path().join(threads);
        let output = demo(ecgs(), &run, &[&format!("audit.threads={threads}")]);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{}",
            text(&output.stderr)
        );
        let mut audit = audit(&run);
        // What tells of the circumstances, not of the findings.
        audit.as_object_mut().unwrap().remove("timing");
        for key in ["started", "threads", "config_sha256"] {
            audit["provenance"].as_object_mut().unwrap().remove(key);
        }
        let table = |name: &str| fs::read(run.join(name)).unwrap();
        seen.push((audit, table("records.parquet"), table("timeline.parquet")));
    }
    assert!(seen.iter().all(|other| *other == seen[0]));
}

#[test]
fn another_clusterer_or_measure_is_one_override_away() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("gmm");
    let output = demo(
        ecgs(),
        &run,
        &[
            "clusterer.plugin=linfa/gmm",
            "uncertainty.plugin=entropy/margin",
            "surrogate.0={plugin=\"linfa/tree\"}",
        ],
    );
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let audit = audit(&run);
    assert_eq!(audit["provenance"]["plugins"][1]["name"], "linfa/gmm");
    assert_eq!(audit["uncertainty"]["measure"], "entropy/margin");
    assert_eq!(audit["surrogates"][0]["name"], "linfa/tree");
    assert!(number(&audit, "/surrogates/0/vs_model/agreement/mean") > 0.5);
}

#[test]
fn every_way_to_describe_a_record_and_a_tight_budget_work() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let set = [
        "features.proportions=[\"hard\", \"soft\", \"transitions\", \"dwell\"]",
        "features.weights=\"equal\"",
    ];
    let output = demo(ecgs(), &run, &set);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let plenty = audit(&run);

    // No disk for activations and little memory for codebooks: encoded twice, sampled, and said so.
    let tight = folder.path().join("tight");
    let set = [&set[..], &["features.cache_gib=0", "features.codebook_mib=1"]].concat();
    let output = demo(ecgs(), &tight, &set);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let tight = audit(&tight);
    assert!(
        tight["method"]["feature_plan"]
            .as_str()
            .unwrap()
            .contains("encoded again")
    );
    let book = &tight["method"]["codebooks"][0];
    assert!(book["timestamps"].as_u64() < book["available"].as_u64(), "{book}");
    assert_eq!(plenty["model_vs_truth"], tight["model_vs_truth"]);
}

#[test]
fn the_report_is_rendered_again_from_the_run_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    assert!(matches!(demo(ecgs(), &run, &[]).status.code(), Some(0 | 1)));
    let page = folder.path().join("again.html");
    let output = common::program()
        .arg("report")
        .arg(&run)
        .arg("--out")
        .arg(&page)
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(
        fs::read(&page).unwrap(),
        fs::read(run.join("report.html")).unwrap()
    );
    assert!(text(&fs::read(&page).unwrap()).contains("Content-Security-Policy"));
}
