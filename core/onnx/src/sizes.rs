//! What shapes an output and a tap may have.

use std::fmt::Display;

use ecg_audit_plugin::Error;

/// Outputs of a row, from the output's shape without the batch. A single output may come without a dimension of its
/// own.
///
/// # Errors
/// [`Error::Params`] for any other shape.
pub fn outputs(name: &str, shape: &[usize]) -> Result<usize, Error> {
    match shape {
        [] => Ok(1),
        [outputs] if *outputs > 0 => Ok(*outputs),
        other => Err(wrong_output(name, other)),
    }
}

/// Channels and timestamps of a row, from the tap's shape without the batch.
///
/// # Errors
/// [`Error::Params`] for any other shape.
pub fn tap(name: &str, shape: &[usize]) -> Result<[usize; 2], Error> {
    match shape {
        [channels, length] if *channels > 0 && *length > 0 => Ok([*channels, *length]),
        other => Err(wrong_tap(name, other)),
    }
}

/// Refuses an output of the wrong rank where its shape is not fully known yet.
///
/// # Errors
/// [`Error::Params`].
pub fn check_output(name: &str, shape: &[Option<usize>]) -> Result<(), Error> {
    match shape {
        [] | [_] => Ok(()),
        other => Err(wrong_output(name, &told(other))),
    }
}

/// Refuses a tap of the wrong rank where its shape is not fully known yet.
///
/// # Errors
/// [`Error::Params`].
pub fn check_tap(name: &str, shape: &[Option<usize>]) -> Result<(), Error> {
    match shape {
        [_, _] => Ok(()),
        other => Err(wrong_tap(name, &told(other))),
    }
}

fn told(shape: &[Option<usize>]) -> Vec<String> {
    let told = |size: &Option<usize>| size.map_or("?".to_owned(), |size| size.to_string());
    shape.iter().map(told).collect()
}

fn wrong_output(name: &str, shape: &[impl Display]) -> Error {
    let shape = listed(shape);
    Error::Params(format!(
        "the output '{name}' is {shape} for a batch of one; expected [1, outputs]"
    ))
}

fn wrong_tap(name: &str, shape: &[impl Display]) -> Error {
    let shape = listed(shape);
    Error::Params(format!(
        "the tap '{name}' is {shape} for a batch of one; expected [1, channels, timestamps]"
    ))
}

fn listed(shape: &[impl Display]) -> String {
    let dims = std::iter::once("1".to_owned()).chain(shape.iter().map(ToString::to_string));
    format!("[{}]", dims.collect::<Vec<_>>().join(", "))
}
