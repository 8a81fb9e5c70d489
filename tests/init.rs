//! `init`: a model and a data folder get a configuration that `validate` accepts.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{assert_refused, ecgs, program, root, text};

fn demo_model() -> PathBuf {
    root().join("configs/demo/demo.onnx")
}

fn init(model: &Path, data: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = program();
    command.arg("init").arg(model).arg("--data").arg(data);
    command.args(["--plugin", "tract"]).arg("-o").arg(out).args(more);
    command.output().unwrap()
}

/// Runs `init`, then `validate` on what it wrote; gives the terminal's text and the configuration's.
fn drafted(model: &Path, data: &Path, out: &Path) -> (String, String) {
    let output = init(model, data, out, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let valid = program().arg("validate").arg(out).output().unwrap();
    let written = fs::read_to_string(out).unwrap();
    assert!(valid.status.success(), "{}\n{written}", text(&valid.stderr));
    (text(&output.stdout), written)
}

/// Words of a text, so that line breaks in comments do not matter.
fn flat(text: &str) -> String {
    text.lines()
        .flat_map(|line| line.trim_start().trim_start_matches('#').split_whitespace())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_drafted_configuration_is_valid_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("audit.toml");
    let (said, written) = drafted(&demo_model(), ecgs(), &out);
    for key in ["preprocess.steps", "data.classes", "encoder.params.activation"] {
        assert!(said.contains(key), "{key} is not in:\n{said}");
    }
    assert!(said.contains("leads      I II III"), "{said}");
    let words = flat(&written);
    assert!(
        words.contains("CHOOSE: what was done to signals in training"),
        "{written}"
    );
    assert!(
        written.contains("classes = [\"NORM\", \"MI\", \"STTC\", \"CD\", \"HYP\"]"),
        "{written}"
    );
    assert!(written.contains("activation = \"sigmoid\""), "{written}");
    let run = folder.path().join("run");
    let output = program()
        .arg("run")
        .arg(&out)
        .arg("--out")
        .arg(&run)
        .args([
            "--set",
            "clusterer.params.k=5",
            "--set",
            "surrogate.0.params.trees=20",
        ])
        .output()
        .unwrap();
    // The preprocessing is not the network's: figures may fail their check, the run may not.
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert!(run.join("audit.json").exists());
}

#[test]
fn an_existing_file_stays_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("audit.toml");
    fs::write(&out, "mine").unwrap();
    let output = init(&demo_model(), ecgs(), &out, &[]);
    assert_refused(&output, None, &["is there already", "--force"]);
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    let output = init(&demo_model(), ecgs(), &out, &["--force"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fs::read_to_string(&out).unwrap().contains("[encoder]"));
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["audit.toml"], "nothing else is left behind");
    let output = init(&demo_model(), ecgs(), folder.path(), &[]);
    assert_refused(&output, None, &["is a folder"]);
    let output = init(&demo_model(), ecgs(), &folder.path().join("no/audit.toml"), &[]);
    assert_refused(&output, None, &["no"]);
}

#[test]
fn folders_that_are_no_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("audit.toml");
    let data = folder.path().join("data");
    let refused = |words: &[&str]| assert_refused(&init(&demo_model(), &data, &out, &[]), Some(&out), words);
    refused(&["data"]);
    fs::create_dir(&data).unwrap();
    refused(&["Looked for: PTB-XL", "WFDB", "the folder is empty"]);
    fs::write(data.join("ptbxl_database.csv"), "ecg_id\n1\n").unwrap();
    refused(&["ptbxl_database.csv is there, scp_statements.csv is not"]);
    fs::write(data.join("exams.csv"), "exam_id\n1\n").unwrap();
    refused(&["found: exams.csv, ptbxl_database.csv", "exams_part*.hdf5 is not"]);
    fs::write(data.join("exams_part0.hdf5"), "").unwrap();
    refused(&["exams.csv:1", "data.group: no column `patient_id`"]);
    fs::write(data.join("exams.csv"), "exam_id,patient_id,age\n1,1,50\n").unwrap();
    refused(&[
        "none of its 1 exams can be used",
        "exams_part0.hdf5 cannot be read",
        "no HDF5 file",
    ]);
    fs::remove_file(data.join("exams_part0.hdf5")).unwrap();
    fs::write(data.join("a.npz"), "").unwrap();
    refused(&["a.npz"]);
    fs::write(data.join("b.npz"), "").unwrap();
    refused(&["2 NPZ files (a.npz, b.npz)"]);
    fs::write(data.join("broken.hea"), "this is no header").unwrap();
    refused(&["no record can be read", "broken"]);
}

