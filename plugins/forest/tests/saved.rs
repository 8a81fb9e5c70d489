//! Saved forests come back as they were; anything else is refused without a panic or a large allocation.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{classes, forest, trees, values};
use ecg_audit_forest::{ForestModel, Params};
use ecg_audit_plugin::{Error, SurrogateModel, Target};
use ndarray::{Array1, Array2, Axis};
use proptest::prelude::*;

fn saved(mixed_leaves: bool) -> (ForestModel, Array2<f64>) {
    let (x, labels) = classes(60, 1);
    let min_samples_leaf = if mixed_leaves { 6 } else { 1 };
    let target = Target::Classes {
        labels: labels.view(),
        classes: 3,
    };
    let params = Params {
        min_samples_leaf,
        ..trees(4)
    };
    (forest(params, 1).fit_model(x.view(), target, None, 1).unwrap(), x)
}

fn saved_values() -> (ForestModel, Array2<f64>) {
    let (x, values) = values(40, 1);
    (
        forest(trees(4), 1)
            .fit_model(x.view(), Target::Values(values.view()), None, 1)
            .unwrap(),
        x,
    )
}

fn load(bytes: &[u8]) -> Result<ForestModel, Error> {
    forest(trees(1), 1).load_model(bytes)
}

#[test]
fn a_restored_forest_answers_alike() {
    for (model, x) in [saved(false), saved(true), saved_values()] {
        let bytes = model.save().unwrap();
        let restored = load(&bytes).unwrap();
        assert_eq!(
            restored.predict(x.view()).unwrap(),
            model.predict(x.view()).unwrap()
        );
        assert_eq!(restored.importances(), model.importances());
        assert_eq!(restored.save().unwrap(), bytes);
        assert!(matches!(
            restored.out_of_bag(x.view()),
            Err(Error::Unsupported(_))
        ));
    }
}

#[test]
fn every_shorter_or_longer_file_is_refused() {
    for (model, _) in [saved(false), saved(true), saved_values()] {
        let mut bytes = model.save().unwrap();
        for end in 0..bytes.len() {
            assert!(
                matches!(load(&bytes[..end]), Err(Error::Input(_))),
                "the first {end} bytes were taken"
            );
        }
        bytes.push(0);
        assert!(load(&bytes).unwrap_err().to_string().contains("1 bytes follow"));
    }
}

#[test]
fn counts_that_the_bytes_cannot_hold_are_refused_at_once() {
    let header = |numbers: &[u8]| [b"ecgforst\x01".as_slice(), numbers].concat();
    let message = |numbers: &[u8]| load(&header(numbers)).unwrap_err().to_string();
    let huge = [0xff, 0xff, 0xff, 0x7f]; // 2^28 - 1
    assert!(message(&[&[2], huge.as_slice()].concat()).contains("importances"));
    let importance = 1.0_f64.to_le_bytes();
    assert!(message(&[&[2, 1], importance.as_slice(), &huge].concat()).contains("268435455 trees"));
    assert!(message(&huge).contains("classes must be 0 to"));
    assert!(message(&[0xff; 12]).contains("too long"));
    assert!(message(&[2, 0]).contains("features must be 1 to"));
    assert!(
        message(&[&[2, 1], importance.as_slice(), &[1, 2, 0]].concat())
            .contains("feature of a split must be 0 to 1")
    );
    assert!(
        message(&[&[2, 1], importance.as_slice(), &[1, 0, 3, 0]].concat())
            .contains("class of a leaf must be 0 to 2")
    );
    assert!(
        load(b"not a forest")
            .unwrap_err()
            .to_string()
            .contains("not a forest")
    );
    assert!(
        load(b"ecgforst\x09")
            .unwrap_err()
            .to_string()
            .contains("format 9")
    );
}

#[test]
fn a_chain_of_splits_is_read_without_recursion() {
    // Left children only, a million deep: what matters is that nothing overflows.
    let mut bytes = [b"ecgforst\x01".as_slice(), &[1, 1], &1.0_f64.to_le_bytes(), &[1]].concat();
    for depth in 0..1_000_000 {
        bytes.push(1);
        bytes.extend((-f64::from(depth)).to_le_bytes());
    }
    assert!(matches!(load(&bytes), Err(Error::Input(_))));
    bytes.extend([0, 0].repeat(1_000_001));
    let model = load(&bytes).unwrap();
    assert_eq!(
        model.predict(Array2::from_elem((3, 1), -1e9).view()).unwrap(),
        Array2::<f64>::ones((3, 1))
    );
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(place in 0_usize..10_000, value: u8, which in 0_u8..3) {
        let (model, x) = match which { 0 => saved(false), 1 => saved(true), _ => saved_values() };
        let mut bytes = model.save().unwrap();
        let place = place % bytes.len();
        bytes[place] = value;
        match load(&bytes) {
            Err(Error::Input(_)) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
            Ok(model) => {
                if let Ok(answers) = model.predict(x.view()) {
                    prop_assert!(answers.iter().all(|value| value.is_finite()));
                }
            }
        }
    }

    #[test]
    fn probabilities_and_importances_sum_to_one(
        rows in 2_usize..80, seed: u64, classes in 1_usize..5, weighted: bool, leaf in 1_u32..6, coarse in 1_u32..40
    ) {
        let mut draws = common::Draws(seed);
        let step = f64::from(coarse);
        let x = Array2::from_shape_fn((rows, 4), |_| (draws.uniform() * step).floor());
        let labels = Array1::from_shape_fn(rows, |_| (draws.uniform() * classes as f64) as u32);
        let weights = Array1::from_shape_fn(rows, |_| draws.uniform() + 1e-6);
        let params = Params { min_samples_leaf: leaf, ..trees(6) };
        let target = Target::Classes { labels: labels.view(), classes };
        let model = forest(params.clone(), 2)
            .fit_model(x.view(), target, weighted.then(|| weights.view()), seed)
            .unwrap();
        let answers = model.predict(x.view()).unwrap();
        prop_assert_eq!(answers.dim(), (rows, classes));
        prop_assert!(answers.iter().all(|value| (0.0..=1.0).contains(value)));
        prop_assert!(answers.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-9));
        let importances = model.importances().unwrap();
        prop_assert!(importances.iter().all(|value| *value >= 0.0));
        prop_assert!(importances.sum() == 0.0 || (importances.sum() - 1.0).abs() < 1e-9);

        let values = weights.mapv(|weight| weight * 100.0 - 3.0);
        let model = forest(params, 2).fit_model(x.view(), Target::Values(values.view()), None, seed).unwrap();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        for answer in model.predict(x.view()).unwrap() {
            prop_assert!((low - 1e-9..=high + 1e-9).contains(&answer));
        }
    }
}
