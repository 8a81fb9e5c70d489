//! What holds of every fit: threads, weights, constant targets, limits and refusals.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{classes, forest, trees, values};
use ecg_audit_forest::Params;
use ecg_audit_plugin::{Error, Surrogate, SurrogateModel, Target};
use ndarray::{Array1, Array2, Axis, array, concatenate, s};

fn labelled(labels: &Array1<u32>, classes: usize) -> Target<'_> {
    Target::Classes {
        labels: labels.view(),
        classes,
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for rows in [200, 600, 1500] {
        let (x, labels) = classes(rows, 3);
        let (x_values, values) = values(rows, 3);
        let run = |threads| {
            let forest = forest(trees(40), threads);
            let by_class = forest.fit(x.view(), labelled(&labels, 3), None, 9).unwrap();
            let by_value = forest
                .fit(x_values.view(), Target::Values(values.view()), None, 9)
                .unwrap();
            let answers = by_class.predict(x.view()).unwrap();
            (by_class.save().unwrap(), by_value.save().unwrap(), answers)
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(5));
    }
}

#[test]
fn another_seed_gives_another_forest() {
    let (x, labels) = classes(200, 3);
    let fit = |seed| {
        forest(trees(5), 1)
            .fit(x.view(), labelled(&labels, 3), None, seed)
            .unwrap()
            .save()
            .unwrap()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn whole_weights_are_repeated_rows_and_zero_is_no_row() {
    let params = Params {
        bootstrap: false,
        ..trees(10)
    };
    let (x, labels) = classes(90, 4);
    let weights = Array1::from_shape_fn(90, |row| (row % 3) as f64);
    let repeated: Vec<usize> = (0..90)
        .flat_map(|row| std::iter::repeat_n(row, row % 3))
        .collect();
    let component = forest(params, 2);
    let weighted = component
        .fit(x.view(), labelled(&labels, 3), Some(weights.view()), 5)
        .unwrap();
    let (x_repeated, labels_repeated) = (x.select(Axis(0), &repeated), labels.select(Axis(0), &repeated));
    let plain = component
        .fit(x_repeated.view(), labelled(&labels_repeated, 3), None, 5)
        .unwrap();
    let (queries, _) = classes(500, 6);
    let difference = weighted.predict(queries.view()).unwrap() - plain.predict(queries.view()).unwrap();
    assert!(difference.iter().all(|value| value.abs() < 1e-12));
    let scaled = weights.mapv(|weight| weight * 0.125);
    let again = component
        .fit(x.view(), labelled(&labels, 3), Some(scaled.view()), 5)
        .unwrap();
    assert_eq!(again.save().unwrap(), weighted.save().unwrap());
}

#[test]
fn strided_and_transposed_input_is_the_same_input() {
    let (x, labels) = classes(150, 5);
    let component = forest(trees(10), 2);
    let expected = component.fit(x.view(), labelled(&labels, 3), None, 1).unwrap();
    let mut wide = Array2::from_elem((300, 24), f64::NAN);
    wide.slice_mut(s![..;2, ..;2]).assign(&x);
    let strided = component
        .fit(wide.slice(s![..;2, ..;2]), labelled(&labels, 3), None, 1)
        .unwrap();
    let columns_first = x.t().as_standard_layout().into_owned();
    let transposed = component
        .fit(columns_first.t(), labelled(&labels, 3), None, 1)
        .unwrap();
    assert_eq!(strided.save().unwrap(), expected.save().unwrap());
    assert_eq!(transposed.save().unwrap(), expected.save().unwrap());
    let answers = expected.predict(x.view()).unwrap();
    assert_eq!(expected.predict(wide.slice(s![..;2, ..;2])).unwrap(), answers);
    assert_eq!(
        expected.predict(x.slice(s![..;-1, ..])).unwrap(),
        answers.slice(s![..;-1, ..])
    );
}

#[test]
fn one_class_is_certain_and_a_missing_class_impossible() {
    let (x, _) = classes(40, 6);
    let only = Array1::from_elem(40, 2);
    let model = forest(trees(7), 2)
        .fit_model(x.view(), labelled(&only, 4), None, 1)
        .unwrap();
    for answer in model.predict(x.view()).unwrap().rows() {
        assert_eq!(answer.to_vec(), [0.0, 0.0, 1.0, 0.0]);
    }
    assert_eq!(model.importances().unwrap().sum(), 0.0);
    let two = Array1::from_shape_fn(40, |row| if row < 20 { 0 } else { 2 });
    let model = forest(trees(7), 2)
        .fit_model(x.view(), labelled(&two, 4), None, 1)
        .unwrap();
    let answers = model.predict(x.view()).unwrap();
    assert!(
        answers
            .column(1)
            .iter()
            .chain(answers.column(3))
            .all(|value| *value == 0.0)
    );
}

#[test]
fn a_constant_target_or_constant_columns_give_the_mean() {
    let (x, _) = values(30, 1);
    let constant = Array1::from_elem(30, 7.3);
    let model = forest(trees(5), 1)
        .fit_model(x.view(), Target::Values(constant.view()), None, 1)
        .unwrap();
    assert!(model.predict(x.view()).unwrap().iter().all(|value| *value == 7.3));
    let flat = Array2::from_elem((4, 3), 1.0);
    let params = Params {
        bootstrap: false,
        ..trees(3)
    };
    let y = array![1.0, 2.0, 3.0, 6.0];
    let model = forest(params.clone(), 1)
        .fit_model(flat.view(), Target::Values(y.view()), None, 1)
        .unwrap();
    assert_eq!(model.predict(flat.view()).unwrap()[[0, 0]], 3.0);
    let labels = array![0, 1, 1, 1];
    let model = forest(params, 1)
        .fit_model(flat.view(), labelled(&labels, 2), None, 1)
        .unwrap();
    assert_eq!(model.predict(flat.view()).unwrap().row(0).to_vec(), [0.25, 0.75]);
}

#[test]
fn limits_on_depth_and_leaves_hold() {
    let (x, values) = values(400, 2);
    let target = Target::Values(values.view());
    let distinct = |params: Params| {
        let model = forest(
            Params {
                bootstrap: false,
                ..params
            },
            1,
        )
        .fit(x.view(), target, None, 1)
        .unwrap();
        let mut answers = model.predict(x.view()).unwrap().into_raw_vec_and_offset().0;
        answers.sort_by(f64::total_cmp);
        answers
            .chunk_by(|a, b| a == b)
            .map(<[f64]>::len)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        distinct(Params {
            max_depth: Some(2),
            ..trees(1)
        })
        .len(),
        4
    );
    let leaves = distinct(Params {
        min_samples_leaf: 30,
        ..trees(1)
    });
    assert!(
        leaves.len() > 4 && leaves.iter().all(|rows| *rows >= 30),
        "{leaves:?}"
    );
    assert_eq!(
        distinct(Params {
            min_samples_split: 401,
            ..trees(1)
        }),
        [400]
    );
}

#[test]
fn features_are_searched_until_one_can_split() {
    // One column of twenty varies; drawing a single one per split must still find it.
    let mut x = Array2::zeros((64, 20));
    x.column_mut(13)
        .iter_mut()
        .enumerate()
        .for_each(|(row, value)| *value = row as f64);
    let labels = Array1::from_shape_fn(64, |row| (row / 8 % 2) as u32);
    let params = Params {
        bootstrap: false,
        max_features: Some(ecg_audit_forest::MaxFeatures::Count(1)),
        ..trees(3)
    };
    let model = forest(params, 1)
        .fit(x.view(), labelled(&labels, 2), None, 1)
        .unwrap();
    for (answer, &label) in model.predict(x.view()).unwrap().rows().into_iter().zip(&labels) {
        assert_eq!(answer[label as usize], 1.0);
    }
}

#[test]
fn bad_input_is_named() {
    let component = forest(trees(2), 1);
    let x = array![[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]];
    let labels = array![0, 1, 1];
    let refused = |x: &Array2<f64>, target: Target<'_>, weights: Option<Array1<f64>>| match component
        .fit(x.view(), target, weights.as_ref().map(|w| w.view()), 0)
        .err()
    {
        Some(Error::Input(message)) => message,
        other => panic!("{other:?}"),
    };
    let has = |message: String, parts: &[&str]| {
        parts
            .iter()
            .for_each(|part| assert!(message.contains(part), "{message}"))
    };
    let target = || labelled(&labels, 2);
    has(
        refused(&Array2::zeros((0, 2)), labelled(&array![], 2), None),
        &["at least one row", "0 × 2"],
    );
    has(refused(&Array2::zeros((3, 0)), target(), None), &["3 × 0"]);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut broken = x.clone();
        broken[[2, 1]] = bad;
        has(refused(&broken, target(), None), &["row 2", "column 1"]);
        has(
            refused(&x, Target::Values(array![0.0, bad, 1.0].view()), None),
            &["row 1"],
        );
        has(
            refused(&x, target(), Some(array![1.0, 1.0, bad])),
            &["weights", "row 2"],
        );
    }
    has(
        refused(&x, Target::Values(array![0.0, 1e200, 1.0].view()), None),
        &["1e150", "row 1"],
    );
    has(
        refused(&x, labelled(&array![0, 1, 2], 2), None),
        &["(2)", "found 2 in row 2"],
    );
    has(refused(&x, labelled(&array![0, 1], 2), None), &["(3)", "found 2"]);
    has(refused(&x, labelled(&labels, 0), None), &["number of classes"]);
    has(
        refused(&x, labelled(&labels, 1 << 40), None),
        &["number of classes"],
    );
    has(
        refused(&x, target(), Some(array![1.0, -1.0, 1.0])),
        &["row 1", "-1"],
    );
    has(
        refused(&x, target(), Some(array![0.0, 0.0, 0.0])),
        &["above 0", "row 0"],
    );
    has(refused(&x, target(), Some(array![1.0])), &["weight per row"]);

    let model = component.fit(x.view(), target(), None, 0).unwrap();
    let message = |x: Array2<f64>| model.predict(x.view()).unwrap_err().to_string();
    has(message(Array2::zeros((1, 3))), &["2 columns", "found 3"]);
    has(message(array![[0.0, f64::NAN]]), &["row 0, column 1"]);
    assert_eq!(model.predict(Array2::zeros((0, 2)).view()).unwrap().dim(), (0, 2));
}

#[test]
fn out_of_bag_needs_the_fit_and_its_rows() {
    let (x, labels) = classes(60, 1);
    let target = labelled(&labels, 3);
    let model = forest(trees(60), 2).fit_model(x.view(), target, None, 1).unwrap();
    let answers = model.out_of_bag(x.view()).unwrap();
    assert!(
        answers
            .rows()
            .into_iter()
            .all(|row| (row.sum() - 1.0).abs() < 1e-12)
    );
    assert!(matches!(
        model.out_of_bag(x.slice(s![..50, ..])),
        Err(Error::Input(_))
    ));
    let values = Array1::zeros(60);
    assert!(matches!(
        model.out_of_bag_score(x.view(), Target::Values(values.view())),
        Err(Error::Input(_))
    ));
    let whole = forest(
        Params {
            bootstrap: false,
            ..trees(2)
        },
        1,
    )
    .fit_model(x.view(), target, None, 1)
    .unwrap();
    assert!(matches!(whole.out_of_bag(x.view()), Err(Error::Unsupported(_))));
    // A row of weight 0 is in no tree's sample, so all trees together answer for it.
    let stranger = concatenate![Axis(0), x, x.slice(s![..1, ..])];
    let labels = concatenate![Axis(0), labels, labels.slice(s![..1])];
    let weights = Array1::from_shape_fn(61, |row| if row < 60 { 1.0 } else { 0.0 });
    let model = forest(trees(60), 2)
        .fit_model(stranger.view(), labelled(&labels, 3), Some(weights.view()), 1)
        .unwrap();
    let (all, unseen) = (
        model.predict(stranger.view()).unwrap(),
        model.out_of_bag(stranger.view()).unwrap(),
    );
    assert_eq!(all.row(60), unseen.row(60));
}
