//! The review of label issues: out as a spreadsheet, back as decisions, on as corrected labels.
//!
//! Every run leaves `issues.csv` ([`write()`]). A reviewer fills in the decisions and saves it from whatever program;
//! [`Review::read`] takes what such programs save. [`apply()`] holds the review against the data set and writes its label
//! file with the corrections; [`Review::rejected`] gives the suggestions that need not be shown again.

mod apply;
mod changes;
mod conflict;
mod csv_in;
mod csv_out;
mod decision;
mod decode;
mod exclusive;
mod problems;
mod records;
mod rejected;
mod resolve;

pub use apply::{Applied, apply};
pub use changes::{CHANGES, Changed};
pub use csv_in::{Review, Row};
pub use csv_out::{COLUMNS, row, write};
pub use decision::Decision;
pub use problems::{Problem, Problems};
pub use rejected::Rejected;

/// Name of the list of issues in a run folder.
pub const ISSUES: &str = "issues.csv";
