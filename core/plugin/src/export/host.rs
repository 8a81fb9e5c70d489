//! The host as the plugin sees it: a [`Host`] over the host's table.

use crate::abi::{HostTable, Str, read_table};
use crate::{Error, Host, Level};

/// Keeps the host's table alive and calls it. A service that an older host lacks is answered with its neutral value.
pub struct RemoteHost(HostTable);

// SAFETY: the ABI asks that the host's functions may be called from any thread.
unsafe impl Send for RemoteHost {}
// SAFETY: as above, at the same time.
unsafe impl Sync for RemoteHost {}

impl RemoteHost {
    /// Takes hold of the host.
    ///
    /// # Safety
    /// As [`read_table`], and the table keeps the promises of [`HostTable`].
    pub unsafe fn new(host: *const HostTable) -> Result<Self, Error> {
        // SAFETY: the caller's promise is passed on.
        let table = unsafe { read_table(host) }.map_err(Error::Input)?;
        if let Some(retain) = table.retain {
            // SAFETY: the table is valid for this call, and afterwards because of it.
            unsafe { retain(table.ctx) };
        }
        Ok(Self(table))
    }
}

impl Drop for RemoteHost {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: the one release for the one retain.
            unsafe { release(self.0.ctx) };
        }
    }
}

impl Host for RemoteHost {
    fn log(&self, level: Level, message: &str) {
        if let Some(log) = self.0.log {
            // SAFETY: the table is retained; the text outlives the call.
            unsafe { log(self.0.ctx, level as u32, Str::new(message)) };
        }
    }

    fn progress(&self, done: u64, total: u64) {
        if let Some(progress) = self.0.progress {
            // SAFETY: the table is retained.
            unsafe { progress(self.0.ctx, done, total) };
        }
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled.is_some_and(|cancelled| {
            // SAFETY: the table is retained.
            unsafe { cancelled(self.0.ctx) != 0 }
        })
    }

    fn threads(&self) -> usize {
        self.0.threads.map_or(1, |threads| {
            // SAFETY: the table is retained.
            unsafe { threads(self.0.ctx) as usize }
        })
    }
}
