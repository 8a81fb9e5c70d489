//! Sanity: the network's clusters beside those of the same network with shuffled weights.

use ecg_audit_stats::bootstrap::Bootstrap;
use ecg_audit_stats::clusters::{adjusted_rand_index, contingency, normalised_mutual_information};
use ndarray::{Array1, Array2};

use crate::Error;
use crate::assign::Sequence;
use crate::audit::Sanity;
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
    let all: Vec<usize> = (0..cohort.len()).collect();
    let [trained, shuffled] = compared.soft;
    let of = |soft| fidelity::fidelity(cohort, &all, &cohort.decisions, soft, None, compared.seed);
    let (own, random) = (of(trained)?, of(shuffled)?);
    let by_record = |soft| fidelity::agreement_by_record(cohort, &all, &cohort.decisions, soft);
    let (first, second) = (by_record(trained)?, by_record(shuffled)?);
    let groups = cohort.bootstrap_groups(&all)?;
    let difference_ci95 = if groups.len() > 1 {
        let bootstrap = Bootstrap::new(compared.seed);
        let interval = bootstrap.mean_difference(&groups, first.view(), second.view())?;
        Some([interval.low, interval.high])
    } else {
        None
    };
    let table = timelines(compared)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    Ok(Sanity {
        records: cohort.len(),
        seed: compared.seed,
        agreement: own.agreement.mean,
        random_agreement: random.agreement.mean,
        difference_ci95,
        majority_agreement: fidelity::baselines(cohort, None)?.majority_agreement,
        auroc_soft: own.auroc_soft,
        random_auroc_soft: random.auroc_soft,
        timelines_ari: adjusted_rand_index(table.view())?,
        timelines_nmi: normalised_mutual_information(table.view())?,
        uncertainty: mean(&compared.uncertainty[0]),
        random_uncertainty: mean(&compared.uncertainty[1]),
    })
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
