//! The same figures as scikit-learn's forests, on the same data; values from `reference/forest_reference.py`.
//!
//! Forests are random, so figures agree in distribution: ours is the mean over three seeds, theirs over six.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{classes, forest, trees, values};
use ecg_audit_forest::{MaxFeatures, Params, Rule};
use ecg_audit_plugin::{SurrogateModel, Target};
use ndarray::{Array1, Array2};
use serde_json::Value;

const SEEDS: u64 = 3;

/// Mean figures of our forest on one case.
#[derive(Default)]
struct Figures {
    score: f64,
    out_of_bag: f64,
    brier: f64,
    importances: Array1<f64>,
}

fn accuracy(answers: &Array2<f64>, labels: &Array1<u32>) -> f64 {
    let hit = |(answer, &label): (ndarray::ArrayView1<'_, f64>, &u32)| {
        answer.iter().all(|value| *value <= answer[label as usize])
    };
    let hits = answers
        .rows()
        .into_iter()
        .zip(labels)
        .filter(|pair| hit(*pair))
        .count();
    hits as f64 / labels.len() as f64
}

fn brier(answers: &Array2<f64>, labels: &Array1<u32>) -> f64 {
    let mut errors = answers.clone();
    errors
        .rows_mut()
        .into_iter()
        .zip(labels)
        .for_each(|(mut row, &label)| row[label as usize] -= 1.0);
    errors.mapv(|error| error * error).sum() / labels.len() as f64
}

fn r_squared(answers: &Array2<f64>, values: &Array1<f64>) -> f64 {
    let residual = (&answers.column(0) - values).mapv(|error| error * error).sum();
    let mean = values.mean().unwrap();
    1.0 - residual / values.mapv(|value| (value - mean).powi(2)).sum()
}

fn figures(x: &Array2<f64>, target: Target<'_>, weights: Option<&Array1<f64>>) -> Figures {
    // As the reference does where it weighs rows, and says why.
    let weighted = Params {
        bootstrap: false,
        max_features: Some(MaxFeatures::Rule(Rule::Sqrt)),
        ..trees(300)
    };
    let component = forest(if weights.is_some() { weighted } else { trees(300) }, 2);
    let mut figures = Figures {
        importances: Array1::zeros(x.ncols()),
        ..Figures::default()
    };
    for seed in 0..SEEDS {
        let model = component
            .fit_model(x.view(), target, weights.map(|w| w.view()), seed)
            .unwrap();
        let share = 1.0 / SEEDS as f64;
        match target {
            Target::Classes { .. } => {
                let (x, labels) = classes(2000, 2);
                let answers = model.predict(x.view()).unwrap();
                figures.score += share * accuracy(&answers, &labels);
                figures.brier += share * brier(&answers, &labels);
            }
            Target::Values(_) => {
                let (x, values) = values(2000, 2);
                figures.score += share * r_squared(&model.predict(x.view()).unwrap(), &values);
            }
        }
        if weights.is_none() {
            figures.out_of_bag += share * model.out_of_bag_score(x.view(), target).unwrap();
        }
        figures
            .importances
            .scaled_add(share, &model.importances().unwrap());
    }
    figures
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("{key} in {case}"))
}

fn close(what: &str, ours: f64, theirs: f64, tolerance: f64) {
    assert!(
        (ours - theirs).abs() <= tolerance,
        "{what}: {ours}, scikit-learn {theirs}, tolerance {tolerance}"
    );
}

#[test]
fn figures_agree_with_scikit_learn() {
    let reference: Value = serde_json::from_str(include_str!("../reference/forest_reference.json")).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let rows = case["rows"].as_u64().unwrap() as usize;
        let weights = Array1::from_shape_fn(rows, |row| if row % 3 == 0 { 5.0 } else { 1.0 });
        let weights = case["weighted"].as_bool().unwrap().then_some(&weights);
        let name = format!("{} {rows} weighted={}", case["kind"], weights.is_some());
        // Scores of small fits vary more from seed to seed: about 0.006 against 0.002.
        let tolerance = if rows < 1000 { 0.01 } else { 0.005 };
        let ours = if case["kind"] == "classes" {
            let (x, labels) = classes(rows, 1);
            close("sum of x", x.sum(), number(case, "x_sum"), 1e-6);
            close("sum of y", f64::from(labels.sum()), number(case, "y_sum"), 0.0);
            let ours = figures(
                &x,
                Target::Classes {
                    labels: labels.view(),
                    classes: 3,
                },
                weights,
            );
            close(
                &format!("{name}: Brier score"),
                ours.brier,
                number(case, "brier"),
                0.005,
            );
            ours
        } else {
            let (x, values) = values(rows, 1);
            close("sum of x", x.sum(), number(case, "x_sum"), 1e-6);
            close("sum of y", values.sum(), number(case, "y_sum"), 1e-6);
            figures(&x, Target::Values(values.view()), weights)
        };
        close(
            &format!("{name}: held-out score"),
            ours.score,
            number(case, "score"),
            0.005,
        );
        if weights.is_none() {
            let theirs = number(case, "out_of_bag");
            close(
                &format!("{name}: out-of-bag score"),
                ours.out_of_bag,
                theirs,
                1.5 * tolerance,
            );
        }
        let theirs = case["importances"].as_array().unwrap();
        for (feature, (ours, theirs)) in ours.importances.iter().zip(theirs).enumerate() {
            let what = format!("{name}: importance of feature {feature}");
            close(&what, *ours, theirs.as_f64().unwrap(), 0.006);
        }
    }
}

#[test]
fn out_of_bag_is_close_to_held_out() {
    // Two samples of 2000 rows: their accuracies differ by chance with a standard deviation of 0.014.
    let (x, labels) = classes(2000, 1);
    let (_, continuous) = values(2000, 1);
    let labelled = figures(
        &x,
        Target::Classes {
            labels: labels.view(),
            classes: 3,
        },
        None,
    );
    assert!(
        (labelled.out_of_bag - labelled.score).abs() < 0.045,
        "{} {}",
        labelled.out_of_bag,
        labelled.score
    );
    let (x, _) = values(2000, 1);
    let valued = figures(&x, Target::Values(continuous.view()), None);
    assert!(
        (valued.out_of_bag - valued.score).abs() < 0.02,
        "{} {}",
        valued.out_of_bag,
        valued.score
    );
}
