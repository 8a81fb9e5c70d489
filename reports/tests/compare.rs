//! What the page of a comparison keeps to, whatever differs.

#![allow(clippy::unwrap_used, clippy::expect_used)] // The helpers of tests, which the tests' own leave does not reach.

#[allow(dead_code)] // Shared with the tests of the report.
mod markup;

use ecg_audit_engine::compare::{RunComparison, SCHEMA};
use ecg_audit_report::compare_html;
use markup::{assert_nested, assert_only_numbers, assert_unique_ids, between, tags};
use serde_json::{Value, json};

fn figure(of: &str, name: &str, class: Option<&str>, values: [f64; 4], verdict: &str) -> Value {
    let [a, b, low, high] = values;
    json!({
        "of": of, "name": name, "class": class, "better": if name == "mae" { "low" } else { "high" }, "records": 40,
        "a": a, "b": b, "a_run": a, "b_run": b + 0.01, "difference": b - a, "ci95": [low, high],
        "undefined_replicates": 3, "verdict": verdict,
    })
}

/// A comparison in which everything differs, with `name` for every text from outside.
fn different(name: &str) -> Value {
    let run = |clusters: usize| {
        json!({
            "folder": name, "name": name, "started": "2026-01-02T03:04:05Z", "version": "0.1.0", "seed": 7,
            "records": 50, "clusters": clusters, "surrogate": name,
        })
    };
    let names = json!({ "count": 30, "first": [name, "17"] });
    let component = json!({ "name": name, "version": "0.1.0", "sha256": "ab" });
    let side = |status: &str| json!({ "value": 0.9, "threshold": { "fail_below": 0.95 }, "status": status });
    json!({
        "schema": SCHEMA, "version": "0.1.0", "compared": "2026-01-02T03:04:05Z", "a": run(3), "b": run(2),
        "task": "multi-label",
        "config": [{ "key": name, "a": name, "b": null }, { "key": "clusterer.params.k", "a": 3, "b": 2 }],
        "model": { "same": false, "a": ["aa"], "b": [null] },
        "plugins": [
            { "kind": "encoder", "same": true, "a": component, "b": component },
            { "kind": "delineator", "same": false, "a": null, "b": component },
        ],
        "data": { "both": 40, "groups": 35, "only_a": names, "only_b": names, "relabelled": names, "refolded": names },
        "bootstrap": { "replicates": 1000, "level": 0.95, "seed": 7 },
        "figures": [
            figure("vs_model", "agreement", None, [0.9, 0.8, -0.15, -0.05], "worse"),
            figure("vs_truth", "auroc_soft", None, [0.7, 0.8, 0.05, 0.15], "better"),
            figure("model_vs_truth", "mae", None, [7.0, 8.0, -0.5, 2.0], "unchanged"),
        ],
        "per_class": [figure("vs_model", "agreement", Some(name), [0.9, 0.8, -0.15, -0.05], "worse")],
        "decisions": {
            "decisions": 200, "flipped": 1, "records": 1,
            "by_class": [{ "class": name, "gained": 1, "lost": 0 }],
            "items": [{ "record": name, "class": name, "now": true, "a": 0.4, "b": 0.6 }],
        },
        "values": { "mean_shift": 0.5, "mean_absolute_shift": 1.5, "records": 1, "items": [{ "record": name, "a": 1.0, "b": 2.0 }] },
        "clusters": {
            "records": 40, "timestamps": 4000, "overlap": 0.7, "ari": 0.4,
            "pairs": [
                { "a": 0, "b": 1, "share_a": 0.5, "share_b": 0.6, "jaccard": 0.8 },
                { "a": 1, "b": null, "share_a": 0.5, "share_b": null, "jaccard": null },
                { "a": null, "b": 0, "share_a": null, "share_b": 0.4, "jaccard": null },
            ],
        },
        "issues": {
            "new": 1, "new_on_new_records": 1, "gone": 1, "gone_with_records": 0, "kept": 0,
            "items": [
                { "record": name, "label": name, "change": "new", "shared_record": false, "a": null,
                  "b": { "given": true, "suggested": false, "score": 0.1 } },
                { "record": name, "label": name, "change": "gone", "shared_record": true,
                  "a": { "given": 61.5, "suggested": 40.0, "score": 0.1 }, "b": null },
            ],
        },
        "checks": [
            { "name": name, "description": name, "a": side("pass"), "b": side("fail"), "verdict": "worse" },
            { "name": "skipped_share", "description": "", "a": null, "b": side("not_run"), "verdict": "untested" },
        ],
        "not_compared": [{ "what": name, "reason": name }],
        "regressions": [name],
    })
}

fn page(comparison: Value) -> String {
    let comparison: RunComparison = serde_json::from_value(comparison).unwrap();
    compare_html(&comparison).unwrap()
}

#[test]
fn the_page_holds_together_and_says_the_verdict_first() {
    let page = page(different("demo"));
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
    let verdict = between(&page, "<div class=\"verdict fail\">", "</div>");
    assert!(
        verdict.contains("Worse in agreement of the surrogate against the network"),
        "{verdict}"
    );
    assert!(
        verdict.contains("better in soft AUROC of the surrogate against the truth"),
        "{verdict}"
    );
    assert!(verdict.contains("30 records have another label"), "{verdict}");
    // Errors have a scale of their own, in the target's unit.
    assert_eq!(page.matches("class=\"data compared\"").count(), 3);
    assert!(page.contains("Errors, in the target’s unit") && page.contains("in the whole run"));
    assert!(page.contains("−0.1500, −0.0500"));
    assert!(page.contains("record in one run only") && page.contains("undefined on 3 resamples"));
}

#[test]
fn texts_from_outside_are_shown_as_texts() {
    let long = "x".repeat(10_000);
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "{{ css }}",
        "\u{202e}turned",
        &long,
    ] {
        let page = page(different(hostile));
        assert_nested(&page);
        assert_unique_ids(&page);
        let scripts = tags(&page)
            .into_iter()
            .filter(|tag| tag.starts_with("<script"))
            .count();
        assert_eq!(scripts, 1);
        assert!(!tags(&page).iter().any(|tag| tag.starts_with("<img")));
    }
}

#[test]
fn what_is_not_there_leaves_no_empty_section() {
    let mut comparison = different("demo");
    for key in ["decisions", "values", "clusters"] {
        comparison[key] = Value::Null;
    }
    for key in [
        "per_class",
        "checks",
        "config",
        "not_compared",
        "regressions",
        "plugins",
    ] {
        comparison[key] = json!([]);
    }
    comparison["issues"] = json!({
        "new": 0, "new_on_new_records": 0, "gone": 0, "gone_with_records": 0, "kept": 0, "items": [],
    });
    comparison["figures"] = json!([{
        "of": "vs_model", "name": "r2", "class": null, "better": "high", "records": 1, "a": null, "b": 0.5, "a_run": null,
        "b_run": null, "difference": null, "ci95": null, "undefined_replicates": 0, "verdict": "untested",
    }]);
    let page = page(comparison);
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
    for id in ["classes", "decisions", "values", "clusters"] {
        assert!(!page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(page.contains("No figure could be compared") && page.contains("The configurations are equal"));
}
