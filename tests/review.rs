//! The review loop through the program: issues out, decisions back, corrected labels in the data set's own layout.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "review/layouts.rs"]
mod layouts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use common::{assert_refused, audit, copy_folder, demo, ecgs, program, root, text};
use ecg_audit_ecg::Label;
use ecg_audit_ecg::datasets::{Options, open};
use serde_json::Value;
use tempfile::TempDir;

const HEADER: &str = "record,label,given,suggested,score,reasons,decision,corrected_label,comment";

/// A run over [`ecgs`], made once.
fn finished_run() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let output = demo(ecgs(), &path, &[]);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{}",
            text(&output.stderr)
        );
        (folder, path)
    });
    path
}

fn apply(run: &Path, reviewed: &Path, out: &Path) -> Output {
    let mut command = program();
    command.args(["review", "apply"]).arg(run).arg(reviewed);
    command.arg("--out").arg(out).output().unwrap()
}

/// Applies the lines of a review to [`finished_run`].
fn apply_lines(lines: &[&str], folder: &Path) -> (Output, PathBuf) {
    let (reviewed, out) = (folder.join("reviewed.csv"), folder.join("corrected"));
    fs::write(&reviewed, format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap();
    (apply(finished_run(), &reviewed, &out), out)
}

/// The classes of each record of PTB-XL's layout, by its name.
fn classes(data: &Path) -> Vec<(String, Vec<String>)> {
    let options = Options {
        sampling_rate: Some(100.0),
        ..Options::default()
    };
    let set = open("ptb-xl", data, &options).unwrap();
    let of = |label: &Label| match label {
        Label::Classes(flags) => {
            let on = set.classes().iter().zip(flags).filter(|(_, on)| **on);
            on.map(|(class, _)| class.clone()).collect()
        }
        other => panic!("{other:?}"),
    };
    set.records()
        .iter()
        .map(|record| (record.id.clone(), of(&record.label)))
        .collect()
}

/// The first record with exactly these classes.
fn record_with(wanted: &[&str]) -> String {
    let found = classes(ecgs()).into_iter().find(|(_, classes)| classes == wanted);
    found.unwrap_or_else(|| panic!("no record with {wanted:?}")).0
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    csv.records().map(|row| cells(row.unwrap())).collect()
}

#[test]
fn issues_open_in_a_spreadsheet() {
    let run = finished_run();
    let bytes = fs::read(run.join("issues.csv")).unwrap();
    assert!(bytes.starts_with(format!("\u{feff}{HEADER}\r\n").as_bytes()));
    let audit = audit(run);
    let items = audit["issues"]["items"].as_array().unwrap();
    assert!(!items.is_empty(), "wrong labels were planted");
    let rows = rows(&run.join("issues.csv"));
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        let word = |value: &Value| if value == true { "present" } else { "absent" };
        assert_eq!(row[0], item["record"].as_str().unwrap());
        assert_eq!(row[1], item["label"].as_str().unwrap());
        assert_eq!(row[2], word(&item["given"]));
        assert_eq!(row[3], word(&item["suggested"]));
        assert!((row[4].parse::<f64>().unwrap() - item["score"].as_f64().unwrap()).abs() < 1e-6);
        assert_eq!(row[6..], ["", "", ""]);
    }
}

/// The issues of the run as a reviewer sends them back, the cells joined by `separator`: the first is rejected, the
/// others are accepted by turns; and two rows that the reviewer added on records that are not among the issues.
fn reviewed_issues(separator: char) -> (String, Vec<(String, String, bool)>) {
    let statement = |class: &str| match class {
        "MI" => "IMI",
        "STTC" => "NDT",
        "CD" => "CLBBB",
        "HYP" => "LVH",
        _ => "",
    };
    let issues = rows(&finished_run().join("issues.csv"));
    let mut expected = Vec::new();
    let mut lines = vec![HEADER.replace(',', &separator.to_string())];
    for (i, issue) in issues.iter().enumerate() {
        let mut row = issue.clone();
        row[4] = row[4].replace('.', ",");
        row[8] = "geprüft: ok".into();
        if i == 0 {
            row[6] = "Reject".into();
        } else if i % 2 == 1 {
            row[6] = "ACCEPT".into();
            let added = row[3] == "present";
            if added {
                row[7] = statement(&row[1]).into();
            }
            expected.push((row[0].clone(), row[1].clone(), added));
        }
        lines.push(joined(&row, separator));
    }
    let listed = |record: &String| issues.iter().any(|row| row[0] == *record);
    let free = classes(ecgs())
        .into_iter()
        .find(|(record, classes)| classes == &["NORM"] && !listed(record));
    let record = free.unwrap().0;
    for (label, given, corrected) in [("NORM", "present", "absent"), ("MI", "absent", "asmi")] {
        let row = [
            &record,
            label,
            given,
            "",
            "",
            "",
            "relabel",
            corrected,
            "=a, \"b\"\nc",
        ];
        lines.push(joined(&row.map(str::to_owned), separator));
        expected.push((record.clone(), label.into(), label == "MI"));
    }
    (lines.join("\r\n") + "\r\n", expected)
}

