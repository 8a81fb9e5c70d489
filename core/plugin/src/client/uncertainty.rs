//! An uncertainty measure of a plugin.

use ndarray::{Array1, ArrayView2};

use super::remote::Remote;
use crate::abi::{Borrowed, UncertaintyTable};
use crate::{Error, Uncertainty};

/// An uncertainty measure behind its table.
pub struct RemoteUncertainty {
    remote: Remote,
    table: UncertaintyTable,
}

impl RemoteUncertainty {
    /// Checks the table.
    pub fn new(remote: Remote, table: UncertaintyTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.score, "score")?;
        Ok(Self { remote, table })
    }
}

impl Uncertainty for RemoteUncertainty {
    fn score(
        &self,
        memberships: ArrayView2<'_, f32>,
        distances: ArrayView2<'_, f32>,
    ) -> Result<Array1<f32>, Error> {
        let score = self.remote.required(self.table.score, "score")?;
        let rows = memberships.nrows();
        let (memberships, distances) = (Borrowed::new(&memberships), Borrowed::new(&distances));
        let scores: Array1<f32> = self.remote.tensor("score", |this, out, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { score(this, memberships.as_ptr(), distances.as_ptr(), out, error) }
        })?;
        self.remote.expect_shape("score", scores.shape(), &[Some(rows)])?;
        Ok(scores)
    }
}
