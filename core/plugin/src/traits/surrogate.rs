//! Surrogates: cluster proportions to labels or to a continuous target.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::Error;

/// What a surrogate learns.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// One class index per row, each below `classes`.
    Classes {
        /// Class indices `[n]`.
        labels: ArrayView1<'a, u32>,
        /// Number of classes, whether or not each occurs.
        classes: usize,
    },
    /// One value per row `[n]`.
    Values(ArrayView1<'a, f64>),
}

impl Target<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Fits an interpretable model to cluster proportions.
pub trait Surrogate: Send + Sync {
    /// Fits `x` `[n, F]` to `target` `[n]`, rows weighted by `weights` `[n]` where given. The same input and seed
    /// give the same model for any thread budget.
    ///
    /// # Errors
    /// [`Error::Input`] for shapes that differ, values that are not finite, labels out of range, no rows;
    /// [`Error::Unsupported`] when the component does not learn this form of target.
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error>;

    /// Restores what [`SurrogateModel::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Input`] when the bytes are not such a model.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error>;
}

/// A fitted surrogate.
pub trait SurrogateModel: Send + Sync {
    /// Predicts `x` `[n, F]`: probabilities `[n, classes]`, rows summing to 1, or values `[n, 1]`.
    ///
    /// # Errors
    /// [`Error::Input`] when the number of columns differs from the fit's or values are not finite.
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error>;

    /// Importance of each feature `[F]`, non-negative, summing to 1 (all zero when nothing was learnt); `None`
    /// where the method has no such notion.
    fn importances(&self) -> Option<Array1<f64>>;

    /// The model as bytes, the same bytes for the same model.
    ///
    /// # Errors
    /// [`Error::Failed`] when it cannot be written.
    fn save(&self) -> Result<Vec<u8>, Error>;
}
