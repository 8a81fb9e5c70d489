//! Who watches a run: progress out, the wish to stop in.

/// Watches a run. All methods may be called from any thread.
pub trait Observer: Send + Sync {
    /// A stage begins; `total` units of work when known.
    fn stage(&self, name: &str, total: Option<u64>);
    /// How many units of the current stage are done.
    fn progress(&self, done: u64);
    /// The current stage ended.
    fn stage_done(&self, name: &str, seconds: f64);
    /// True once the user wants to stop.
    fn cancelled(&self) -> bool;
}

/// Watches nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _: &str, _: Option<u64>) {}
    fn progress(&self, _: u64) {}
    fn stage_done(&self, _: &str, _: f64) {}
    fn cancelled(&self) -> bool {
        false
    }
}
