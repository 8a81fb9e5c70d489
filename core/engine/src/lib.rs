//! Configuration, plugin host, pipeline stages and run directory of ecg-audit.
//!
//! [`run::prepare`] checks a configuration and loads what it names through [`host`]; [`run::Prepared::run`] carries
//! the audit out and leaves a [`folder`] whose `audit.json` is an [`audit::Audit`]; [`review`] takes what people think
//! of its label issues back to the data set.

mod assign;
mod atlas;
pub mod audit;
mod bands;
pub mod checks;
mod codebook;
mod cohort;
pub mod compare;
pub mod config;
mod encode;
mod error;
mod explain;
pub mod features;
mod fidelity;
pub mod folder;
pub mod host;
pub mod init;
pub mod inspect;
mod issues;
pub mod label_noise;
mod landmarks;
mod observer;
pub mod plot;
mod quality;
pub mod reproduce;
pub mod review;
pub mod run;
pub mod sweep;
mod tables;

pub use error::Error;
pub use observer::{Observer, Silent};
