//! Centring and scaling.

use ndarray::{ArrayView, Dimension, s};

use super::frame::Frame;
use super::missing::is_constant;
use super::step::Scope;
use crate::Error;

/// Added to every standard deviation, so that a lead without variation stays finite. It is part of
/// the formula that networks were trained with, so it is added to a given `std`, too.
const EPSILON: f64 = 1e-8;

/// `(x − mean) / (std + 1e-8)` with given values: one of each, or one per lead.
pub(super) fn given(frame: &mut Frame, mean: &[f64], std: &[f64]) -> Result<(), Error> {
    let leads = frame.leads.len();
    let mean = per_lead("mean", mean, leads)?;
    let std = per_lead("std", std, leads)?;
    for ((mut row, mean), std) in frame.samples.rows_mut().into_iter().zip(mean).zip(std) {
        row.mapv_inplace(|x| (x - mean) / (std + EPSILON));
    }
    Ok(())
}

fn per_lead(name: &str, values: &[f64], leads: usize) -> Result<Vec<f64>, Error> {
    match values {
        [value] => Ok(vec![*value; leads]),
        _ if values.len() == leads => Ok(values.to_vec()),
        _ => Err(Error::Invalid(format!(
            "standardize: `{name}` has {} values; expected one, or one for each of the record's \
             {leads} leads",
            values.len()
        ))),
    }
}

/// The same with the record's own mean and population standard deviation over its valid range.
pub(super) fn own(frame: &mut Frame, scope: Scope) {
    match scope {
        Scope::Record => {
            let (mean, std) = moments(frame.samples.slice(s![.., frame.valid.clone()]));
            frame.samples.mapv_inplace(|x| (x - mean) / (std + EPSILON));
        }
        Scope::Lead => {
            for mut row in frame.samples.rows_mut() {
                let valid = row.slice(s![frame.valid.clone()]);
                if is_constant(valid.iter()) {
                    row.fill(0.0);
                    continue;
                }
                let (mean, std) = moments(valid);
                row.mapv_inplace(|x| (x - mean) / (std + EPSILON));
            }
        }
    }
}

fn moments<D: Dimension>(x: ArrayView<'_, f64, D>) -> (f64, f64) {
    let n = x.len().max(1) as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use ndarray::{Array2, array};

    fn frame(samples: Array2<f32>) -> Frame {
        let leads = (0..samples.nrows()).map(|i| format!("L{i}")).collect();
        Frame::new(&Signal {
            samples,
            sampling_rate: 10.0,
            leads,
        })
        .unwrap()
    }

    #[test]
    fn given_values_are_one_or_one_per_lead() {
        let mut f = frame(array![[1.0, 3.0], [10.0, 30.0]]);
        given(&mut f, &[1.0, 10.0], &[2.0]).unwrap();
        let expected = array![[0.0, 1.0], [0.0, 10.0]];
        assert!((&f.samples - &expected).iter().all(|d| d.abs() < 1e-6));
        let e = given(&mut f, &[1.0, 2.0, 3.0], &[2.0]).unwrap_err();
        assert!(e.to_string().contains("`mean` has 3 values"), "{e}");
    }

    #[test]
    fn a_constant_lead_becomes_zero() {
        let mut f = frame(array![[1.0, 3.0, 1.0, 3.0], [0.1, 0.1, 0.1, 0.1]]);
        own(&mut f, Scope::Lead);
        let expected = [-1.0, 1.0, -1.0, 1.0];
        for (x, e) in f.samples.row(0).iter().zip(expected) {
            assert!((x - e).abs() < 1e-7);
        }
        assert_eq!(f.samples.row(1).to_vec(), [0.0; 4]);
    }

    #[test]
    fn padding_has_no_part_in_the_moments() {
        let mut f = frame(array![[1.0, 3.0, 1.0, 3.0]]);
        f.set_length(40, super::super::step::Align::Center).unwrap();
        own(&mut f, Scope::Record);
        assert!((f.samples[[0, 18]] + 1.0).abs() < 1e-7);
        assert!((f.samples[[0, 19]] - 1.0).abs() < 1e-7);
    }
}
