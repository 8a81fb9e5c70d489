//! A grown tree: nodes in depth-first order, so that a split's left child is the next node.

use std::hint::select_unpredictable;

use crate::criterion::Leaf;

const VALUE: u32 = u32::MAX;
const CLASS: u32 = u32::MAX - 1;
const MIXED: u32 = u32::MAX - 2;

/// Rows that are walked down a tree at once.
const LANES: usize = 8;

/// The most features a tree can tell from the marks of its leaves.
pub(crate) const MAX_FEATURES: usize = MIXED as usize;

/// 16 bytes. A split: threshold, feature, the right child's place. A leaf: value, mark, and class or place of its
/// distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    value: f64,
    feature: u32,
    next: u32,
}

/// A node as others see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step<'a> {
    /// Rows with `feature` ≤ `threshold` go left.
    Split {
        /// The column.
        feature: usize,
        /// The largest value that goes left.
        threshold: f64,
    },
    /// An answer.
    Leaf(Leaf<'a>),
}

/// One tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    distributions: Vec<f64>,
    classes: usize,
}

impl Tree {
    /// An empty tree for `classes` classes (0 for values), with room for `nodes`.
    pub fn new(classes: usize, nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            distributions: Vec::new(),
            classes,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a split, whose left subtree comes next, and answers its place for [`Self::close_left`].
    pub fn split(&mut self, feature: usize, threshold: f64) -> usize {
        self.nodes.push(Node {
            value: threshold,
            feature: feature as u32,
            next: 0,
        });
        self.nodes.len() - 1
    }

    /// Says that the left subtree of the split at `place` is complete: its right subtree comes next.
    pub fn close_left(&mut self, place: usize) {
        self.nodes[place].next = self.nodes.len() as u32;
    }

    /// Appends a leaf.
    pub fn leaf(&mut self, leaf: Leaf<'_>) {
        let node = match leaf {
            Leaf::Value(value) => Node {
                value,
                feature: VALUE,
                next: 0,
            },
            Leaf::Class(class) => Node {
                value: 0.0,
                feature: CLASS,
                next: class,
            },
            Leaf::Mixed(shares) => {
                let place = self.distributions.len() / self.classes;
                self.distributions.extend_from_slice(shares);
                Node {
                    value: 0.0,
                    feature: MIXED,
                    next: place as u32,
                }
            }
        };
        self.nodes.push(node);
    }

    /// Gives back the room that growing did not need.
    pub fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.distributions.shrink_to_fit();
    }

    /// The nodes in depth-first order.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.nodes.iter().map(|node| self.step(node))
    }

    /// Adds the tree's answer for `row` to `sums`: to the classes, or to the one value.
    pub fn add_answer(&self, row: &[f64], sums: &mut [f64]) {
        let mut place = 0;
        while let Some(next) = self.descend(place, row) {
            place = next;
        }
        self.add_leaf(place, sums);
    }

    /// [`Self::add_answer`] for each row of `x`, of `columns` values, and each `width` of `sums`.
    pub fn add_answers(&self, x: &[f64], columns: usize, sums: &mut [f64], width: usize) {
        let mut groups = x.chunks_exact(columns * LANES);
        let mut sums = sums.chunks_exact_mut(width);
        for group in &mut groups {
            let mut rows = group.chunks_exact(columns);
            let places = self.descend_all(std::array::from_fn(|_| rows.next().unwrap_or_default()));
            places
                .iter()
                .zip(&mut sums)
                .for_each(|(&place, sums)| self.add_leaf(place, sums));
        }
        for (row, sums) in groups.remainder().chunks_exact(columns).zip(sums) {
            self.add_answer(row, sums);
        }
    }

    /// The child to which the node at `place` sends `row`; none at a leaf.
    fn descend(&self, place: usize, row: &[f64]) -> Option<usize> {
        let node = &self.nodes[place];
        let value = row.get(node.feature as usize)?; // the marks of leaves are no columns
        Some(if *value <= node.value {
            place + 1
        } else {
            node.next as usize
        })
    }

    /// The leaves of several rows. Walking them side by side hides how long each waits for its next node, and
    /// selecting instead of branching spares the processor guesses that it would lose every other time.
    fn descend_all(&self, rows: [&[f64]; LANES]) -> [usize; LANES] {
        let mut places = [0; LANES];
        let mut going = true;
        while going {
            going = false;
            for (place, row) in places.iter_mut().zip(rows) {
                let node = &self.nodes[*place];
                let column = node.feature as usize;
                let split = column < row.len();
                let value = row[select_unpredictable(split, column, 0)];
                let next = select_unpredictable(value <= node.value, *place + 1, node.next as usize);
                *place = select_unpredictable(split, next, *place);
                going |= split;
            }
        }
        places
    }

    fn add_leaf(&self, place: usize, sums: &mut [f64]) {
        match self.step(&self.nodes[place]) {
            Step::Leaf(Leaf::Value(value)) => sums[0] += value,
            Step::Leaf(Leaf::Class(class)) => sums[class as usize] += 1.0,
            Step::Leaf(Leaf::Mixed(shares)) => {
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share)
            }
            Step::Split { .. } => {} // a row has all the columns that splits name
        }
    }

    fn step(&self, node: &Node) -> Step<'_> {
        match node.feature {
            VALUE => Step::Leaf(Leaf::Value(node.value)),
            CLASS => Step::Leaf(Leaf::Class(node.next)),
            MIXED => {
                let start = node.next as usize * self.classes;
                Step::Leaf(Leaf::Mixed(&self.distributions[start..start + self.classes]))
            }
            feature => Step::Split {
                feature: feature as usize,
                threshold: node.value,
            },
        }
    }
}
