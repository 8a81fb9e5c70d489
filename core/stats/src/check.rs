//! Checks shared by the statistics.

use ndarray::{ArrayRef, ArrayView1, Dimension};

use crate::{Error, Result};

pub(crate) fn not_empty(what: &'static str, len: usize) -> Result<()> {
    if len == 0 {
        Err(Error::Empty { what })
    } else {
        Ok(())
    }
}

pub(crate) fn at_least(what: &'static str, needed: usize, found: usize) -> Result<()> {
    if found < needed {
        Err(Error::TooFew { what, needed, found })
    } else {
        Ok(())
    }
}

pub(crate) fn finite<D: Dimension>(what: &'static str, values: &ArrayRef<f64, D>) -> Result<()> {
    match values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        Some((index, &value)) => Err(Error::NotFinite { what, index, value }),
        None => Ok(()),
    }
}

/// Every value in [0, 1]; NaN is refused as not finite.
pub(crate) fn probabilities<D: Dimension>(what: &'static str, values: &ArrayRef<f64, D>) -> Result<()> {
    finite(what, values)?;
    match values.iter().enumerate().find(|(_, v)| !(0.0..=1.0).contains(*v)) {
        Some((index, &value)) => Err(Error::OutOfRange {
            what,
            index,
            value,
            low: 0.0,
            high: 1.0,
        }),
        None => Ok(()),
    }
}

pub(crate) fn same_shape<A, B, D: Dimension>(
    what: &'static str,
    reference: &ArrayRef<A, D>,
    other: &ArrayRef<B, D>,
) -> Result<()> {
    if reference.shape() == other.shape() {
        return Ok(());
    }
    Err(Error::ShapeMismatch {
        what,
        expected: reference.shape().to_vec(),
        found: other.shape().to_vec(),
    })
}

pub(crate) fn not_constant(what: &'static str, values: ArrayView1<'_, f64>) -> Result<()> {
    match values.first() {
        Some(first) if values.iter().all(|v| v == first) => Err(Error::Constant {
            what,
            count: values.len(),
        }),
        _ => Ok(()),
    }
}
