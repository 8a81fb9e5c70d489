//! Progress: bars on a terminal, plain lines in a log.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ecg_audit_engine::Observer;
use ecg_audit_terminal::interrupt_flag;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The bars on standard error.
#[derive(Clone)]
pub(crate) struct Bars {
    all: MultiProgress,
    quiet: bool,
}

impl Bars {
    pub fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            quiet,
        }
    }

    /// A bar for `total` units.
    pub fn bar(&self, name: &str, total: Option<u64>) -> ProgressBar {
        let bar = self
            .all
            .add(total.map_or_else(ProgressBar::new_spinner, ProgressBar::new));
        let template = "{prefix:<11} {wide_bar:.cyan/dim} {pos:>6}/{len:<6} {elapsed:>4} eta {eta:<4}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(name.to_owned());
        bar
    }

    /// A line above the bars.
    pub fn line(&self, text: &str) {
        if self.plain() {
            eprintln!("{text}")
        } else if !self.quiet {
            drop(self.all.println(text))
        }
    }

    fn plain(&self) -> bool {
        !self.quiet && self.all.is_hidden()
    }
}

/// Sends the log to standard error without tearing the bars.
pub(crate) fn log(bars: &Bars, verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("ECG_AUDIT_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Beside(bars.clone()))
        .with_target(false)
        .without_time()
        .init();
}

struct Beside(Bars);

impl<'a> MakeWriter<'a> for Beside {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(&self.0)
    }
}

struct Line<'a>(&'a Bars);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.all.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Shows a run's stages, and passes Ctrl-C on.
pub(crate) struct Watch {
    bars: Bars,
    bar: Mutex<Option<ProgressBar>>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// A watch over one run.
    pub fn new(bars: Bars) -> Self {
        Self {
            bars,
            bar: Mutex::new(None),
            stop: interrupt_flag(),
        }
    }

    fn with_bar(&self, change: impl FnOnce(&mut Option<ProgressBar>)) {
        change(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Observer for Watch {
    fn stage(&self, name: &str, total: Option<u64>) {
        if self.bars.plain() {
            eprintln!("{name} …");
        }
        self.with_bar(|bar| *bar = Some(self.bars.bar(name, total)));
    }

    fn progress(&self, done: u64) {
        self.with_bar(|bar| {
            if let Some(bar) = bar {
                bar.set_position(done);
            }
        });
    }

    fn stage_done(&self, name: &str, seconds: f64) {
        self.with_bar(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
        self.bars.line(&format!("{name:<11} {seconds:8.2} s"));
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
