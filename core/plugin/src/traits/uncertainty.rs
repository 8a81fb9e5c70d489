//! Uncertainty measures: one score per row.

use ndarray::{Array1, ArrayView2};

use crate::Error;

/// Scores how undecided an assignment is.
pub trait Uncertainty: Send + Sync {
    /// Scores `memberships` `[n, K]` and `distances` `[n, K]` as `[n]` values in [0, 1]; 1 is most uncertain.
    ///
    /// # Errors
    /// [`Error::Input`] when the shapes differ or values are not finite.
    fn score(
        &self,
        memberships: ArrayView2<'_, f32>,
        distances: ArrayView2<'_, f32>,
    ) -> Result<Array1<f32>, Error>;
}
