//! A single tree without bootstrap and with all features is the exact CART (Breiman et al. 1984): compared with a
//! naive one that tries every feature and every threshold and recomputes all sums from the rows.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{Draws, forest};
use ecg_audit_forest::{MaxFeatures, Params, Rule};
use ecg_audit_plugin::{Surrogate, Target};
use ndarray::{Array1, Array2, s};

/// A naive tree.
enum Oracle {
    Leaf(Vec<f64>),
    Split {
        feature: usize,
        threshold: f64,
        sides: Box<[Oracle; 2]>,
    },
}

/// What a naive tree is grown to.
struct Growth<'a> {
    x: &'a Array2<f64>,
    /// One column per class (0 or 1), or one of values.
    y: Array2<f64>,
    weights: &'a Array1<f64>,
    params: &'a Params,
    /// The smallest distance between the best split of a node and that of another feature.
    closest: f64,
}

impl Growth<'_> {
    fn mean(&self, rows: &[usize]) -> (f64, Vec<f64>) {
        let weight: f64 = rows.iter().map(|&row| self.weights[row]).sum();
        let sum = |k| {
            rows.iter()
                .map(|&row| self.weights[row] * self.y[[row, k]])
                .sum::<f64>()
        };
        (weight, (0..self.y.ncols()).map(|k| sum(k) / weight).collect())
    }

    fn score(&self, rows: &[usize]) -> f64 {
        let (weight, mean) = self.mean(rows);
        weight * mean.iter().map(|mean| mean * mean).sum::<f64>()
    }

    fn sides(&self, rows: &[usize], feature: usize, threshold: f64) -> [Vec<usize>; 2] {
        let (left, right) = rows.iter().partition(|&&row| self.x[[row, feature]] <= threshold);
        [left, right]
    }

    fn grow(&mut self, rows: &[usize], depth: u32) -> Oracle {
        let pure = rows.iter().all(|&row| self.y.row(row) == self.y.row(rows[0]));
        let deep = self.params.max_depth.is_some_and(|most| depth >= most);
        if !pure
            && !deep
            && rows.len() >= self.params.min_samples_split as usize
            && let Some((feature, threshold)) = self.best(rows)
        {
            let sides = self.sides(rows, feature, threshold);
            let sides = Box::new(sides.map(|side| self.grow(&side, depth + 1)));
            return Oracle::Split {
                feature,
                threshold,
                sides,
            };
        }
        Oracle::Leaf(self.mean(rows).1)
    }

    fn best(&mut self, rows: &[usize]) -> Option<(usize, f64)> {
        let mut candidates: Vec<(f64, usize, f64)> = Vec::new();
        for feature in 0..self.x.ncols() {
            let mut values: Vec<f64> = rows.iter().map(|&row| self.x[[row, feature]]).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            let mut best: Option<(f64, usize, f64)> = None;
            for pair in values.windows(2) {
                let threshold = (pair[0] + pair[1]) / 2.0;
                let [left, right] = self.sides(rows, feature, threshold);
                let score = self.score(&left) + self.score(&right);
                let allowed = left.len().min(right.len()) >= self.params.min_samples_leaf as usize;
                // A mirrored split may differ in its last bit: the lower threshold stands.
                if allowed && best.is_none_or(|(highest, ..)| score > highest + 1e-9 * highest.abs()) {
                    best = Some((score, feature, threshold));
                }
            }
            candidates.extend(best);
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        if let [first, second, ..] = candidates.as_slice() {
            self.closest = self.closest.min((first.0 - second.0) / first.0);
        }
        candidates
            .first()
            .map(|&(_, feature, threshold)| (feature, threshold))
    }
}

impl Oracle {
    fn answer(&self, row: &[f64]) -> &[f64] {
        match self {
            Self::Leaf(mean) => mean,
            Self::Split {
                feature,
                threshold,
                sides,
            } => sides[usize::from(row[*feature] > *threshold)].answer(row),
        }
    }

    fn leaves(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Split { sides, .. } => sides.iter().map(Self::leaves).sum(),
        }
    }
}

/// A coarse first column, fine others; the first and the last say something about labels and values.
struct Data {
    x: Array2<f64>,
    labels: Array1<u32>,
    values: Array1<f64>,
}

fn data(rows: usize, columns: usize, seed: u64) -> Data {
    let mut draws = Draws(seed);
    let mut x = Array2::from_shape_fn((rows, columns), |_| draws.uniform());
    x.column_mut(0).mapv_inplace(|value| (value * 12.0).floor());
    let signal = |row: usize| x[[row, 0]] / 12.0 + x[[row, columns - 1]];
    let labels = Array1::from_shape_fn(rows, |row| (signal(row) * 1.5 + draws.uniform() * 0.9) as u32 % 3);
    let values = Array1::from_shape_fn(rows, |row| {
        (signal(row) * 1000.0 + draws.uniform() * 700.0).floor()
    });
    Data { x, labels, values }
}

