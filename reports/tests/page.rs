//! What every page keeps to, whatever the audit holds.

#![allow(clippy::unwrap_used, clippy::expect_used)] // The helpers of tests, which the tests' own leave does not reach.

mod markup;
#[path = "page/networks.rs"]
mod networks;
mod sample;
#[path = "page/values.rs"]
mod values;

use base64::Engine as _;
use ecg_audit_engine::audit::*;
use ecg_audit_report::html;
use markup::{assert_nested, assert_only_numbers, assert_unique_ids, between, tags};
use sha2::{Digest, Sha256};

fn page(audit: &Audit) -> String {
    html(audit).unwrap()
}

#[test]
fn the_policy_names_exactly_the_style_and_the_script() {
    let page = page(&sample::audit());
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for raw in ["style", "script"] {
        let text = between(&page, &format!("<{raw}>"), &format!("</{raw}>"));
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        assert!(
            policy.contains(&format!("{raw}-src 'sha256-{hash}'")),
            "{raw}: {policy}"
        );
        assert_eq!(page.matches(&format!("<{raw}")).count(), 1);
    }
}

#[test]
fn nothing_loads_and_nothing_runs_from_attributes() {
    let page = page(&sample::audit());
    let docs = "https://github.com/ecg-audit/ecg-audit/blob/main/docs/";
    let elsewhere = page.replace(docs, "");
    assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
    for tag in tags(&page) {
        for forbidden in [" src=", " style=", " onclick", " onload", " onerror", "url("] {
            assert!(!tag.contains(forbidden), "{tag}");
        }
        for link in tag.split(" href=\"").skip(1) {
            let page_on_method =
                tag.starts_with("<a ") && link.starts_with(docs) && tag.contains(" rel=\"noreferrer\"");
            assert!(
                link.starts_with('#') || link.starts_with("data:,\"") || page_on_method,
                "{tag}"
            );
        }
    }
    let css = between(&page, "<style>", "</style>");
    assert!(!css.contains("url(") && !css.contains("@import"));
}

#[test]
fn the_page_is_well_formed_and_small() {
    let page = page(&sample::audit());
    assert_nested(&page);
    assert_unique_ids(&page);
    assert!(page.len() < 1_200_000, "{}", page.len());
    let mut ecgs: Vec<_> = page
        .split("<svg class=\"ecg\"")
        .skip(1)
        .map(|s| s.find("</svg>").unwrap())
        .collect();
    assert_eq!(ecgs.len(), 6);
    let at_500_hz = ecgs.pop().unwrap();
    assert!(at_500_hz < 110_000, "{at_500_hz}");
    assert!(ecgs.iter().all(|size| *size < 60_000), "{ecgs:?}");
    for section in [
        "summary",
        "fidelity",
        "clusters",
        "landmarks",
        "associations",
        "uncertainty",
        "issues",
        "ecgs",
        "quality",
        "data",
        "provenance",
    ] {
        assert!(
            page.contains(&format!(
                "<section id=\"{section}\" aria-labelledby=\"{section}-title\">"
            )),
            "{section}"
        );
    }
    assert_only_numbers(&page);
}

#[test]
fn the_same_audit_gives_the_same_page() {
    assert_eq!(page(&sample::audit()), page(&sample::audit()));
}

#[test]
fn the_verdict_follows_the_checks() {
    let mut audit = sample::audit();
    assert!(page(&audit).contains(
        "No check failed; 1 of 6 checks warns: fidelity agreement is 0.919, below 0.93; 1 not run."
    ));
    audit.checks.retain(|c| c.status == CheckStatus::Pass);
    assert!(page(&audit).contains("All 4 checks passed."));
    audit.checks[0].status = CheckStatus::Fail;
    assert!(page(&audit).contains("1 of 4 checks failed: gain over majority is 0.109."));
    audit.checks.clear();
    assert!(page(&audit).contains("No checks are configured"));
}

