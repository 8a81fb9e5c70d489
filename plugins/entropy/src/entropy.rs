//! Normalised Shannon entropy.

use ecg_audit_plugin::{Context, Error, FromParams, Uncertainty};
use ndarray::{Array1, ArrayView2};

use crate::{Params, rows};

/// Shannon entropy of the memberships over its maximum: `H = −Σ γ ln γ / ln K`, with `0 ln 0 = 0`.
///
/// 0 when one cluster holds all of the row, 1 when all hold the same share; a single cluster (K = 1) is
/// never uncertain, 0.
#[derive(Debug)]
pub struct Entropy(Context);

impl FromParams for Entropy {
    const NAME: &'static str = "entropy";
    const SUMMARY: &'static str = "Normalised Shannon entropy of the memberships";
    type Params = Params;

    fn from_params(_: Params, context: &Context) -> Result<Self, Error> {
        Ok(Self(context.clone()))
    }
}

impl Uncertainty for Entropy {
    fn score(
        &self,
        memberships: ArrayView2<'_, f32>,
        distances: ArrayView2<'_, f32>,
    ) -> Result<Array1<f32>, Error> {
        rows::score(&self.0, memberships, distances, entropy)
    }
}

fn entropy(row: &[f32]) -> f64 {
    if row.len() < 2 {
        return 0.0;
    }
    let nats: f64 = row
        .iter()
        .map(|&share| f64::from(share))
        .filter(|&share| share > 0.0)
        .map(|share| -share * share.ln())
        .sum();
    nats / (row.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(entropy(&[1.0]), 0.0);
        assert_eq!(entropy(&[0.0, 1.0, 0.0]), 0.0);
        assert!((entropy(&[0.25; 4]) - 1.0).abs() < 1e-12);
        // -(0.5 ln 0.5 + 2 · 0.25 ln 0.25) / ln 3 = 1.5 ln 2 / ln 3
        assert!((entropy(&[0.5, 0.25, 0.25]) - 1.5 * 2f64.ln() / 3f64.ln()).abs() < 1e-12);
    }
}
