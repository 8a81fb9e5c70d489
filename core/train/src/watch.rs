//! Who watches a run: progress out, the wish to stop in.

/// Watches a run. All methods may be called from any thread.
pub trait Watch: Sync {
    /// Signals are read and preprocessed.
    fn preparing(&self, records: usize);
    /// So many of them are done.
    fn prepared(&self, records: usize);
    /// A fold begins, or goes on after some epochs.
    fn fold(&self, fold: u32, epoch: usize, epochs: usize);
    /// A fold's epoch (from 1) ended.
    fn epoch(&self, fold: u32, epoch: &Epoch);
    /// A fold is finished.
    fn fold_done(&self, fold: u32, text: &str);
    /// Something that the user should know.
    fn note(&self, text: &str);
    /// True once the user wants to stop.
    fn stopped(&self) -> bool;
}

/// One epoch.
#[derive(Debug, Clone, Copy)]
pub struct Epoch {
    /// From 1.
    pub number: usize,
    /// Mean loss over the training windows.
    pub training_loss: f64,
    /// Loss over the validation records.
    pub validation_loss: f64,
    /// Whether it is the best so far.
    pub best: bool,
    /// Of this epoch.
    pub learning_rate: f64,
}
