//! Running a network over the rows of a batch.

use std::sync::{Arc, Mutex, PoisonError};

use ecg_audit_plugin::{Context, Error};
use ndarray::{ArrayView3, Axis, Slice};
use rayon::ThreadPool;
use rayon::prelude::*;
use tch::{Device, Tensor};

use crate::network::Network;
use crate::tensors;

/// Rows that an accelerator takes at a time.
const ROWS: usize = 32;

/// The threads, kept between batches.
#[derive(Default)]
pub(crate) struct Threads(Mutex<Option<Arc<ThreadPool>>>);

impl Threads {
    /// A pool of `threads` threads; made anew only when the budget has changed.
    fn pool(&self, threads: usize) -> Result<Arc<ThreadPool>, Error> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*pool {
            Some(pool) if pool.current_num_threads() == threads => Ok(Arc::clone(pool)),
            _ => {
                let fresh = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|number| format!("torch-{number}"))
                    .start_handler(|_| tch::set_num_threads(1))
                    .build()
                    .map_err(|error| Error::Failed(format!("cannot start {threads} threads: {error}")))?;
                Ok(Arc::clone(pool.insert(Arc::new(fresh))))
            }
        }
    }
}

/// Runs `work` on each block of rows, and returns the results in the order of the rows.
///
/// On the CPU a block is one row, and each thread of the host's budget has rows of its own: libtorch's own threads would
/// share out each operator, which is slower on networks of this size, keeps processors spinning between two operators, and
/// lets the last bits depend on the number of threads and on the batch.
pub(crate) fn blocks<T: Send>(
    network: &dyn Network,
    threads: &Threads,
    context: &Context,
    signal: ArrayView3<'_, f32>,
    work: impl Fn(&Tensor) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let rows = signal.len_of(Axis(0));
    let size = if network.device() == Device::Cpu { 1 } else { ROWS };
    let block = |first: usize| {
        context.check()?;
        let last = (first + size).min(rows);
        let part = signal.slice_axis(Axis(0), Slice::from(first..last));
        let tensor = tensors::signal(part, network.kind(), network.device())?;
        work(&tensor).map_err(|error| in_rows(error, first, last))
    };
    let firsts: Vec<usize> = (0..rows).step_by(size).collect();
    if network.device() != Device::Cpu {
        return firsts.into_iter().map(block).collect();
    }
    // All outcomes, so that the error of the first wrong row is told, whatever the threads do.
    let outcomes: Vec<Result<T, Error>> = threads
        .pool(context.threads())?
        .install(|| firsts.into_par_iter().map(block).collect());
    outcomes.into_iter().collect()
}

/// Names the rows of a failure that comes from the data.
fn in_rows(error: Error, first: usize, last: usize) -> Error {
    match error {
        Error::Failed(reason) if last == first + 1 => Error::Failed(format!("row {first}: {reason}")),
        Error::Failed(reason) => Error::Failed(format!("rows {first} to {}: {reason}", last - 1)),
        other => other,
    }
}
