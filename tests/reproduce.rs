//! The paper's experiments end to end, small: train, audit, table.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{assert_refused, audit, number, program, text};
use serde_json::Value;

/// Whether the trainer lies beside the program; says so where it does not.
fn trainer() -> bool {
    let there = Path::new(env!("CARGO_BIN_EXE_ecg-audit"))
        .with_file_name("ecg-audit-train")
        .exists();
    if !there {
        eprintln!("skipped: `ecg-audit-train` is not built (`cargo xtask libtorch` provides what it needs)");
    }
    there
}

/// Synthetic records with folds 1 to 10.
fn data(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("ecgs");
    let made = program()
        .arg("synth")
        .arg(&data)
        .args(["--records", "80", "--seed", "11"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    data
}

/// `reproduce ptb-xl --quick`, with networks so small that ten of them are trained in seconds.
fn reproduce(data: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = program();
    command
        .args(["reproduce", "ptb-xl", "--quick", "--data"])
        .arg(data)
        .arg("--out")
        .arg(out);
    let training = [
        "train.epochs=2",
        "network.channels=[4,6,8,8]",
        "network.lengths=[256,64,32,16]",
        "network.kernel=5",
    ];
    for set in training {
        command.args(["--train-set", set]);
    }
    let audit = [
        "clusterer.params.k=4",
        "surrogate.0.params.trees=10",
        "explain.masked_records=0",
        "explain.refits=0",
        "explain.records=5",
        "report.traces=1",
    ];
    for set in audit {
        command.args(["--set", set]);
    }
    command.args(more);
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output
}

#[test]
fn ptb_xl_is_trained_audited_and_held_against_the_paper() {
    if !trainer() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = data(folder.path());
    let out = folder.path().join("out");
    let said = text(&run(&mut reproduce(&data, &out, &[])).stdout);
    for words in [
        "94.9 ± 0.5 %",
        "88.4 %",
        "Forest agrees with the CNN's decisions",
        "Where the protocols differ",
        "K = 4",
    ] {
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
    let found: Value = serde_json::from_slice(&fs::read(out.join("reproduction.json")).unwrap()).unwrap();
    assert_eq!(
        (found["networks"].as_u64(), found["records"].as_u64()),
        (Some(10), Some(80))
    );
    let run_folder = audit(&out.join("run"));
    assert_eq!(
        run_folder["cross_validation"]["networks"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    assert!(number(&run_folder, "/surrogates/0/vs_model/agreement/mean") > 0.5);
    assert!(run_folder["limits"].to_string().contains("according to its card"));
    let markdown = fs::read_to_string(out.join("reproduction.md")).unwrap();
    assert!(markdown.contains("| 94.9 ± 0.5 % |"), "{markdown}");

    // The trained networks serve again, and give the same audit.
    let again = folder.path().join("again");
    let models = out.join("models");
    run(reproduce(&data, &again, &[]).arg("--models").arg(&models));
    let same = |pointer: &str| {
        let other = audit(&again.join("run"));
        assert_eq!(run_folder.pointer(pointer), other.pointer(pointer), "{pointer}");
    };
    same("/surrogates");
    same("/model_vs_truth");
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    let data = data(folder.path());
    let none = reproduce(&data, &out, &[])
        .arg("--models")
        .arg(&models)
        .output()
        .unwrap();
    assert_refused(&none, None, &["folds.csv", "does not exist"]);
    if trainer() {
        let nowhere = reproduce(Path::new("nowhere"), &folder.path().join("other"), &[])
            .output()
            .unwrap();
        assert_refused(&nowhere, None, &["nowhere", "training did not finish"]);
    }
}
