//! ECG records and data sets, preprocessing and synthetic ECGs.
//!
//! A [`DataSet`] lists records and reads one signal at a time; a [`preprocess::Pipeline`] turns a
//! [`Signal`] into the windows a network reads; [`synth`] makes data sets with a known truth.

pub mod dataset;
pub mod datasets;
pub mod duplicates;
mod error;
pub mod landmarks;
pub mod preprocess;
pub mod quality;
pub mod record;
pub mod synth;
pub mod wfdb;

pub use dataset::{DataSet, Label, RecordInfo, Skipped};
pub use error::Error;
pub use record::{Signal, lead_key};
