//! The trainer: from a data set to networks that the audit reads. Needs `ecg-audit-train`, which is built where libtorch is.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::{assert_refused, audit, ecgs, number, program, root, text};
use ndarray::{Array1, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// The trainer, or a visible line that says that it was not built.
fn trainer() -> Option<Command> {
    let path = Path::new(env!("CARGO_BIN_EXE_ecg-audit")).with_file_name("ecg-audit-train");
    if path.exists() {
        let mut command = Command::new(path);
        command.env("NO_COLOR", "1");
        return Some(command);
    }
    eprintln!("skipped: {} was not built: it needs libtorch", path.display());
    None
}

/// A small network for 4 s of synthetic ECGs, in three folds.
fn classes(folder: &Path) -> PathBuf {
    let folds = folder.join("three.csv");
    let table = fs::read_to_string(ecgs().join("ptbxl_database.csv")).unwrap();
    let mut csv = csv::Reader::from_reader(table.as_bytes());
    let headers = csv.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (record, fold) = (column("ecg_id"), column("strat_fold"));
    let mut text = String::from("record,fold\n");
    for row in csv.records() {
        let row = row.unwrap();
        let fold: u32 = row[fold].parse::<f64>().unwrap() as u32;
        text += &format!("{},{}\n", &row[record], fold % 3 + 1);
    }
    fs::write(&folds, text).unwrap();
    let config = folder.join("classes.toml");
    let text = format!(
        r#"
[train]
name = "classes"
seed = 5
epochs = 4
batch = 16
learning_rate = 0.01

[data]
reader = "ptb-xl"
path = {:?}
sampling_rate = 100
labels = "superclass"
unlabelled = "negative"
folds_file = "three.csv"
group = "patient_id"

[preprocess]
steps = [{{ op = "standardize", mean = [0.0], std = [0.2] }}]
window = {{ length = 256, stride = 256, aggregate = "mean" }}

[network]
channels = [6, 8, 8]
lengths = [128, 64, 32]
kernel = 5
dropout = 0.2
"#,
        ecgs()
    );
    fs::write(&config, text).unwrap();
    config
}

/// Records whose target is told by their frequency, in three folds.
fn values(folder: &Path) -> PathBuf {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let ages: Array1<f64> = (0..48).map(|_| rng.random_range(20.0..90.0)).collect();
    let signals = Array3::from_shape_fn((48, 2, 128), |(record, lead, t)| {
        let phase = t as f64 * ages[record] / 250.0 + lead as f64;
        phase.sin() as f32
    });
    let folds = Array1::from_shape_fn(48, |record| (record % 3) as i64);
    let mut npz = ndarray_npy::NpzWriter::new(fs::File::create(folder.join("ages.npz")).unwrap());
    npz.add_array("signals", &signals).unwrap();
    npz.add_array("labels", &ages).unwrap();
    npz.add_array("folds", &folds).unwrap();
    npz.finish().unwrap();
    let config = folder.join("values.toml");
    let text = r#"
[train]
name = "values"
seed = 2
epochs = 25
batch = 8
learning_rate = 0.01

[data]
reader = "npz"
path = "ages.npz"
sampling_rate = 100
leads = ["I", "II"]

[network]
channels = [8, 8]
lengths = [64, 32]
kernel = 7
dropout = 0.0
"#;
    fs::write(&config, text).unwrap();
    config
}

fn train(config: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = trainer().unwrap();
    command.arg(config).arg("--out").arg(out).args(more);
    command.output().unwrap()
}

fn trained(config: &Path, out: &Path, more: &[&str]) -> Output {
    let output = train(config, out, more);
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Every file of a run by name; cards without what differs from run to run.
fn files(out: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(out)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = if name.starts_with("fold") && name.ends_with(".json") {
                let mut card = json(&path);
                card.as_object_mut().unwrap().remove("timing").unwrap();
                card.to_string().into_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            (name, bytes)
        })
        .collect();
    all.sort();
    all
}

fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (files(a), files(b));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for ((name, a), (_, b)) in a.iter().zip(&b) {
        assert!(a == b, "{name} differs");
    }
}

