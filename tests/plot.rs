//! `ecg-audit plot` through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use common::{assert_refused, audit, copy_folder, demo, ecgs, program, text};
use serde_json::Value;
use tempfile::TempDir;

/// A finished demo audit that shows few of its records.
fn run() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let output = demo(ecgs(), &path, &["report.traces=2", "report.layout=6x2"]);
        assert!(path.join("audit.json").exists(), "{}", text(&output.stderr));
        (folder, path)
    });
    path
}

fn plot(run: &Path, record: &str, out: &Path, more: &[&str]) -> Output {
    let mut command = program();
    command.arg("plot").arg(run).arg(record).arg("--out").arg(out);
    command.args(more).output().unwrap()
}

/// The picture, and what was said on standard error.
fn drawn(run: &Path, record: &str, name: &str, more: &[&str]) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join(name);
    let output = plot(run, record, &out, more);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(text(&output.stdout).trim(), out.display().to_string());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    (std::fs::read(out).unwrap(), said)
}

fn svg(run: &Path, record: &str, more: &[&str]) -> String {
    String::from_utf8(drawn(run, record, "ecg.svg", more).0).unwrap()
}

/// The names of the records that the report shows, and one that it does not.
fn names() -> (Vec<String>, String) {
    let audit = audit(run());
    let traces = audit["traces"].as_array().unwrap();
    let shown: Vec<String> = traces
        .iter()
        .map(|trace| trace["record"].as_str().unwrap().to_owned())
        .collect();
    assert!(!shown.is_empty());
    let other = (1..=60).map(|n| n.to_string()).find(|name| !shown.contains(name));
    (shown, other.unwrap())
}

/// A copy of the run whose audit.json shows no record.
fn without_traces(folder: &Path) -> PathBuf {
    let copy = folder.join("copy");
    copy_folder(run(), &copy);
    let mut audit = audit(&copy);
    audit["traces"] = Value::Array(Vec::new());
    std::fs::write(copy.join("audit.json"), audit.to_string()).unwrap();
    copy
}

/// What stands between `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from}")).1;
    rest.split_once(to).unwrap().0
}

#[test]
fn a_record_looks_the_same_from_the_audit_and_from_data_and_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let (shown, _) = names();
    let from_audit = svg(run(), &shown[0], &["--landmarks"]);
    let from_data = svg(&without_traces(folder.path()), &shown[0], &["--landmarks"]);
    for (from, to) in [
        ("class=\"wave\"", "/>"),
        ("class=\"ribbon\">", "</g>"),
        ("class=\"uncertainty\"", "/>"),
        ("class=\"landmarks\">", "</g>"),
    ] {
        assert_eq!(between(&from_audit, from, to), between(&from_data, from, to));
    }
    assert!(between(&from_audit, "class=\"landmarks\">", "</g>").contains(">QRS</text>"));
    // Attribution maps are kept for the records that the report shows.
    assert!(from_audit.contains("class=\"attribution\"") && !from_data.contains("class=\"attribution\""));
}

#[test]
fn every_record_in_every_format_to_scale() {
    let (_, other) = names();
    let (pdf, said) = drawn(run(), &other, "ecg.PDF", &["--layout", "3x4"]);
    assert_eq!(said, "");
    let page = between(&String::from_utf8_lossy(&pdf), "/MediaBox [", "]").to_owned();
    let page: Vec<f64> = page.split_whitespace().map(|n| n.parse().unwrap()).collect();
    // A4 in landscape, in points.
    assert!(
        (page[2] - 841.89).abs() < 0.1 && (page[3] - 595.28).abs() < 0.1,
        "{page:?}"
    );

    let (png, _) = drawn(run(), &other, "ecg.png", &["--layout", "3x4"]);
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    // Ten seconds and the margins, 263 mm at 300 dots per inch, which `pHYs` says per metre.
    assert!(number(16).abs_diff(3106) <= 1, "{}", number(16));
    let physical = png.windows(4).position(|w| w == b"pHYs").unwrap();
    assert_eq!(number(physical + 4), 11_811);

    let (_, said) = drawn(run(), &other, "ecg.pdf", &["--speed", "50"]);
    assert!(said.contains("needs a page of 525 ×"), "{said}");
}

#[test]
fn layouts_speed_and_gain() {
    let (_, other) = names();
    let layouts = [("3x4", 13), ("6x2", 12), ("12x1", 12)];
    for (layout, strips) in layouts {
        let svg = svg(run(), &other, &["--layout", layout]);
        let found = svg.matches("class=\"wave\"").count();
        assert!([strips, strips + 1].contains(&found), "{layout}: {found}");
        assert!(svg.contains(">25 mm/s · "), "{layout}");
    }
    // The run's own layout where none is named.
    let own = svg(run(), &other, &[]);
    assert_eq!(own, svg(run(), &other, &["--layout", "6x2"]));
    let fast = svg(run(), &other, &["--speed", "50", "--gain", "20"]);
    assert!(fast.contains("50 mm/s · 20 mm/mV") && fast.contains("width=\"513mm\""));
    assert!(fast.contains("h1v-20h5v20h1"));
    let output = plot(run(), &other, Path::new("x.svg"), &["--gain", "7"]);
    assert_refused(&output, Some(Path::new("x.svg")), &["5, 10, 20"]);
}

#[test]
fn unknown_records_and_names_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("ecg.svg");
    let output = plot(run(), "170", &out, &[]);
    assert_refused(&output, Some(&out), &["has no record `170`", "did you mean `10`"]);
    let out = folder.path().join("ecg.jpg");
    let output = plot(run(), "1", &out, &[]);
    assert_refused(
        &output,
        Some(&out),
        &["does not say what to write", ".svg, .png or .pdf"],
    );
    let output = plot(folder.path(), "1", &folder.path().join("ecg.svg"), &[]);
    assert_refused(&output, None, &["audit.json"]);
}

#[test]
fn data_that_moved_are_missed_by_the_records_that_need_them() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    copy_folder(run(), &copy);
    let file = copy.join("audit.toml");
    let toml = std::fs::read_to_string(&file).unwrap();
    let there = ecgs().display().to_string();
    assert!(toml.contains(&there));
    std::fs::write(&file, toml.replace(&there, "/gone/ecgs")).unwrap();
    let (shown, other) = names();
    let out = folder.path().join("ecg.svg");
    let output = plot(&copy, &other, &out, &[]);
    assert_refused(
        &output,
        Some(&out),
        &["/gone/ecgs does not exist", "`data.path`", "audit.toml"],
    );
    // What the audit shows needs no data.
    assert!(svg(&copy, &shown[0], &[]).contains("class=\"ribbon\""));
    // A damaged timeline is said to be.
    std::fs::write(&file, toml).unwrap();
    std::fs::write(copy.join("timeline.parquet"), b"PAR1nothingPAR1").unwrap();
    let output = plot(&copy, &other, &out, &[]);
    assert_refused(&output, Some(&out), &["timeline.parquet"]);
}
