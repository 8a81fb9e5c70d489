//! Against plain implementations in f64, and what must hold for any data.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ecg_audit_kmeans::{Clusters, Fitted, KMeans, Params, Workers, fit_from, initial_centroids};
use ecg_audit_plugin::{ClusterModel, Clusterer, Context, Error, FromParams};
use ndarray::{Array2, ArrayView2, Axis, s};
use proptest::prelude::*;

/// The centre of a row of [`mixture`].
fn part(row: usize, parts: usize) -> usize {
    ((row * 2_654_435_761) >> 7) % parts
}

/// Rows around some centres, by a small generator of its own.
fn mixture(rows: usize, columns: usize, parts: usize, spread: f32) -> Array2<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let centres = Array2::from_shape_simple_fn((parts, columns), || 2.0 * next());
    let mut x = Array2::from_shape_simple_fn((rows, columns), || spread * (next() + next() + next()));
    for (i, mut row) in x.outer_iter_mut().enumerate() {
        row += &centres.row(part(i, parts));
    }
    x
}

fn distance(a: ndarray::ArrayView1<'_, f32>, b: ndarray::ArrayView1<'_, f32>) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum()
}

/// Lloyd's algorithm as the textbook has it, until no row changes.
fn naive(x: ArrayView2<'_, f32>, mut centroids: Array2<f32>) -> (Vec<u32>, usize) {
    let mut labels = vec![u32::MAX; x.nrows()];
    for iteration in 1.. {
        let before = labels.clone();
        for (row, label) in x.outer_iter().zip(&mut labels) {
            let distances: Vec<f64> = centroids.outer_iter().map(|c| distance(row, c)).collect();
            let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
            *label = distances.iter().position(|d| *d == least).unwrap() as u32;
        }
        for (k, mut centroid) in centroids.outer_iter_mut().enumerate() {
            let members: Vec<usize> = (0..x.nrows()).filter(|i| labels[*i] as usize == k).collect();
            assert!(
                !members.is_empty(),
                "the reference has no rule for empty clusters"
            );
            let mean = x
                .select(Axis(0), &members)
                .mapv(f64::from)
                .mean_axis(Axis(0))
                .unwrap();
            centroid.assign(&mean.mapv(|v| v as f32));
        }
        if labels == before {
            return (labels, iteration);
        }
    }
    unreachable!()
}

fn fit(x: ArrayView2<'_, f32>, initial: Array2<f32>, iterations: usize, threads: usize) -> Fitted {
    let workers = Workers::new(threads).unwrap();
    fit_from(x, initial, iterations, 0.0, &workers, &Context::quiet(threads)).unwrap()
}

fn kmeans(k: usize, threads: usize) -> KMeans {
    let params = Params {
        k: Clusters::Fixed(k),
        ..Params::default()
    };
    KMeans::from_params(params, &Context::quiet(threads)).unwrap()
}

