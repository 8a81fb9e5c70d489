//! A surrogate of a plugin, and its models.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::remote::Remote;
use crate::abi::{
    Borrowed, Bytes, Header, SurrogateModelTable, SurrogateTable, TARGET_CLASSES, TARGET_VALUES,
    Target as RawTarget,
};
use crate::{Error, Level, Surrogate, SurrogateModel, Target};

/// A surrogate behind its table.
pub struct RemoteSurrogate {
    remote: Remote,
    table: SurrogateTable,
}

impl RemoteSurrogate {
    /// Checks the table.
    pub fn new(remote: Remote, table: SurrogateTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.fit, "fit")?;
        remote.required(table.load, "load")?;
        Ok(Self { remote, table })
    }
}

impl Surrogate for RemoteSurrogate {
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        let fit = self.remote.required(self.table.fit, "fit")?;
        let (tag, classes, data) = match &target {
            Target::Classes { labels, classes } => (TARGET_CLASSES, *classes as u64, Borrowed::new(labels)),
            Target::Values(values) => (TARGET_VALUES, 0, Borrowed::new(values)),
        };
        let target = RawTarget {
            header: Header::of::<RawTarget>(),
            tag,
            reserved: 0,
            classes,
            data: data.as_ptr(),
        };
        let x = Borrowed::new(&x);
        let weights = weights.as_ref().map(Borrowed::new);
        let weights = weights.as_ref().map_or(std::ptr::null(), Borrowed::as_ptr);
        let (remote, table) = self.remote.model(|this, model, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { fit(this, x.as_ptr(), &raw const target, weights, seed, model, error) }
        })?;
        Ok(Box::new(RemoteModel::new(remote, table)?))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error> {
        let load = self.remote.required(self.table.load, "load")?;
        let (remote, table) = self.remote.model(|this, model, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { load(this, Bytes::new(bytes), model, error) }
        })?;
        Ok(Box::new(RemoteModel::new(remote, table)?))
    }
}

/// A fitted surrogate behind its table.
struct RemoteModel {
    remote: Remote,
    table: SurrogateModelTable,
}

impl RemoteModel {
    fn new(remote: Remote, table: SurrogateModelTable) -> Result<Self, Error> {
        let remote = remote.freed_by(table.drop)?;
        remote.required(table.predict, "predict")?;
        remote.required(table.save, "save")?;
        Ok(Self { remote, table })
    }
}

impl SurrogateModel for RemoteModel {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        let predict = self.remote.required(self.table.predict, "predict")?;
        let rows = x.nrows();
        let x = Borrowed::new(&x);
        let predicted: Array2<f64> = self.remote.tensor("predict", |this, out, error| {
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            unsafe { predict(this, x.as_ptr(), out, error) }
        })?;
        self.remote
            .expect_shape("predict", predicted.shape(), &[Some(rows), None])?;
        Ok(predicted)
    }

    fn importances(&self) -> Option<Array1<f64>> {
        let importances = self.table.importances?;
        self.remote
            // SAFETY: a function of the instance's own table; the pointers outlive the call.
            .optional_tensor("importances", |this, out, error| unsafe {
                importances(this, out, error)
            })
            .unwrap_or_else(|error| {
                self.remote
                    .context()
                    .log(Level::Warn, &format!("no importances: {error}"));
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
