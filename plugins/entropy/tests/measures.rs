//! Both measures through their trait.
#![allow(clippy::unwrap_used)]

use ecg_audit_entropy::{Entropy, Margin, Params};
use ecg_audit_plugin::{Context, Error, FromParams, Uncertainty};
use ndarray::{Array2, array, s};
use proptest::prelude::*;

fn both(threads: usize) -> [Box<dyn Uncertainty>; 2] {
    let context = Context::quiet(threads);
    [
        Box::new(Entropy::from_params(Params {}, &context).unwrap()),
        Box::new(Margin::from_params(Params {}, &context).unwrap()),
    ]
}

/// Deterministic memberships `[n, k]` whose rows sum to 1.
fn memberships(n: usize, k: usize) -> Array2<f32> {
    let raw = Array2::from_shape_fn((n, k), |(i, j)| ((i * 31 + j * 17) % 23) as f32 + 0.1);
    let sums = raw.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
    raw / sums
}

#[test]
fn certain_and_undecided_rows() {
    let gamma = array![[1.0f32, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]];
    for measure in both(1) {
        assert_eq!(
            measure.score(gamma.view(), gamma.view()).unwrap(),
            array![0.0, 1.0]
        );
    }
}

#[test]
fn one_cluster_is_never_uncertain() {
    let one = Array2::<f32>::ones((3, 1));
    for measure in both(1) {
        assert_eq!(
            measure.score(one.view(), one.view()).unwrap(),
            array![0.0, 0.0, 0.0]
        );
    }
}

#[test]
fn threads_and_strides_change_nothing() {
    let gamma = memberships(20_001, 7);
    let columns = gamma.t().as_standard_layout().into_owned();
    let doubled = memberships(40_002, 7);
    for (one, two) in both(1).iter().zip(both(2)) {
        let expected = one.score(gamma.view(), gamma.view()).unwrap();
        assert_eq!(two.score(gamma.view(), gamma.view()).unwrap(), expected);
        assert_eq!(two.score(columns.t(), gamma.view()).unwrap(), expected);
        let every_other = doubled.slice(s![..;2, ..]);
        let packed = every_other.to_owned();
        assert_eq!(
            two.score(every_other, packed.view()).unwrap(),
            one.score(packed.view(), packed.view()).unwrap()
        );
    }
}

#[test]
fn bad_input_is_named() {
    let good = memberships(4, 3);
    for measure in both(1) {
        let error = measure.score(good.view(), good.slice(s![..3, ..])).unwrap_err();
        assert!(matches!(&error, Error::Input(text) if text.contains("[4, 3]") && text.contains("[3, 3]")));
        for bad in [f32::NAN, f32::INFINITY, -0.5] {
            let mut gamma = good.clone();
            gamma[[2, 1]] = bad;
            let error = measure.score(gamma.view(), good.view()).unwrap_err();
            assert!(
                matches!(&error, Error::Input(text) if text.contains("row 2")),
                "{error}"
            );
        }
        let mut far = good.clone();
        far[[3, 0]] = f32::NAN;
        assert!(matches!(
            measure.score(good.view(), far.view()),
            Err(Error::Input(_))
        ));
        let empty = Array2::<f32>::zeros((2, 0));
        assert!(matches!(
            measure.score(empty.view(), empty.view()),
            Err(Error::Input(_))
        ));
        let none = Array2::<f32>::zeros((0, 3));
        assert_eq!(measure.score(none.view(), none.view()).unwrap().len(), 0);
    }
}

proptest! {
    #[test]
    fn scores_are_shares_and_ignore_the_order_of_clusters(weights in prop::collection::vec(0.0f32..1.0, 2..12)) {
        let sum: f32 = weights.iter().sum();
        prop_assume!(sum > 1e-3);
        let gamma = Array2::from_shape_vec((1, weights.len()), weights.iter().map(|w| w / sum).collect()).unwrap();
        let reversed = gamma.slice(s![.., ..;-1]).to_owned();
        for measure in both(1) {
            let score = measure.score(gamma.view(), gamma.view()).unwrap()[0];
            prop_assert!((0.0..=1.0).contains(&score));
            let other = measure.score(reversed.view(), reversed.view()).unwrap()[0];
            prop_assert!((score - other).abs() < 1e-6);
        }
    }
}
