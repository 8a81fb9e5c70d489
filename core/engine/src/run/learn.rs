//! What the surrogates learn.

use ndarray::Array2;

use super::Prepared;
use super::stages::Clustered;
use crate::Error;
use crate::assign::Profiles;
use crate::audit::Surrogate;
use crate::cohort::Cohort;
use crate::fidelity::{self, Cross};

/// What the surrogates learnt.
pub(crate) struct Learnt {
    pub surrogates: Vec<Surrogate>,
    /// Out-of-fold probabilities of the network's decisions, per surrogate, `[n, C]`.
    pub model: Vec<Array2<f64>>,
    /// Out-of-fold probabilities of the truth, per surrogate, `[n, C]`; empty where no record has a label.
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

/// Fits every surrogate to the network's decisions and to the truth, out of fold.
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
        let decisions = cohort.decisions.view();
        let soft = cross.out_of_fold(decisions, &all, false, Some(&mut done))?;
        let permuted = cross.out_of_fold(decisions, &all, true, Some(&mut done))?;
        let vs_model = fidelity::fidelity(cohort, &all, &cohort.decisions, &soft, Some(&permuted), seed)?;
        let mut vs_truth = None;
        if !labelled.is_empty() {
            let soft = cross.out_of_fold(cohort.labels.view(), &labelled, false, Some(&mut done))?;
            let mut figures = fidelity::fidelity(cohort, &labelled, &cohort.labels, &soft, None, seed)?;
            figures.accuracy = Some(figures.agreement.mean);
            vs_truth = Some(figures);
            learnt.truth.push(soft);
        }
        let importances = cross.importances(decisions, &all)?;
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

/// Out-of-fold probabilities of the labels of `cohort` by every surrogate, `[n, C]`, and nothing else.
pub(super) fn truth(
    prepared: &Prepared,
    cohort: &Cohort,
    profiles: &Profiles,
    labelled: &[usize],
) -> Result<Vec<Array2<f64>>, Error> {
    crosses(prepared, cohort, profiles)
        .map(|cross| cross.out_of_fold(cohort.labels.view(), labelled, false, None))
        .collect()
}

/// Out-of-fold probabilities of the decisions of `cohort` by the first surrogate, `[n, C]`.
pub(super) fn decisions(
    prepared: &Prepared,
    cohort: &Cohort,
    profiles: &Profiles,
) -> Result<Option<Array2<f64>>, Error> {
    let all: Vec<usize> = (0..cohort.len()).collect();
    let first = crosses(prepared, cohort, profiles).next();
    first
        .map(|cross| cross.out_of_fold(cohort.decisions.view(), &all, false, None))
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
