//! The synthetic ECGs are held against what defines each class, measured on the signal, and against their own truth.

// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::unwrap_used)]

mod classes;
mod dataset;
mod measure;
mod truth;
