//! `linfa/gmm` through its traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Draws, blobs, reference};
use ecg_audit_linfa::{Gmm, GmmParams};
use ecg_audit_plugin::{Clusterer, Context, Error, FromParams};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, Array2, Axis, array};

fn params(json: serde_json::Value) -> GmmParams {
    serde_json::from_value(json).unwrap()
}

fn gmm(json: serde_json::Value, threads: usize) -> Gmm {
    Gmm::from_params(params(json), &Context::quiet(threads)).unwrap()
}

/// Columns in the order of the centroids' first feature.
fn order(centroids: &Array2<f32>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..centroids.nrows()).collect();
    order.sort_by(|&a, &b| centroids[[a, 0]].total_cmp(&centroids[[b, 0]]));
    order
}

#[test]
fn planted_gaussians_are_found_as_scikit_learn_finds_them() {
    let x = blobs(600, 5);
    let model = gmm(
        serde_json::json!({"k": 3, "tolerance": 1e-12, "max_iterations": 10000}),
        1,
    )
    .fit(x.view(), 0)
    .unwrap();
    assert!(model.summary().converged);
    let centroids = model.centroids().unwrap();
    let order = order(&centroids);
    let sorted = centroids.select(Axis(0), &order);
    for (ours, theirs) in sorted.iter().zip(reference("mixture_means")) {
        assert!(
            (f64::from(*ours) - theirs).abs() < 1e-4,
            "{ours} against {theirs}"
        );
    }
    let posterior = model
        .assign(x.view())
        .unwrap()
        .memberships
        .select(Axis(1), &order);
    for (ours, theirs) in posterior.iter().zip(reference("mixture_posterior")) {
        assert!(
            (f64::from(*ours) - theirs).abs() < 1e-4,
            "{ours} against {theirs}"
        );
    }
}

#[test]
fn the_fit_equals_linfas_own_where_that_one_converges() {
    let x = blobs(600, 5);
    let model = gmm(
        serde_json::json!({"k": 3, "tolerance": 1e-10, "max_iterations": 10000}),
        1,
    )
    .fit(x.view(), 0)
    .unwrap();
    let records = ndarray_16::Array2::from_shape_fn(x.dim(), |(i, j)| f64::from(x[[i, j]]));
    let theirs = linfa_clustering::GaussianMixtureModel::params(3)
        .tolerance(1e-10)
        .max_n_iterations(10000)
        .check()
        .unwrap()
        .fit(&linfa::DatasetBase::from(records))
        .unwrap();
    let means = Array2::from_shape_fn((3, 2), |(i, j)| theirs.means()[[i, j]] as f32);
    let ours = model.centroids().unwrap();
    let difference = ours.select(Axis(0), &order(&ours)) - means.select(Axis(0), &order(&means));
    assert!(difference.iter().all(|value| value.abs() < 1e-3), "{difference}");
}

#[test]
fn memberships_sum_to_one_and_distances_are_mahalanobis() {
    // One component: distances under the sample covariance have the mean D.
    let x = blobs(500, 2);
    let one = gmm(serde_json::json!({"k": 1, "reg_covar": 0.0}), 1)
        .fit(x.view(), 0)
        .unwrap();
    let assignment = one.assign(x.view()).unwrap();
    assert!(assignment.memberships.iter().all(|&share| share == 1.0));
    assert!((assignment.distances.mean().unwrap() - 2.0).abs() < 1e-3);
    assert!((one.summary().mean_squared_distance - 2.0).abs() < 1e-6);
    let three = gmm(serde_json::json!({"k": 3}), 1).fit(x.view(), 0).unwrap();
    let far = array![[1e6f32, -1e6]];
    for rows in [x.view(), far.view()] {
        let memberships = three.assign(rows).unwrap().memberships;
        assert!(
            memberships
                .rows()
                .into_iter()
                .all(|row| (row.sum() - 1.0).abs() < 1e-6)
        );
    }
}

/// Three clusters in 40 dimensions.
fn wide(rows: usize) -> (Array2<f32>, Array1<usize>) {
    let mut draws = Draws(31);
    let x = Array2::from_shape_fn((rows, 40), |(i, j)| {
        let planted = if j % 3 == i % 3 { 1.0 } else { 0.0 };
        (planted + 0.3 * draws.normal()) as f32
    });
    (x, Array1::from_shape_fn(rows, |i| i % 3))
}

