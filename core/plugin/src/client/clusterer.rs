//! A clusterer of a plugin, and its models.

use ndarray::{Array2, ArrayView2};

use super::owned::TensorSlot;
use super::remote::Remote;
use crate::abi::{Borrowed, Bytes, ClusterModelTable, ClustererTable, Status};
use crate::{Assignment, ClusterModel, Clusterer, Error, FitSummary, Level};

/// A clusterer behind its table.
pub struct RemoteClusterer {
    remote: Remote,
    table: ClustererTable,
}

impl RemoteClusterer {
    /// Checks the table.
    pub fn new(remote: Remote, table: ClustererTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.fit, "fit")?;
        remote.required(table.load, "load")?;
        Ok(Self { remote, table })
    }
}

impl Clusterer for RemoteClusterer {
    fn fit(&self, features: ArrayView2<'_, f32>, seed: u64) -> Result<Box<dyn ClusterModel>, Error> {
        let fit = self.remote.required(self.table.fit, "fit")?;
        let features = Borrowed::new(&features);
        let (remote, table) = self.remote.model(|this, model, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { fit(this, features.as_ptr(), seed, model, error) }
        })?;
        Ok(Box::new(RemoteModel::new(remote, table)?))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn ClusterModel>, Error> {
        let load = self.remote.required(self.table.load, "load")?;
        let (remote, table) = self.remote.model(|this, model, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { load(this, Bytes::new(bytes), model, error) }
        })?;
        Ok(Box::new(RemoteModel::new(remote, table)?))
    }
}

/// A fitted codebook behind its table. Its summary is asked for once.
struct RemoteModel {
    remote: Remote,
    table: ClusterModelTable,
    summary: FitSummary,
}

impl RemoteModel {
    fn new(remote: Remote, table: ClusterModelTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.assign, "assign")?;
        remote.required(table.save, "save")?;
        let summary = remote.required(table.summary, "summary")?;
        // SAFETY: a function of the instance's own table; the pointers outlive the call.
        let summary = remote.json("summary", |this, out, error| unsafe { summary(this, out, error) })?;
        Ok(Self {
            remote,
            table,
            summary,
        })
    }
}

impl ClusterModel for RemoteModel {
    fn summary(&self) -> FitSummary {
        self.summary.clone()
    }

    fn assign(&self, features: ArrayView2<'_, f32>) -> Result<Assignment, Error> {
        let assign = self.remote.required(self.table.assign, "assign")?;
        let expected = [Some(features.nrows()), Some(self.summary.clusters)];
        let features = Borrowed::new(&features);
        let mut raw = TensorSlot::many(2);
        self.remote.call(|this, error| {
            let [memberships, distances] = raw.as_mut_slice() else {
                return Status::FAILED; // there are always two
            };
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { assign(this, features.as_ptr(), memberships, distances, error) }
        })?;
        let tensors = self.remote.take_over(raw);
        let array = |at: usize, name: &str| -> Result<Array2<f32>, Error> {
            let array: Array2<f32> = self
                .remote
                .array(tensors.get(at).and_then(Option::as_ref), name)?;
            self.remote.expect_shape(name, array.shape(), &expected)?;
            Ok(array)
        };
        Ok(Assignment {
            memberships: array(0, "memberships")?,
            distances: array(1, "distances")?,
        })
    }

    fn centroids(&self) -> Option<Array2<f32>> {
        let centroids = self.table.centroids?;
        let answer = self
            .remote
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            .optional_tensor("centroids", |this, out, error| unsafe {
                centroids(this, out, error)
            })
            .and_then(|found: Option<Array2<f32>>| {
                if let Some(found) = &found {
                    let expected = [Some(self.summary.clusters), Some(self.summary.features)];
                    self.remote.expect_shape("centroids", found.shape(), &expected)?;
                }
                Ok(found)
            });
        answer.unwrap_or_else(|error| {
            self.remote
                .context()
                .log(Level::Warn, &format!("no centroids: {error}"));
            None
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let save = self.remote.required(self.table.save, "save")?;
        self.remote
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            .bytes("save", |this, out, error| unsafe { save(this, out, error) })
    }
}
