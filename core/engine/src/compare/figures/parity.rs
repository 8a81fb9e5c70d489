//! Paired differences against NumPy and SciPy (`reference/make_values.py`). Figures to 1e-12; ends of intervals, which rest
//! on other draws, to 4 % of the interval's width: three standard errors of the quantiles of two sets of 10 000 resamples.

use ecg_audit_stats::auroc::RankedScores;
use ecg_audit_stats::bootstrap::{Bootstrap, Groups};
use ndarray::Array1;
use serde::Deserialize;

use super::statistic::Statistic;
use super::{in_equal_folds, paired_interval};

#[derive(Deserialize)]
struct Values {
    group: Vec<u32>,
    truth: Vec<Vec<bool>>,
    value: Vec<f64>,
    runs: [Run; 2],
    agreement: Expected,
    auroc_soft: Expected,
    auroc_hard: Expected,
    mae: Expected,
    r2: Expected,
}

#[derive(Deserialize)]
struct Run {
    folds: Vec<u32>,
    soft: Vec<Vec<f64>>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Expected {
    a: f64,
    b: f64,
    low: f64,
    high: f64,
}

impl Values {
    fn column<T: Copy>(rows: &[Vec<T>], class: usize) -> Array1<T> {
        rows.iter().map(|row| row[class]).collect()
    }

    fn agreement(&self, run: &Run) -> Statistic {
        let met = |(truth, soft): (&Vec<bool>, &Vec<f64>)| {
            let met = truth.iter().zip(soft).filter(|(truth, p)| **truth == (**p > 0.5));
            met.count() as f64 / truth.len() as f64
        };
        let met: Vec<f64> = self.truth.iter().zip(&run.soft).map(met).collect();
        let weights = in_equal_folds(&run.folds, &vec![1.0; met.len()]);
        Statistic::mean(&met, weights)
    }

    fn auroc(&self, run: &Run, soft: bool) -> Statistic {
        let class = |c: usize| {
            let (target, scores) = (Self::column(&self.truth, c), Self::column(&run.soft, c));
            if soft {
                RankedScores::new(target.view(), scores.view()).unwrap()
            } else {
                RankedScores::of_decisions(target.view(), scores.mapv(|p| p > 0.5).view()).unwrap()
            }
        };
        Statistic::auroc((0..3).map(class).collect()).unwrap()
    }

    fn mae(&self, run: &Run) -> Statistic {
        let errors = run.values.iter().zip(&self.value).map(|(a, b)| (a - b).abs());
        let errors: Vec<f64> = errors.collect();
        Statistic::mean(&errors, vec![1.0; errors.len()])
    }

    fn r2(&self, run: &Run) -> Statistic {
        Statistic::RSquared {
            target: self.value.clone(),
            answered: run.values.clone(),
        }
    }
}

#[test]
fn paired_differences_equal_numpy() {
    let values: Values = serde_json::from_str(include_str!("reference/values.json")).unwrap();
    let groups = Groups::new(&values.group).unwrap();
    let all: Vec<usize> = (0..values.group.len()).collect();
    let bootstrap = Bootstrap {
        replicates: 10_000,
        ..Bootstrap::new(5)
    };
    let [a, b] = &values.runs;
    for (name, first, second, expected) in [
        (
            "agreement",
            values.agreement(a),
            values.agreement(b),
            &values.agreement,
        ),
        (
            "soft",
            values.auroc(a, true),
            values.auroc(b, true),
            &values.auroc_soft,
        ),
        (
            "hard",
            values.auroc(a, false),
            values.auroc(b, false),
            &values.auroc_hard,
        ),
        ("MAE", values.mae(a), values.mae(b), &values.mae),
        ("R²", values.r2(a), values.r2(b), &values.r2),
    ] {
        let figures = [first.of(&all).unwrap(), second.of(&all).unwrap()];
        assert!((figures[0] - expected.a).abs() < 1e-12, "{name}: {figures:?}");
        assert!((figures[1] - expected.b).abs() < 1e-12, "{name}: {figures:?}");
        let found = paired_interval(&bootstrap, &groups, &first, &second).unwrap();
        let tolerance = 0.04 * (expected.high - expected.low);
        assert!((found.low - expected.low).abs() < tolerance, "{name}: {found:?}");
        assert!(
            (found.high - expected.high).abs() < tolerance,
            "{name}: {found:?}"
        );
        // A run against itself differs by exactly nothing.
        let same = paired_interval(&bootstrap, &groups, &first, &first).unwrap();
        assert_eq!((same.estimate, same.low, same.high), (0.0, 0.0, 0.0), "{name}");
    }
}
