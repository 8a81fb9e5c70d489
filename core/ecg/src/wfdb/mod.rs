//! WFDB records.
