//! How well surrogates on cluster proportions reproduce the network, and how good the network is (method step 10).

mod figures;
mod values;

use ecg_audit_plugin::{Surrogate, SurrogateModel, Target};
use ndarray::{Array1, Array2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

pub(crate) use figures::{agreement_by_record, fidelity, majority, model_vs_truth};
pub(crate) use values::{Compared, mean_over_other_folds, value_figures};

use crate::assign::Profiles;
use crate::audit::{Importance, Task};
use crate::cohort::Cohort;
use crate::{Error, Observer};

/// What a surrogate learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The network's decisions or values: of the fold's own network, where each fold has one.
    Model,
    /// The labels.
    Truth,
}

/// One fit's target.
struct Problem {
    /// The answer it is about; all classes at once without.
    answer: Option<usize>,
    target: Learned,
}

enum Learned {
    Classes(Array1<u32>, usize),
    Values(Array1<f64>),
}

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

    /// Out-of-fold probabilities or values `[n, answers]` of `goal` for the records in `rows` (ascending); other rows are
    /// zero. With `permuted`, proportions are shuffled between those records first: what remains is what a surrogate
    /// learns without seeing the record. `done` counts fits, and is shown as progress.
    pub fn out_of_fold(
        &self,
        goal: Goal,
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
        let mut soft = Array2::zeros(cohort.outputs.dim());
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
            let predicted = self.fit_predict(
                x(&train),
                x(&test),
                &self.problems(goal, codebook, &train),
                seed,
                done.as_deref_mut(),
            )?;
            for (row, values) in test.iter().zip(predicted.rows()) {
                soft.row_mut(*row).assign(&values);
            }
        }
        Ok(soft)
    }

    /// Importances of one more fit on `rows` under the codebook on all folds.
    pub fn importances(&self, goal: Goal, rows: &[usize]) -> Result<Vec<Importance>, Error> {
        let last = self.profiles.proportions.dim().1 - 1;
        let x = self.proportions(last, rows.iter().copied());
        let mut found = Vec::new();
        for problem in self.problems(goal, last, rows) {
            let model = self.fit(&x, &problem.target, self.seed)?;
            if let Some(values) = model.importances() {
                let answer = |answer: usize| self.cohort.answers[answer].clone();
                found.push(Importance {
                    class: problem.answer.map_or_else(|| "all".into(), answer),
                    by_cluster: values.to_vec(),
                });
            }
        }
        Ok(found)
    }

    fn fit(&self, x: &Array2<f64>, target: &Learned, seed: u64) -> Result<Box<dyn SurrogateModel>, Error> {
        let target = match target {
            Learned::Classes(labels, classes) => Target::Classes {
                labels: labels.view(),
                classes: *classes,
            },
            Learned::Values(values) => Target::Values(values.view()),
        };
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
        held_out: Array2<f64>,
        problems: &[Problem],
        seed: u64,
        mut done: Option<&mut u64>,
    ) -> Result<Array2<f64>, Error> {
        let plugin = Error::plugin("surrogate", self.name);
        let mut soft = Array2::zeros((held_out.nrows(), self.cohort.answers.len()));
        for Problem { answer, target } in problems {
            if self.observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let seed = seed.wrapping_add(7919 * answer.unwrap_or(0) as u64);
            let model = self.fit(&x, target, seed)?;
            let predicted = model.predict(held_out.view()).map_err(&plugin)?;
            match (answer, target) {
                (Some(class), Learned::Classes(..)) => soft.column_mut(*class).assign(&predicted.column(1)),
                (Some(answer), Learned::Values(_)) => soft.column_mut(*answer).assign(&predicted.column(0)),
                (None, _) => soft.assign(&predicted),
            }
            self.advance(done.as_deref_mut(), 1);
        }
        Ok(soft)
    }

    /// What is fitted under one codebook: each class against the rest for labels that may hold at once, else one problem.
    fn problems(&self, goal: Goal, codebook: usize, rows: &[usize]) -> Vec<Problem> {
        let cohort = self.cohort;
        if cohort.task == Task::Regression {
            let outputs = cohort.outputs_under(codebook);
            let value = |row: &usize| match goal {
                Goal::Model => outputs[[*row, 0]],
                Goal::Truth => cohort.values[*row],
            };
            return vec![Problem {
                answer: Some(0),
                target: Learned::Values(rows.iter().map(value).collect()),
            }];
        }
        let flags = match goal {
            Goal::Model => &cohort.decisions_under(codebook),
            Goal::Truth => &cohort.labels,
        };
        if cohort.task == Task::MultiClass {
            let label = |r: &usize| flags.row(*r).iter().position(|on| *on).unwrap_or(0) as u32;
            return vec![Problem {
                answer: None,
                target: Learned::Classes(rows.iter().map(label).collect(), flags.ncols()),
            }];
        }
        let class = |class: usize| {
            let labels = rows.iter().map(|r| u32::from(flags[[*r, class]])).collect();
            Problem {
                answer: Some(class),
                target: Learned::Classes(labels, 2),
            }
        };
        (0..flags.ncols()).map(class).collect()
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
        cohort.answers.len()
    }
}
