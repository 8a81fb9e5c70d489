//! Why an audit could not run.

use std::path::{Path, PathBuf};

use crate::config::ConfigError;

/// Why an audit could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data set cannot be used.
    #[error("the data set cannot be used: {0}")]
    Data(#[from] ecg_audit_ecg::Error),
    /// A plugin could not be found, loaded or made.
    #[error(transparent)]
    Host(#[from] crate::host::Error),
    /// A component failed.
    #[error("{kind} `{name}`: {source}")]
    Plugin {
        /// Kind of component.
        kind: &'static str,
        /// Its address.
        name: String,
        /// What it said.
        source: ecg_audit_plugin::Error,
    },
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table of the run folder could not be written.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: parquet::errors::ParquetError,
    },
    /// A figure could not be computed.
    #[error("statistics: {0}")]
    Statistics(#[from] ecg_audit_stats::Error),
    /// More records were set aside than the configuration allows.
    #[error(
        "{skipped} of {records} records were set aside; `data.max_skipped_share` = {limit} allows {}.\n{}",
        (*limit * *records as f64).floor(), first.join("\n")
    )]
    TooManySkipped {
        /// Records set aside.
        skipped: usize,
        /// Records in the data set.
        records: usize,
        /// The share allowed.
        limit: f64,
        /// The first of them with their reasons.
        first: Vec<String>,
    },
    /// The audit makes no sense as configured.
    #[error("{0}")]
    Invalid(String),
    /// The user stopped the run.
    #[error("stopped; nothing was left under a final name")]
    Cancelled,
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn table(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Table {
            path: path.clone(),
            source,
        }
    }

    pub(crate) fn plugin<'a>(
        kind: &'static str,
        name: &'a str,
    ) -> impl Fn(ecg_audit_plugin::Error) -> Self + use<'a> {
        move |source| match source {
            ecg_audit_plugin::Error::Cancelled => Self::Cancelled,
            source => Self::Plugin {
                kind,
                name: name.to_owned(),
                source,
            },
        }
    }
}
