//! The forest's fit and prediction, at the size of a full audit and at that of one fold of a small one.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ecg_audit_forest::{Forest, Params};
use ecg_audit_plugin::{Context, FromParams, Surrogate, Target};
use ndarray::{Array1, Array2};

const THREADS: usize = 2;

/// Columns of uniform numbers (SplitMix64), of which five say something about a class or a value.
fn data(rows: usize, columns: usize) -> (Array2<f64>, Array1<u32>, Array1<f64>) {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let x = Array2::from_shape_fn((rows, columns), |_| uniform());
    let values: Array1<f64> = x
        .rows()
        .into_iter()
        .map(|x| {
            let product = (std::f64::consts::PI * x[0] * x[1]).sin();
            10.0 * product + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4] + 2.0 * uniform()
        })
        .collect();
    let labels = values.mapv(|value| (value > 12.0) as u32 + (value > 18.0) as u32);
    (x, labels, values)
}

fn forest(criterion: &mut Criterion) {
    for (rows, columns, trees) in [(315, 20, 300), (20_000, 30, 20)] {
        let (x, labels, values) = data(rows, columns);
        let classes = Target::Classes {
            labels: labels.view(),
            classes: 3,
        };
        let params = Params {
            trees,
            ..Params::default()
        };
        let context = Context::quiet(THREADS);
        let Ok(forest) = Forest::from_params(params, &context) else {
            unreachable!("the parameters are valid")
        };
        let mut group = criterion.benchmark_group(format!("forest/{rows}x{columns}/{trees}"));
        group.sample_size(10);
        for (name, target) in [("classes", classes), ("values", Target::Values(values.view()))] {
            let fit = |seed| forest.fit(x.view(), target, None, seed);
            group.bench_function(format!("fit {name}"), |bench| bench.iter(|| fit(black_box(1))));
            let Ok(model) = fit(1) else {
                unreachable!("the data are valid")
            };
            group.bench_function(format!("predict {name}"), |bench| {
                bench.iter(|| model.predict(x.view()))
            });
        }
        group.finish();
    }
}

criterion_group!(benches, forest);
criterion_main!(benches);
