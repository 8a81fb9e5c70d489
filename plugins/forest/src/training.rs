//! What a forest is fitted to, checked.

use ecg_audit_plugin::{Error, Target};
use ndarray::{ArrayView1, ArrayView2};

use crate::tree::MAX_FEATURES;

/// The most rows: a tree has fewer than twice as many nodes, and numbers them with 32 bits.
const MAX_ROWS: usize = (u32::MAX / 2) as usize;
/// The most classes: a histogram has a bin for each and must stay in memory.
pub(crate) const MAX_CLASSES: usize = 10_000;
/// The largest value of a continuous target: sums of squares must stay finite.
const MAX_VALUE: f64 = 1e150;

/// Shorthand for what is wrong with the input.
pub(crate) fn input<T>(message: String) -> Result<T, Error> {
    Err(Error::Input(message))
}

/// Checks everything handed to a fit and answers the rows that take part, those with a weight above 0, with their
/// weights relative to the largest.
pub(crate) fn check(
    x: ArrayView2<'_, f64>,
    target: &Target<'_>,
    weights: Option<ArrayView1<'_, f64>>,
) -> Result<Vec<(u32, f64)>, Error> {
    let (rows, columns) = x.dim();
    if rows == 0 || columns == 0 {
        return input(format!(
            "x must have at least one row and one column, found {rows} × {columns}"
        ));
    }
    if rows > MAX_ROWS || columns >= MAX_FEATURES {
        return input(format!(
            "x must have at most {MAX_ROWS} rows and fewer than {MAX_FEATURES} columns, found {rows} × {columns}"
        ));
    }
    check_finite(x)?;
    check_target(target, rows)?;
    match weights {
        None => Ok((0..rows as u32).map(|row| (row, 1.0)).collect()),
        Some(weights) => check_weights(weights, rows),
    }
}

/// Checks that `x` has no NaN and no infinity.
pub(crate) fn check_finite(x: ArrayView2<'_, f64>) -> Result<(), Error> {
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((row, column), value)) => input(format!(
            "x must be finite, found {value} in row {row}, column {column}"
        )),
    }
}

fn check_target(target: &Target<'_>, rows: usize) -> Result<(), Error> {
    if target.len() != rows {
        return input(format!(
            "the target must have a value per row of x ({rows}), found {}",
            target.len()
        ));
    }
    match *target {
        Target::Classes { labels, classes } => {
            if !(1..=MAX_CLASSES).contains(&classes) {
                return input(format!(
                    "the number of classes must be 1 to {MAX_CLASSES}, found {classes}"
                ));
            }
            match labels
                .iter()
                .enumerate()
                .find(|&(_, &label)| label as usize >= classes)
            {
                None => Ok(()),
                Some((row, label)) => input(format!(
                    "labels must be below the number of classes ({classes}), found {label} in row {row}"
                )),
            }
        }
        Target::Values(values) => {
            let outside = |value: f64| !value.is_finite() || value.abs() > MAX_VALUE;
            match values.iter().enumerate().find(|&(_, &value)| outside(value)) {
                None => Ok(()),
                Some((row, value)) => input(format!(
                    "target values must be finite and at most {MAX_VALUE:e} in size, found {value} in row {row}"
                )),
            }
        }
    }
}

fn check_weights(weights: ArrayView1<'_, f64>, rows: usize) -> Result<Vec<(u32, f64)>, Error> {
    if weights.len() != rows {
        return input(format!(
            "there must be a weight per row of x ({rows}), found {}",
            weights.len()
        ));
    }
    if let Some((row, weight)) = weights
        .iter()
        .enumerate()
        .find(|&(_, weight)| !(weight.is_finite() && *weight >= 0.0))
    {
        return input(format!(
            "weights must be finite and not negative, found {weight} in row {row}"
        ));
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return input(format!(
            "at least one weight must be above 0, found 0 in row 0 and in all {rows} rows"
        ));
    }
    let relative = weights.iter().map(|weight| weight / largest);
    Ok((0..).zip(relative).filter(|&(_, weight)| weight > 0.0).collect())
}

/// The weighted mean, exact where all values are equal.
pub(crate) fn centre(values: &[f64], rows: &[(u32, f64)]) -> f64 {
    let first = rows.first().map_or(0.0, |&(row, _)| values[row as usize]);
    let weight: f64 = rows.iter().map(|(_, weight)| weight).sum();
    let offset: f64 = rows
        .iter()
        .map(|&(row, weight)| weight * (values[row as usize] - first))
        .sum();
    first + offset / weight
}
