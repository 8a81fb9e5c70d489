//! A delineator of a plugin.

use ndarray::{Array2, ArrayView2};

use super::owned::{Tensor, TensorSlot};
use super::remote::Remote;
use crate::abi::{Borrowed, DelineatorTable, Status};
use crate::traits::beats::{COLUMNS, from_rows};
use crate::{Beat, Delineation, Delineator, Error};

/// A delineator behind its table.
pub struct RemoteDelineator {
    remote: Remote,
    table: DelineatorTable,
}

impl RemoteDelineator {
    /// Checks the table.
    pub fn new(remote: Remote, table: DelineatorTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.delineate, "delineate")?;
        Ok(Self { remote, table })
    }

    fn beats(&self, tensor: Option<&Tensor<'_>>, name: &str) -> Result<Vec<Beat>, Error> {
        let rows: Array2<f64> = self.remote.array(tensor, name)?;
        self.remote
            .expect_shape(name, rows.shape(), &[None, Some(COLUMNS)])?;
        Ok(from_rows(rows.view()))
    }
}

impl Delineator for RemoteDelineator {
    fn delineate(&self, signal: ArrayView2<'_, f32>, sampling_rate: f64) -> Result<Delineation, Error> {
        let delineate = self.remote.required(self.table.delineate, "delineate")?;
        let leads = signal.nrows();
        let signal = Borrowed::new(&signal);
        // The fused beats first, then each lead's.
        let mut raw = TensorSlot::many(leads + 1);
        self.remote.call(|this, error| {
            let Some((fused, per_lead)) = raw.split_first_mut() else {
                return Status::FAILED; // there is always a first
            };
            // SAFETY: a function of the instance's own table; `per_lead` has as many places as it says.
            unsafe {
                delineate(
                    this,
                    signal.as_ptr(),
                    sampling_rate,
                    fused,
                    per_lead.as_mut_ptr(),
                    leads,
                    error,
                )
            }
        })?;
        let tensors = self.remote.take_over(raw);
        let fused = self.beats(tensors.first().and_then(Option::as_ref), "fused")?;
        let leads = tensors.get(1..).unwrap_or_default();
        let per_lead = if leads.iter().all(Option::is_none) {
            Vec::new()
        } else {
            leads
                .iter()
                .enumerate()
                .map(|(lead, tensor)| self.beats(tensor.as_ref(), &format!("lead {lead}")))
                .collect::<Result<_, _>>()?
        };
        Ok(Delineation { fused, per_lead })
    }
}
