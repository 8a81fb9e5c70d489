//! `linfa/logistic` through its traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{accuracy, classification, majority, reference};
use ecg_audit_linfa::{Logistic, LogisticParams};
use ecg_audit_plugin::{Context, Error, FromParams, Surrogate, Target};
use ndarray::{Array1, Array2, array};

fn logistic(alpha: f64) -> Logistic {
    let params = LogisticParams {
        alpha,
        ..LogisticParams::default()
    };
    Logistic::from_params(params, &Context::quiet(1)).unwrap()
}

fn classes(labels: &Array1<u32>, classes: usize) -> Target<'_> {
    Target::Classes {
        labels: labels.view(),
        classes,
    }
}

#[test]
fn probabilities_equal_scikit_learns() {
    for (name, count) in [("binary", 2u32), ("multinomial", 3)] {
        let (x, y) = classification(150, count, 11 + u64::from(count));
        for alpha in [1.0, 0.05] {
            let model = logistic(alpha)
                .fit(x.view(), classes(&y, count as usize), None, 0)
                .unwrap();
            let ours = model.predict(x.view()).unwrap();
            let theirs = reference(&format!("{name}_{alpha:?}"));
            assert_eq!(ours.len(), theirs.len());
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - b).abs() < 1e-5, "{name}, alpha {alpha}: {a} against {b}");
            }
        }
    }
}

#[test]
fn beats_the_majority_and_finds_the_features_that_matter() {
    let (x, y) = classification(600, 3, 99);
    let model = logistic(1.0).fit(x.view(), classes(&y, 3), None, 0).unwrap();
    let (fresh, truth) = classification(600, 3, 100);
    let probabilities = model.predict(fresh.view()).unwrap();
    assert!(
        probabilities
            .rows()
            .into_iter()
            .all(|row| (row.sum() - 1.0).abs() < 1e-12)
    );
    assert!(accuracy(&probabilities, &truth) > majority(&truth, 3) + 0.2);
    let importances = model.importances().unwrap();
    assert!((importances.sum() - 1.0).abs() < 1e-12);
    // The fourth feature is noise.
    assert!(importances[3] < 0.1, "{importances}");
}

#[test]
fn saved_models_are_the_same_model() {
    let (x, y) = classification(200, 3, 3);
    let surrogate = logistic(1.0);
    let model = surrogate.fit(x.view(), classes(&y, 3), None, 0).unwrap();
    let bytes = model.save().unwrap();
    assert_eq!(
        bytes,
        surrogate
            .fit(x.view(), classes(&y, 3), None, 0)
            .unwrap()
            .save()
            .unwrap()
    );
    let again = surrogate.load(&bytes).unwrap();
    assert_eq!(again.save().unwrap(), bytes);
    assert_eq!(again.predict(x.view()).unwrap(), model.predict(x.view()).unwrap());
    for bad in [&bytes[..bytes.len() / 2], b"{}".as_slice(), b"".as_slice()] {
        assert!(matches!(surrogate.load(bad), Err(Error::Input(_))));
    }
}

#[test]
fn classes_that_do_not_occur_get_nothing() {
    let (x, y) = classification(100, 2, 8);
    let shifted = y.mapv(|label| if label == 0 { 1 } else { 4 });
    let probabilities = logistic(1.0)
        .fit(x.view(), classes(&shifted, 6), None, 0)
        .unwrap()
        .predict(x.view())
        .unwrap();
    let plain = logistic(1.0)
        .fit(x.view(), classes(&y, 2), None, 0)
        .unwrap()
        .predict(x.view())
        .unwrap();
    assert_eq!(probabilities.dim(), (100, 6));
    assert_eq!(probabilities.column(1), plain.column(0));
    assert_eq!(probabilities.column(4), plain.column(1));
    assert_eq!(probabilities.column(0).sum(), 0.0);
    let alone = Array1::from_elem(100, 2u32);
    let constant = logistic(1.0).fit(x.view(), classes(&alone, 3), None, 0).unwrap();
    assert!(
        constant
            .predict(x.view())
            .unwrap()
            .rows()
            .into_iter()
            .all(|row| row == array![0.0, 0.0, 1.0])
    );
    assert_eq!(constant.importances().unwrap().sum(), 0.0);
}

#[test]
fn separable_classes_and_constant_columns_do_no_harm() {
    let x = Array2::from_shape_fn((40, 2), |(i, j)| if j == 0 { i as f64 } else { 0.1 });
    let y = Array1::from_shape_fn(40, |i| u32::from(i >= 20));
    for alpha in [1.0, 0.0] {
        let model = logistic(alpha).fit(x.view(), classes(&y, 2), None, 0).unwrap();
        assert_eq!(accuracy(&model.predict(x.view()).unwrap(), &y), 1.0);
    }
}

#[test]
fn equal_weights_scale_the_loss_and_others_are_refused() {
    let (x, y) = classification(100, 2, 1);
    let twice = Array1::from_elem(100, 2.0);
    let weighted = logistic(1.0)
        .fit(x.view(), classes(&y, 2), Some(twice.view()), 0)
        .unwrap();
    let halved = logistic(0.5).fit(x.view(), classes(&y, 2), None, 0).unwrap();
    assert_eq!(
        weighted.predict(x.view()).unwrap(),
        halved.predict(x.view()).unwrap()
    );
    let uneven = Array1::from_shape_fn(100, |i| i as f64);
    let refused = logistic(1.0).fit(x.view(), classes(&y, 2), Some(uneven.view()), 0);
    assert!(matches!(refused, Err(Error::Unsupported(_))));
}

#[test]
fn bad_input_is_named() {
    let (x, y) = classification(20, 2, 1);
    let surrogate = logistic(1.0);
    let values = Array1::<f64>::zeros(20);
    let refused = surrogate
        .fit(x.view(), Target::Values(values.view()), None, 0)
        .err()
        .unwrap();
    assert!(matches!(&refused, Error::Unsupported(text) if text.contains("forest")));
    let mut broken = x.clone();
    broken[[7, 2]] = f64::NAN;
    let error = surrogate
        .fit(broken.view(), classes(&y, 2), None, 0)
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("row 7, column 2")),
        "{error}"
    );
    assert!(matches!(
        surrogate.fit(x.view(), classes(&y, 1), None, 0),
        Err(Error::Input(_))
    ));
    let short = y.slice(ndarray::s![..5]).to_owned();
    assert!(matches!(
        surrogate.fit(x.view(), classes(&short, 2), None, 0),
        Err(Error::Input(_))
    ));
    let none = Array2::<f64>::zeros((0, 4));
    let nothing = Array1::<u32>::zeros(0);
    assert!(matches!(
        surrogate.fit(none.view(), classes(&nothing, 2), None, 0),
        Err(Error::Input(_))
    ));
    let model = surrogate.fit(x.view(), classes(&y, 2), None, 0).unwrap();
    assert!(matches!(
        model.predict(Array2::zeros((3, 5)).view()),
        Err(Error::Input(_))
    ));
    assert!(matches!(model.predict(broken.view()), Err(Error::Input(_))));
    let params = LogisticParams {
        alpha: -1.0,
        ..LogisticParams::default()
    };
    assert!(matches!(
        Logistic::from_params(params, &Context::quiet(1)),
        Err(Error::Params(_))
    ));
}
