//! What the host offers to a component.

use std::fmt;
use std::sync::Arc;

use crate::Error;

/// How urgent a log message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// The component went on, but the user should look.
    Warn = 1,
    /// Worth a line in a normal run.
    Info = 2,
    /// Worth a line when something is being hunted.
    Debug = 3,
}

/// The services of the host. A component reaches them through its [`Context`].
pub trait Host: Send + Sync {
    /// Writes a log line under the component's name.
    fn log(&self, level: Level, message: &str);
    /// Tells how far a long call is: `done` of `total` units.
    fn progress(&self, done: u64, total: u64);
    /// True once the user wants to stop; long calls ask now and then and return [`Error::Cancelled`].
    fn cancelled(&self) -> bool;
    /// How many threads the component may keep busy, at least 1. It may change between calls.
    fn threads(&self) -> usize;
}

/// A component's link to its host; cheap to clone, kept for the component's whole life.
#[derive(Clone)]
pub struct Context(Arc<dyn Host>);

impl Context {
    /// Wraps a host.
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self(host)
    }

    /// A host for tests and benches: silent, never cancelled, a fixed number of threads.
    pub fn quiet(threads: usize) -> Self {
        Self(Arc::new(Quiet(threads.max(1))))
    }

    /// Writes a log line.
    pub fn log(&self, level: Level, message: &str) {
        self.0.log(level, message);
    }

    /// Tells how far a long call is.
    pub fn progress(&self, done: u64, total: u64) {
        self.0.progress(done, total);
    }

    /// True once the user wants to stop.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled()
    }

    /// [`Error::Cancelled`] once the user wants to stop, for use with `?`.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<(), Error> {
        if self.cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// The thread budget, at least 1.
    pub fn threads(&self) -> usize {
        self.0.threads().max(1)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("threads", &self.threads())
            .finish_non_exhaustive()
    }
}

struct Quiet(usize);

impl Host for Quiet {
    fn log(&self, _: Level, _: &str) {}
    fn progress(&self, _: u64, _: u64) {}
    fn cancelled(&self) -> bool {
        false
    }
    fn threads(&self) -> usize {
        self.0
    }
}
