//! Damaged records are set aside and listed, and the audit goes on; too many of them end it.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{assert_refused, audit, copy_folder, demo, ecgs, keep_rows, set_cell, text};

fn damaged(damage: impl Fn(&Path)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs");
    copy_folder(ecgs(), &data);
    damage(&data);
    (folder, data)
}

fn signal(data: &Path, record: usize, extension: &str) -> PathBuf {
    data.join(format!("records100/00000/{record:05}_lr.{extension}"))
}

/// Sample `at` of lead 0 in a format 16 file of 12 leads.
fn poke(data: &Path, record: usize, samples: std::ops::Range<usize>, lead: Option<usize>, value: i16) {
    let path = signal(data, record, "dat");
    let mut bytes = fs::read(&path).unwrap();
    for at in samples {
        for lead in lead.map_or(0..12, |lead| lead..lead + 1) {
            let offset = 2 * (at * 12 + lead);
            bytes[offset..offset + 2].copy_from_slice(&value.to_le_bytes());
        }
    }
    fs::write(path, bytes).unwrap();
}

/// Replaces a word of a header; checksums there are left as they are.
fn edit_header(data: &Path, record: usize, from: &str, to: &str) {
    let path = signal(data, record, "hea");
    let header = fs::read_to_string(&path).unwrap();
    assert!(header.contains(from), "{header}");
    fs::write(path, header.replacen(from, to, 1)).unwrap();
}

/// A header without checksums and initial values, so that changed samples pass.
fn drop_checksums(data: &Path, record: usize) {
    let path = signal(data, record, "hea");
    let header = fs::read_to_string(&path).unwrap();
    let lines = header
        .lines()
        .map(|line| match line.split_whitespace().collect::<Vec<_>>() {
            words if words.len() > 6 && words[0].ends_with(".dat") => words[..5].join(" "),
            _ => line.to_owned(),
        });
    fs::write(path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
}

#[test]
fn damaged_records_are_listed_with_their_reasons_and_the_audit_goes_on() {
    let (folder, data) = damaged(|data| {
        let path = signal(data, 1, "dat");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 3]).unwrap(); // truncated
        fs::remove_file(signal(data, 2, "dat")).unwrap(); // no signal file
        poke(data, 3, 10..20, None, 77); // checksum no longer right
        drop_checksums(data, 4);
        poke(data, 4, 100..200, Some(3), i16::MIN); // invalid samples: NaN
        drop_checksums(data, 5);
        poke(data, 5, 0..1000, Some(7), 0); // one flat lead: used, with a warning
    });
    let run = folder.path().join("run");
    let output = demo(&data, &run, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let audit = audit(&run);
    let skipped = audit["provenance"]["data"]["skipped"].as_array().unwrap();
    let reason = |record: usize| {
        let found = skipped
            .iter()
            .find(|s| s["record"].as_str().unwrap().trim_start_matches('0') == record.to_string());
        found.unwrap_or_else(|| panic!("record {record} is not among {skipped:?}"))["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(reason(1).contains("bytes"), "{}", reason(1));
    assert!(reason(2).contains("00002_lr.dat"), "{}", reason(2));
    assert!(reason(3).contains("checksum"), "{}", reason(3));
    assert!(reason(4).contains("invalid samples"), "{}", reason(4));
    assert_eq!(skipped.len(), 4, "{skipped:?}");
    assert_eq!(audit["provenance"]["data"]["records"], 56);
    let warnings = audit["provenance"]["data"]["warnings"].to_string();
    assert!(warnings.contains("flat"), "{warnings}");
    let check = audit["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "skipped_share")
        .unwrap();
    assert_eq!(check["status"], "warn");
}

#[test]
fn a_header_with_a_bad_gain_is_a_reason_too() {
    let (folder, data) = damaged(|data| {
        let header = fs::read_to_string(signal(data, 6, "hea")).unwrap();
        let gain = header
            .lines()
            .nth(1)
            .unwrap()
            .split_whitespace()
            .nth(2)
            .unwrap()
            .to_owned();
        edit_header(data, 6, &gain, "nan/mV");
    });
    let run = folder.path().join("run");
    let output = demo(&data, &run, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let skipped = audit(&run)["provenance"]["data"]["skipped"].to_string();
    assert!(skipped.contains("gain"), "{skipped}");
}

#[test]
fn too_many_damaged_records_end_the_audit_with_the_first_reasons() {
    let (folder, data) = damaged(|data| {
        for record in 1..=10 {
            fs::remove_file(signal(data, record, "dat")).unwrap();
        }
    });
    let run = folder.path().join("run");
    let output = demo(&data, &run, &[]);
    assert_refused(
        &output,
        Some(&run),
        &["10 of 60 records were set aside", "max_skipped_share", "00001_lr"],
    );
    assert!(matches!(
        demo(&data, &run, &["data.max_skipped_share=0.2"]).status.code(),
        Some(0 | 1)
    ));
}

#[test]
fn a_single_fold_cannot_be_cross_validated() {
    let (folder, data) = damaged(|data| {
        for row in 0..60 {
            set_cell(&data.join("ptbxl_database.csv"), row, "strat_fold", "4");
        }
    });
    let run = folder.path().join("run");
    assert_refused(&demo(&data, &run, &[]), Some(&run), &["one fold", "data.folds"]);
}

#[test]
fn a_fold_whose_records_are_all_damaged_is_left_out() {
    let (folder, data) = damaged(|data| {
        set_cell(&data.join("ptbxl_database.csv"), 0, "strat_fold", "99");
        fs::remove_file(signal(data, 1, "dat")).unwrap();
    });
    let run = folder.path().join("run");
    let output = demo(&data, &run, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    assert!(
        !audit(&run)["provenance"]["data"]["folds"]
            .as_array()
            .unwrap()
            .contains(&99.into())
    );
}

#[test]
fn a_class_with_one_member_is_audited_and_marked_as_untrustworthy() {
    let (folder, data) = damaged(|data| {
        let database = data.join("ptbxl_database.csv");
        for row in 0..60 {
            let statements = if row == 0 {
                "{'LVH': 100.0}"
            } else {
                "{'NORM': 100.0}"
            };
            set_cell(&database, row, "scp_codes", statements);
        }
    });
    let run = folder.path().join("run");
    let output = demo(&data, &run, &[]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let limits = audit(&run)["limits"].to_string();
    assert!(limits.contains("class HYP"), "{limits}");
}

#[test]
fn a_data_set_of_one_record() {
    let (folder, data) = damaged(|data| keep_rows(&data.join("ptbxl_database.csv"), 1));
    let run = folder.path().join("run");
    assert_refused(&demo(&data, &run, &[]), Some(&run), &["fold"]);
}
