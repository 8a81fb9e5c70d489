//! Margin between the two largest memberships.

use ecg_audit_plugin::{Context, Error, FromParams, Uncertainty};
use ndarray::{Array1, ArrayView2};

use crate::{Params, rows};

/// One minus the margin of the two largest memberships: `1 − (γ₍₁₎ − γ₍₂₎)`, the "breaking ties" score of
/// active learning (Scheffer, Decomain, Wrobel 2001).
///
/// 1 when the two best clusters share alike, whatever the rest holds; a single cluster (K = 1) is never
/// uncertain, 0.
#[derive(Debug)]
pub struct Margin(Context);

impl FromParams for Margin {
    const NAME: &'static str = "margin";
    const SUMMARY: &'static str = "One minus the margin between the two largest memberships";
    type Params = Params;

    fn from_params(_: Params, context: &Context) -> Result<Self, Error> {
        Ok(Self(context.clone()))
    }
}

impl Uncertainty for Margin {
    fn score(
        &self,
        memberships: ArrayView2<'_, f32>,
        distances: ArrayView2<'_, f32>,
    ) -> Result<Array1<f32>, Error> {
        rows::score(&self.0, memberships, distances, margin)
    }
}

fn margin(row: &[f32]) -> f64 {
    if row.len() < 2 {
        return 0.0;
    }
    let (mut first, mut second) = (0.0f32, 0.0f32);
    for &share in row {
        if share > first {
            second = first;
            first = share;
        } else if share > second {
            second = share;
        }
    }
    1.0 - (f64::from(first) - f64::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(margin(&[1.0]), 0.0);
        assert_eq!(margin(&[1.0, 0.0]), 0.0);
        assert_eq!(margin(&[0.5, 0.5, 0.0]), 1.0);
        assert_eq!(margin(&[0.125, 0.625, 0.25]), 0.625);
        assert_eq!(margin(&[0.625, 0.25, 0.125]), 0.625);
    }
}
