//! Evidence on labels and on the data, through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use common::{audit, copy_folder, demo, demo_command, ecgs, number, text};
use serde_json::Value;

fn run(data: &Path, out: &Path, set: &[&str]) -> Value {
    let output = demo(data, out, set);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    audit(out)
}

/// The flagged records, most suspect first.
fn flagged(audit: &Value) -> Vec<String> {
    let mut seen = HashSet::new();
    let items = audit["issues"]["items"].as_array().unwrap().iter();
    let records = items.map(|item| item["record"].as_str().unwrap().to_owned());
    records.filter(|record| seen.insert(record.clone())).collect()
}

#[test]
fn planted_wrong_labels_come_first_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let audit = run(ecgs(), &folder.path().join("run"), &[]);
    let mut truth = csv::Reader::from_path(ecgs().join("truth/labels.csv")).unwrap();
    let headers = truth.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (record, wrong) = (at("record"), at("wrong"));
    let rows: Vec<csv::StringRecord> = truth.records().map(|row| row.unwrap()).collect();
    let planted: HashSet<&str> = rows
        .iter()
        .filter(|r| &r[wrong] == "true")
        .map(|r| &r[record])
        .collect();
    assert_eq!(planted.len(), 6);
    let first: Vec<String> = flagged(&audit).into_iter().take(planted.len()).collect();
    let found = first
        .iter()
        .filter(|record| planted.contains(record.as_str()))
        .count();
    assert!(
        found >= 4,
        "{found} of the first {} are planted: {first:?}",
        planted.len()
    );

    for item in audit["issues"]["items"].as_array().unwrap() {
        assert!(!item["reasons"].as_array().unwrap().is_empty(), "{item}");
        assert_eq!(
            item["in_sample"],
            Value::Null,
            "nobody said what the network was trained on"
        );
        for evidence in item["evidence"].as_array().unwrap() {
            assert!(
                (0.0..=1.0).contains(&evidence["score"].as_f64().unwrap()),
                "{evidence}"
            );
        }
    }
    let sources = audit["issues"]["summary"]["sources"].as_array().unwrap();
    let names: Vec<&str> = sources.iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "network",
            "surrogate",
            "neighbours",
            "uncertainty",
            "duplicates",
            "signal",
            "metadata"
        ]
    );
    assert_eq!(
        sources[0]["weights"].as_array().unwrap().len(),
        5,
        "one coefficient per class"
    );
}

#[test]
fn a_copy_of_a_record_in_another_fold_and_with_another_label_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_folder(ecgs(), &data);
    let (original, other_class) = append_copy(&data.join("ptbxl_database.csv"));
    let audit = run(&data, &folder.path().join("run"), &[]);
    let pairs = audit["data_quality"]["duplicates"].as_array().unwrap();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    let pair = &pairs[0];
    assert_eq!(
        (pair["first"].as_str(), pair["second"].as_str()),
        (Some(original.as_str()), Some("9001"))
    );
    assert_eq!(
        (pair["exact"].as_bool(), pair["same_fold"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(pair["same_group"], false);
    let differ = pair["labels_differ"].as_array().unwrap();
    assert!(differ.iter().any(|class| class == other_class), "{differ:?}");
    let mut checks = audit["checks"].as_array().unwrap().iter();
    let check = checks.find(|c| c["name"] == "duplicates_across_folds").unwrap();
    assert_eq!(
        (check["value"].as_f64(), check["status"].as_str()),
        (Some(1.0), Some("warn"))
    );
    // The copy's label is wrong, and both the network and the other record say so.
    let items = audit["issues"]["items"].as_array().unwrap().iter();
    let of_copy: Vec<&Value> = items.filter(|item| item["record"] == "9001").collect();
    let reasons = serde_json::to_string(&of_copy).unwrap();
    assert!(
        reasons.contains(&format!(
            "Record {original} holds the same signal, but differs in"
        )),
        "{reasons}"
    );
}

/// Adds a row 9001 with the signal of the first normal record, of another patient, in another fold, labelled as an infarction.
fn append_copy(table: &Path) -> (String, &'static str) {
    let mut csv = csv::Reader::from_path(table).unwrap();
    let headers = csv.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.unwrap()).collect();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let original = rows
        .iter()
        .find(|row| row[at("scp_codes")].contains("'NORM'"))
        .unwrap();
    let fold: u32 = original[at("strat_fold")].parse().unwrap();
    let new = |column: usize, value: &str| match &headers[column] {
        "ecg_id" => "9001".to_owned(),
        "patient_id" => "9001".to_owned(),
        "strat_fold" => (fold % 10 + 1).to_string(),
        "scp_codes" => "{'IMI': 100.0}".to_owned(),
        _ => value.to_owned(),
    };
    let copy: Vec<String> = original
        .iter()
        .enumerate()
        .map(|(column, value)| new(column, value))
        .collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&headers).unwrap();
    rows.iter().for_each(|row| out.write_record(row).unwrap());
    out.write_record(&copy).unwrap();
    let name = original[at("ecg_id")].to_owned();
    fs::write(table, out.into_inner().unwrap()).unwrap();
    (name, "MI")
}

#[test]
fn predictions_on_training_folds_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let folds = "data.trained_folds=[1, 2, 3, 4, 5]";
    let audit = run(ecgs(), &folder.path().join("run"), &[folds]);
    let limits = serde_json::to_string(&audit["limits"]).unwrap();
    assert!(
        limits.contains("The network was trained on") && limits.contains("of the 60 audited records"),
        "{limits}"
    );
    let items = audit["issues"]["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["in_sample"].is_boolean()));
    assert!(number(&audit, "/issues/summary/flagged_labels") > 0.0);
}

#[test]
fn rejected_suggestions_are_not_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let before = run(ecgs(), &first, &[]);
    let text = fs::read_to_string(first.join("issues.csv")).unwrap();
    // The reviewer rejects the first suggestion and leaves the others.
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines[1].ends_with(",,,"), "{}", lines[1]);
    lines[1] = format!("{},reject,,looks right", lines[1].trim_end_matches(",,,"));
    let reviewed = folder.path().join("reviewed.csv");
    fs::write(&reviewed, lines.join("\r\n")).unwrap();

    let second = folder.path().join("second");
    let mut command = demo_command(ecgs(), &second, &[]);
    let output = command.arg("--review").arg(&reviewed).output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        common::text(&output.stderr)
    );
    let after = audit(&second);
    let (before, after) = (&before["issues"], &after["issues"]);
    assert_eq!(after["summary"]["rejected_before"], 1);
    assert_eq!(
        after["items"].as_array().unwrap()[..],
        before["items"].as_array().unwrap()[1..]
    );

    fs::write(&reviewed, "record,label\n1,MI\n").unwrap();
    let third = folder.path().join("third");
    let output = demo_command(ecgs(), &third, &[])
        .arg("--review")
        .arg(&reviewed)
        .output()
        .unwrap();
    common::assert_refused(&output, Some(&third), &["reviewed.csv", "decision"]);
}
