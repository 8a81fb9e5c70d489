//! Checks shared by the components.

use std::fmt::Display;

use ecg_audit_plugin::{Error, Target};
use ndarray::{ArrayView1, ArrayView2};

/// Refuses values that are not finite, naming the first.
pub(crate) fn finite<T: Display + Copy + Into<f64>>(what: &str, x: ArrayView2<'_, T>) -> Result<(), Error> {
    match x
        .indexed_iter()
        .find(|(_, value)| !Into::<f64>::into(**value).is_finite())
    {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::Input(format!(
            "{what}: row {row}, column {column} is {value}; finite values are needed"
        ))),
    }
}

/// Refuses another number of columns than the fit's.
pub(crate) fn columns(expected: usize, got: usize) -> Result<(), Error> {
    if expected == got {
        Ok(())
    } else {
        Err(Error::Input(format!(
            "the model was fitted to {expected} columns, got {got}"
        )))
    }
}

/// What a classifier learns from, checked.
pub(crate) struct Classes {
    /// Class of each row.
    pub(crate) labels: Vec<usize>,
    /// Number of classes, whether or not each occurs.
    pub(crate) classes: usize,
    /// Row weights with mean 1; `None` where all rows weigh the same.
    pub(crate) weights: Option<Vec<f64>>,
    /// What every row weighed before the mean became 1.
    pub(crate) mean_weight: f64,
}

/// Checks the input of a classifier's fit.
pub(crate) fn classes(
    x: ArrayView2<'_, f64>,
    target: Target<'_>,
    weights: Option<ArrayView1<'_, f64>>,
) -> Result<Classes, Error> {
    let Target::Classes { labels, classes } = target else {
        return Err(Error::Unsupported(
            "this surrogate learns classes, not continuous values; use a regression surrogate such as `forest` or \
             `linfa/elastic-net`"
                .into(),
        ));
    };
    let rows = features(x, labels.len(), "labels")?;
    let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
    if let Some(row) = labels.iter().position(|&label| label >= classes) {
        return Err(Error::Input(format!(
            "row {row} has the label {}, but there are {classes} classes (0 to {})",
            labels.get(row).copied().unwrap_or_default(),
            classes.saturating_sub(1)
        )));
    }
    let (weights, mean_weight) = match weights {
        None => (None, 1.0),
        Some(weights) => mean_one(rows, weights)?,
    };
    Ok(Classes {
        labels,
        classes,
        weights,
        mean_weight,
    })
}

/// Checks the input of a regression's fit, whose rows all weigh the same; gives the values.
pub(crate) fn values<'a>(
    x: ArrayView2<'_, f64>,
    target: Target<'a>,
    weights: Option<ArrayView1<'_, f64>>,
) -> Result<ArrayView1<'a, f64>, Error> {
    let Target::Values(values) = target else {
        return Err(Error::Unsupported(
            "this surrogate learns continuous values, not classes; use `linfa/logistic` or `forest`".into(),
        ));
    };
    let rows = features(x, values.len(), "values")?;
    if let Some((row, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return Err(Error::Input(format!(
            "target: row {row} is {value}; finite values are needed"
        )));
    }
    if let Some(weights) = weights
        && mean_one(rows, weights)?.0.is_some()
    {
        return Err(Error::Unsupported(
            "linfa's elastic net cannot weight rows; leave the weights out or use another surrogate".into(),
        ));
    }
    Ok(values)
}

/// Checks the features of a fit to `targets` rows; gives the number of rows.
fn features(x: ArrayView2<'_, f64>, targets: usize, what: &str) -> Result<usize, Error> {
    let rows = x.nrows();
    if rows == 0 || x.ncols() == 0 {
        return Err(Error::Input(format!(
            "a fit needs rows and columns, got [{rows}, {}]",
            x.ncols()
        )));
    }
    if targets != rows {
        return Err(Error::Input(format!("{rows} rows but {targets} {what}")));
    }
    finite("features", x)?;
    Ok(rows)
}

/// Row weights brought to a mean of 1, and their mean before.
fn mean_one(rows: usize, weights: ArrayView1<'_, f64>) -> Result<(Option<Vec<f64>>, f64), Error> {
    if weights.len() != rows {
        return Err(Error::Input(format!("{rows} rows but {} weights", weights.len())));
    }
    if let Some(row) = weights
        .iter()
        .position(|weight| !(weight.is_finite() && *weight >= 0.0))
    {
        return Err(Error::Input(format!(
            "row {row} has the weight {}; weights are finite and not negative",
            weights[row]
        )));
    }
    let mean = weights.iter().sum::<f64>() / rows as f64;
    if mean <= 0.0 {
        return Err(Error::Input("all weights are zero".into()));
    }
    let first = weights[0];
    let equal = weights.iter().all(|&weight| weight == first);
    let scaled = (!equal).then(|| weights.iter().map(|weight| weight / mean).collect());
    Ok((scaled, mean))
}

/// Brings non-negative values to a sum of 1; all zero where they already were.
pub(crate) fn shares(values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.into_iter().map(|value| value / sum).collect()
    } else {
        values
    }
}
