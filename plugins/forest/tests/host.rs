//! What the host hears of a fit, and how it stops one.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use common::{classes, trees};
use ecg_audit_forest::Forest;
use ecg_audit_plugin::{Context, Error, FromParams, Host, Level, Surrogate, Target};

/// Records progress and asks to stop once `stop_at` trees are done.
struct Watcher {
    told: Mutex<Vec<(u64, u64)>>,
    done: AtomicU64,
    stop_at: u64,
}

impl Host for Watcher {
    fn log(&self, _: Level, _: &str) {}
    fn progress(&self, done: u64, total: u64) {
        self.told.lock().unwrap().push((done, total));
        self.done.store(done, Ordering::SeqCst);
    }
    fn cancelled(&self) -> bool {
        self.done.load(Ordering::SeqCst) >= self.stop_at
    }
    fn threads(&self) -> usize {
        3
    }
}

#[test]
fn progress_goes_up_and_cancelling_stops_between_trees() {
    let (x, labels) = classes(100, 1);
    let target = Target::Classes {
        labels: labels.view(),
        classes: 3,
    };
    let run = |stop_at| {
        let host = Arc::new(Watcher {
            told: Mutex::default(),
            done: AtomicU64::new(0),
            stop_at,
        });
        let context = Context::new(host.clone());
        let result = Forest::from_params(trees(50), &context)
            .unwrap()
            .fit(x.view(), target, None, 1);
        let told = host.told.lock().unwrap().clone();
        (result.err(), told)
    };
    let (error, told) = run(u64::MAX);
    assert_eq!((error, told), (None, (1..=50).map(|done| (done, 50)).collect()));
    let (error, told) = run(5);
    assert_eq!(error, Some(Error::Cancelled));
    assert!(told.len() < 50, "{}", told.len());
}
