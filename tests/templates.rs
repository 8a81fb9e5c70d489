//! Own templates and colours (`report.templates`, `report --templates`) through the program.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{assert_refused, audit, demo, ecgs, program, text};

/// `--set` for a folder with one template.
fn house(folder: &Path, name: &str, content: &str) -> String {
    fs::write(folder.join(name), content).unwrap();
    format!("report.templates={}", folder.display())
}

#[test]
fn a_template_that_does_not_parse_is_refused_before_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let set = house(
        folder.path(),
        "provenance.html",
        "<section>\n<h2>{{ \n</h2></section>",
    );
    let output = demo(ecgs(), &out, &[&set]);
    assert_refused(&output, Some(&out), &["provenance.html", ":3:"]);
}

#[test]
fn a_template_that_fails_on_the_figures_costs_the_look_and_not_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    // Only an audit with checks comes to the line that fails.
    let failing = "<section id=\"provenance\">{% for check in summary.checks %}\n{{ check.nothing.at_all }}{% endfor %}</section>";
    let set = house(folder.path(), "provenance.html", failing);
    let output = demo(ecgs(), &out, &[&set]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for words in ["is whole", "provenance.html", "ecg-audit report"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        audit(&out)["checks"]
            .as_array()
            .is_some_and(|checks| !checks.is_empty())
    );
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("id=\"provenance-title\"") && page.ends_with("</html>\n"));

    // Mended, it is what the finished run is shown with.
    house(
        folder.path(),
        "provenance.html",
        "<section id=\"provenance\">Our clinic</section>",
    );
    fs::write(folder.path().join("theme.css"), ":root { --accent: #123456; }").unwrap();
    let again = program().arg("report").arg(&out).output().unwrap();
    assert!(again.status.success(), "{}", text(&again.stderr));
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Our clinic") && page.contains("--accent: #123456"));
    assert!(!page.contains("id=\"provenance-title\""));
}
