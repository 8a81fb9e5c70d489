//! What the surrogates learn.

use ndarray::Array2;

use super::Prepared;
use super::stages::Clustered;
use crate::Error;
use crate::assign::Profiles;
use crate::audit::{Baselines, Figures, ModelVsTruth, Surrogate, Task};
use crate::cohort::Cohort;
use crate::fidelity::{self, Cross, Goal};

/// What the surrogates learnt.
pub(crate) struct Learnt {
    pub surrogates: Vec<Surrogate>,
    /// Out-of-fold answers learnt from the network's, per surrogate, `[n, answers]`.
    pub model: Vec<Array2<f64>>,
    /// Out-of-fold answers learnt from the truth, per surrogate, `[n, answers]`; empty where no record has a label.
    pub truth: Vec<Array2<f64>>,
}

/// Number of fits that [`surrogates`] makes, for progress.
pub(super) fn fits(prepared: &Prepared, clustered: &Clustered) -> usize {
    let targets = if clustered.cohort.labelled.contains(&true) {
        3
    } else {
        2
    };
    prepared.components.surrogates.len() * Cross::fits(&clustered.cohort) * targets
}

/// Fits every surrogate to the network's answers and to the truth, out of fold.
pub(super) fn surrogates(prepared: &Prepared, clustered: &Clustered) -> Result<Learnt, Error> {
    let Clustered { cohort, profiles, .. } = clustered;
    let all: Vec<usize> = (0..cohort.len()).collect();
    let labelled = clustered.labelled();
    let seed = prepared.config.audit.seed;
    let mut learnt = Learnt {
        surrogates: Vec::new(),
        model: Vec::new(),
        truth: Vec::new(),
    };
    let mut done = 0;
    for cross in crosses(prepared, cohort, profiles) {
        let soft = cross.out_of_fold(Goal::Model, &all, false, Some(&mut done))?;
        let permuted = cross.out_of_fold(Goal::Model, &all, true, Some(&mut done))?;
        let vs_model = figures(cohort, Goal::Model, &all, &soft, Some(&permuted), seed)?;
        let mut vs_truth = None;
        if !labelled.is_empty() {
            let soft = cross.out_of_fold(Goal::Truth, &labelled, false, Some(&mut done))?;
            vs_truth = Some(figures(cohort, Goal::Truth, &labelled, &soft, None, seed)?);
            learnt.truth.push(soft);
        }
        let importances = cross.importances(Goal::Model, &all)?;
        learnt.surrogates.push(Surrogate {
            name: cross.name.to_owned(),
            vs_model,
            vs_truth,
            importances,
        });
        learnt.model.push(soft);
    }
    Ok(learnt)
}

/// What a surrogate's out-of-fold answers `soft` `[n, answers]` are worth against `goal`, over `rows`.
pub(super) fn figures(
    cohort: &Cohort,
    goal: Goal,
    rows: &[usize],
    soft: &Array2<f64>,
    permuted: Option<&Array2<f64>>,
    seed: u64,
) -> Result<Figures, Error> {
    if cohort.task == Task::Regression {
        let target = match goal {
            Goal::Model => cohort.outputs.column(0),
            Goal::Truth => cohort.values.view(),
        };
        let known = |fold: usize, row: usize| match goal {
            Goal::Model => cohort.outputs_under(fold)[[row, 0]],
            Goal::Truth => cohort.values[row],
        };
        let compared = fidelity::Compared {
            cohort,
            rows,
            target,
            answered: soft.column(0),
            mean: fidelity::mean_over_other_folds(cohort, rows, known),
            permuted: permuted.map(|permuted| permuted.column(0)),
            seed,
        };
        return fidelity::value_figures(&compared).map(Figures::Values);
    }
    let target = match goal {
        Goal::Model => &cohort.decisions,
        Goal::Truth => &cohort.labels,
    };
    let mut figures = fidelity::fidelity(cohort, rows, target, soft, permuted, seed)?;
    if goal == Goal::Truth {
        figures.accuracy = Some(figures.agreement.mean);
    }
    Ok(Figures::Decisions(figures))
}

/// The network against the truth over the labelled records `rows`; nothing where there are none.
pub(super) fn model_vs_truth(
    cohort: &Cohort,
    rows: &[usize],
    seed: u64,
) -> Result<Option<ModelVsTruth>, Error> {
    if cohort.task != Task::Regression {
        let found = fidelity::model_vs_truth(cohort, rows, seed)?;
        return Ok(found.map(ModelVsTruth::Decisions));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let compared = fidelity::Compared {
        cohort,
        rows,
        target: cohort.values.view(),
        answered: cohort.outputs.column(0),
        mean: fidelity::mean_over_other_folds(cohort, rows, |_, row| cohort.values[row]),
        permuted: None,
        seed,
    };
    fidelity::value_figures(&compared).map(|figures| Some(ModelVsTruth::Values(figures)))
}

/// What simpler explanations of the network's answers reach, `first` being the first surrogate's figures.
pub(super) fn baselines(cohort: &Cohort, first: Option<&Figures>) -> Result<Baselines, Error> {
    let values = first.and_then(Figures::values);
    let decisions = first.and_then(Figures::decisions);
    Ok(Baselines {
        majority_agreement: match cohort.task {
            Task::Regression => None,
            task => Some(fidelity::majority(task, cohort.decisions.view())?),
        },
        permuted_agreement: decisions.and_then(|figures| figures.permuted_agreement),
        mean_mae: values.map(|figures| figures.mean_mae),
        permuted_mae: values.and_then(|figures| figures.permuted_mae),
        permuted_r2: values.and_then(|figures| figures.permuted_r2),
    })
}

/// Out-of-fold probabilities of the labels of `cohort` by every surrogate, `[n, C]`, and nothing else.
pub(super) fn truth(
    prepared: &Prepared,
    cohort: &Cohort,
    profiles: &Profiles,
    labelled: &[usize],
) -> Result<Vec<Array2<f64>>, Error> {
    crosses(prepared, cohort, profiles)
        .map(|cross| cross.out_of_fold(Goal::Truth, labelled, false, None))
        .collect()
}

/// Out-of-fold answers of the first surrogate, learnt from the network's, `[n, answers]`.
pub(super) fn model(
    prepared: &Prepared,
    cohort: &Cohort,
    profiles: &Profiles,
) -> Result<Option<Array2<f64>>, Error> {
    let all: Vec<usize> = (0..cohort.len()).collect();
    let first = crosses(prepared, cohort, profiles).next();
    first
        .map(|cross| cross.out_of_fold(Goal::Model, &all, false, None))
        .transpose()
}

fn crosses<'a>(
    prepared: &'a Prepared,
    cohort: &'a Cohort,
    profiles: &'a Profiles,
) -> impl Iterator<Item = Cross<'a>> {
    prepared
        .components
        .surrogates
        .iter()
        .map(|(name, surrogate)| Cross {
            surrogate: surrogate.as_ref(),
            name,
            cohort,
            profiles,
            seed: prepared.config.audit.seed,
            observer: prepared.observer.as_ref(),
        })
}
