//! Where the time and the memory went.

use std::time::Instant;

use crate::audit::{StageTiming, Timing};
use crate::{Error, Observer};

/// Times the stages of one run.
pub(super) struct Clock<'a> {
    started: Instant,
    observer: &'a dyn Observer,
    stages: Vec<StageTiming>,
}

impl<'a> Clock<'a> {
    pub fn new(observer: &'a dyn Observer) -> Self {
        Self {
            started: Instant::now(),
            observer,
            stages: Vec::new(),
        }
    }

    /// Runs one stage of `total` units of work.
    pub fn stage<T>(
        &mut self,
        name: &str,
        total: usize,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let started = Instant::now();
        self.observer.stage(name, Some(total as u64));
        let result = work()?;
        let seconds = started.elapsed().as_secs_f64();
        self.observer.stage_done(name, seconds);
        match self.stages.iter_mut().find(|stage| stage.name == name) {
            Some(stage) => stage.seconds += seconds,
            None => self.stages.push(StageTiming {
                name: name.to_owned(),
                seconds,
            }),
        }
        Ok(result)
    }

    /// The account so far.
    pub fn timing(&self) -> Timing {
        Timing {
            stages: self.stages.clone(),
            total_seconds: self.started.elapsed().as_secs_f64(),
            peak_rss_bytes: peak_rss_bytes(),
        }
    }
}

/// Peak resident memory of this process; only Linux tells.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
