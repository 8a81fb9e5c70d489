//! `ecg-audit report --format` through the program: Markdown and JUnit XML of the same audit.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use common::{audit, copy_folder, demo, ecgs, program, text};
use serde_json::{Value, json};
use tempfile::TempDir;

fn run() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        // One check of each kind: shuffled weights are not looked at, so that check does not run.
        let checks = "checks={fidelity_agreement={fail_below=0.9999}, skipped_share={warn_below=0.5}, \
                      shuffled_gain={warn_below=0.01}, uncertainty_mean={fail_above=1.0}}";
        let output = demo(ecgs(), &run, &[checks]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        (folder, run)
    });
    run
}

fn report(run: &Path, more: &[&str]) -> Output {
    program().arg("report").arg(run).args(more).output().unwrap()
}

/// What stands under a heading of Markdown.
fn part<'a>(markdown: &'a str, heading: &str) -> &'a str {
    let (_, rest) = markdown.split_once(&format!("## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// Every table has as many cells in each row as in its heading.
fn assert_tables(markdown: &str) {
    let cells = |line: &str| {
        let bars = line.match_indices('|').filter(|(at, _)| {
            let before = line[..*at].chars().rev().take_while(|c| *c == '\\').count();
            before % 2 == 0
        });
        bars.count()
    };
    let mut columns = None;
    let mut tables = 0;
    for line in markdown.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        tables += usize::from(columns.is_none());
        assert_eq!(cells(line), *columns.get_or_insert(cells(line)), "{line}");
    }
    assert!(tables >= 4, "{tables} tables");
}

#[test]
fn an_audit_is_rendered_three_ways() {
    // Renderings are written into the run, which other tests copy meanwhile.
    let folder = tempfile::tempdir().unwrap();
    let run = &folder.path().join("run");
    copy_folder(self::run(), run);
    let audit = audit(run);
    for (format, name) in [
        ("markdown", "report.md"),
        ("junit", "junit.xml"),
        ("html", "report.html"),
    ] {
        // The status is that of the audit: a check failed.
        let output = report(run, &["--format", format]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).trim(), run.join(name).display().to_string());
    }
    let markdown = fs::read_to_string(run.join("report.md")).unwrap();
    assert!(
        markdown.starts_with("# ECG audit: demo\n\n**FAIL: 1 of "),
        "{markdown}"
    );
    assert_tables(&markdown);
    assert!(part(&markdown, "Checks").contains("**FAIL**") && part(&markdown, "Checks").contains("not run"));
    assert!(part(&markdown, "Checks").contains("\nWhat to do next:\n\n- fidelity_agreement: "));
    let agreement = audit["surrogates"][0]["vs_model"]["agreement"]["mean"]
        .as_f64()
        .unwrap();
    assert!(part(&markdown, "Figures").contains(&format!("{:.1}", 100.0 * agreement)));
    for class in audit["classes"].as_array().unwrap() {
        assert!(part(&markdown, "By class").contains(class.as_str().unwrap()));
    }
    let folds = audit["provenance"]["data"]["folds"].as_array().unwrap().len();
    assert_eq!(
        part(&markdown, "By fold")
            .lines()
            .filter(|line| line.starts_with("| "))
            .count(),
        folds + 2
    );

    let xml = fs::read_to_string(run.join("junit.xml")).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suites: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"))
        .collect();
    assert_eq!(suites.len(), 1);
    let checks = audit["checks"].as_array().unwrap();
    let number = |name: &str| suites[0].attribute(name).unwrap().parse::<usize>().unwrap();
    let with = |status: &str| checks.iter().filter(|check| check["status"] == status).count();
    assert_eq!(number("tests"), checks.len());
    assert_eq!((number("failures"), number("errors")), (with("fail"), 0));
    for check in checks {
        let case = suites[0]
            .children()
            .find(|node| node.attribute("name") == check["name"].as_str())
            .unwrap();
        let child = |name: &str| case.children().find(|node| node.has_tag_name(name));
        match check["status"].as_str().unwrap() {
            "fail" => {
                let message = child("failure").unwrap().attribute("message").unwrap().to_owned();
                assert!(message.contains("fail below 0.9999"), "{message}");
                assert!(message.starts_with(&check["value"].to_string()), "{message}");
            }
            "not_run" => {
                let reason = child("skipped").unwrap().attribute("message").unwrap().to_owned();
                assert!(reason.contains("could not be computed"), "{reason}");
            }
            "warn" => {
                assert!(child("failure").is_none() && child("skipped").is_none());
                assert!(child("system-out").unwrap().text().unwrap().starts_with("WARN: "));
            }
            _ => assert!(child("failure").is_none() && child("skipped").is_none()),
        }
    }
    assert!(
        ["pass", "warn", "fail", "not_run"]
            .iter()
            .all(|status| with(status) > 0),
        "{checks:?}"
    );
}

