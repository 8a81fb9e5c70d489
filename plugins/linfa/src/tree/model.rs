//! Fitted trees.

use ecg_audit_plugin::{Error, SurrogateModel};
use linfa_trees::TreeNode;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{checks, saved};

const FORM: &str = "linfa/tree/1";

/// A node: a split, or a leaf where it has no children.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    feature: usize,
    threshold: f64,
    /// Indices of the children, both greater than the node's own.
    children: Option<[usize; 2]>,
    /// Decrease of impurity by the split; 0 in a leaf.
    decrease: f64,
    /// Weight of the training rows that came by, and the positive ones' part of it.
    weight: f64,
    positive: f64,
}

/// A tree that tells one class from the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BinaryTree {
    nodes: Vec<Node>,
}

impl BinaryTree {
    /// Takes linfa's tree over and sends the training rows through it.
    pub(super) fn new(
        root: &TreeNode<f64, usize>,
        x: ArrayView2<'_, f64>,
        weights: &[f64],
        is_positive: &[bool],
    ) -> Self {
        let mut nodes = Vec::new();
        flatten(root, &mut nodes);
        let mut tree = Self { nodes };
        for ((row, &weight), &positive) in x.axis_iter(Axis(0)).zip(weights).zip(is_positive) {
            let mut index = Some(0);
            while let Some(node) = index.and_then(|index| tree.nodes.get_mut(index)) {
                node.weight += weight;
                node.positive += if positive { weight } else { 0.0 };
                index = node.next(row);
            }
        }
        tree
    }

    /// Share of the class among the training rows in `row`'s leaf.
    fn share(&self, row: ArrayView1<'_, f64>) -> f64 {
        let mut share = 0.0;
        let mut index = Some(0);
        while let Some(node) = index.and_then(|index| self.nodes.get(index)) {
            // A node that only rows without weight reached keeps its parent's share.
            if node.weight > 0.0 {
                share = node.positive / node.weight;
            }
            index = node.next(row);
        }
        share
    }

    fn add_importances(&self, importances: &mut [f64]) {
        for node in self.nodes.iter().filter(|node| node.children.is_some()) {
            if let Some(importance) = importances.get_mut(node.feature) {
                *importance += node.weight * node.decrease.max(0.0);
            }
        }
    }

    /// True when every walk ends: children come after their parent and exist.
    fn is_sound(&self, features: usize) -> bool {
        !self.nodes.is_empty()
            && self.nodes.iter().enumerate().all(|(index, node)| {
                let children = node.children.unwrap_or([usize::MAX; 2]);
                node.feature < features
                    && (node.children.is_none()
                        || children
                            .iter()
                            .all(|&child| child > index && child < self.nodes.len()))
            })
    }
}

impl Node {
    /// The child that `row` goes to. linfa grows with `≤` but predicts with `<`; growth decides.
    fn next(&self, row: ArrayView1<'_, f64>) -> Option<usize> {
        let [left, right] = self.children?;
        let value = row.get(self.feature).copied()?;
        Some(if value <= self.threshold { left } else { right })
    }
}

/// Appends `node` and what is below it; the answer is its index.
fn flatten(node: &TreeNode<f64, usize>, nodes: &mut Vec<Node>) -> usize {
    let index = nodes.len();
    let (feature, threshold, decrease) = node.split();
    nodes.push(Node {
        feature,
        threshold,
        children: None,
        decrease: 0.0,
        weight: 0.0,
        positive: 0.0,
    });
    if !node.is_leaf()
        && let [Some(left), Some(right)] = node.children().as_slice()
    {
        let children = [flatten(left, nodes), flatten(right, nodes)];
        if let Some(own) = nodes.get_mut(index) {
            own.children = Some(children);
            own.decrease = decrease;
        }
    }
    index
}

/// The fitted surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TreeModel {
    classes: usize,
    features: usize,
    /// The classes that occurred; with only one, no tree is needed.
    occurring: Vec<usize>,
    /// One tree for the second of two classes, else one per class that occurred.
    trees: Vec<(usize, BinaryTree)>,
}

impl TreeModel {
    pub(super) fn new(
        classes: usize,
        features: usize,
        occurring: &[usize],
        trees: Vec<(usize, BinaryTree)>,
    ) -> Self {
        Self {
            classes,
            features,
            occurring: occurring.to_vec(),
            trees,
        }
    }

    pub(super) fn load(bytes: &[u8]) -> Result<Self, Error> {
        let model: Self = saved::read(FORM, bytes)?;
        let expected = match model.occurring.len() {
            0 => return Err(saved::inconsistent(FORM)),
            1 => 0,
            2 => 1,
            several => several,
        };
        let classes_fit = model
            .occurring
            .iter()
            .chain(model.trees.iter().map(|(class, _)| class))
            .all(|&class| class < model.classes);
        let sound = model.trees.iter().all(|(_, tree)| tree.is_sound(model.features));
        if model.trees.len() == expected && classes_fit && sound {
            Ok(model)
        } else {
            Err(saved::inconsistent(FORM))
        }
    }

    fn predict_row(&self, row: ArrayView1<'_, f64>, out: &mut [f64]) {
        match (self.occurring.as_slice(), self.trees.as_slice()) {
            ([only], _) => out[*only] = 1.0,
            ([first, second], [(_, tree)]) => {
                let share = tree.share(row);
                out[*second] = share;
                out[*first] = 1.0 - share;
            }
            (occurring, trees) => {
                let shares: Vec<f64> = trees.iter().map(|(_, tree)| tree.share(row)).collect();
                let sum: f64 = shares.iter().sum();
                for ((class, _), share) in trees.iter().zip(shares) {
                    // Where every tree says no, nothing is known.
                    out[*class] = if sum > 0.0 {
                        share / sum
                    } else {
                        1.0 / occurring.len() as f64
                    };
                }
            }
        }
    }
}

impl SurrogateModel for TreeModel {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        checks::columns(self.features, x.ncols())?;
        checks::finite("features", x)?;
        let mut probabilities = vec![0.0; x.nrows() * self.classes];
        for (row, out) in x
            .axis_iter(Axis(0))
            .zip(probabilities.chunks_exact_mut(self.classes))
        {
            self.predict_row(row, out);
        }
        Array2::from_shape_vec((x.nrows(), self.classes), probabilities)
            .map_err(|error| Error::Failed(error.to_string()))
    }

    fn importances(&self) -> Option<Array1<f64>> {
        let mut mean = vec![0.0; self.features];
        for (_, tree) in &self.trees {
            let mut own = vec![0.0; self.features];
            tree.add_importances(&mut own);
            for (sum, share) in mean.iter_mut().zip(checks::shares(own)) {
                *sum += share;
            }
        }
        Some(Array1::from_vec(checks::shares(mean)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        saved::write(FORM, self)
    }
}