#[test]
fn figures_of_the_audit_stand_on_the_page() {
    let page = page(&sample::audit());
    for text in [
        "0.919 ± 0.021",
        "[0.903, 0.933]",
        "0.938",
        "0.922",
        "0.810",
        "0.793",
        "87.4\u{202f}%",
        "0.827 ± 0.004",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.contains("25 mm/s · 10 mm/mV · grid 1 mm and 5 mm · 100 Hz"));
    // A pulse of 10 mm for 5 mm, and a second of 25 mm: ten seconds and the margins.
    assert!(page.contains("v-10h5v10h1\"") && page.contains("viewBox=\"0 0 263 "));
}

#[test]
fn hostile_texts_are_shown_as_text_everywhere() {
    let long = format!("{}<b>", "x".repeat(10_000));
    let texts = [
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "</title></style></textarea><svg onload=alert(1)>",
        "\u{202e}txet desrever\u{202c} \u{0}\u{7}",
        "{{ css | safe }}{% include \"page.html\" %}",
        "",
        &long,
    ];
    let benign = tags(&page(&sample::audit()))
        .iter()
        .map(|t| t.split([' ', '>', '/']).next().unwrap().to_owned())
        .collect::<std::collections::BTreeSet<_>>();
    for text in texts {
        let page = page(&sample::hostile::only(text));
        assert_nested(&page);
        assert_unique_ids(&page);
        for tag in tags(&page) {
            assert!(
                benign.contains(tag.split([' ', '>', '/']).next().unwrap()),
                "{tag}"
            );
            // An attribute that a text broke out of would leave an odd number of quotes or a new attribute.
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            let bare: String = tag.split('"').step_by(2).collect();
            assert!(!bare.contains("onload") && !bare.contains("onerror"), "{tag}");
        }
        if !text.is_empty() {
            let shown = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;");
            assert!(page.matches(&shown).count() > 50, "{text}");
        }
    }
}

