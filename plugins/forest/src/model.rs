//! The fitted forest.

use ecg_audit_plugin::{Context, Error, SurrogateModel};
use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::oob::Bags;
use crate::training::{check_finite, input};
use crate::tree::Tree;

/// Rows that are answered together: many, so that a tree is read from memory for many, and few enough to stay in
/// the cache beside it.
pub(crate) const BLOCK: usize = 1024;

/// The threads the host lends for one call.
pub(crate) fn pool(context: &Context) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(context.threads())
        .thread_name(|index| format!("forest-{index}"))
        .build()
        .map_err(|error| Error::Failed(format!("threads could not be started: {error}")))
}

/// A fitted forest. Beyond [`SurrogateModel`] it gives out-of-bag predictions.
#[derive(Debug, Clone)]
pub struct ForestModel {
    pub(crate) trees: Vec<Tree>,
    /// Number of classes; 0 for values.
    pub(crate) classes: usize,
    pub(crate) importances: Vec<f64>,
    /// How the bootstrap samples were drawn, where there were any and the forest was fitted here.
    pub(crate) bags: Option<Bags>,
    pub(crate) context: Context,
}

impl ForestModel {
    pub(crate) fn new(
        trees: Vec<Tree>,
        classes: usize,
        importances: Vec<f64>,
        bags: Option<Bags>,
        context: Context,
    ) -> Self {
        Self {
            trees,
            classes,
            importances,
            bags,
            context,
        }
    }

    /// Columns of a prediction.
    pub(crate) fn width(&self) -> usize {
        self.classes.max(1)
    }

    pub(crate) fn check_x(&self, x: ArrayView2<'_, f64>) -> Result<(), Error> {
        let columns = self.importances.len();
        if x.ncols() != columns {
            return input(format!(
                "x must have {columns} columns, as in the fit, found {}",
                x.ncols()
            ));
        }
        check_finite(x)
    }

    /// Mean answers for a block of rows.
    fn answer(&self, x: &[f64], answers: &mut [f64]) {
        for tree in &self.trees {
            tree.add_answers(x, self.importances.len(), answers, self.width());
        }
        let trees = self.trees.len() as f64;
        answers.iter_mut().for_each(|value| *value /= trees);
    }
}

impl SurrogateModel for ForestModel {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        self.check_x(x)?;
        self.context.check()?;
        let (rows, columns, width) = (x.nrows(), x.ncols(), self.width());
        let x = x.as_standard_layout();
        let x = x.as_slice().unwrap_or_default();
        let mut answers = vec![0.0; rows * width];
        if rows <= BLOCK {
            self.answer(x, &mut answers);
        } else {
            pool(&self.context)?.install(|| {
                let blocks = answers
                    .par_chunks_mut(BLOCK * width)
                    .zip(x.par_chunks(BLOCK * columns));
                blocks.for_each(|(answers, x)| self.answer(x, answers));
            });
        }
        Array2::from_shape_vec((rows, width), answers).map_err(|error| Error::Failed(error.to_string()))
    }

    fn importances(&self) -> Option<Array1<f64>> {
        Some(Array1::from_vec(self.importances.clone()))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.to_bytes())
    }
}
