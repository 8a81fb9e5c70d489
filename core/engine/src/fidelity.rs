//! How well surrogates on cluster proportions reproduce the network, and how good the network is (method step 10).

mod figures;

use ecg_audit_plugin::{Surrogate, SurrogateModel, Target};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

pub(crate) use figures::{agreement_by_record, baselines, fidelity, model_vs_truth};

use crate::assign::Profiles;
use crate::audit::{Importance, Task};
use crate::cohort::Cohort;
use crate::{Error, Observer};

/// A surrogate component at work.
pub(crate) struct Cross<'a> {
    pub surrogate: &'a dyn Surrogate,
    pub name: &'a str,
    pub cohort: &'a Cohort,
    pub profiles: &'a Profiles,
    pub seed: u64,
    pub observer: &'a dyn Observer,
}

impl Cross<'_> {
    /// Fits that [`Cross::out_of_fold`] makes, for progress.
    pub fn fits(cohort: &Cohort) -> usize {
        cohort.fold_names().len() * fits_per_fold(cohort)
    }

    /// Out-of-fold probabilities `[n, C]` of `target` `[n, C]` for the records in `rows` (ascending); other rows are
    /// zero. With `permuted`, proportions are shuffled between those records first: what remains is what a surrogate
    /// learns without seeing the record. `done` counts fits, and is shown as progress.
    pub fn out_of_fold(
        &self,
        target: ArrayView2<'_, bool>,
        rows: &[usize],
        permuted: bool,
        mut done: Option<&mut u64>,
    ) -> Result<Array2<f64>, Error> {
        let cohort = self.cohort;
        let mut source: Vec<usize> = (0..cohort.len()).collect();
        if permuted {
            let mut shuffled = rows.to_vec();
            shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed));
            rows.iter()
                .zip(shuffled)
                .for_each(|(row, from)| source[*row] = from);
        }
        let mut soft = Array2::zeros(target.dim());
        for (codebook, fold) in cohort.fold_names().into_iter().enumerate() {
            let (test, train): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|r| cohort.folds[**r] == fold);
            if test.is_empty() {
                self.advance(done.as_deref_mut(), fits_per_fold(cohort));
                continue;
            }
            if train.is_empty() {
                return Err(Error::Invalid(format!(
                    "all records with a target are in fold {fold}; nothing is left to train on"
                )));
            }
            let x = |rows: &[usize]| self.proportions(codebook, rows.iter().map(|r| source[*r]));
            let seed = self.seed.wrapping_add(1_000_003 * codebook as u64);
            let predicted =
                self.fit_predict(x(&train), &train, x(&test), target, seed, done.as_deref_mut())?;
            for (row, values) in test.iter().zip(predicted.rows()) {
                soft.row_mut(*row).assign(&values);
            }
        }
        Ok(soft)
    }

    /// Importances of one more fit on `rows` under the codebook on all folds.
    pub fn importances(
        &self,
        target: ArrayView2<'_, bool>,
        rows: &[usize],
    ) -> Result<Vec<Importance>, Error> {
        let last = self.profiles.proportions.dim().1 - 1;
        let x = self.proportions(last, rows.iter().copied());
        let mut found = Vec::new();
        for (class, labels, classes) in self.targets(target, rows) {
            let model = self.fit(&x, &labels, classes, self.seed)?;
            if let Some(values) = model.importances() {
                let class = class.map_or_else(|| "all".into(), |c| self.cohort.classes[c].clone());
                found.push(Importance {
                    class,
                    by_cluster: values.to_vec(),
                });
            }
        }
        Ok(found)
    }

    fn fit(
        &self,
        x: &Array2<f64>,
        labels: &Array1<u32>,
        classes: usize,
        seed: u64,
    ) -> Result<Box<dyn SurrogateModel>, Error> {
        let labels = labels.view();
        let target = Target::Classes { labels, classes };
        let fitted = self.surrogate.fit(x.view(), target, None, seed);
        fitted.map_err(Error::plugin("surrogate", self.name))
    }

    fn advance(&self, done: Option<&mut u64>, fits: usize) {
        if let Some(done) = done {
            *done += fits as u64;
            self.observer.progress(*done);
        }
    }

    fn fit_predict(
        &self,
        x: Array2<f64>,
        train: &[usize],
        held_out: Array2<f64>,
        target: ArrayView2<'_, bool>,
        seed: u64,
        mut done: Option<&mut u64>,
    ) -> Result<Array2<f64>, Error> {
        let plugin = Error::plugin("surrogate", self.name);
        let mut soft = Array2::zeros((held_out.nrows(), target.ncols()));
        for (class, labels, classes) in self.targets(target, train) {
            if self.observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let seed = seed.wrapping_add(7919 * class.unwrap_or(0) as u64);
            let model = self.fit(&x, &labels, classes, seed)?;
            let predicted = model.predict(held_out.view()).map_err(&plugin)?;
            match class {
                Some(class) => soft.column_mut(class).assign(&predicted.column(1)),
                None => soft.assign(&predicted),
            }
            self.advance(done.as_deref_mut(), 1);
        }
        Ok(soft)
    }

    /// What is fitted: each class against the rest for labels that may hold at once, else one problem.
    fn targets(
        &self,
        target: ArrayView2<'_, bool>,
        rows: &[usize],
    ) -> Vec<(Option<usize>, Array1<u32>, usize)> {
        if self.cohort.task == Task::MultiClass {
            let label = |r: &usize| target.row(*r).iter().position(|on| *on).unwrap_or(0) as u32;
            return vec![(None, rows.iter().map(label).collect(), target.ncols())];
        }
        (0..target.ncols())
            .map(|class| {
                (
                    Some(class),
                    rows.iter().map(|r| u32::from(target[[*r, class]])).collect(),
                    2,
                )
            })
            .collect()
    }

    fn proportions(&self, codebook: usize, rows: impl Iterator<Item = usize>) -> Array2<f64> {
        let positions: Vec<usize> = rows.map(|row| self.cohort.positions[row]).collect();
        self.profiles
            .proportions
            .index_axis(Axis(1), codebook)
            .select(Axis(0), &positions)
    }
}

fn fits_per_fold(cohort: &Cohort) -> usize {
    if cohort.task == Task::MultiClass {
        1
    } else {
        cohort.classes.len()
    }
}
