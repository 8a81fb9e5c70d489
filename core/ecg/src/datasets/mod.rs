//! Data sets by their layout on disk.
//!
//! [`open`] takes the reader's name and the `[data]` table of a configuration. Opening reads tables
//! only; every record that the tables name and that cannot be used is in [`DataSet::skipped`] with the reason.

mod code15;
pub mod corrected;
mod folds;
mod folds_file;
mod listing;
mod npy;
mod npz;
mod npz_columns;
mod options;
mod ptb_xl;
mod scp_codes;
mod table;
mod wfdb_annotations;
mod wfdb_folder;
mod wfdb_labels;

use std::path::Path;

pub use code15::Code15;
pub use folds::{assign_folds, make_folds};
pub use folds_file::{read_folds, write_folds};
pub use npz::Npz;
pub use options::{AnnotationFiles, Arrays, Options, Unlabelled};
pub use ptb_xl::PtbXl;
pub use wfdb_folder::WfdbFolder;

use crate::error::instead;
use crate::{DataSet, Error};

/// Names of the readers that [`open`] knows.
pub const READERS: [&str; 4] = ["ptb-xl", "wfdb", "code15", "npz"];

/// Opens the data set at `path` with the reader of that name.
///
/// # Errors
/// [`Error::Invalid`] for an unknown reader and for options that do not fit it; otherwise what the reader
/// finds wrong with the data set's tables.
pub fn open(reader: &str, path: &Path, options: &Options) -> Result<Box<dyn DataSet>, Error> {
    match reader {
        "ptb-xl" => Ok(Box::new(PtbXl::open(path, options)?)),
        "wfdb" => Ok(Box::new(WfdbFolder::open(path, options)?)),
        "npz" => Ok(Box::new(Npz::open(path, options)?)),
        "code15" => Ok(Box::new(Code15::open(path, options)?)),
        other => {
            let instead = instead(other, "readers", READERS);
            Err(Error::Invalid(format!(
                "data.reader: unknown reader `{other}`{instead}"
            )))
        }
    }
}

fn no_record(index: usize, records: usize) -> Error {
    Error::Invalid(format!(
        "record {index} was asked for, the data set has {records}"
    ))
}