#[test]
fn many_features_are_projected_and_many_rows_sampled() {
    let (x, truth) = wide(3000);
    let clusterer = gmm(serde_json::json!({"k": 3, "max_rows": 900, "restarts": 2}), 2);
    let model = clusterer.fit(x.view(), 4).unwrap();
    assert_eq!((model.summary().clusters, model.summary().features), (3, 40));
    assert_eq!(model.centroids().unwrap().dim(), (3, 40));
    let memberships = model.assign(x.view()).unwrap().memberships;
    let cluster =
        |row: usize| (0..3).max_by(|&a, &b| memberships[[row, a]].total_cmp(&memberships[[row, b]]));
    let name: Vec<_> = (0..3).map(cluster).collect();
    let right = (0..3000).filter(|&row| cluster(row) == name[truth[row]]).count();
    assert!(right > 2950, "{right} of 3000");
}

#[test]
fn threads_change_nothing_and_saved_models_are_the_same() {
    let (x, _) = wide(3000);
    let json = serde_json::json!({"k": 4, "max_rows": 2500, "max_iterations": 20});
    let one = gmm(json.clone(), 1).fit(x.view(), 9).unwrap();
    let two = gmm(json.clone(), 2).fit(x.view(), 9).unwrap();
    let bytes = one.save().unwrap();
    assert_eq!(two.save().unwrap(), bytes);
    let expected = one.assign(x.view()).unwrap();
    assert_eq!(two.assign(x.view()).unwrap(), expected);
    let clusterer = gmm(json, 2);
    let again = clusterer.load(&bytes).unwrap();
    assert_eq!(again.save().unwrap(), bytes);
    assert_eq!(again.assign(x.view()).unwrap(), expected);
    assert_eq!(again.summary(), one.summary());
    // Rows are independent of each other, and of how they lie in memory.
    let columns = x.t().as_standard_layout().into_owned();
    assert_eq!(again.assign(columns.t()).unwrap(), expected);
    let part = again.assign(x.slice(ndarray::s![7..8, ..])).unwrap();
    assert_eq!(part.memberships.row(0), expected.memberships.row(7));
    for bad in [&bytes[..bytes.len() - 30], b"null".as_slice()] {
        assert!(matches!(clusterer.load(bad), Err(Error::Input(_))));
    }
}

#[test]
fn the_iteration_limit_still_gives_a_model() {
    let x = blobs(300, 1);
    let model = gmm(
        serde_json::json!({"k": 5, "max_iterations": 1, "tolerance": 0.0}),
        1,
    )
    .fit(x.view(), 0)
    .unwrap();
    assert!(!model.summary().converged);
    assert_eq!(model.summary().iterations, 1);
}

#[test]
fn bad_input_is_named() {
    let x = blobs(30, 1);
    let clusterer = gmm(serde_json::json!({"k": 3}), 1);
    assert!(matches!(
        clusterer.fit(x.slice(ndarray::s![..2, ..]), 0),
        Err(Error::Input(_))
    ));
    let mut broken = x.clone();
    broken[[4, 1]] = f32::NAN;
    let error = clusterer.fit(broken.view(), 0).err().unwrap();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("row 4, column 1")),
        "{error}"
    );
    let model = clusterer.fit(x.view(), 0).unwrap();
    assert!(matches!(model.assign(broken.view()), Err(Error::Input(_))));
    assert!(matches!(
        model.assign(Array2::zeros((1, 3)).view()),
        Err(Error::Input(_))
    ));
    let same = Array2::<f32>::ones((30, 2));
    assert!(matches!(clusterer.fit(same.view(), 0), Err(Error::Failed(_))));
    for json in [
        serde_json::json!({"k": 0}),
        serde_json::json!({"k": 3, "max_rows": 2}),
        serde_json::json!({"k": 3, "reg_covar": -1.0}),
    ] {
        assert!(matches!(
            Gmm::from_params(params(json), &Context::quiet(1)),
            Err(Error::Params(_))
        ));
    }
    assert!(serde_json::from_value::<GmmParams>(serde_json::json!({"k": 3, "covariance": "full"})).is_err());
}
