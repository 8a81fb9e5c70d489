//! Sanity: the network's clusters beside those of the same network with shuffled weights.

use ecg_audit_stats::bootstrap::Bootstrap;
use ecg_audit_stats::clusters::{adjusted_rand_index, contingency, normalised_mutual_information};
use ecg_audit_stats::regression::r_squared;
use ndarray::{Array1, Array2};

use crate::Error;
use crate::assign::Sequence;
use crate::audit::{Sanity, Task};
use crate::cohort::Cohort;
use crate::fidelity;

/// What the two networks' clusters say of the same records.
pub(crate) struct Compared<'a> {
    /// The records, with the trained network's decisions.
    pub cohort: &'a Cohort,
    /// Out-of-fold probabilities of the first surrogate, from the trained and the shuffled network's clusters.
    pub soft: [&'a Array2<f64>; 2],
    /// Timelines by position in the data set.
    pub sequences: [&'a [Option<Sequence>]; 2],
    /// Held-out uncertainty of each record.
    pub uncertainty: [Vec<f64>; 2],
    pub clusters: usize,
    /// Seed of the audit and of the shuffle.
    pub seed: u64,
}

/// The figures.
pub(crate) fn figures(compared: &Compared<'_>) -> Result<Sanity, Error> {
    let cohort = compared.cohort;
    let (own, random) = (reached(compared, 0)?, reached(compared, 1)?);
    let difference_ci95 = difference(compared)?;
    let table = timelines(compared)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    Ok(Sanity {
        records: cohort.len(),
        seed: compared.seed,
        agreement: own.0,
        random_agreement: random.0,
        difference_ci95,
        majority_agreement: match cohort.task {
            Task::Regression => None,
            task => Some(fidelity::majority(task, cohort.decisions.view())?),
        },
        auroc_soft: own.1,
        random_auroc_soft: random.1,
        timelines_ari: adjusted_rand_index(table.view())?,
        timelines_nmi: normalised_mutual_information(table.view())?,
        uncertainty: mean(&compared.uncertainty[0]),
        random_uncertainty: mean(&compared.uncertainty[1]),
    })
}

/// Agreement (or R²) and AUROC of the surrogate on one network's clusters.
fn reached(compared: &Compared<'_>, side: usize) -> Result<(f64, Option<f64>), Error> {
    let cohort = compared.cohort;
    let all: Vec<usize> = (0..cohort.len()).collect();
    let soft = compared.soft[side];
    if cohort.task == Task::Regression {
        let r2 = r_squared(cohort.outputs.column(0), soft.column(0))?;
        return Ok((r2, None));
    }
    let found = fidelity::fidelity(cohort, &all, &cohort.decisions, soft, None, compared.seed)?;
    Ok((found.agreement.mean, found.auroc_soft))
}

/// Interval of the difference of the two, paired; nothing with fewer than two patients.
fn difference(compared: &Compared<'_>) -> Result<Option<[f64; 2]>, Error> {
    let cohort = compared.cohort;
    let all: Vec<usize> = (0..cohort.len()).collect();
    let groups = cohort.bootstrap_groups(&all)?;
    if groups.len() < 2 {
        return Ok(None);
    }
    let bootstrap = Bootstrap::new(compared.seed);
    let interval = if cohort.task == Task::Regression {
        let r2 = |side: usize| {
            move |records: &[usize]| {
                let target: Array1<f64> = records.iter().map(|r| cohort.outputs[[*r, 0]]).collect();
                let answered: Array1<f64> = records.iter().map(|r| compared.soft[side][[*r, 0]]).collect();
                r_squared(target.view(), answered.view()).ok()
            }
        };
        bootstrap.difference(&groups, r2(0), r2(1))?
    } else {
        let by_record = |soft| fidelity::agreement_by_record(cohort, &all, &cohort.decisions, soft);
        let (first, second) = (by_record(compared.soft[0])?, by_record(compared.soft[1])?);
        bootstrap.mean_difference(&groups, first.view(), second.view())?
    };
    Ok(Some([interval.low, interval.high]))
}

/// Contingency table of the two networks' timelines `[K, K]`.
fn timelines(compared: &Compared<'_>) -> Result<Array2<u64>, Error> {
    let k = compared.clusters;
    let mut table = Array2::zeros((k, k));
    for position in &compared.cohort.positions {
        let of = |side: usize| compared.sequences[side].get(*position)?.as_ref();
        let (Some(first), Some(second)) = (of(0), of(1)) else {
            continue;
        };
        let pairs = first.clusters().zip(second.clusters());
        let (a, b): (Vec<usize>, Vec<usize>) = pairs.filter_map(|(a, b)| a.zip(b)).unzip();
        if !a.is_empty() {
            table += &contingency(Array1::from(a).view(), Array1::from(b).view(), (k, k))?;
        }
    }
    Ok(table)
}