/// Copies the synthetic records into a folder of WFDB records with a table, and gives the records' names.
fn wfdb_copy(to: &Path) -> Vec<String> {
    common::copy_folder(&ecgs().join("records100"), to);
    let mut csv = csv::Reader::from_path(ecgs().join("ptbxl_database.csv")).unwrap();
    let at = csv
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "filename_lr")
        .unwrap();
    let names = csv
        .records()
        .map(|row| row.unwrap()[at].rsplit('/').next().unwrap().to_owned());
    names.collect()
}

fn write_table(to: &Path, head: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    fs::write(to.join("labels.csv"), format!("{head}\n{}\n", rows.join("\n"))).unwrap();
}

#[test]
fn wfdb_folders_with_and_without_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let names = wfdb_copy(&data);
    let out = folder.path().join("audit.toml");

    let (said, _) = drafted(&demo_model(), &data, &out);
    assert!(said.contains("no table (*.csv) of labels"), "{said}");

    // One column for each of the network's five outputs.
    fs::remove_file(&out).unwrap();
    write_table(
        &data,
        "ecg,patient,fold,sex,A,B,C,D,E",
        names.iter().enumerate().map(|(i, name)| {
            let flag = |bit: usize| (i >> bit) & 1;
            let fold = i % 4;
            format!(
                "{name},p{i},{fold},1,{},{},{},{},{}",
                flag(0),
                flag(1),
                flag(2),
                flag(3),
                flag(4)
            )
        }),
    );
    let (said, written) = drafted(&demo_model(), &data, &out);
    assert!(
        written.contains("label_columns = [\"A\", \"B\", \"C\", \"D\", \"E\"]"),
        "{written}"
    );
    for line in [
        "record_column = \"ecg\"",
        "folds = \"fold\"",
        "group = \"patient\"",
        "csv = \"data/labels.csv\"",
    ] {
        assert!(written.contains(line), "{line} is not in\n{written}");
    }
    assert!(said.contains("the order of the network's outputs"), "{said}");

    // Names in one column, each record exactly one.
    fs::remove_file(&out).unwrap();
    let class = |i: usize| ["AF", "SR", "SB", "ST", "PVC"][i % 5];
    write_table(
        &data,
        "record,rhythm",
        names
            .iter()
            .enumerate()
            .map(|(i, name)| format!("{name},{}", class(i))),
    );
    let (_, written) = drafted(&demo_model(), &data, &out);
    assert!(written.contains("label_columns = [\"rhythm\"]"), "{written}");
    assert!(written.contains("activation = \"softmax\""), "{written}");

    // Three names for five outputs.
    fs::remove_file(&out).unwrap();
    write_table(
        &data,
        "record,rhythm",
        names
            .iter()
            .enumerate()
            .map(|(i, name)| format!("{name},{}", class(i % 3))),
    );
    let (said, _) = drafted(&demo_model(), &data, &out);
    assert!(
        said.contains("`rhythm` (3 names)") && said.contains("5 outputs"),
        "{said}"
    );
}

#[test]
fn unreadable_mixed_and_too_few() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let write = |name: &str, rate: u32, leads: &[&str], samples: usize| {
        let signals: String = leads
            .iter()
            .map(|lead| format!("{name}.dat 16 1000/mV 16 0 0 0 0 {lead}\n"))
            .collect();
        let head = format!("{name} {} {rate} {samples}\n", leads.len());
        fs::write(data.join(format!("{name}.hea")), head + &signals).unwrap();
        fs::write(
            data.join(format!("{name}.dat")),
            vec![1; 2 * leads.len() * samples],
        )
        .unwrap();
    };
    let twelve = [
        "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
    ];
    let mut turned = twelve;
    turned.reverse();
    for name in ["a", "b", "e", "f", "g", "h", "i", "j", "k", "d"] {
        write(name, 500, &twelve, 5000);
    }
    write("c", 250, &turned, 2500);
    fs::write(data.join("d.dat"), [0; 10]).unwrap();
    let out = folder.path().join("audit.toml");
    let (said, written) = drafted(&demo_model(), &data, &out);
    assert!(said.contains("500 Hz and 250 Hz"), "{said}");
    assert!(
        said.contains("unreadable 1 of the records") && said.contains("d: "),
        "{said}"
    );
    assert!(
        said.contains("V6 V5 V4 V3 V2 V1 aVF aVL aVR III II I (1 records)"),
        "{said}"
    );
    assert!(written.contains("{ op = \"resample\", hz = 500 }"), "{written}");
    assert!(written.contains("order = [\"I\", \"II\", \"III\""), "{written}");

    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
        write(name, 500, &["I", "II"], 5000);
    }
    let output = init(&demo_model(), &data, &folder.path().join("two.toml"), &[]);
    assert_refused(
        &output,
        Some(&folder.path().join("two.toml")),
        &["takes 12 leads", "more than 2"],
    );
}

