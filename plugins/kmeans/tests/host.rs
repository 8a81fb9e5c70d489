//! The host's wishes: to stop, to know how far, to choose K.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ecg_audit_kmeans::{ClusterRange, Clusters, KMeans, Params, Rule};
use ecg_audit_plugin::{Clusterer, Context, Error, FromParams, Host, Level};
use ndarray::Array2;

/// Stops after so many progress reports; keeps the last one.
struct Stopping {
    after: u64,
    reports: AtomicU64,
    done: AtomicU64,
    total: AtomicU64,
}

impl Stopping {
    fn after(after: u64) -> Arc<Self> {
        Arc::new(Self {
            after,
            reports: AtomicU64::new(0),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        })
    }
}

impl Host for Stopping {
    fn log(&self, _: Level, _: &str) {}
    fn progress(&self, done: u64, total: u64) {
        assert!(done >= self.done.load(Ordering::SeqCst) && done <= total);
        self.reports.fetch_add(1, Ordering::SeqCst);
        self.done.store(done, Ordering::SeqCst);
        self.total.store(total, Ordering::SeqCst);
    }
    fn cancelled(&self) -> bool {
        self.reports.load(Ordering::SeqCst) >= self.after
    }
    fn threads(&self) -> usize {
        1
    }
}

fn data() -> Array2<f32> {
    Array2::from_shape_fn((2000, 3), |(i, j)| {
        ((i * 7919 + j * 104_729) % 1009) as f32 + 3000.0 * (i % 4) as f32
    })
}

#[test]
fn stops_between_iterations() {
    for after in [0, 1, 3] {
        let host = Stopping::after(after);
        let params = Params {
            k: Clusters::Fixed(30),
            tolerance: 0.0,
            ..Params::default()
        };
        let clusterer = KMeans::from_params(params, &Context::new(host.clone())).unwrap();
        assert_eq!(
            clusterer.fit(data().view(), 1).map(|m| m.summary()),
            Err(Error::Cancelled)
        );
        assert_eq!(host.reports.load(Ordering::SeqCst), after);
    }
}

#[test]
fn a_range_chooses_the_planted_number_and_finishes_its_progress() {
    let host = Stopping::after(u64::MAX);
    let params = Params {
        k: Clusters::Range(ClusterRange {
            from: 2,
            to: 8,
            step: 1,
            rule: Rule::CalinskiHarabasz,
        }),
        restarts: 2,
        ..Params::default()
    };
    let chosen = KMeans::from_params(params, &Context::new(host.clone()))
        .unwrap()
        .fit(data().view(), 1)
        .unwrap();
    assert_eq!(chosen.summary().clusters, 4);
    assert_eq!(
        host.done.load(Ordering::SeqCst),
        host.total.load(Ordering::SeqCst)
    );
    let params = Params {
        k: Clusters::Fixed(4),
        restarts: 2,
        ..Params::default()
    };
    let fixed = KMeans::from_params(params, &Context::quiet(1))
        .unwrap()
        .fit(data().view(), 1)
        .unwrap();
    assert_eq!(chosen.save(), fixed.save());
}

#[test]
fn parameters_are_checked() {
    let read = |json: &str| serde_json::from_str::<Params>(json);
    assert_eq!(read("{}").unwrap(), Params::default());
    assert_eq!(read(r#"{"k": 5}"#).unwrap().k, Clusters::Fixed(5));
    let range = read(r#"{"k": {"from": 2, "to": 9, "rule": "calinski_harabasz"}}"#).unwrap();
    assert!(matches!(
        range.k,
        Clusters::Range(ClusterRange {
            from: 2,
            to: 9,
            step: 1,
            ..
        })
    ));
    for unknown in [
        r#"{"kk": 5}"#,
        r#"{"k": {"from": 2, "to": 9, "by": 1}}"#,
        r#"{"k": "many"}"#,
    ] {
        assert!(read(unknown).is_err(), "{unknown}");
    }
    for (json, field) in [
        (r#"{"k": 1}"#, "k must"),
        (r#"{"k": 1025}"#, "k must"),
        (r#"{"k": {"from": 9, "to": 2}}"#, "k.from"),
        (r#"{"k": {"from": 2, "to": 9, "step": 0}}"#, "k.step"),
        (r#"{"max_iterations": 0}"#, "max_iterations"),
        (r#"{"restarts": 0}"#, "restarts"),
        (r#"{"tolerance": -1.0}"#, "tolerance"),
        (r#"{"temperature": 0.0}"#, "temperature"),
    ] {
        let refused = KMeans::from_params(read(json).unwrap(), &Context::quiet(1)).map(|_| ());
        assert!(
            matches!(&refused, Err(Error::Params(message)) if message.contains(field)),
            "{json}: {refused:?}"
        );
    }
}
