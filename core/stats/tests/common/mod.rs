//! Reads the reference values that `reference/make_values.py` writes.

#![allow(clippy::unwrap_used, reason = "a test helper may fail the test")]
#![allow(dead_code, reason = "no test file uses every helper")]

use ndarray::{Array1, Array2};
use serde::de::DeserializeOwned;

/// Problems of `values/<name>.json`.
pub fn problems<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/tests/values/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: File<T> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(!file.problems.is_empty(), "{path} holds no problem");
    file.problems
}

#[derive(serde::Deserialize)]
struct File<T> {
    problems: Vec<T>,
}

/// Labels written as a string of 0s and 1s.
#[derive(serde::Deserialize)]
pub struct Bits(String);

impl Bits {
    pub fn vector(&self) -> Array1<bool> {
        self.0.bytes().map(|b| b == b'1').collect()
    }

    pub fn matrix(&self, rows: usize) -> Array2<bool> {
        let columns = self.0.len() / rows;
        Array2::from_shape_vec((rows, columns), self.vector().to_vec()).unwrap()
    }
}

pub fn matrix<T: Clone>(rows: &[Vec<T>]) -> Array2<T> {
    let columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), columns), rows.concat()).unwrap()
}

/// Absolute tolerance 1e-10 unless a test says otherwise.
#[track_caller]
pub fn close(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-10,
        "{what}: found {found}, expected {expected}"
    );
}

#[track_caller]
pub fn all_close<'a>(found: impl IntoIterator<Item = &'a f64>, expected: &[f64], what: &str) {
    let found: Vec<f64> = found.into_iter().copied().collect();
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    found.iter().zip(expected).for_each(|(&f, &e)| close(f, e, what));
}

/// Both undefined, or both defined and equal.
#[track_caller]
pub fn close_option(found: Option<f64>, expected: Option<f64>, what: &str) {
    match (found, expected) {
        (Some(found), Some(expected)) => close(found, expected, what),
        _ => assert_eq!(found, expected, "{what}"),
    }
}