fn joined(row: &[String], separator: char) -> String {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    row.iter()
        .map(quoted)
        .collect::<Vec<_>>()
        .join(&separator.to_string())
}

#[test]
fn decisions_become_corrected_labels() {
    let folder = tempfile::tempdir().unwrap();
    let (reviewed, out) = (
        folder.path().join("reviewed.csv"),
        folder.path().join("corrected"),
    );
    let (text_of_review, expected) = reviewed_issues(';');
    // What a Western Windows saves: one byte per character.
    let bytes: Vec<u8> = text_of_review
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    fs::write(&reviewed, bytes).unwrap();
    let database = ecgs().join("ptbxl_database.csv");
    let before = fs::read(&database).unwrap();

    let output = apply(finished_run(), &reviewed, &out);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let issues = rows(&finished_run().join("issues.csv")).len();
    let undecided = (issues - 1) - issues / 2;
    let counts = format!("{} changed in", expected.len());
    assert!(said.contains(&counts), "{said}");
    assert!(
        said.contains(&format!("1 confirmed, {undecided} undecided")),
        "{said}"
    );
    assert!(said.contains("--set data.csv="), "{said}");
    assert_eq!(fs::read(&database).unwrap(), before, "the data set is as it was");
    assert_eq!(
        fs::read_dir(&out).unwrap().count(),
        2,
        "no temporary file is left"
    );

    // Only cells of changed records are different.
    let (old, new) = (rows(&database), rows(&out.join("ptbxl_database.csv")));
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        let changed = expected.iter().any(|(record, ..)| *record == old[0]);
        assert!(changed || old == new, "{old:?}");
        assert!(
            old.iter()
                .zip(new)
                .enumerate()
                .all(|(i, (a, b))| i == 11 || a == b)
        );
    }

    // The corrected file in the place of the data set's own.
    let again = folder.path().join("again");
    copy_folder(ecgs(), &again);
    fs::copy(out.join("ptbxl_database.csv"), again.join("ptbxl_database.csv")).unwrap();
    let mut wanted = classes(ecgs());
    for (record, class, added) in &expected {
        let (_, classes) = wanted.iter_mut().find(|(id, _)| id == record).unwrap();
        classes.retain(|other| other != class);
        if *added {
            classes.push(class.clone());
        }
    }
    wanted.retain(|(_, classes)| !classes.is_empty());
    let mut found = classes(&again);
    for (_, classes) in wanted.iter_mut().chain(&mut found) {
        classes.sort();
    }
    assert_eq!(found, wanted);

    let log = rows(&out.join("changes.csv"));
    assert_eq!(log.len(), expected.len());
    let last = &log[log.len() - 1];
    let line = issues + 4; // the comment before has a line break
    assert_eq!(last[1..5], ["MI", "absent", "present", "relabel"]);
    assert_eq!(last[5], "'=a, \"b\"\nc");
    assert_eq!(last[6], line.to_string());
    assert_eq!(log[0][5], "geprüft: ok");

    // And by the configuration's key, as the summary says.
    let path = format!("data.path={}", ecgs().display());
    let csv = format!("data.csv={}", out.join("ptbxl_database.csv").display());
    let output = program()
        .arg("validate")
        .arg(root().join("configs/demo.toml"))
        .args(["--set", &path, "--set", &csv])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(&format!("{} records", wanted.len())));
}

#[test]
fn the_encoding_and_the_separator_make_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let utf8 = |separator: char| reviewed_issues(separator).0.into_bytes();
    let utf16 = |text: String| -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let variants = [
        utf8(','),
        [b"\xef\xbb\xbf".to_vec(), utf8(';')].concat(),
        utf16(reviewed_issues('\t').0),
        utf16(format!("sep=;\r\n{}", reviewed_issues(';').0)),
    ];
    let mut results = Vec::new();
    for (i, bytes) in variants.into_iter().enumerate() {
        let (reviewed, out) = (
            folder.path().join(format!("{i}.csv")),
            folder.path().join(i.to_string()),
        );
        fs::write(&reviewed, bytes).unwrap();
        let output = apply(finished_run(), &reviewed, &out);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let mut log = rows(&out.join("changes.csv"));
        log.iter_mut().for_each(|row| row.truncate(6)); // the line is one further behind `sep=`
        results.push((fs::read(out.join("ptbxl_database.csv")).unwrap(), log));
    }
    assert!(results.iter().all(|other| *other == results[0]));
}

