//! `linfa/elastic-net` through its traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{reference, regression};
use ecg_audit_linfa::{ElasticNet, ElasticNetParams};
use ecg_audit_plugin::{Context, Error, FromParams, Surrogate, SurrogateModel, Target};
use ndarray::{Array1, Array2};

fn net(penalty: f64, l1_ratio: f64) -> ElasticNet {
    let params = ElasticNetParams {
        penalty,
        l1_ratio,
        ..ElasticNetParams::default()
    };
    ElasticNet::from_params(params, &Context::quiet(1)).unwrap()
}

fn fit(net: &ElasticNet, x: &Array2<f64>, y: &Array1<f64>) -> Box<dyn SurrogateModel> {
    net.fit(x.view(), Target::Values(y.view()), None, 0).unwrap()
}

#[test]
fn values_equal_scikit_learns() {
    let (x, y) = regression(150, 21);
    for penalty in [0.01, 0.5] {
        for l1_ratio in [0.1, 0.5, 1.0] {
            let ours = fit(&net(penalty, l1_ratio), &x, &y).predict(x.view()).unwrap();
            let theirs = reference(&format!("elastic_net_{penalty:?}_{l1_ratio:?}"));
            assert_eq!((ours.dim(), theirs.len()), ((150, 1), 50));
            // Of a standard deviation of 11 years; both stop at a duality gap.
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - b).abs() < 1e-4, "{penalty}, {l1_ratio}: {a} against {b}");
            }
        }
    }
}

#[test]
fn explains_fresh_rows_and_leaves_out_what_adds_nothing() {
    let (x, y) = regression(600, 5);
    let model = fit(&net(0.05, 1.0), &x, &y);
    let (fresh, truth) = regression(600, 6);
    let predicted = model.predict(fresh.view()).unwrap();
    let mean = truth.mean().unwrap();
    let squares = |of: &dyn Fn(usize) -> f64| (0..600).map(|i| of(i).powi(2)).sum::<f64>();
    let r2 = 1.0 - squares(&|i| truth[i] - predicted[[i, 0]]) / squares(&|i| truth[i] - mean);
    // The noise leaves 1 - 25 / (64 + 36 + 25 + 25).
    assert!(r2 > 0.78, "{r2}");
    let importances = model.importances().unwrap();
    assert!((importances.sum() - 1.0).abs() < 1e-12);
    assert_eq!(importances[3], 0.0);
}

#[test]
fn units_of_the_target_do_not_matter() {
    let (x, y) = regression(200, 7);
    let model = fit(&net(0.1, 0.5), &x, &y);
    let other = fit(&net(0.1, 0.5), &x, &y.mapv(|years| years * 365.0 + 3.0));
    let (years, days) = (model.predict(x.view()).unwrap(), other.predict(x.view()).unwrap());
    for (years, days) in years.iter().zip(&days) {
        assert!((years * 365.0 + 3.0 - days).abs() < 1e-6);
    }
}

#[test]
fn saved_models_are_the_same_model() {
    let (x, y) = regression(200, 3);
    let surrogate = net(0.01, 0.5);
    let model = fit(&surrogate, &x, &y);
    let bytes = model.save().unwrap();
    assert_eq!(bytes, fit(&surrogate, &x, &y).save().unwrap());
    // The order in memory is not the order of the numbers.
    let turned = x.t().as_standard_layout().into_owned();
    let again = surrogate
        .fit(turned.t(), Target::Values(y.view()), None, 0)
        .unwrap();
    assert_eq!(bytes, again.save().unwrap());
    let again = surrogate.load(&bytes).unwrap();
    assert_eq!(again.save().unwrap(), bytes);
    assert_eq!(again.predict(x.view()).unwrap(), model.predict(x.view()).unwrap());
    let text = String::from_utf8(bytes.clone()).unwrap();
    let short = text.replacen("\"coefficients\":[", "\"coefficients\":[1.0,", 1);
    for bad in [&bytes[..bytes.len() / 2], b"{}", b"", short.as_bytes()] {
        assert!(matches!(surrogate.load(bad), Err(Error::Input(_))));
    }
}

