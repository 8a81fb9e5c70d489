//! The k-means kernel: initial centroids, iterations, assignment. `benches/peers/kmeans.py` holds it against
//! scikit-learn's.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ecg_audit_kmeans::{Clusters, KMeans, Params, Workers, fit_from, initial_centroids};
use ecg_audit_plugin::{Clusterer, Context, FromParams};
use ndarray::{Array2, s};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 50_000;
const COLUMNS: usize = 256;
const THREADS: usize = 2;
const ITERATIONS: usize = 10;

/// Sixty overlapping clusters that differ in a tenth of the columns.
fn mixture() -> Array2<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let centres = Array2::from_shape_simple_fn((60, COLUMNS), || {
        let apart = rng.random_bool(0.1);
        if apart {
            rng.random_range(-2.0_f32..2.0)
        } else {
            0.0
        }
    });
    let parts: Vec<usize> = (0..ROWS).map(|_| rng.random_range(0..60)).collect();
    Array2::from_shape_fn((ROWS, COLUMNS), |(i, j)| {
        centres[(parts[i], j)] + rng.random_range(-0.8_f32..0.8)
    })
}

fn kmeans(criterion: &mut Criterion) {
    let x = mixture();
    let context = Context::quiet(THREADS);
    let Ok(workers) = Workers::new(THREADS) else {
        panic!("no threads for the bench")
    };
    let mut group = criterion.benchmark_group("kmeans");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for k in [8, 20, 50] {
        group.throughput(Throughput::Elements(ROWS as u64));
        group.bench_function(BenchmarkId::new("initial centroids", k), |bencher| {
            bencher.iter(|| initial_centroids(black_box(x.view()), k, 1, &workers, &context));
        });
        let model = KMeans::from_params(
            Params {
                k: Clusters::Fixed(k),
                max_iterations: 3,
                ..Params::default()
            },
            &context,
        )
        .and_then(|component| component.fit(x.view(), 1));
        let Ok(model) = model else {
            panic!("the bench's data cannot be fitted")
        };
        group.bench_function(BenchmarkId::new("assign", k), |bencher| {
            bencher.iter(|| model.assign(black_box(x.view())));
        });
        group.throughput(Throughput::Elements((ROWS * ITERATIONS) as u64));
        let initial = x.slice(s![..k, ..]).to_owned();
        group.bench_function(BenchmarkId::new("ten iterations", k), |bencher| {
            bencher.iter(|| {
                fit_from(
                    black_box(x.view()),
                    initial.clone(),
                    ITERATIONS,
                    0.0,
                    &workers,
                    &context,
                )
            });
        });
    }
    group.finish();
}

criterion_group!(benches, kmeans);
criterion_main!(benches);