#[test]
fn networks_are_trained_for_any_number_of_threads_and_audited() {
    if trainer().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = classes(folder.path());
    let (out, other) = (folder.path().join("out"), folder.path().join("other"));
    let first = trained(&config, &out, &["--threads", "3"]);
    assert!(
        text(&first.stdout).contains("windows/s"),
        "{}",
        text(&first.stdout)
    );
    // One after the other, and one by one.
    trained(&config, &other, &["--threads", "1", "--fold", "2"]);
    trained(&config, &other, &["--threads", "1"]);
    assert_same(&out, &other);

    let names: Vec<String> = files(&out).into_iter().map(|file| file.0).collect();
    let expected = "config.json curve.svg fold1.csv fold1.json fold1.pt fold2.csv fold2.json fold2.pt fold3.csv \
                    fold3.json fold3.pt folds.csv train.json";
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert!(
        expected.iter().all(|name| names.iter().any(|own| own == name)),
        "{names:?}"
    );
    let card = json(&out.join("fold3.json"));
    assert_eq!(card["held_out"], 3);
    assert_eq!(card["validation"], 1);
    assert_eq!(card["trained_on"], serde_json::json!([2]));
    assert_eq!(card["task"], "multi-label");
    assert_eq!(card["classes"][0], "NORM");
    assert!(card["metrics"]["accuracy"].as_f64().unwrap() > 0.4);

    let model = out.join("fold1.pt");
    let inspected = program().arg("inspect").arg(&model).output().unwrap();
    let said = text(&inspected.stdout);
    assert!(inspected.status.success(), "{}", text(&inspected.stderr));
    for tap in ["resblock1d_0", "resblock1d_1", "resblock1d_2"] {
        assert!(said.contains(tap), "{said}");
    }
    let run = folder.path().join("run");
    let taps = "taps = [\"resblock1d_0\", \"resblock1d_1\", \"resblock1d_2\"]";
    let audited = program()
        .arg("run")
        .arg(root().join("configs/demo.toml"))
        .arg("--out")
        .arg(&run)
        .args(["--set", &format!("data.path={}", ecgs().display())])
        .args(["--set", "data.unlabelled=negative", "--set", "explain.refits=0"])
        .args([
            "--set",
            "preprocess.steps=[{ op = \"standardize\", mean = [0.0], std = [0.2] }]",
        ])
        .args([
            "--set",
            "preprocess.window={ length = 256, stride = 256, aggregate = \"mean\" }",
        ])
        .args([
            "--set",
            "encoder.plugin=torch",
            "--set",
            "explain.shuffled_records=60",
        ])
        .args([
            "--set",
            "clusterer.params.k=4",
            "--set",
            "surrogate.0.params.trees=20",
        ])
        .args([
            "--set",
            &format!("encoder.params={{ model = {model:?}, {taps}, activation = \"sigmoid\" }}"),
        ])
        .output()
        .unwrap();
    assert!(
        matches!(audited.status.code(), Some(0 | 1)),
        "{}",
        text(&audited.stderr)
    );
    let audit = audit(&run);
    assert!(number(&audit, "/model_vs_truth/accuracy") > 0.4);
    // Gradients reach the tap: Grad-CAM, not occlusion.
    assert!(audit.to_string().contains("grad-cam"), "no Grad-CAM in the audit");
}

#[test]
fn a_continuous_target_is_learnt_and_answered_on_its_own_scale() {
    if trainer().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    trained(&values(folder.path()), &out, &["--quiet"]);
    let all = json(&out.join("train.json"));
    let pooled = &all["out_of_fold"];
    let (mae, mean) = (
        pooled["mae"].as_f64().unwrap(),
        pooled["mean_mae"].as_f64().unwrap(),
    );
    assert!(mae < 0.7 * mean, "{mae} {mean}");
    assert!(all["intervals"]["mae_below_mean"]["ci95"][0].as_f64().unwrap() > 0.0);
    let answers = fs::read_to_string(out.join("fold0.csv")).unwrap();
    let ages: Vec<f64> = answers
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap().parse().unwrap())
        .collect();
    assert!(ages.iter().all(|age| (-50.0..200.0).contains(age)), "{ages:?}");
    assert!(ages.iter().sum::<f64>() / ages.len() as f64 > 30.0, "{ages:?}");
}

#[test]
fn a_killed_run_goes_on_and_ends_with_the_same_bytes() {
    if trainer().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = values(folder.path());
    let (whole, out) = (folder.path().join("whole"), folder.path().join("out"));
    let more = [
        "--threads",
        "2",
        "--set",
        "train.epochs=12",
        "--set",
        "network.dropout=0.5",
    ];
    trained(&config, &whole, &more);
    let seed = std::process::id().into();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut kills = 0;
    for _ in 0..200 {
        let mut command = trainer().unwrap();
        command.arg(&config).arg("--out").arg(&out).args(more);
        let mut child = command
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Later and later, so that the run comes to its end however fast the machine is.
        let wait = rng.random_range(20..400 + 60 * kills);
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 0, "never killed (seed {seed})");
    trained(&config, &out, &more);
    assert_same(&whole, &out);
    // What is finished stays as it is.
    trained(&config, &out, &more);
    assert_same(&whole, &out);
}