#[test]
fn an_empty_audit_says_what_is_missing() {
    let page = page(&sample::bare::nothing());
    assert_nested(&page);
    assert_unique_ids(&page);
    for text in [
        "No checks are configured",
        "No limits were noted",
        "There are no clusters",
        "this audit has no delineator",
        "[delineator] plugin = \"dwt\"",
        "No associations were computed",
        "No label is contradicted",
        "holds no ECGs",
        "Every record was audited",
        "No record has a label",
        "No surrogate was fitted",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert_only_numbers(&page);
}

#[test]
fn unlabelled_and_regression_audits_render() {
    let mut audit = sample::audit();
    audit.model_vs_truth = None;
    audit.surrogates.iter_mut().for_each(|s| s.vs_truth = None);
    assert!(page(&audit).contains("No record has a label"));
    audit.task = Task::Regression;
    audit.issues.items[0].given = LabelValue::Number(61.0);
    audit.issues.items[0].suggested = LabelValue::Number(43.25);
    assert!(page(&audit).contains("43.25"));
}

#[test]
fn one_class_and_forty_clusters_render() {
    let mut audit = sample::audit();
    audit.classes.truncate(1);
    for cluster in &mut audit.clusters {
        cluster.correlations.retain(|c| c.class == "NORM");
        cluster.correlations[0].rho = None;
        cluster.correlations[0].p_adjusted = None;
    }
    let first = audit.clusters[0].clone();
    audit.clusters = (0..40).map(|id| Cluster { id, ..first.clone() }).collect();
    audit.traces[0].clusters[0] = Some(u32::MAX);
    let page = page(&audit);
    assert_nested(&page);
    assert!(page.contains("class=\"chip k39\"") && page.contains("one side is constant"));
}

#[test]
fn figures_that_are_not_finite_are_dashes() {
    let mut audit = sample::audit();
    let nan = f64::NAN;
    let (Some(ModelVsTruth::Decisions(truth)), Figures::Decisions(forest)) =
        (&mut audit.model_vs_truth, &mut audit.surrogates[0].vs_model)
    else {
        panic!("the sample's figures are of decisions");
    };
    truth.accuracy = nan;
    forest.agreement = Spread {
        mean: nan,
        sd: Some(nan),
        ci95: Some([nan, f64::INFINITY]),
    };
    audit.surrogates[0].importances[0].by_cluster = vec![nan; 3];
    audit.clusters[0].share = nan;
    audit.clusters[1].correlations[0].rho = Some(nan);
    audit.uncertainty.by_class[0].quantiles = [nan; 5];
    audit.checks[0].value = Some(nan);
    audit.issues.items[0].score = f64::NEG_INFINITY;
    let landmarks = audit.landmarks.as_mut().unwrap();
    (landmarks.explained, landmarks.p, landmarks.time_step) = (nan, nan, f64::INFINITY);
    landmarks.phases[0].share = nan;
    for (i, value) in [nan, f64::INFINITY, -1.0, 0.0].into_iter().enumerate() {
        audit.clusters[0].landmarks[i].lift = value;
        audit.clusters[i].landmarks[0].share = value;
        audit.clusters[i].landmarks[0].p_adjusted = Some(value);
        audit.clusters[i].beat.as_mut().unwrap().occupancy[0] = value;
        audit.clusters[i].segments[0].time = value;
        audit.clusters[i].followed_by[0].share = value;
    }
    audit.clusters[4].beat.as_mut().unwrap().step = nan;
    audit.clusters[5].beat.as_mut().unwrap().start = nan;
    audit.method.taps[0].receptive_field = Some(nan);
    audit.traces[0].uncertainty[3] = f32::NAN;
    audit.traces[0].memberships[3] = f32::NAN;
    audit.traces[1].timeline_start = nan;
    audit.traces[2].sampling_rate = nan;
    let page = page(&audit);
    assert!(page.contains("cannot be drawn"));
    assert_eq!(page.matches("No mean beat is drawn").count(), 2);
    assert_only_numbers(&page);
}

#[test]
fn every_kind_of_audit_has_a_well_formed_page_of_less_than_5_mb() {
    for (kind, audit) in sample::kinds() {
        let page = page(&audit);
        assert!(page.len() < 5_000_000, "{kind}: {}", page.len());
        assert_nested(&page);
        assert_unique_ids(&page);
        assert_only_numbers(&page);
    }
}

#[test]
fn large_audits_stay_small() {
    let mut audit = sample::audit();
    let item = audit.issues.items[0].clone();
    audit.issues.items = (0..5000)
        .map(|i| Issue {
            record: format!("r{i}"),
            ..item.clone()
        })
        .collect();
    audit.provenance.data.skipped = (0..5000)
        .map(|i| SkippedRecord {
            record: format!("r{i}"),
            reason: "short".into(),
        })
        .collect();
    let trace = audit.traces[5].clone();
    audit.traces = vec![trace; 200];
    let page = page(&audit);
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(page.contains("more ECGs are left out") && page.contains("4800 more in audit.json"));
    assert!(page.contains("The 300 most suspect of 5\u{202f}000 are shown"));
}

/// The section of `page` with this id.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    between(page, &format!("<section id=\"{id}\""), "</section>")
}