#[test]
fn targets_and_columns_that_do_not_vary_do_no_harm() {
    let (x, _) = regression(50, 4);
    let constant = Array1::from_elem(50, 61.5);
    let model = fit(&net(0.01, 0.5), &x, &constant);
    assert!(
        model
            .predict(x.view())
            .unwrap()
            .iter()
            .all(|value| *value == 61.5)
    );
    assert_eq!(model.importances().unwrap().sum(), 0.0);
    let flat = Array2::from_elem((50, 2), 0.1);
    let varying = Array1::from_shape_fn(50, |i| i as f64);
    let model = fit(&net(0.0, 0.5), &flat, &varying);
    assert!(
        model
            .predict(flat.view())
            .unwrap()
            .iter()
            .all(|value| (value - 24.5).abs() < 1e-9)
    );
    // Proportions sum to 1, so that any one column follows from the others; and no penalty at all.
    let shares = Array2::from_shape_fn((60, 3), |(i, j)| {
        let a = (i % 7) as f64 / 10.0;
        let b = (i % 3) as f64 / 10.0;
        [a, b, 1.0 - a - b][j]
    });
    let target = shares.column(0).mapv(|share| 40.0 + 30.0 * share);
    let predicted = fit(&net(0.0, 0.5), &shares, &target)
        .predict(shares.view())
        .unwrap();
    assert!(predicted.iter().zip(&target).all(|(a, b)| (a - b).abs() < 0.05));
}

#[test]
fn bad_input_is_named() {
    let (x, y) = regression(20, 1);
    let surrogate = net(0.01, 0.5);
    let labels = Array1::<u32>::zeros(20);
    let classes = Target::Classes {
        labels: labels.view(),
        classes: 2,
    };
    let error = surrogate.fit(x.view(), classes, None, 0).err().unwrap();
    assert!(matches!(&error, Error::Unsupported(text) if text.contains("`linfa/logistic`")));
    let mut broken = y.clone();
    broken[7] = f64::INFINITY;
    let error = surrogate
        .fit(x.view(), Target::Values(broken.view()), None, 0)
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("row 7 is inf")),
        "{error}"
    );
    let short = y.slice(ndarray::s![..5]);
    let error = surrogate
        .fit(x.view(), Target::Values(short), None, 0)
        .err()
        .unwrap();
    assert!(matches!(&error, Error::Input(text) if text.contains("20 rows but 5 values")));
    let equal = Array1::from_elem(20, 3.0);
    let weighted = surrogate.fit(x.view(), Target::Values(y.view()), Some(equal.view()), 0);
    assert_eq!(
        weighted.unwrap().save().unwrap(),
        fit(&surrogate, &x, &y).save().unwrap()
    );
    let uneven = Array1::from_shape_fn(20, |i| i as f64);
    let refused = surrogate.fit(x.view(), Target::Values(y.view()), Some(uneven.view()), 0);
    assert!(matches!(refused, Err(Error::Unsupported(_))));
    let model = fit(&surrogate, &x, &y);
    assert!(matches!(
        model.predict(Array2::zeros((3, 5)).view()),
        Err(Error::Input(_))
    ));
    let far = Array2::from_elem((1, 4), 1e308);
    assert!(model.predict(far.view()).is_err());
    for params in [
        ElasticNetParams {
            penalty: -1.0,
            ..ElasticNetParams::default()
        },
        ElasticNetParams {
            l1_ratio: 1.5,
            ..ElasticNetParams::default()
        },
        ElasticNetParams {
            tolerance: 0.0,
            ..ElasticNetParams::default()
        },
        ElasticNetParams {
            max_iterations: 0,
            ..ElasticNetParams::default()
        },
    ] {
        let error = ElasticNet::from_params(params, &Context::quiet(1)).unwrap_err();
        assert!(matches!(error, Error::Params(_)));
    }
}
