//! A decision tree as a surrogate.

mod model;

use ecg_audit_plugin::{Context, Error, FromParams, Surrogate, SurrogateModel, Target};
use linfa::DatasetBase;
use linfa::prelude::{Fit, ParamGuard};
use linfa_trees::{DecisionTree, SplitQuality};
use ndarray::{ArrayView1, ArrayView2};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::{self, Classes};
use model::{BinaryTree, TreeModel};

/// What a split minimises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Gini impurity.
    #[default]
    Gini,
    /// Entropy.
    Entropy,
}

/// Parameters of `linfa/tree`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TreeParams {
    /// Deepest level of a leaf; the root is level 0.
    #[schemars(range(min = 1, max = 64))]
    pub max_depth: usize,
    /// Fewest rows in a leaf (their weight, where rows are weighted to a mean of 1).
    #[schemars(range(min = 1))]
    pub min_leaf: u32,
    /// Smallest decrease of impurity that a split must bring.
    #[schemars(range(min = 1e-9))]
    pub min_impurity_decrease: f64,
    /// What a split minimises.
    pub rule: Rule,
}

impl Default for TreeParams {
    fn default() -> Self {
        Self {
            max_depth: 6,
            min_leaf: 5,
            min_impurity_decrease: 1e-5,
            rule: Rule::Gini,
        }
    }
}

/// linfa's CART decision tree for classes.
///
/// One binary tree for two classes; for more, one tree per class against the rest with the shares brought to a
/// sum of 1, because linfa sums impurities in the order of a hash map, which for three classes or more grows
/// different trees from one run to the next. Probabilities are the class frequencies of the training rows in the
/// leaf (linfa's own leaves know a label only); importances are the impurity decreases weighted by the rows of
/// the node (Breiman et al. 1984), the mean over the trees.
#[derive(Debug)]
pub struct Tree {
    params: TreeParams,
    context: Context,
}

impl FromParams for Tree {
    const NAME: &'static str = "tree";
    const SUMMARY: &'static str = "Decision tree (CART) for classes, by linfa";
    type Params = TreeParams;

    fn from_params(params: TreeParams, context: &Context) -> Result<Self, Error> {
        if params.max_depth == 0 || params.min_leaf == 0 {
            return Err(Error::Params(
                "`max_depth` and `min_leaf` must be at least 1".into(),
            ));
        }
        if !(params.min_impurity_decrease >= 1e-9 && params.min_impurity_decrease.is_finite()) {
            return Err(Error::Params(format!(
                "`min_impurity_decrease` is {}; it must be at least 1e-9",
                params.min_impurity_decrease
            )));
        }
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

impl Surrogate for Tree {
    fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        target: Target<'_>,
        weights: Option<ArrayView1<'_, f64>>,
        _seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        let input = checks::classes(x, target, weights)?;
        let mut occurring = input.labels.clone();
        occurring.sort_unstable();
        occurring.dedup();
        let positives = match occurring.as_slice() {
            [] | [_] => Vec::new(),
            [_, positive] => vec![*positive],
            several => several.to_vec(),
        };
        let mut trees = Vec::with_capacity(positives.len());
        for &positive in &positives {
            self.context.check()?;
            trees.push((positive, self.grow(x, &input, positive)?));
        }
        Ok(Box::new(TreeModel::new(
            input.classes,
            x.ncols(),
            &occurring,
            trees,
        )))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn SurrogateModel>, Error> {
        Ok(Box::new(TreeModel::load(bytes)?))
    }
}

impl Tree {
    /// Grows the tree of class `positive` against the rest.
    fn grow(&self, x: ArrayView2<'_, f64>, input: &Classes, positive: usize) -> Result<BinaryTree, Error> {
        let rows = x.nrows();
        let records = ndarray_16::Array2::from_shape_vec(x.dim(), x.iter().copied().collect())
            .map_err(|error| Error::Failed(error.to_string()))?;
        let is_positive: Vec<bool> = input.labels.iter().map(|&label| label == positive).collect();
        let unit = vec![1.0; rows];
        let weights = input.weights.as_deref().unwrap_or(&unit);
        // linfa breaks ties between labels by hash order and prunes by labels: a thousandth on one side leaves no
        // ties. The frequencies below are counted without it.
        let uneven: Vec<f32> = weights
            .iter()
            .zip(&is_positive)
            .map(|(&weight, &positive)| if positive { weight * 1.001 } else { weight } as f32)
            .collect();
        let targets: Vec<usize> = is_positive
            .iter()
            .map(|&positive| usize::from(positive))
            .collect();
        let dataset = DatasetBase::new(records, ndarray_16::Array1::from_vec(targets))
            .with_weights(ndarray_16::Array1::from_vec(uneven));
        let tree = DecisionTree::params()
            .split_quality(match self.params.rule {
                Rule::Gini => SplitQuality::Gini,
                Rule::Entropy => SplitQuality::Entropy,
            })
            .max_depth(Some(self.params.max_depth))
            .min_weight_split(2.0 * self.params.min_leaf as f32)
            .min_weight_leaf(self.params.min_leaf as f32)
            .min_impurity_decrease(self.params.min_impurity_decrease)
            .check()
            .and_then(|checked| checked.fit(&dataset))
            .map_err(|error| Error::Failed(format!("linfa's tree: {error}")))?;
        Ok(BinaryTree::new(tree.root_node(), x, weights, &is_positive))
    }
}
