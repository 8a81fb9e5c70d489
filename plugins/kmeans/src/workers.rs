//! The threads a call may use: the host's budget, kept to exactly.

use std::sync::{Arc, Mutex, PoisonError};

use ecg_audit_plugin::Error;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Runs maps over work items, either on the calling thread or on a pool of its own. Results never depend on
/// which: maps answer in the items' order, and folds are used only with exact, order-free accumulators.
#[derive(Clone)]
pub struct Workers(Option<Arc<ThreadPool>>);

impl Workers {
    /// Workers for this many threads; one thread is the caller's own.
    ///
    /// # Errors
    /// [`Error::Resource`] when the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, Error> {
        if threads <= 1 {
            return Ok(Self(None));
        }
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("kmeans-{i}"))
            .build()
            .map(|pool| Self(Some(Arc::new(pool))))
            .map_err(|error| Error::Resource(format!("cannot start {threads} threads: {error}")))
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.0.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// `work` of every item, in order.
    pub(crate) fn map<I: Send, T: Send>(&self, items: Vec<I>, work: impl Fn(I) -> T + Sync + Send) -> Vec<T> {
        match &self.0 {
            None => items.into_iter().map(work).collect(),
            Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        }
    }

    /// Folds all items into accumulators and merges these. `add` and `merge` must be exact and order-free.
    pub(crate) fn fold<I: Send, A: Send>(
        &self,
        items: Vec<I>,
        empty: impl Fn() -> A + Sync + Send,
        add: impl Fn(A, I) -> A + Sync + Send,
        merge: impl Fn(A, A) -> A + Sync + Send,
    ) -> A {
        match &self.0 {
            None => items.into_iter().fold(empty(), add),
            Some(pool) => pool.install(|| {
                // Few accumulators, as each holds K × D sums, yet enough pieces to even out the load.
                let piece = items.len().div_ceil(8 * pool.current_num_threads()).max(1);
                items
                    .into_par_iter()
                    .with_min_len(piece)
                    .fold(&empty, add)
                    .reduce(&empty, merge)
            }),
        }
    }
}

/// Keeps the workers of the last budget, as starting threads costs more than a small call.
#[derive(Default)]
pub(crate) struct WorkersCache(Mutex<Option<Workers>>);

impl WorkersCache {
    /// Workers for this many threads.
    pub(crate) fn get(&self, threads: usize) -> Result<Workers, Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(workers) if workers.threads() == threads => Ok(workers.clone()),
            _ => {
                let workers = Workers::new(threads)?;
                *kept = Some(workers.clone());
                Ok(workers)
            }
        }
    }
}