#[test]
fn an_output_can_be_named_and_nothing_half_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("audit.xml");
    let output = report(run(), &["--format", "junit", "-o", &out.display().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(roxmltree::Document::parse(&fs::read_to_string(&out).unwrap()).is_ok());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("no/such/folder.md");
    let output = report(
        run(),
        &["--format", "markdown", "-o", &nowhere.display().to_string()],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot be written"));
    let output = report(run(), &["--format", "word"]);
    assert!(text(&output.stderr).contains("possible values: html, markdown, junit"));
}

/// Texts that mean something in Markdown, HTML or XML, or nothing good anywhere.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "a|b|c",
    "`code` **bold** [link](javascript:alert(1))",
    "two\nlines\r\n\n# heading\n| x | y |",
    "]]> --> <!-- & &amp; \"'",
    "bell\u{7} escape\u{1b}[31m nul\u{0} \u{fffe}\u{ffff} \u{202e}turned",
    "שלום مرحبا",
];

/// Puts a hostile text into every string of the audit that comes from outside.
fn poisoned(run: &Path, hostile: &str) {
    let path = run.join("audit.json");
    let mut audit: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    audit["name"] = json!(hostile);
    audit["classes"][0] = json!(hostile);
    audit["limits"] = json!([hostile]);
    audit["provenance"]["started"] = json!(hostile);
    for key in ["vs_model", "vs_truth"] {
        audit["surrogates"][0][key]["per_class"][0]["class"] = json!(hostile);
    }
    for check in audit["checks"].as_array_mut().unwrap() {
        check["name"] = json!(hostile);
        check["description"] = json!(hostile);
        check["next_step"] = json!(hostile);
    }
    for issue in audit["issues"]["items"].as_array_mut().unwrap() {
        issue["record"] = json!(hostile);
        issue["label"] = json!(hostile);
        issue["reasons"] = json!([hostile]);
    }
    fs::write(&path, serde_json::to_vec(&audit).unwrap()).unwrap();
}

#[test]
fn texts_from_outside_stay_texts() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(10_000);
    for (i, hostile) in HOSTILE.iter().copied().chain([long.as_str()]).enumerate() {
        let run = folder.path().join(i.to_string());
        copy_folder(self::run(), &run);
        poisoned(&run, hostile);
        for format in ["markdown", "junit"] {
            let output = report(&run, &["--format", format]);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{hostile}: {}",
                text(&output.stderr)
            );
        }
        let markdown = fs::read_to_string(run.join("report.md")).unwrap();
        assert_tables(&markdown);
        assert!(
            !markdown.contains("<script") && !markdown.contains("<!--"),
            "{markdown}"
        );
        assert!(
            !markdown.replace("\\](", "").contains("](")
                && !markdown.contains('\u{202e}')
                && !markdown.contains('\u{1b}')
        );
        assert_eq!(
            markdown.lines().filter(|line| line.starts_with("# ")).count(),
            1,
            "{markdown}"
        );
        assert!(markdown.len() < 40_000, "{}", markdown.len());
        let xml = fs::read_to_string(run.join("junit.xml")).unwrap();
        let document = roxmltree::Document::parse(&xml).unwrap_or_else(|e| panic!("{hostile:?}: {e}"));
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"));
        assert_eq!(cases.count(), audit(&run)["checks"].as_array().unwrap().len());
        if hostile.starts_with("<script") {
            let suite = document.descendants().find(|node| node.has_tag_name("testsuite"));
            assert_eq!(suite.unwrap().attribute("name"), Some(hostile));
        }
        // XML 1.0 knows these not even as references; some readers let them pass.
        let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        assert!(
            !xml.contains(forbidden) && !xml.contains("&#0;") && !xml.contains("&#x"),
            "{hostile:?}"
        );
    }
}
