//! What the page of a sweep keeps to, whatever was varied.

#![allow(clippy::unwrap_used, clippy::expect_used)] // The helpers of tests, which the tests' own leave does not reach.

#[allow(dead_code)] // Shared with the tests of the report.
mod markup;
#[allow(dead_code)]
mod sample;

use ecg_audit_engine::audit::{Audit, StageTiming};
use ecg_audit_engine::sweep::{Cost, Findings, SCHEMA, Setting, Sweep, Varied};
use ecg_audit_report::sweep_html;
use markup::{assert_nested, assert_only_numbers, assert_unique_ids, between, tags};
use serde_json::{Value, json};

fn findings(audit: Audit, clusters: usize) -> Findings {
    Findings {
        task: audit.task,
        records: audit.provenance.data.records,
        clusters,
        codebooks: audit.method.codebooks,
        codebooks_converged: 1.0,
        model_vs_truth: audit.model_vs_truth,
        baselines: audit.baselines,
        surrogates: audit.surrogates,
        uncertainty: audit.uncertainty,
        stability: audit.stability,
    }
}

/// A sweep over `first` and `second`, whose settings find what `found` says of the first value.
fn sweep(first: (&str, &[Value]), second: (&str, &[Value]), found: impl Fn(usize) -> Findings) -> Sweep {
    let mut settings = Vec::new();
    for (i, a) in first.1.iter().enumerate() {
        for b in second.1 {
            settings.push(Setting {
                number: settings.len() + 1,
                values: vec![a.clone(), b.clone()],
                findings: Some(found(i)),
                error: None,
                encoding: 1,
                clustering: settings.len() + 1,
                stages: vec![StageTiming {
                    name: "codebooks".into(),
                    seconds: 2.0,
                }],
                seconds: 2.0,
            });
        }
    }
    let varied = |(key, values): (&str, &[Value])| Varied {
        key: key.into(),
        values: values.to_vec(),
    };
    Sweep {
        schema: SCHEMA.into(),
        name: "demo".into(),
        config: "demo.toml".into(),
        version: "0.1.0".into(),
        started: "2026-01-02T03:04:05Z".into(),
        varied: vec![varied(first), varied(second)],
        cost: Cost {
            encodings: 1,
            clusterings: settings.len(),
            total_seconds: 12.0,
            ..Cost::default()
        },
        settings,
    }
}

fn over_clusters(audit: fn() -> Audit) -> Sweep {
    let clusters = [5, 10, 20, 40];
    let values = clusters.map(Value::from);
    let plugins = ["kmeans", "linfa/gmm"].map(Value::from);
    sweep(
        ("clusterer.params.k", &values),
        ("clusterer.plugin", &plugins),
        |i| findings(audit(), clusters[i]),
    )
}

fn assert_sound(page: &str) {
    assert_nested(page);
    assert_unique_ids(page);
    assert_only_numbers(page);
    for tag in tags(page) {
        for forbidden in [" src=", " style=", " onclick", "url("] {
            assert!(!tag.contains(forbidden), "{tag}");
        }
    }
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "no {id}");
    }
}

#[test]
fn over_the_number_of_clusters_there_is_a_line_per_other_value() {
    let sweep = over_clusters(sample::audit);
    let page = sweep_html(&sweep).unwrap();
    assert_sound(&page);
    let plots: Vec<&str> = page.split("<svg class=\"lines\"").skip(1).collect();
    assert_eq!(
        plots.len(),
        3,
        "agreement, stability between seeds and between halves"
    );
    for plot in plots {
        let plot = plot.split("</svg>").next().unwrap();
        assert_eq!(
            plot.matches("class=\"line\" d=\"M").count(),
            4,
            "two lines and two keys: {plot}"
        );
        // 4 settings of each line, and its key.
        assert_eq!(plot.matches("class=\"point\"").count(), 10);
        assert!(plot.contains("linfa/gmm") && plot.contains("(logarithmic)"));
    }
    let first = between(&page, "<svg class=\"lines\"", "</svg>");
    assert!(
        first.contains("class=\"ci\"") && first.contains("class=\"dashed\"") && first.contains("majority")
    );
    assert_eq!(page.matches("<th scope=\"row\"").count(), 8);
    assert!(page.contains("8 settings of one audit"));
}

#[test]
fn without_clusters_among_the_keys_there_is_a_row_per_setting() {
    let weights = [json!("equal"), json!([1, 1, 2])];
    let seeds = [json!(1), json!(2), json!(3)];
    let mut sweep = sweep(("features.weights", &weights), ("audit.seed", &seeds), |_| {
        findings(sample::audit(), 20)
    });
    let page = sweep_html(&sweep).unwrap();
    assert_sound(&page);
    assert!(page.contains("Agreement by setting") && page.contains("[1,1,2] · 3"));
    assert_eq!(page.matches("<svg class=\"lines\"").count(), 2);

    // A setting that failed is listed, its text stays a text, and no plot or row shows it.
    sweep.settings[1].findings = None;
    sweep.settings[1].error = Some("</dd><script>alert(1)</script>".into());
    let page = sweep_html(&sweep).unwrap();
    assert_sound(&page);
    assert!(page.contains("These settings could not be run") && !page.contains("<script>alert"));
    assert_eq!(page.matches("<th scope=\"row\"").count(), 5);

    // Without stability nothing is said of it.
    for setting in &mut sweep.settings {
        if let Some(findings) = &mut setting.findings {
            findings.stability = None;
        }
    }
    let page = sweep_html(&sweep).unwrap();
    assert_sound(&page);
    assert!(!page.contains("#stability"));
}

#[test]
fn a_continuous_target_is_compared_by_r2() {
    let page = sweep_html(&over_clusters(sample::regression)).unwrap();
    assert_sound(&page);
    assert!(page.contains("R² against the number of clusters") && page.contains("the mean 0.000"));
    assert!(page.contains(">MAE</th>") && !page.contains(">Agreement</th>"));
}

#[test]
fn the_best_of_a_column_is_marked_and_ties_are_all_marked() {
    let mut sweep = over_clusters(sample::audit);
    let best = |sweep: &Sweep| {
        let page = sweep_html(sweep).unwrap();
        let rows: Vec<usize> = page
            .split("<th scope=\"row\"")
            .skip(1)
            .map(|row| row.split("</tr>").next().unwrap().matches("number best").count())
            .collect();
        rows
    };
    let tied = best(&sweep);
    assert!(
        tied.iter().all(|marks| *marks == tied[0] && *marks > 0),
        "{tied:?}"
    );
    if let Some(findings) = &mut sweep.settings[3].findings
        && let Some(stability) = &mut findings.stability
    {
        stability.refits.iter_mut().for_each(|refits| refits.ari = 0.999);
    }
    let marked = best(&sweep);
    assert_eq!(marked[3], tied[0]);
    assert_eq!(
        marked[0],
        tied[0] - 2,
        "both kinds of stability are better in setting 4"
    );
}
