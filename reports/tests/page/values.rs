//! Pages of audits of a continuous target.

use ecg_audit_engine::audit::*;

use super::markup::{assert_nested, assert_only_numbers, assert_unique_ids};
use super::{page, sample, section};

#[test]
fn the_page_of_a_continuous_target_is_well_formed_and_speaks_of_values() {
    let page = page(&sample::regression());
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
    assert!(page.contains("the surrogate comes within 4.18 of the network’s age on average"));
    assert!(page.contains("always answering the mean comes within 13.91"));
    assert!(page.contains("Doubtful values</a>") && !page.contains("Label issues"));
    for word in ["AUROC", "majority", "Flips", "Accuracy", "P network", "per class"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn figures_of_values_stand_beside_their_baselines() {
    let audit = sample::regression();
    let whole = page(&audit);
    let fidelity = section(&whole, "fidelity");
    for text in [
        "[3.72, 4.69]",
        "0.709",
        "+9.73",
        "[8.70, 10.79]",
        "14.63",
        "−0.31",
    ] {
        assert!(fidelity.contains(text), "{text}");
    }
    // Two surrogates against network and labels, and the network against the labels.
    for picture in [
        "<svg class=\"density\"",
        "<svg class=\"folds\"",
        "class=\"trend\"",
    ] {
        assert_eq!(fidelity.matches(picture).count(), 5, "{picture}");
    }
    let (_, by_fold) = fidelity.split_once("<h3>By fold</h3>").unwrap();
    assert_eq!(by_fold.matches("<th scope=\"colgroup\"").count(), 5);
    assert!(by_fold.contains("4.20 ± 0.84") && by_fold.contains("All records together"));
}

#[test]
fn every_section_reads_right_for_values() {
    let whole = page(&sample::regression());
    for (id, texts) in [
        ("uncertainty", ["By the network’s age", "largest errors"]),
        (
            "associations",
            ["the network’s value</bdi>", "Which clusters go with"],
        ),
        (
            "attribution",
            ["so there are no classes", "stand beneath the ECGs"],
        ),
        (
            "trust",
            ["R² of the first surrogate", "Difference of R² [0.244, 0.391]"],
        ),
        ("issues", ["Given → expected", "fitted: 0.61"]),
        ("quality", ["is the network’s mean absolute error in", "7.900"]),
        ("data", ["With a value", "code15"]),
        ("clusters", ["how the network’s", "age −"]),
    ] {
        let section = section(&whole, id);
        let missing = texts.iter().find(|text| !section.contains(**text));
        assert!(missing.is_none(), "{id}: {missing:?}");
    }
    let issues = section(&whole, "issues");
    assert!(issues.contains("Neighbours") && !issues.contains("issue-class"));
    assert!(section(&whole, "ecgs").contains("Most similar by clusters"));
}

#[test]
fn values_without_figures_labels_or_a_name_are_dashes() {
    let mut audit = sample::regression();
    let nan = f64::NAN;
    audit.target = None;
    audit.model_vs_truth = None;
    audit.surrogates.truncate(1);
    audit.surrogates[0].vs_truth = None;
    let Figures::Values(figures) = &mut audit.surrogates[0].vs_model else {
        panic!("the sample's figures are of values");
    };
    (figures.mae, figures.mean_mae, figures.gain, figures.bias) = (nan, nan, nan, f64::INFINITY);
    (figures.r2, figures.gain_ci95, figures.histogram) = (None, None, None);
    figures.mae_by_fold.mean = nan;
    figures.per_fold[0].mae = nan;
    let page = page(&audit);
    assert_nested(&page);
    assert_only_numbers(&page);
    assert!(page.contains("the network’s value on average") && page.contains("No record has a label"));
}