#[test]
fn npz_files() {
    use ndarray::{Array2, Array3};
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs.npz");
    let mut npz = ndarray_npy::NpzWriter::new(fs::File::create(&data).unwrap());
    npz.add_array("signals", &Array3::<f32>::ones((12, 12, 1000)))
        .unwrap();
    npz.add_array(
        "labels",
        &Array2::from_shape_fn((12, 5), |(i, j)| u8::from(i % 5 == j)),
    )
    .unwrap();
    npz.finish().unwrap();
    let out = folder.path().join("audit.toml");
    let (said, written) = drafted(&demo_model(), &data, &out);
    assert!(written.contains("sampling_rate = 100\n"), "{written}");
    assert!(written.contains("path = \"ecgs.npz\""), "{written}");
    assert!(written.contains("classes = [\"class 0\""), "{written}");
    for key in ["data.sampling_rate", "data.leads", "data.classes"] {
        assert!(said.contains(key), "{key} is not in\n{said}");
    }
    // The file alone in its folder is found by the folder.
    let (_, by_folder) = drafted(&demo_model(), folder.path(), &folder.path().join("other.toml"));
    assert_eq!(by_folder, written);
}

#[test]
fn real_data_sets() {
    let Some(shared) = common::shared("init on real data") else {
        return;
    };
    let model = shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("ptb-xl.toml");
    let (said, written) = drafted(&model, &shared.join("data/ptb-xl"), &out);
    assert!(
        written.contains("window = { length = 300, stride = 150, aggregate = \"max\" }"),
        "{written}"
    );
    assert!(written.contains("labels = \"superclass\"") && written.contains("sampling_rate = 100\n"));
    assert!(
        said.contains("at 100 Hz: 350 records") && said.contains("read: 100 of 350 records"),
        "{said}"
    );
    // Twenty of the records are enough to see that what was drafted runs.
    let few = folder.path().join("few");
    common::copy_folder(&shared.join("data/ptb-xl"), &few);
    common::keep_rows(&few.join("ptbxl_database.csv"), 20);
    let run = folder.path().join("run");
    let output = program()
        .arg("run")
        .arg(&out)
        .arg("--out")
        .arg(&run)
        .args([
            "--set",
            "clusterer.params.k=4",
            "--set",
            "surrogate.0.params.trees=20",
        ])
        .arg("--set")
        .arg(format!("data.path={}", few.display()))
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert!(run.join("audit.json").exists());

    let (said, written) = drafted(
        &model,
        &shared.join("data/ludb"),
        &folder.path().join("ludb.toml"),
    );
    assert!(written.contains("annotations = \"per-lead\"") && written.contains("record_column = \"ID\""));
    assert!(said.contains("500 Hz"), "{said}");
    // Seven records make seven folds.
    let (_, written) = drafted(
        &model,
        &shared.join("data/challenge2021"),
        &folder.path().join("c.toml"),
    );
    assert!(written.contains("reader = \"wfdb\""), "{written}");

    // The demo's network with a head of one output. Its own output becomes an inner value: field 13 of the graph, not 12.
    let mut bytes = fs::read(demo_model()).unwrap();
    let output = [&[0x62, 29, 0x0a, 6], "logits".as_bytes()].concat();
    let at = bytes.windows(output.len()).position(|found| found == output);
    bytes[at.unwrap()] = 0x6a;
    bytes.extend(fs::read(common::root().join("tests/models/value.head")).unwrap());
    let value = folder.path().join("value.onnx");
    fs::write(&value, bytes).unwrap();
    let out = folder.path().join("code15.toml");
    let (said, written) = drafted(&value, &shared.join("data/code15"), &out);
    for line in [
        "reader = \"code15\"",
        "labels = \"age\"",
        "scale = 1\n",
        "group = \"patient_id\"",
        "activation = \"identity\"",
    ] {
        assert!(written.contains(line), "{line} is not in\n{written}");
    }
    assert!(
        said.contains("260 values, 17 to 89") && said.contains("data.scale"),
        "{said}"
    );
}