#[test]
fn ctrl_c_ends_cleanly_and_keeps_what_was_done() {
    let Some(mut command) = trainer() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = values(folder.path());
    let out = folder.path().join("out");
    command.arg(&config).arg("--out").arg(&out);
    command.args([
        "--threads",
        "1",
        "--set",
        "train.epochs=4000",
        "--set",
        "train.patience=4000",
    ]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let checkpoint = out.join("checkpoints/fold0.safetensors");
    let waited = std::time::Instant::now();
    while !checkpoint.exists() {
        assert!(waited.elapsed() < Duration::from_secs(120), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let signalled = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    assert_refused(&output, None, &["stopped", "goes on"]);
    assert!(checkpoint.exists());
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    if trainer().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = values(folder.path());
    let out = folder.path().join("out");
    let refused = |more: &[&str], words: &[&str]| {
        assert_refused(&train(&config, &out, more), Some(&out), words);
    };
    refused(&["--set", "train.epoch=3"], &["unknown key `epoch`", "`epochs`"]);
    refused(&["--set", "network.lengths=[60, 30]"], &["60 divides the 128"]);
    refused(&["--fold", "7"], &["fold 7", "the data set's folds are 0, 1, 2"]);
    refused(&["--set", "data.path=nothing.npz"], &["nothing.npz"]);
    refused(&["--set", "train.task=multi-label"], &["continuous"]);
    refused(&["--set", "train.device=gpu"], &["cpu, cuda or cuda:N"]);
    refused(&["--set", "train.device=cuda:99"], &["cuda:99"]);

    let two = folder.path().join("two.csv");
    let rows: String = (0..48)
        .map(|record| format!("{record},{}\n", record % 2))
        .collect();
    fs::write(&two, format!("record,fold\n{rows}")).unwrap();
    let set = format!("data.folds_file={}", two.display());
    refused(&["--set", &set], &["2 folds", "at least 3"]);

    let output = train(&config, &out, &["--set", "train.learning_rate=1e30"]);
    assert_refused(&output, None, &["loss of epoch", "not finite", "learning_rate"]);

    let other = train(&config, &out, &["--set", "train.seed=99"]);
    assert_refused(&other, None, &["another configuration", "`train."]);
    let used = folder.path().join("used");
    fs::create_dir(&used).unwrap();
    fs::write(used.join("notes.txt"), "mine").unwrap();
    assert_refused(&train(&config, &used, &[]), None, &["already holds", "notes.txt"]);
    assert_eq!(fs::read_dir(&used).unwrap().count(), 1);
}

#[test]
fn records_that_cannot_be_used_are_listed_and_constant_labels_named() {
    if trainer().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = values(folder.path());
    let npz = |signals: &Array3<f32>, labels: &ndarray::Array2<i64>| {
        let mut npz = ndarray_npy::NpzWriter::new(fs::File::create(folder.path().join("ages.npz")).unwrap());
        npz.add_array("signals", signals).unwrap();
        npz.add_array("labels", labels).unwrap();
        npz.add_array("folds", &Array1::from_shape_fn(48, |record| (record % 3) as i64))
            .unwrap();
        npz.finish().unwrap();
    };
    let mut signals = Array3::from_shape_fn((48, 2, 128), |(record, _, t)| {
        (t as f32 * (1.0 + (record % 2) as f32) / 9.0).sin()
    });
    signals[[7, 0, 3]] = f32::NAN;
    // The second class is there in fold 0 alone, the third never.
    let label = |(record, class)| match class {
        0 => (record % 2) as i64,
        1 => i64::from(record % 3 == 0 && record % 2 == 0),
        _ => 0,
    };
    npz(&signals, &ndarray::Array2::from_shape_fn((48, 3), label));
    let set = [
        "--set",
        "data.classes=[\"fast\", \"rare\", \"never\"]",
        "--set",
        "train.epochs=2",
    ];
    let out = folder.path().join("out");
    let output = trained(&config, &out, &set);
    assert!(text(&output.stderr).contains("never"), "{}", text(&output.stderr));
    let card = json(&out.join("fold0.json"));
    assert_eq!(card["constant"], serde_json::json!(["rare", "never"]));
    assert!(card["metrics"]["auroc_by_class"].get("rare").is_none());
    assert!(card["metrics"]["auroc_by_class"].get("fast").is_some());
    let all = json(&out.join("train.json"));
    assert_eq!(all["skipped"].as_array().unwrap().len(), 1);
    assert_eq!(all["skipped"][0]["record"], "7");

    npz(&signals, &ndarray::Array2::zeros((48, 3)));
    let nothing = folder.path().join("nothing");
    let output = train(&config, &nothing, &set);
    assert_refused(&output, None, &["fold 0", "every class is the same in all"]);
}
