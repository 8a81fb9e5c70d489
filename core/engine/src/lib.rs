//! Configuration, plugin host, pipeline stages and run directory of ecg-audit.

pub mod audit;