#[test]
fn equals_the_textbook() {
    for (rows, columns, k) in [(700, 3, 4), (2000, 17, 9), (1500, 40, 21), (900, 5, 70)] {
        let x = mixture(rows, columns, k, 0.5);
        let initial = x.slice(s![..k, ..]).to_owned();
        let (labels, iterations) = naive(x.view(), initial.clone());
        let found = fit(x.view(), initial, 1000, 1);
        assert_eq!(found.labels, labels, "{rows} × {columns}, k = {k}");
        assert_eq!(found.iterations, iterations);
        assert!(found.converged);
        let inertia: f64 = x
            .outer_iter()
            .zip(&labels)
            .map(|(row, label)| distance(row, found.centroids.row(*label as usize)))
            .sum();
        assert!((found.inertia / inertia - 1.0).abs() < 1e-12);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let x = mixture(5000, 33, 12, 0.8);
    let one = kmeans(12, 1).fit(x.view(), 3).unwrap();
    let assigned = one.assign(x.view()).unwrap();
    for threads in [2, 5] {
        let many = kmeans(12, threads).fit(x.view(), 3).unwrap();
        assert_eq!(one.save().unwrap(), many.save().unwrap(), "{threads} threads");
        assert_eq!(assigned, many.assign(x.view()).unwrap());
    }
    assert_ne!(
        one.save().unwrap(),
        kmeans(12, 1).fit(x.view(), 4).unwrap().save().unwrap()
    );
}

#[test]
fn inertia_never_rises() {
    let x = mixture(3000, 20, 15, 0.7);
    let workers = Workers::new(2).unwrap();
    let initial = initial_centroids(x.view(), 15, 9, &workers, &Context::quiet(2)).unwrap();
    let mut last = f64::INFINITY;
    for iterations in 1..30 {
        let found = fit(x.view(), initial.clone(), iterations, 2);
        assert!(
            found.inertia <= last * (1.0 + 1e-7),
            "{iterations}: {} after {last}",
            found.inertia
        );
        last = found.inertia;
    }
}

/// Clusters this far apart each get one of the initial centroids; rows drawn at random would miss a third.
#[test]
fn seeding_finds_every_cluster() {
    let x = mixture(4000, 8, 25, 0.02);
    let workers = Workers::new(1).unwrap();
    for seed in 0..5 {
        let initial = initial_centroids(x.view(), 25, seed, &workers, &Context::quiet(1)).unwrap();
        let mut found: Vec<usize> = initial
            .outer_iter()
            .map(|centroid| x.outer_iter().position(|row| row == centroid).unwrap())
            .map(|row| part(row, 25))
            .collect();
        found.sort_unstable();
        assert_eq!(found, (0..25).collect::<Vec<_>>());
    }
}

#[test]
fn strided_views_are_read_right() {
    let x = mixture(600, 9, 5, 0.5);
    let model = kmeans(5, 2).fit(x.view(), 1).unwrap();
    let assigned = model.assign(x.view()).unwrap();
    let transposed = x.t().as_standard_layout().into_owned();
    let wide = Array2::from_shape_fn((1200, 18), |(i, j)| {
        if i % 2 + j % 2 == 0 {
            x[(i / 2, j / 2)]
        } else {
            f32::NAN
        }
    });
    let mut backwards = x.clone();
    backwards.invert_axis(Axis(0));
    let backwards = backwards.as_standard_layout().into_owned();
    for view in [
        transposed.t(),
        wide.slice(s![..;2, ..;2]),
        backwards.slice(s![..;-1, ..]),
    ] {
        assert_eq!(
            kmeans(5, 2).fit(view, 1).unwrap().save().unwrap(),
            model.save().unwrap()
        );
        assert_eq!(model.assign(view).unwrap(), assigned);
    }
}

#[test]
fn rows_do_not_influence_each_other() {
    let x = mixture(700, 13, 6, 0.6);
    let model = kmeans(6, 1).fit(x.view(), 1).unwrap();
    let all = model.assign(x.view()).unwrap();
    for i in [0, 1, 255, 256, 699] {
        let alone = model.assign(x.slice(s![i..=i, ..])).unwrap();
        assert_eq!(alone.distances.row(0), all.distances.row(i));
        assert_eq!(alone.memberships.row(0), all.memberships.row(i));
    }
    let none = model.assign(x.slice(s![..0, ..])).unwrap();
    assert_eq!(none.memberships.dim(), (0, 6));
}

fn check_assignment(model: &dyn ClusterModel, x: ArrayView2<'_, f32>) {
    let centroids = model.centroids().unwrap();
    let tau = model.summary().mean_squared_distance;
    let found = model.assign(x).unwrap();
    for (i, row) in x.outer_iter().enumerate() {
        let exact: Vec<f64> = centroids.outer_iter().map(|c| distance(row, c)).collect();
        let least = exact.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = exact.iter().map(|d| ((least - d) / tau).exp()).collect();
        let sum: f64 = weights.iter().sum();
        for k in 0..exact.len() {
            assert!((f64::from(found.distances[(i, k)]) - exact[k]).abs() <= 1e-4 * exact[k] + 1e-6);
            assert!((f64::from(found.memberships[(i, k)]) - weights[k] / sum).abs() < 1e-4);
        }
        let members = found.memberships.row(i);
        assert!((members.iter().map(|m| f64::from(*m)).sum::<f64>() - 1.0).abs() < 1e-5);
        let largest = members.iter().copied().fold(0.0, f32::max);
        let cluster = members.iter().position(|m| *m == largest).unwrap();
        assert!(exact[cluster] <= least * (1.0 + 1e-4) + 1e-6);
    }
}

#[test]
fn assignment_equals_its_formula() {
    let mut x = mixture(500, 30, 7, 0.7);
    check_assignment(&*kmeans(7, 2).fit(x.view(), 1).unwrap(), x.view());
    // Centroids themselves: exactly zero away.
    let model = kmeans(7, 1).fit(x.view(), 1).unwrap();
    let centroids = model.centroids().unwrap();
    let assigned = model.assign(centroids.view()).unwrap();
    assert!((0..7).all(|k| assigned.distances[(k, k)] == 0.0));
    // A large common offset costs only the digits that the data itself has lost.
    x += 64.0;
    check_assignment(&*kmeans(7, 1).fit(x.view(), 1).unwrap(), x.view());
}

#[test]
fn a_saved_model_assigns_alike() {
    let x = mixture(400, 6, 4, 0.5);
    let clusterer = kmeans(4, 1);
    let model = clusterer.fit(x.view(), 1).unwrap();
    let again = clusterer.load(&model.save().unwrap()).unwrap();
    assert_eq!(model.summary(), again.summary());
    assert_eq!(model.centroids(), again.centroids());
    assert_eq!(model.assign(x.view()).unwrap(), again.assign(x.view()).unwrap());
}

#[test]
fn rows_on_their_centroids_get_one_hot_memberships() {
    let x = Array2::from_shape_fn((30, 2), |(i, j)| ((i % 3) * (j + 1)) as f32);
    let model = kmeans(3, 1).fit(x.view(), 1).unwrap();
    assert_eq!(model.summary().mean_squared_distance, 0.0);
    let members = model.assign(x.view()).unwrap().memberships;
    assert!(
        members
            .outer_iter()
            .all(|row| row.iter().filter(|m| **m == 1.0).count() == 1 && row.sum() == 1.0)
    );
}

fn refused(x: ArrayView2<'_, f32>, k: usize) -> String {
    match kmeans(k, 1).fit(x, 1) {
        Err(Error::Input(message)) => message,
        other => panic!("expected Error::Input, found {:?}", other.map(|m| m.summary())),
    }
}

#[test]
fn unusable_features_are_refused() {
    let x = mixture(300, 4, 3, 0.5);
    let message = refused(x.slice(s![..5, ..]), 6);
    assert!(
        message.contains("5 rows") && message.contains("k = 6"),
        "{message}"
    );
    let message = refused(x.slice(s![.., ..0]), 6);
    assert!(message.contains("no columns"), "{message}");
    let message = refused(Array2::ones((50, 4)).view(), 3);
    assert!(
        message.contains("1 distinct rows") && message.contains("k = 3"),
        "{message}"
    );
    for (bad, name) in [
        (f32::NAN, "NaN"),
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
    ] {
        let mut y = x.clone();
        y[(270, 2)] = bad;
        let expected = format!("row 270, column 2 is {name}");
        let message = refused(y.view(), 3);
        assert!(message.contains(&expected), "{message}");
        let message = kmeans(3, 1)
            .fit(x.view(), 1)
            .unwrap()
            .assign(y.view())
            .unwrap_err()
            .to_string();
        assert!(message.contains(&expected), "{message}");
    }
    let mut y = x.clone();
    y[(7, 0)] = 1e30;
    assert!(refused(y.view(), 3).contains("row 7"));
    let model = kmeans(3, 1).fit(x.view(), 1).unwrap();
    let message = model.assign(x.slice(s![.., ..3])).unwrap_err().to_string();
    assert!(
        message.contains("3 columns") && message.contains("fitted on 4"),
        "{message}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Few distinct values make ties, duplicates and empty clusters common.
    #[test]
    fn coarse_data_never_breaks_a_fit(
        values in prop::collection::vec(-2_i8..3, 60..400),
        k in 2_usize..9,
        seed in any::<u64>(),
    ) {
        let columns = 2;
        let rows = values.len() / columns;
        let x = Array2::from_shape_fn((rows, columns), |(i, j)| f32::from(values[i * columns + j]));
        match kmeans(k, 1).fit(x.view(), seed) {
            Err(Error::Input(message)) => prop_assert!(message.contains("distinct"), "{}", message),
            Err(other) => prop_assert!(false, "{}", other),
            Ok(model) => {
                prop_assert!(model.centroids().unwrap().iter().all(|c| c.is_finite()));
                let found = model.assign(x.view()).unwrap();
                prop_assert!(found.memberships.iter().all(|m| (0.0..=1.0).contains(m)));
            }
        }
    }
}
