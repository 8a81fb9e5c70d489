//! Plans and threads that are kept between batches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecg_audit_plugin::Error;
use rayon::ThreadPool;

use crate::plan::{Plan, Template};

/// Plans kept; data sets whose records all differ in length drop the oldest.
const KEPT: usize = 8;

/// The plans of a template, one per input shape, and the threads that run them.
pub(crate) struct Plans {
    template: Template,
    kept: Mutex<Vec<Arc<Plan>>>,
    pool: Mutex<Option<Arc<ThreadPool>>>,
}

impl Plans {
    pub(crate) fn new(template: Template) -> Self {
        Self {
            template,
            kept: Mutex::new(Vec::new()),
            pool: Mutex::new(None),
        }
    }

    /// The template.
    pub(crate) fn template(&self) -> &Template {
        &self.template
    }

    /// The plan for `leads` × `samples`, built when it is not there yet.
    pub(crate) fn get(&self, leads: usize, samples: usize) -> Result<Arc<Plan>, Error> {
        let mut kept = lock(&self.kept);
        if let Some(plan) = kept.iter().find(|plan| plan.input == [leads, samples]) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(self.template.plan(leads, samples)?);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(Arc::clone(&plan));
        Ok(plan)
    }

    /// A pool of `threads` threads; made anew only when the budget has changed.
    pub(crate) fn pool(&self, threads: usize) -> Result<Arc<ThreadPool>, Error> {
        let mut pool = lock(&self.pool);
        match &*pool {
            Some(pool) if pool.current_num_threads() == threads => Ok(Arc::clone(pool)),
            _ => {
                let fresh = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|number| format!("tract-{number}"))
                    .build()
                    .map_err(|error| Error::Failed(format!("cannot start {threads} threads: {error}")))?;
                Ok(Arc::clone(pool.insert(Arc::new(fresh))))
            }
        }
    }
}

/// What the locks guard is whole at every moment, so that a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