/// Compares answers on and between the training values: equal answers there need equal splits.
fn compare(params: &Params, data: &Data, target: Target<'_>, weights: Option<&Array1<f64>>) {
    let Data { x, labels, values } = data;
    let (rows, columns) = x.dim();
    let y = match target {
        Target::Classes { .. } => {
            Array2::from_shape_fn((rows, 3), |(row, k)| f64::from(labels[row] as usize == k))
        }
        Target::Values(_) => values.to_shape((rows, 1)).unwrap().into_owned(),
    };
    let ones = Array1::ones(rows);
    let mut growth = Growth {
        x,
        y,
        weights: weights.unwrap_or(&ones),
        params,
        closest: f64::INFINITY,
    };
    let oracle = growth.grow(&(0..rows).collect::<Vec<_>>(), 0);
    assert!(oracle.leaves() > 3, "only {} leaves", oracle.leaves());
    assert!(
        growth.closest > 1e-9,
        "features tie, and chance may decide otherwise: {}",
        growth.closest
    );

    let mut draws = Draws(99);
    let mut queries = Array2::from_shape_fn((2000, columns), |_| draws.uniform());
    queries
        .column_mut(0)
        .mapv_inplace(|value| (value * 24.0).floor() / 2.0);
    queries.slice_mut(s![..rows, ..]).assign(x);
    let model = forest(params.clone(), 1)
        .fit(x.view(), target, weights.map(|w| w.view()), 1)
        .unwrap();
    let answers = model.predict(queries.view()).unwrap();
    for (query, answer) in queries.rows().into_iter().zip(answers.rows()) {
        let expected = oracle.answer(query.as_slice().unwrap());
        for (expected, answer) in expected.iter().zip(answer) {
            assert!(
                (expected - answer).abs() < 1e-8,
                "{params:?} {query}: {answer} instead of {expected}"
            );
        }
    }
}

fn single() -> Params {
    Params {
        trees: 1,
        bootstrap: false,
        max_features: Some(MaxFeatures::Rule(Rule::All)),
        ..Params::default()
    }
}

fn labelled(data: &Data) -> Target<'_> {
    Target::Classes {
        labels: data.labels.view(),
        classes: 3,
    }
}

#[test]
fn one_feature_grown_to_purity() {
    for (seed, rows) in [(1, 120), (2, 315), (3, 700)] {
        let data = data(rows, 1, seed);
        let weights = Array1::from_shape_fn(rows, |row| [1.0, 2.0, 4.0][row % 3]);
        for weights in [None, Some(&weights)] {
            compare(&single(), &data, labelled(&data), weights);
            compare(&single(), &data, Target::Values(data.values.view()), weights);
        }
    }
}

#[test]
fn several_features_within_limits() {
    // Small nodes have ties between features: the limits keep nodes large, and weights make equal counts differ.
    for (seed, rows) in [(4, 315), (5, 200), (6, 600)] {
        let data = data(rows, 4, seed);
        let mut draws = Draws(seed);
        let weights = Array1::from_shape_fn(rows, |_| 1.0 + draws.uniform());
        for params in [
            Params {
                min_samples_leaf: 20,
                ..single()
            },
            Params {
                max_depth: Some(3),
                ..single()
            },
            Params {
                min_samples_split: 40,
                max_depth: Some(5),
                ..single()
            },
        ] {
            compare(&params, &data, labelled(&data), Some(&weights));
            compare(&params, &data, Target::Values(data.values.view()), None);
        }
    }
}

#[test]
fn a_tree_grown_to_purity_knows_its_rows() {
    let data = data(900, 6, 9);
    let component = forest(single(), 1);
    let by_class = component.fit(data.x.view(), labelled(&data), None, 1).unwrap();
    let answers = by_class.predict(data.x.view()).unwrap();
    for (answer, &label) in answers.rows().into_iter().zip(&data.labels) {
        assert_eq!(answer[label as usize], 1.0);
    }
    let by_value = component
        .fit(data.x.view(), Target::Values(data.values.view()), None, 1)
        .unwrap();
    let answers = by_value.predict(data.x.view()).unwrap();
    let furthest = (&answers.column(0) - &data.values)
        .mapv(f64::abs)
        .fold(0.0, |a: f64, &b| a.max(b));
    assert!(furthest < 1e-9, "{furthest}");
}
