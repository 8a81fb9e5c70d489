//! `linfa/tree` through its traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Draws, accuracy, classification, majority};
use ecg_audit_linfa::{Tree, TreeParams};
use ecg_audit_plugin::{Context, Error, FromParams, Surrogate, Target};
use ndarray::{Array1, Array2, array};

fn tree(params: TreeParams) -> Tree {
    Tree::from_params(params, &Context::quiet(1)).unwrap()
}

fn classes(labels: &Array1<u32>, classes: usize) -> Target<'_> {
    Target::Classes {
        labels: labels.view(),
        classes,
    }
}

/// Features on a coarse grid, so that many splits are equally good and many leaves tied.
fn tied(rows: usize, count: u32) -> (Array2<f64>, Array1<u32>) {
    let mut draws = Draws(17);
    let x = Array2::from_shape_simple_fn((rows, 6), || (draws.uniform() * 4.0).floor());
    let y = Array1::from_shape_simple_fn(rows, || (draws.uniform() * f64::from(count)) as u32);
    (x, y)
}

#[test]
fn beats_the_majority_for_two_and_three_classes() {
    for count in [2u32, 3] {
        let (x, y) = classification(800, count, 21);
        let (fresh, truth) = classification(800, count, 22);
        let model = tree(TreeParams::default())
            .fit(x.view(), classes(&y, count as usize), None, 0)
            .unwrap();
        let probabilities = model.predict(fresh.view()).unwrap();
        assert_eq!(probabilities.dim(), (800, count as usize));
        assert!(
            probabilities
                .rows()
                .into_iter()
                .all(|row| (row.sum() - 1.0).abs() < 1e-12)
        );
        assert!(accuracy(&probabilities, &truth) > majority(&truth, count) + 0.15);
    }
}

#[test]
fn leaves_hold_frequencies_and_the_split_gets_the_importance() {
    // Below 5: three of four are class 1; above: one of four.
    let x = array![
        [1.0, 0.0],
        [2.0, 0.0],
        [3.0, 0.0],
        [4.0, 0.0],
        [6.0, 0.0],
        [7.0, 0.0],
        [8.0, 0.0],
        [9.0, 0.0]
    ];
    let y = array![1, 1, 1, 0, 0, 0, 0, 1];
    let params = TreeParams {
        max_depth: 1,
        min_leaf: 4,
        ..TreeParams::default()
    };
    let model = tree(params).fit(x.view(), classes(&y, 2), None, 0).unwrap();
    let probabilities = model.predict(array![[0.0, 1.0], [10.0, 1.0]].view()).unwrap();
    assert_eq!(probabilities, array![[0.25, 0.75], [0.75, 0.25]]);
    assert_eq!(model.importances().unwrap(), array![1.0, 0.0]);
}

#[test]
fn ties_do_not_make_two_fits_differ() {
    for count in [2u32, 4] {
        let (x, y) = tied(400, count);
        let surrogate = tree(TreeParams::default());
        let fit = || {
            surrogate
                .fit(x.view(), classes(&y, count as usize), None, 0)
                .unwrap()
                .save()
                .unwrap()
        };
        let first = fit();
        assert!((0..20).all(|_| fit() == first), "{count} classes");
    }
}

#[test]
fn saved_models_are_the_same_model() {
    let (x, y) = classification(300, 3, 5);
    let surrogate = tree(TreeParams::default());
    let model = surrogate.fit(x.view(), classes(&y, 3), None, 0).unwrap();
    let bytes = model.save().unwrap();
    let again = surrogate.load(&bytes).unwrap();
    assert_eq!(again.save().unwrap(), bytes);
    assert_eq!(again.predict(x.view()).unwrap(), model.predict(x.view()).unwrap());
    assert_eq!(again.importances(), model.importances());
    let text = String::from_utf8(bytes).unwrap();
    // A child that points back would make a walk without end.
    let start = text.find("\"children\":[1,").unwrap();
    let looped = format!(
        "{}\"children\":[0,{}",
        &text[..start],
        &text[start + "\"children\":[1,".len()..]
    );
    assert!(matches!(surrogate.load(looped.as_bytes()), Err(Error::Input(_))));
    assert!(matches!(surrogate.load(b"not a model"), Err(Error::Input(_))));
}

#[test]
fn weights_count_rows() {
    let (x, y) = classification(200, 2, 6);
    let surrogate = tree(TreeParams::default());
    let ones = Array1::from_elem(200, 1.0);
    let plain = surrogate.fit(x.view(), classes(&y, 2), None, 0).unwrap();
    let weighted = surrogate
        .fit(x.view(), classes(&y, 2), Some(ones.view()), 0)
        .unwrap();
    assert_eq!(plain.save().unwrap(), weighted.save().unwrap());
    // Only class 1 has weight: the rest might as well not be there.
    let only = y.mapv(f64::from);
    let model = surrogate
        .fit(x.view(), classes(&y, 2), Some(only.view()), 0)
        .unwrap();
    assert!(
        model
            .predict(x.view())
            .unwrap()
            .column(1)
            .iter()
            .all(|&share| share == 1.0)
    );
}

#[test]
fn one_class_gives_a_constant() {
    let (x, _) = classification(30, 2, 1);
    let alone = Array1::from_elem(30, 1u32);
    let model = tree(TreeParams::default())
        .fit(x.view(), classes(&alone, 3), None, 0)
        .unwrap();
    assert!(
        model
            .predict(x.view())
            .unwrap()
            .rows()
            .into_iter()
            .all(|row| row == array![0.0, 1.0, 0.0])
    );
    assert_eq!(model.importances().unwrap().sum(), 0.0);
}

#[test]
fn bad_input_is_named() {
    let (x, y) = classification(30, 2, 1);
    let surrogate = tree(TreeParams::default());
    let values = Array1::<f64>::zeros(30);
    assert!(matches!(
        surrogate.fit(x.view(), Target::Values(values.view()), None, 0),
        Err(Error::Unsupported(_))
    ));
    let zero = Array1::<f64>::zeros(30);
    assert!(matches!(
        surrogate.fit(x.view(), classes(&y, 2), Some(zero.view()), 0),
        Err(Error::Input(_))
    ));
    let mut broken = x.clone();
    broken[[2, 1]] = f64::INFINITY;
    assert!(matches!(
        surrogate.fit(broken.view(), classes(&y, 2), None, 0),
        Err(Error::Input(_))
    ));
    let model = surrogate.fit(x.view(), classes(&y, 2), None, 0).unwrap();
    assert!(matches!(
        model.predict(Array2::zeros((1, 3)).view()),
        Err(Error::Input(_))
    ));
    let params = TreeParams {
        max_depth: 0,
        ..TreeParams::default()
    };
    assert!(matches!(
        Tree::from_params(params, &Context::quiet(1)),
        Err(Error::Params(_))
    ));
}
