//! Bootstrap samples and what they leave out: predictions of the rows a tree has not seen.

use ecg_audit_plugin::{Error, Target};
use ndarray::{Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::model::{BLOCK, ForestModel, pool};
use crate::training::input;

/// A tree's own random stream.
pub(crate) fn tree_rng(seed: u64, tree: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(tree);
    rng
}

/// How the bootstrap samples of a forest are drawn: again whenever they are asked for, instead of kept.
#[derive(Debug, Clone)]
pub(crate) struct Bags {
    seed: u64,
    rows: usize,
    /// The rows that take part.
    drawn_from: Vec<u32>,
}

impl Bags {
    /// For a fit to `rows` rows, of which those `weighted` take part.
    pub fn new(seed: u64, rows: usize, weighted: &[(u32, f64)]) -> Self {
        let drawn_from = weighted.iter().map(|&(row, _)| row).collect();
        Self {
            seed,
            rows,
            drawn_from,
        }
    }

    /// Draws `rows` times from `rows` rows; `counts` says how often each was drawn.
    pub fn draw(rng: &mut ChaCha8Rng, rows: usize, counts: &mut Vec<u32>) {
        counts.clear();
        counts.resize(rows, 0);
        for _ in 0..rows {
            counts[rng.random_range(0..rows as u32) as usize] += 1;
        }
    }

    /// For each row, whether `tree` has seen it.
    fn seen(&self, tree: usize) -> Vec<bool> {
        let mut counts = Vec::new();
        Self::draw(
            &mut tree_rng(self.seed, tree as u64),
            self.drawn_from.len(),
            &mut counts,
        );
        let mut seen = vec![false; self.rows];
        for (&row, count) in self.drawn_from.iter().zip(counts) {
            seen[row as usize] = count > 0;
        }
        seen
    }
}

impl ForestModel {
    /// Predicts the rows the forest was fitted to, each by the trees whose bootstrap sample has left it out: an
    /// honest estimate without held-out data. `x` must be the `x` of the fit. Shapes as
    /// [`predict`](ecg_audit_plugin::SurrogateModel::predict) has them; a row that every tree has seen is NaN.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a forest without bootstrap or one restored from bytes; [`Error::Input`] for an `x`
    /// of another shape.
    pub fn out_of_bag(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        let Some(bags) = &self.bags else {
            return Err(Error::Unsupported(
                "out-of-bag predictions need a forest that was fitted here, with bootstrap".into(),
            ));
        };
        if x.nrows() != bags.rows {
            return input(format!(
                "x must be that of the fit, with {} rows, found {}",
                bags.rows,
                x.nrows()
            ));
        }
        self.check_x(x)?;
        let (rows, columns, width) = (x.nrows(), x.ncols(), self.width());
        let x = x.as_standard_layout();
        let x = x.as_slice().unwrap_or_default();
        let mut answers = vec![0.0; rows * width];
        pool(&self.context)?.install(|| {
            let seen: Vec<Vec<bool>> = (0..self.trees.len())
                .into_par_iter()
                .map(|tree| bags.seen(tree))
                .collect();
            answers
                .par_chunks_mut(BLOCK * width)
                .zip(x.par_chunks(BLOCK * columns))
                .enumerate()
                .for_each(|(block, (answers, x))| self.answer_unseen(block * BLOCK, x, &seen, answers));
        });
        Array2::from_shape_vec((rows, width), answers).map_err(|error| Error::Failed(error.to_string()))
    }

    /// Mean answers for a block of rows, the first of which is `first`.
    fn answer_unseen(&self, first: usize, x: &[f64], seen: &[Vec<bool>], answers: &mut [f64]) {
        let rows = x
            .chunks_exact(self.importances.len())
            .zip(answers.chunks_exact_mut(self.width()));
        for (row, (x, answer)) in (first..).zip(rows) {
            let mut trees = 0;
            for (tree, _) in self.trees.iter().zip(seen).filter(|(_, seen)| !seen[row]) {
                tree.add_answer(x, answer);
                trees += 1;
            }
            answer.iter_mut().for_each(|value| *value /= f64::from(trees)); // 0 / 0 is the NaN that is promised
        }
    }

    /// The score of [`Self::out_of_bag`] against the target of the fit: accuracy for classes (ties to the lowest
    /// index), R² for values, over the rows that at least one tree has not seen.
    ///
    /// # Errors
    /// As [`Self::out_of_bag`]; [`Error::Input`] when `target` is not of the fit's form and length or no row is left;
    /// R² of a constant target is [`Error::Failed`].
    pub fn out_of_bag_score(&self, x: ArrayView2<'_, f64>, target: Target<'_>) -> Result<f64, Error> {
        let answers = self.out_of_bag(x)?;
        if target.len() != answers.nrows() {
            return input(format!(
                "the target must have {} values, found {}",
                answers.nrows(),
                target.len()
            ));
        }
        let judged = answers
            .rows()
            .into_iter()
            .enumerate()
            .filter(|(_, answer)| !answer[0].is_nan());
        if judged.clone().next().is_none() {
            return input("every tree has seen every row: there is nothing out of bag".into());
        }
        match (target, self.classes) {
            (Target::Classes { labels, .. }, 1..) => {
                let hits = judged.map(|(row, answer)| {
                    let best = answer.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
                    f64::from(best.map(|(class, _)| class) == Some(labels[row] as usize))
                });
                let hits: Vec<f64> = hits.collect();
                Ok(hits.iter().sum::<f64>() / hits.len() as f64)
            }
            (Target::Values(values), 0) => {
                let pairs: Vec<(f64, f64)> = judged.map(|(row, answer)| (values[row], answer[0])).collect();
                r_squared(&pairs)
            }
            _ => input("the target must be of the form the forest was fitted to (classes or values)".into()),
        }
    }
}

fn r_squared(pairs: &[(f64, f64)]) -> Result<f64, Error> {
    let mean = pairs.iter().map(|(value, _)| value).sum::<f64>() / pairs.len() as f64;
    let total: f64 = pairs.iter().map(|(value, _)| (value - mean).powi(2)).sum();
    let residual: f64 = pairs.iter().map(|(value, answer)| (value - answer).powi(2)).sum();
    if total > 0.0 {
        Ok(1.0 - residual / total)
    } else {
        Err(Error::Failed("R² is not defined for a constant target".into()))
    }
}
