//! Progress: bars on a terminal, plain lines in a log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ecg_audit_terminal::interrupt_flag;
use ecg_audit_train::watch::{Epoch, Watch};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows a run on standard error, and passes Ctrl-C on.
pub(crate) struct Progress {
    all: MultiProgress,
    quiet: bool,
    /// The bar of the preparation (no fold) and those of the folds at work.
    bars: Mutex<BTreeMap<Option<u32>, ProgressBar>>,
    stop: Arc<AtomicBool>,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            quiet,
            bars: Mutex::default(),
            stop: interrupt_flag(),
        }
    }

    /// A line on its own.
    fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.all.is_hidden() {
            eprintln!("{text}");
        } else {
            // A terminal that cannot be written to has nobody to tell.
            drop(self.all.println(text));
        }
    }

    fn open(&self, key: Option<u32>, name: String, done: usize, total: usize) {
        let bar = self.all.add(ProgressBar::new(total as u64));
        let template = "{prefix:<10} {wide_bar:.cyan/dim} {pos:>5}/{len:<5} {msg} {elapsed:>4}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(name);
        bar.set_position(done as u64);
        self.with(|bars| {
            bars.insert(key, bar);
        });
    }

    fn close(&self, key: Option<u32>) {
        self.with(|bars| {
            if let Some(bar) = bars.remove(&key) {
                bar.finish_and_clear();
            }
        });
    }

    fn with(&self, work: impl FnOnce(&mut BTreeMap<Option<u32>, ProgressBar>)) {
        work(&mut self.bars.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Watch for Progress {
    fn preparing(&self, records: usize) {
        if self.all.is_hidden() {
            self.line(&format!("reading {records} records …"));
        }
        self.open(None, "records".into(), 0, records);
    }

    fn prepared(&self, records: usize) {
        self.with(|bars| {
            if let Some(bar) = bars.get(&None) {
                bar.set_position(records as u64);
            }
        });
    }

    fn fold(&self, fold: u32, epoch: usize, epochs: usize) {
        self.close(None);
        if epoch > 0 {
            self.line(&format!("fold {fold}: goes on after epoch {epoch}"));
        }
        self.open(Some(fold), format!("fold {fold}"), epoch, epochs);
    }

    fn epoch(&self, fold: u32, epoch: &Epoch) {
        let text = format!(
            "loss {:.4}, validation {:.4}{}, rate {:.0e}",
            epoch.training_loss,
            epoch.validation_loss,
            if epoch.best { " *" } else { "  " },
            epoch.learning_rate
        );
        if self.all.is_hidden() {
            self.line(&format!("fold {fold}: epoch {}: {text}", epoch.number));
        }
        self.with(|bars| {
            if let Some(bar) = bars.get(&Some(fold)) {
                bar.set_position(epoch.number as u64);
                bar.set_message(text);
            }
        });
    }

    fn fold_done(&self, fold: u32, text: &str) {
        self.close(Some(fold));
        self.line(&format!("fold {fold}: {text}"));
    }

    fn note(&self, text: &str) {
        self.line(text);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