#[test]
fn the_heartbeat_section_gives_every_cluster_and_phase() {
    let audit = sample::audit();
    let page = page(&audit);
    let section = section(&page, "landmarks");
    for text in [
        "4\u{202f}127 beats in 341 records",
        "the clusters tell 38.4\u{202f}% of the phase",
        "0.871 bits",
        "One timestamp lasts 40\u{202f}ms",
        "takes in 310\u{202f}ms, 750\u{202f}ms and 1.6\u{202f}s of signal",
        "p = 0.0010",
    ] {
        assert!(section.contains(text), "{text}");
    }
    let (table, by_class) = section.split_once("<details>").unwrap();
    // The legend, and 20 clusters and the shares of time in 7 phases.
    assert_eq!(table.matches("<td class=\"heat").count(), 7 + 21 * 7);
    assert_eq!(by_class.matches("<summary>").count(), sample::CLASSES.len());
    assert_eq!(
        by_class.matches("<td class=\"heat").count(),
        sample::CLASSES.len() * 20 * 7
    );
    let stars = audit
        .clusters
        .iter()
        .flat_map(|c| &c.landmarks)
        .filter(|l| l.class.is_none() && l.p_adjusted.is_some_and(|p| p < 0.05))
        .count();
    assert!(stars > 20, "{stars}");
    assert_eq!(table.matches("class=\"star\"").count(), stars);
    assert!(table.contains(&format!("{stars} of 140 cells significant")));
}

#[test]
fn every_cluster_has_a_card_with_its_beat() {
    let audit = sample::audit();
    let page = page(&audit);
    let section = section(&page, "clusters");
    let cards: Vec<&str> = section.split("<article class=\"plate\">").skip(1).collect();
    assert_eq!(cards.len(), 20);
    let size: usize = cards.iter().map(|c| c.len()).sum();
    assert!(size < 200_000, "{size}");
    for (cluster, card) in audit.clusters.iter().zip(&cards) {
        let label = format!("aria-label=\"Mean beat of cluster {} in 12 leads: ", cluster.id);
        assert!(card.contains(&label) && card.contains("role=\"img\""), "{label}");
        assert!(card.contains(&format!("class=\"occupancy k{}\"", cluster.id)));
        assert!(card.contains("41.0\u{202f}%") && card.contains("href=\"#ecg-1\""));
    }
    // The cluster whose timelines stay in the QRS complex says so.
    assert!(cards[7].contains("the QRS complex ×"), "{}", cards[7]);
}

#[test]
fn audits_without_landmarks_say_so() {
    let mut audit = sample::audit();
    audit.landmarks = None;
    assert!(page(&audit).contains("the delineator found no beat"));
    for cluster in &mut audit.clusters {
        cluster.landmarks.clear();
        cluster.beat = None;
    }
    let page = page(&audit);
    assert_nested(&page);
    // Followers and segments need no landmarks.
    assert_eq!(page.matches("class=\"plate\"").count(), 20);
    assert!(!page.contains("class=\"beats\"") && !page.contains("no phase stands out"));
}

#[test]
fn the_phases_have_their_uncertainty() {
    let page = page(&sample::audit());
    let (_, table) = section(&page, "uncertainty")
        .split_once("By phase of the heartbeat")
        .unwrap();
    assert_eq!(table.matches("<th scope=\"row\">").count(), 7);
}

#[test]
fn attribution_stands_beside_uncertainty_and_names_what_only_one_tells() {
    let page = page(&sample::audit());
    let section = section(&page, "attribution");
    assert!(section.contains("Grad-CAM at block.7") || section.contains("block.7"));
    assert!(section.contains("Only uncertainty tells") && section.contains("NORM / MI"));
    assert!(section.contains("481 maps of 350 records"));
    assert!(
        page.contains("<title>Grad-CAM for MI</title>"),
        "a row beneath the ECG"
    );
}

#[test]
fn trust_tells_of_masking_shuffling_and_refits_or_that_they_were_not_run() {
    let whole = page(&sample::audit());
    let trust = section(&whole, "trust");
    assert!(trust.contains("6 of 20 clusters change the network"));
    assert!(trust.contains("they hold what was learnt"));
    assert!(trust.contains("half of the patients") && trust.contains("not found again"));
    let bare = page(&sample::bare::nothing());
    let trust = section(&bare, "trust");
    assert_eq!(trust.matches("class=\"empty\"").count(), 3, "{trust}");
    assert!(section(&bare, "attribution").contains("explain.attribution"));
}
