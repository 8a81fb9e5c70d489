//! Corrected labels in layouts other than PTB-XL's.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::common::{assert_refused, audit, copy_folder, program, text};
use super::{HEADER, apply, finished_run, rows};

/// A run folder as if the demo had been about another data set.
fn run_about(data: &str, task: &str, items: &Value, folder: &Path) -> PathBuf {
    let run = folder.join("run");
    copy_folder(finished_run(), &run);
    let config = fs::read_to_string(run.join("audit.toml")).unwrap();
    let begin = config.find("[data]").unwrap();
    let end = config[begin..].find("\n[").unwrap() + begin;
    let config = format!("{}[data]\n{data}\n{}", &config[..begin], &config[end..]);
    fs::write(run.join("audit.toml"), config).unwrap();
    let mut audit = audit(&run);
    audit["task"] = json!(task);
    let template = audit["issues"]["items"][0].clone();
    let item = |item: &Value| {
        let mut full = template.clone();
        for (key, value) in item.as_object().unwrap() {
            full[key] = value.clone();
        }
        full
    };
    audit["issues"]["items"] = items.as_array().unwrap().iter().map(item).collect();
    fs::write(run.join("audit.json"), audit.to_string()).unwrap();
    run
}

/// Four records with one class each, in a CSV beside them.
fn wfdb_data(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    for name in ["007", "a", "b", "c"] {
        let signal = ecg_audit_ecg::Signal {
            samples: ndarray::Array2::zeros((1, 100)),
            sampling_rate: 100.0,
            leads: vec!["I".into()],
        };
        ecg_audit_ecg::wfdb::write_record(&data, name, &signal, 1000.0, &[]).unwrap();
    }
    fs::write(
        data.join("labels.csv"),
        "record,dx,age\n007,AF,50\na,SR,60\nb,PVC,70\nc,SR,80\n",
    )
    .unwrap();
    data
}

#[test]
fn a_record_with_one_class_gets_another() {
    let folder = tempfile::tempdir().unwrap();
    let data = wfdb_data(folder.path());
    let section = format!(
        "reader = \"wfdb\"\npath = {:?}\ncsv = {:?}\nlabel_columns = [\"dx\"]\nlabel_separator = \";\"\n",
        data,
        data.join("labels.csv")
    );
    let items = json!([{"record": "a", "label": "AF", "given": false, "suggested": true}]);
    let run = run_about(&section, "multi-class", &items, folder.path());
    let (reviewed, out) = (folder.path().join("reviewed.csv"), folder.path().join("out"));
    let review = |lines: &str| {
        fs::write(&reviewed, format!("{HEADER}\n{lines}")).unwrap();
        apply(&run, &reviewed, &out)
    };
    let output = review(
        "7,AF,present,,,,relabel,sr,\na,AF,absent,present,,,accept,,\nb,PVC,present,absent,,,accept,,\n\
         c,SR,present,absent,,,relabel,AF,\nc,PVC,absent,present,,,accept,,\n",
    );
    assert_refused(
        &output,
        Some(&out),
        &[
            "line 4: record `b`, label `PVC`: taking `PVC` away leaves the record without a class",
            "line 6: record `c`, label `PVC`: `accept` contradicts `relabel` with `AF` in line 5",
        ],
    );
    // The spreadsheet dropped the zeros of record 007.
    let output = review(
        "7,AF,present,,,,relabel,sr,\na,AF,absent,present,,,accept,,\nb,PVC,present,absent,,,reject,,\n",
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        fs::read_to_string(out.join("labels.csv")).unwrap(),
        "record,dx,age\n007,SR,50\na,AF,60\nb,PVC,70\nc,SR,80\n"
    );
    let log: Vec<String> = rows(&out.join("changes.csv"))
        .iter()
        .map(|row| row.join(","))
        .collect();
    assert_eq!(
        log,
        [
            "007,SR,absent,present,relabel,,2",
            "007,AF,present,absent,relabel,,2",
            "a,AF,absent,present,accept,,3",
            "a,SR,present,absent,accept,,3",
        ]
    );
}

#[test]
fn a_continuous_target_gets_another_value() {
    let folder = tempfile::tempdir().unwrap();
    let data = wfdb_data(folder.path());
    let section = format!(
        "reader = \"wfdb\"\npath = {:?}\ncsv = {:?}\nlabels = \"age\"\n",
        data,
        data.join("labels.csv")
    );
    let items = json!([{"record": "a", "label": "age", "given": 60.0, "suggested": 41.5}]);
    let run = run_about(&section, "regression", &items, folder.path());
    let (reviewed, out) = (folder.path().join("reviewed.csv"), folder.path().join("out"));
    let header = HEADER.replace(',', ";");
    fs::write(
        &reviewed,
        format!("{header}\na;age;60;41,5;0,1;;accept;;\nb;age;70;;;;relabel;old;\n"),
    )
    .unwrap();
    assert_refused(
        &apply(&run, &reviewed, &out),
        Some(&out),
        &["line 3: record `b`, label `age`: corrected_label: expected a number, found `old`"],
    );
    fs::write(
        &reviewed,
        format!("{header}\na;age;60;41,5;0,1;;accept;;\nb;age;70;;;;relabel;71;\n"),
    )
    .unwrap();
    let output = apply(&run, &reviewed, &out);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        fs::read_to_string(out.join("labels.csv")).unwrap(),
        "record,dx,age\n007,AF,50\na,SR,41.5\nb,PVC,71\nc,SR,80\n"
    );
}

#[test]
fn an_npz_file_gets_another_array_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ecgs.npz");
    let mut npz = ndarray_npy::NpzWriter::new(fs::File::create(&path).unwrap());
    let signals = ndarray::Array3::<f32>::from_shape_fn((3, 1, 100), |(n, _, t)| (n * t) as f32);
    npz.add_array("signals", &signals).unwrap();
    npz.add_array("labels", &ndarray::array![[1_u8, 0], [0, 1], [1, 1]])
        .unwrap();
    npz.finish().unwrap();
    let section = format!(
        "reader = \"npz\"\npath = {path:?}\nsampling_rate = 100.0\nleads = [\"I\"]\nclasses = [\"AF\", \"SR\"]\n"
    );
    let items = json!([{"record": "0", "label": "SR", "given": false, "suggested": true}]);
    let run = run_about(&section, "multi-label", &items, folder.path());
    let reviewed = folder.path().join("reviewed.csv");
    fs::write(
        &reviewed,
        format!("{HEADER}\n0,SR,absent,present,,,accept,,\n2,SR,present,,,,relabel,absent,\n"),
    )
    .unwrap();
    let output = program()
        .args(["review", "apply"])
        .arg(&run)
        .arg(&reviewed)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("--set data.path="));
    let corrected = run.join("corrected/ecgs.npz");
    let mut npz = ndarray_npy::NpzReader::new(fs::File::open(corrected).unwrap()).unwrap();
    let labels: ndarray::Array2<u8> = npz.by_name("labels").unwrap();
    assert_eq!(labels, ndarray::array![[1, 1], [0, 1], [1, 0]]);
    let again: ndarray::Array3<f32> = npz.by_name("signals").unwrap();
    assert_eq!(again, signals);
}
