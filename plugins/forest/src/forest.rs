//! The component: fits forests and restores them.

use std::sync::{Mutex, PoisonError};

use ecg_audit_plugin::{Context, Error, FromParams, Surrogate, SurrogateModel, Target};
use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::bins::{self, Code};
use crate::criterion::{Criterion, Gini, Variance};
use crate::grow::{Grower, Grown, Limits, normalise};
use crate::model::{ForestModel, pool};
use crate::oob::{Bags, tree_rng};
use crate::params::{MaxFeatures, Params, Rule};
use crate::training;
use crate::tree::Tree;

/// The random forest (Breiman, *Random forests*, Machine Learning 45, 2001), with the defaults of scikit-learn.
#[derive(Debug, Clone)]
pub struct Forest {
    params: Params,
    context: Context,
}

impl FromParams for Forest {
    const NAME: &'static str = "forest";
    const SUMMARY: &'static str = "Random forest: class probabilities or values, with impurity importances";
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        params.check()?;
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

impl Surrogate for Forest {
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        Ok(Box::new(self.fit_model(x, target, weights, seed)?))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error> {
        Ok(Box::new(self.load_model(bytes)?))
    }
}

impl Forest {
    /// [`Surrogate::fit`], as the model's own type with its out-of-bag figures.
    ///
    /// A target of one class gives a model that always answers that class; a class without rows gets probability 0.
    /// Bootstrap samples are drawn without regard to weights, which count within them; rows of weight 0 take no part.
    ///
    /// # Errors
    /// [`Error::Input`] as [`Surrogate::fit`] has it, naming the row; [`Error::Cancelled`].
    pub fn fit_model(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        seed: u64,
    ) -> Result<ForestModel, Error> {
        let rows = training::check(x, &target, weights)?;
        let (classes, grown) = match target {
            Target::Classes { labels, classes } => {
                let labels = labels.to_vec();
                let limits = self.limits(x.ncols(), Rule::Sqrt);
                let criterion = |bins| Gini::new(&labels, classes, bins);
                (classes, self.grow(x, &rows, classes, limits, seed, criterion)?)
            }
            Target::Values(values) => {
                let mut values = values.to_vec();
                let centre = training::centre(&values, &rows);
                values.iter_mut().for_each(|value| *value -= centre);
                let limits = self.limits(x.ncols(), Rule::All);
                let criterion = |bins| Variance::new(&values, centre, bins);
                (0, self.grow(x, &rows, 0, limits, seed, criterion)?)
            }
        };
        let importances = mean_importances(&grown, x.ncols());
        let trees: Vec<Tree> = grown.into_iter().map(|grown| grown.tree).collect();
        let bags = self.params.bootstrap.then(|| Bags::new(seed, x.nrows(), &rows));
        Ok(ForestModel::new(
            trees,
            classes,
            importances,
            bags,
            self.context.clone(),
        ))
    }

    /// [`Surrogate::load`], as the model's own type.
    ///
    /// # Errors
    /// [`Error::Input`] when the bytes are not a forest.
    pub fn load_model(&self, bytes: &[u8]) -> Result<ForestModel, Error> {
        ForestModel::from_bytes(bytes, self.context.clone())
    }

    fn limits(&self, features: usize, rule: Rule) -> Limits {
        let count = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
        let max_features = self.params.max_features.unwrap_or(MaxFeatures::Rule(rule));
        Limits {
            max_depth: self.params.max_depth.map_or(usize::MAX, count),
            min_samples_leaf: count(self.params.min_samples_leaf),
            min_samples_split: count(self.params.min_samples_split),
            per_split: max_features.resolve(features),
        }
    }

    /// Bins the features, finely where that is cheap, and grows all trees within the thread budget.
    fn grow<K: Criterion>(
        &self,
        x: ArrayView2<'_, f64>,
        rows: &[(u32, f64)],
        classes: usize,
        limits: Limits,
        seed: u64,
        criterion: impl Fn(usize) -> K + Send + Sync,
    ) -> Result<Vec<Grown>, Error> {
        let fine = (u8::MAX_BINS + 1..=bins::EXACT_ROWS).contains(&x.nrows());
        pool(&self.context)?.install(|| {
            if fine {
                self.grow_binned::<u16, K>(x, rows, classes, limits, seed, criterion)
            } else {
                self.grow_binned::<u8, K>(x, rows, classes, limits, seed, criterion)
            }
        })
    }

    fn grow_binned<C: Code, K: Criterion>(
        &self,
        x: ArrayView2<'_, f64>,
        rows: &[(u32, f64)],
        classes: usize,
        limits: Limits,
        seed: u64,
        criterion: impl Fn(usize) -> K + Send + Sync,
    ) -> Result<Vec<Grown>, Error> {
        let features = bins::bin_features::<C>(x);
        let most_bins = features.iter().map(|feature| feature.bins()).max().unwrap_or(1);
        let trees = u64::from(self.params.trees);
        let done = Mutex::new(0);
        (0..trees)
            .into_par_iter()
            .map_init(
                || (Grower::new(&features, limits, criterion(most_bins)), Vec::new()),
                |(grower, counts), tree| {
                    self.context.check()?;
                    let mut rng = tree_rng(seed, tree);
                    counts.clear();
                    if self.params.bootstrap {
                        Bags::draw(&mut rng, rows.len(), counts);
                    } else {
                        counts.resize(rows.len(), 1);
                    }
                    let drawn = rows.iter().zip(&*counts).filter(|&(_, &count)| count > 0);
                    let drawn = drawn.map(|(&(row, weight), &count)| (row, weight * f64::from(count)));
                    let grown = grower.grow(drawn, classes, &mut rng);
                    // Told under the lock, so that the host never sees progress go back.
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    *done += 1;
                    self.context.progress(*done, trees);
                    Ok(grown)
                },
            )
            .collect()
    }
}

/// The mean over the trees that have a split, in the trees' order.
fn mean_importances(grown: &[Grown], features: usize) -> Vec<f64> {
    let mut sums = vec![0.0; features];
    for tree in grown {
        sums.iter_mut()
            .zip(&tree.importances)
            .for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut sums);
    sums
}
