//! Every kind through the C ABI and back, within this process.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecg_audit_fixture::{ClassMeans, Nearest, PLUGIN, Pooling, Threshold};
use ecg_audit_plugin::client::Library;
use ecg_audit_plugin::{
    Clusterer, Context, Delineator, Encoder, Error, FromParams, Host, Level, Surrogate, Target,
};
use ndarray::{Array1, Array2, Array3, s};
use serde_json::json;

fn library() -> Library {
    Library::open(PLUGIN, "fixture").unwrap()
}

fn context() -> Context {
    Context::quiet(2)
}

fn features() -> Array2<f32> {
    Array2::from_shape_fn((40, 5), |(i, j)| ((i * 7 + j * 13) % 17) as f32 - 8.0)
}

#[test]
fn metadata_names_the_components() {
    let library = library();
    let metadata = library.metadata();
    assert_eq!(
        (metadata.name.as_str(), metadata.licence.as_str()),
        ("fixture", "MIT OR Apache-2.0")
    );
    let names: Vec<_> = metadata.components.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "pooling",
            "nearest",
            "panicking",
            "slow",
            "margin",
            "class-means",
            "threshold"
        ]
    );
}

#[test]
fn a_clusterer_gives_the_same_as_without_the_boundary() {
    let here = Nearest::from_params(serde_json::from_value(json!({"k": 4})).unwrap(), &context()).unwrap();
    let there = library()
        .create_clusterer("nearest", &json!({"k": 4}), &context())
        .unwrap();
    let features = features();
    let (here, there) = (
        here.fit(features.view(), 3).unwrap(),
        there.fit(features.view(), 3).unwrap(),
    );
    assert_eq!(here.summary(), there.summary());
    assert_eq!(here.centroids(), there.centroids());
    assert_eq!(here.save(), there.save());
    // Reversed, strided and transposed views cross as they are.
    for view in [
        features.view(),
        features.slice(s![..;-1, ..]),
        features.slice(s![..;3, ..;-1]),
        features.slice(s![..0, ..]),
    ] {
        assert_eq!(here.assign(view), there.assign(view));
    }
    assert!(matches!(
        there.assign(features.slice(s![.., ..2])),
        Err(Error::Input(_))
    ));
}

#[test]
fn a_model_outlives_its_clusterer_and_its_library() {
    let model = {
        let library = library();
        let clusterer = library
            .create_clusterer("nearest", &json!({}), &context())
            .unwrap();
        clusterer.fit(features().view(), 0).unwrap()
    };
    assert!(model.assign(features().view()).is_ok());
}

#[test]
fn an_encoder_gives_the_same_as_without_the_boundary() {
    let there = library()
        .create_encoder("pooling", &json!({}), &context())
        .unwrap();
    let signal = Array3::from_shape_fn((3, 2, 11), |(b, c, t)| (b * 100 + c * 10 + t) as f32);
    let view = signal.view().permuted_axes([1, 0, 2]);
    for view in [signal.view(), view] {
        assert_eq!(Pooling.encode(view), there.encode(view));
    }
    assert_eq!(Pooling.info(), there.info());
    assert_eq!(Pooling.layers(), there.layers());
    assert!(matches!(
        there.grad_cam(signal.view(), 0, 0),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn a_surrogate_learns_labels_and_values() {
    let there = library()
        .create_surrogate("class-means", &json!({}), &context())
        .unwrap();
    let x = features().mapv(f64::from);
    let labels = Array1::from_shape_fn(x.nrows(), |i| (i % 3) as u32);
    let weights = Array1::from_shape_fn(x.nrows(), |i| 1.0 + i as f64);
    let values = x.column(0);
    for target in [
        Target::Classes {
            labels: labels.view(),
            classes: 3,
        },
        Target::Values(values),
    ] {
        for weights in [None, Some(weights.view())] {
            let here = ClassMeans.fit(x.view(), target, weights, 0).unwrap();
            let model = there.fit(x.view(), target, weights, 0).unwrap();
            assert_eq!(here.predict(x.view()), model.predict(x.view()));
            let loaded = there.load(&model.save().unwrap()).unwrap();
            assert_eq!(loaded.predict(x.view()), model.predict(x.view()));
            assert_eq!(model.importances(), None);
        }
    }
    let few = labels.slice(s![..2]);
    let target = Target::Classes {
        labels: few,
        classes: 3,
    };
    assert!(matches!(
        there.fit(x.view(), target, None, 0),
        Err(Error::Input(_))
    ));
}

#[test]
fn an_uncertainty_and_a_delineator_cross() {
    let memberships = ndarray::array![[0.5_f32, 0.5], [1.0, 0.0]];
    let margin = library()
        .create_uncertainty("margin", &json!({}), &context())
        .unwrap();
    let scores = margin.score(memberships.view(), memberships.view()).unwrap();
    assert_eq!(scores.to_vec(), [1.0, 0.0]);

    let params = serde_json::from_value(json!({})).unwrap();
    let here = Threshold::from_params(params, &context()).unwrap();
    let there = library()
        .create_delineator("threshold", &json!({}), &context())
        .unwrap();
    let signal = Array2::from_shape_fn((2, 300), |(lead, t)| {
        if t % 100 < 5 + lead {
            1.0 + (t % 100) as f32
        } else {
            0.0
        }
    });
    let found = there.delineate(signal.view(), 100.0).unwrap();
    assert_eq!(found.fused.len(), 3);
    assert_eq!(Ok(found), here.delineate(signal.view(), 100.0));
    let flat = Array2::zeros((2, 50));
    assert!(there.delineate(flat.view(), 100.0).unwrap().fused.is_empty());
}

#[test]
fn a_wrong_parameter_is_named() {
    let make = |params| library().create_clusterer("nearest", &params, &context()).err();
    let error = make(json!({"k": "four"})).unwrap();
    assert!(
        matches!(&error, Error::Params(text) if text.contains("`k`")),
        "{error}"
    );
    let error = make(json!({"clusters": 4})).unwrap();
    assert!(
        matches!(&error, Error::Params(text) if text.contains("clusters")),
        "{error}"
    );
    let error = library()
        .create_clusterer("margin", &json!({}), &context())
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::Unsupported(text) if text.contains("`nearest`")),
        "{error}"
    );
}

#[derive(Default)]
struct Listening {
    cancelled: AtomicBool,
    progress: AtomicBool,
}

impl Host for Listening {
    fn log(&self, _: Level, _: &str) {}
    fn progress(&self, done: u64, total: u64) {
        assert!(done <= total);
        self.progress.store(true, Ordering::Relaxed);
        self.cancelled.store(true, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
    fn threads(&self) -> usize {
        1
    }
}

#[test]
fn progress_reaches_the_host_and_cancelling_the_plugin() {
    let host = Arc::new(Listening::default());
    let context = Context::new(Arc::clone(&host) as Arc<dyn Host>);
    let slow = library()
        .create_clusterer("slow", &json!({"milliseconds": 60_000}), &context)
        .unwrap();
    assert!(matches!(slow.fit(features().view(), 0), Err(Error::Cancelled)));
    assert!(host.progress.load(Ordering::Relaxed));
    drop((slow, context));
    assert_eq!(Arc::strong_count(&host), 1, "the plugin let go of its host");
}
