//! Trains the networks that `ecg-audit` audits: residual networks on any data set that its readers read, one network per
//! held-out fold, saved as TorchScript files whose blocks the audit taps.
//!
//! [`config`] checks a configuration, [`run::run`] carries it out. A run can be killed at any time: started again, it goes on
//! from the last epoch and ends with the same files.

mod adam;
mod answers;
mod batches;
mod card;
mod checkpoint;
pub mod config;
mod curve;
mod device;
mod epoch;
mod error;
mod evaluate;
mod ffi;
mod files;
mod fold;
mod folder;
mod loss;
mod metrics;
mod network;
mod plan;
mod pooled;
mod random;
mod records;
pub mod run;
mod schedule;
mod script;
mod signals;
mod split;
mod summary;
pub mod watch;

pub use error::Error;