#[test]
fn everything_wrong_with_a_review_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let before = fs::read(ecgs().join("ptbxl_database.csv")).unwrap();
    let norm = record_with(&["NORM"]);
    let mi = record_with(&["MI"]);
    let lines = [
        "999,NORM,present,absent,,,accept,,".to_owned(),
        format!("{norm},NRM,present,absent,,,accept,,"),
        format!("{mi},NORM,present,absent,,,,,\"stale\nwith a line break\""),
        format!("{norm},HYP,absent,present,,,accept,,"),
        format!("{norm},HYP,absent,present,,,reject,,"),
        format!("{norm},NORM,present,absent,,,relabel,,"),
        format!("{norm},CD,absent,present,,,relabel,XYZ,"),
        format!("{norm},STTC,absent,present,,,accept,absent,"),
        format!("{norm},MI,absent,present,,,accepted,,"),
        format!("{mi},STTC,absent"),
        format!("{mi},MI,present,absent,,,relabel,CLBBB,"),
        format!("{mi},CD,absent,,,,accept,,"),
        format!("{mi},HYP,absent,present,,,,LVH,"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (output, out) = apply_lines(&lines, folder.path());
    let expected = [
        "problems; nothing was written".to_owned(),
        "line 2: unknown record `999`".to_owned(),
        "line 3: unknown label `NRM`; did you mean `NORM`?".to_owned(),
        format!(
            "line 4: record `{mi}`, label `NORM`: given is `present` in the review, but the data set says `absent` by \
             now; the review is out of date"
        ),
        format!(
            "line 6: record `{norm}`, label `HYP`: adding `HYP` needs one of its statements; name one in \
             corrected_label: `LVH`"
        ),
        format!("line 7: record `{norm}`, label `HYP`: `reject` contradicts `accept` in line 6"),
        format!("line 8: record `{norm}`, label `NORM`: `relabel` needs a corrected_label: `present` or `absent`"),
        "line 9: ".to_owned(),
        "`XYZ` is no statement of `CD`; name one in corrected_label: `CLBBB`, `CRBBB`".to_owned(),
        "line 10: ".to_owned(),
        "`accept` takes `present`, but corrected_label is `absent`; write `relabel`".to_owned(),
        "line 11: decision: expected `accept`, `reject`, `relabel` or nothing, found `accepted`; did you mean `accept`?"
            .to_owned(),
        "line 12: expected 9 cells as in the header, found 3".to_owned(),
        "line 13: ".to_owned(),
        "`CLBBB` is about `CD`, this row about `MI`".to_owned(),
        "line 14: ".to_owned(),
        "`accept` needs a suggestion, and suggested is empty".to_owned(),
        "line 15: ".to_owned(),
        "corrected_label is `LVH`, but decision is empty".to_owned(),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    assert_refused(&output, Some(&out), &expected);
    assert_eq!(fs::read(ecgs().join("ptbxl_database.csv")).unwrap(), before);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only the review is there"
    );
}

#[test]
fn a_suggestion_that_the_run_does_not_make_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let issue = &rows(&finished_run().join("issues.csv"))[0];
    let line = [
        &issue[0], &issue[1], &issue[2], &issue[2], "", "", "accept", "", "",
    ]
    .join(",");
    let (output, out) = apply_lines(&[&line], folder.path());
    assert_refused(
        &output,
        Some(&out),
        &["line 2: ", "in the run; to give another label, write `relabel`"],
    );
}

#[test]
fn files_that_are_no_review_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (reviewed, out) = (
        folder.path().join("reviewed.csv"),
        folder.path().join("corrected"),
    );
    let refused = |bytes: &[u8], words: &[&str]| {
        fs::write(&reviewed, bytes).unwrap();
        assert_refused(&apply(finished_run(), &reviewed, &out), Some(&out), words);
    };
    refused(b"PK\x03\x04\x14\x00", &["save the sheet as CSV"]);
    refused(b"", &["the file is empty"]);
    refused(HEADER.as_bytes(), &["no row has a decision"]);
    refused(b"\xff\xfer", &["UTF-16LE"]);
    refused(
        b"record;label;given;suggestion;score;reasons;comment\n1;NORM;present;absent;0,1;;\n",
        &[
            "line 1: missing columns: `suggested`; did you mean `suggestion`?, `decision`, `corrected_label`. The columns \
           found are `record`",
        ],
    );
    let nowhere = folder.path().join("nowhere.csv");
    assert_refused(
        &apply(finished_run(), &nowhere, &out),
        Some(&out),
        &["nowhere.csv"],
    );
    fs::write(&reviewed, HEADER).unwrap();
    assert_refused(
        &apply(folder.path(), &reviewed, &out),
        Some(&out),
        &["audit.toml"],
    );
}

#[test]
fn outputs_are_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let norm = record_with(&["NORM"]);
    let line = format!("{norm},NORM,present,absent,,,reject,,");
    let (output, out) = apply_lines(&[&line], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("0 changed in 0 records, 1 confirmed, 0 undecided"));
    let same = fs::read(out.join("ptbxl_database.csv")).unwrap();
    assert_eq!(same, fs::read(ecgs().join("ptbxl_database.csv")).unwrap());
    let (output, _) = apply_lines(&[&line], folder.path());
    assert_refused(&output, None, &["ptbxl_database.csv is there already", "--out"]);
    let output = apply(finished_run(), &folder.path().join("reviewed.csv"), ecgs());
    assert_refused(&output, None, &["is there already"]);
}
