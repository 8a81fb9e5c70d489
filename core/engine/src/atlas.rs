//! What the clusters of the codebook on all folds are: how large, how long, how uncertain, and which classes they
//! speak for (method steps 11 and 13).

use ecg_audit_stats::association::spearman_table;
use ecg_audit_stats::{sequence, summary};
use ndarray::{Array1, Array2, ArrayView1, Axis, s};

use crate::Error;
use crate::assign::{Profiles, Rows};
use crate::audit::{Cluster, Correlation, Task, Uncertainty, UncertaintyGroup};
use crate::bands::Bands;
use crate::cohort::Cohort;

/// Records named as exemplars of a cluster.
const EXEMPLARS: usize = 5;

/// Sums over timestamps, in the order of the records.
pub(crate) struct Tally {
    timestamps: Vec<u64>,
    records: Vec<u64>,
    uncertainty: Vec<f64>,
    stays: Vec<u64>,
    stay_seconds: Vec<f64>,
    /// Share of each cluster in each record of the data set `[records, K]`.
    shares: Array2<f64>,
}

impl Tally {
    pub fn new(records: usize, clusters: usize) -> Self {
        Self {
            timestamps: vec![0; clusters],
            records: vec![0; clusters],
            uncertainty: vec![0.0; clusters],
            stays: vec![0; clusters],
            stay_seconds: vec![0.0; clusters],
            shares: Array2::zeros((records, clusters)),
        }
    }

    /// Takes in a shard's rows.
    pub fn add(&mut self, rows: &Rows, clusters: &[u32], uncertainty: &Array1<f32>) -> Result<(), Error> {
        let k = self.timestamps.len();
        for record in &rows.records {
            let range = record.first..record.first + record.places.len();
            let own = ArrayView1::from(&clusters[range.clone()]);
            if own.is_empty() {
                continue;
            }
            let share = sequence::proportions(own, k)?;
            self.shares.row_mut(record.record).assign(&share);
            for (cluster, score) in own.iter().zip(uncertainty.slice(s![range])) {
                self.timestamps[*cluster as usize] += 1;
                self.uncertainty[*cluster as usize] += f64::from(*score);
            }
            for (cluster, value) in share.iter().enumerate() {
                self.records[cluster] += u64::from(*value > 0.0);
            }
            self.add_stays(record, own)?;
        }
        Ok(())
    }

    fn add_stays(
        &mut self,
        record: &crate::assign::RecordRows,
        own: ArrayView1<'_, u32>,
    ) -> Result<(), Error> {
        let step = record.geometry.time_step(record.steps);
        let mut first = 0;
        for window in record.places.chunk_by(|a, b| a.0 == b.0) {
            let range = first..first + window.len();
            first = range.end;
            for run in sequence::runs(own.slice(s![range]), self.timestamps.len())? {
                self.stays[run.cluster] += 1;
                self.stay_seconds[run.cluster] += run.length as f64 * step;
            }
        }
        Ok(())
    }

    /// Share of each cluster in each audited record `[n, K]`.
    pub fn shares(&self, cohort: &Cohort) -> Array2<f64> {
        self.shares.select(Axis(0), &cohort.positions)
    }

    /// The clusters, with their associations over the audited records.
    pub fn clusters(&self, cohort: &Cohort, labelled: &[usize]) -> Result<Vec<Cluster>, Error> {
        let shares = self.shares(cohort);
        let all: Vec<usize> = (0..cohort.len()).collect();
        let truth = match cohort.task {
            Task::Regression => cohort.values.clone().insert_axis(Axis(1)),
            Task::MultiClass | Task::MultiLabel => cohort.labels.mapv(|on| f64::from(u8::from(on))),
        };
        let against_model = correlations(cohort, &shares, &cohort.outputs, &all, "model")?;
        let against_truth = correlations(cohort, &shares, &truth, labelled, "truth")?;
        let total = self.timestamps.iter().sum::<u64>().max(1) as f64;
        let cluster = |id: usize| Cluster {
            id,
            share: self.timestamps[id] as f64 / total,
            records_share: self.records[id] as f64 / cohort.len().max(1) as f64,
            uncertainty: self.uncertainty[id] / self.timestamps[id].max(1) as f64,
            dwell_seconds: self.stay_seconds[id] / self.stays[id].max(1) as f64,
            correlations: [&against_model, &against_truth]
                .iter()
                .flat_map(|t| t[id].clone())
                .collect(),
            landmarks: Vec::new(),
            beat: None,
            segments: Vec::new(),
            followed_by: Vec::new(),
            exemplars: exemplars(shares.column(id), cohort),
        };
        Ok((0..self.timestamps.len()).map(cluster).collect())
    }
}

/// Per cluster, its correlation with each class; empty with fewer than three records.
fn correlations(
    cohort: &Cohort,
    shares: &Array2<f64>,
    target: &Array2<f64>,
    rows: &[usize],
    against: &str,
) -> Result<Vec<Vec<Correlation>>, Error> {
    if rows.len() < 3 {
        return Ok(vec![Vec::new(); shares.ncols()]);
    }
    let table = spearman_table(
        shares.select(Axis(0), rows).view(),
        target.select(Axis(0), rows).view(),
    )?;
    let row = |cluster: ArrayView1<'_, Option<ecg_audit_stats::association::Correlation>>| {
        cohort
            .answers
            .iter()
            .zip(cluster)
            .map(|(class, found)| Correlation {
                class: class.clone(),
                against: against.to_owned(),
                rho: found.map(|c| c.rho),
                p: found.map(|c| c.p),
                p_adjusted: found.map(|c| c.p_adjusted),
            })
            .collect()
    };
    Ok(table.rows().into_iter().map(row).collect())
}

/// The records in which the cluster takes the largest share, from different patients.
fn exemplars(shares: ArrayView1<'_, f64>, cohort: &Cohort) -> Vec<String> {
    let mut order: Vec<usize> = (0..shares.len()).filter(|r| shares[*r] > 0.0).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
    let mut patients = std::collections::HashSet::new();
    let chosen = order
        .into_iter()
        .filter(|r| patients.insert(&cohort.groups[*r]))
        .take(EXEMPLARS);
    chosen.map(|r| cohort.ids[r].clone()).collect()
}

/// Each record's mean uncertainty under the codebook that has not seen its fold.
pub(crate) fn held_out_uncertainty(cohort: &Cohort, profiles: &Profiles) -> Vec<f64> {
    let folds = cohort.fold_names();
    let codebook = |fold: u32| folds.iter().position(|f| *f == fold).unwrap_or(folds.len());
    let of =
        |(row, position): (usize, &usize)| profiles.uncertainty[[*position, codebook(cohort.folds[row])]];
    cohort.positions.iter().enumerate().map(of).collect()
}

/// Mean uncertainty of the timestamps of each fold, from each record's mean `scores` and number of timestamps; folds without
/// any are left out.
pub(crate) fn uncertainty_by_fold(
    cohort: &Cohort,
    scores: &[f64],
    timestamps: impl Fn(usize) -> f64,
) -> Array1<f64> {
    let mut by_fold = Vec::new();
    for fold in cohort.fold_names() {
        let members = (0..cohort.len()).filter(|r| cohort.folds[*r] == fold);
        let (mut sum, mut count) = (0.0, 0.0);
        for row in members {
            sum += scores[row] * timestamps(row);
            count += timestamps(row);
        }
        if count > 0.0 {
            by_fold.push(sum / count);
        }
    }
    Array1::from(by_fold)
}

/// The uncertainty section. `scores`: per record, from [`held_out_uncertainty`]; `phases`: per phase of the heartbeat, of
/// the records in which it occurs.
pub(crate) fn uncertainty(
    cohort: &Cohort,
    profiles: &Profiles,
    labelled: &[usize],
    scores: &[f64],
    phases: &[(&str, Vec<f64>)],
    measure: &str,
) -> Result<Uncertainty, Error> {
    let by_fold = uncertainty_by_fold(cohort, scores, |row| {
        profiles.timestamps[cohort.positions[row]] as f64
    });
    let all: Vec<usize> = (0..cohort.len()).collect();
    let (by_class, by_correctness) = match cohort.task {
        Task::Regression => (
            groups_by_band(cohort, labelled, scores)?,
            groups_by_error(cohort, labelled, scores)?,
        ),
        Task::MultiClass | Task::MultiLabel => {
            let mut by_class = groups_by_class(cohort, &cohort.labels, labelled, scores, "truth")?;
            by_class.extend(groups_by_class(cohort, &cohort.decisions, &all, scores, "model")?);
            (by_class, groups_by_correctness(cohort, labelled, scores)?)
        }
    };
    let mut by_landmark = Vec::new();
    for (phase, values) in phases {
        let all: Vec<usize> = (0..values.len()).collect();
        by_landmark.extend(group(phase, "landmark", &all, values)?);
    }
    Ok(Uncertainty {
        measure: measure.to_owned(),
        mean: summary::mean(by_fold.view())?,
        sd: if by_fold.len() > 1 {
            Some(summary::standard_deviation(by_fold.view())?)
        } else {
            None
        },
        by_class,
        by_correctness,
        by_landmark,
    })
}

fn groups_by_correctness(
    cohort: &Cohort,
    labelled: &[usize],
    scores: &[f64],
) -> Result<Vec<UncertaintyGroup>, Error> {
    let (right, wrong): (Vec<usize>, Vec<usize>) = labelled
        .iter()
        .partition(|r| cohort.labels.row(**r) == cohort.decisions.row(**r));
    let mut groups = Vec::new();
    for (name, rows) in [("correct", right), ("incorrect", wrong)] {
        groups.extend(group(name, "correctness", &rows, scores)?);
    }
    Ok(groups)
}

/// By bands of the continuous target, of the truth and of what the network answers.
fn groups_by_band(
    cohort: &Cohort,
    labelled: &[usize],
    scores: &[f64],
) -> Result<Vec<UncertaintyGroup>, Error> {
    let outputs = cohort.outputs.column(0);
    let truth = labelled.iter().map(|row| cohort.values[*row]);
    let bands = Bands::new(truth.chain(outputs.iter().copied()));
    let all: Vec<usize> = (0..cohort.len()).collect();
    let mut groups = Vec::new();
    for (by, rows, values) in [
        ("truth", labelled, cohort.values.view()),
        ("model", all.as_slice(), outputs),
    ] {
        for (number, name) in bands.names().enumerate() {
            let within = |row: &&usize| bands.of(values[**row]) == Some(number);
            let members: Vec<usize> = rows.iter().filter(within).copied().collect();
            groups.extend(group(&name, by, &members, scores)?);
        }
    }
    Ok(groups)
}

/// By thirds of the network's absolute error.
fn groups_by_error(
    cohort: &Cohort,
    labelled: &[usize],
    scores: &[f64],
) -> Result<Vec<UncertaintyGroup>, Error> {
    let error = |row: &usize| (cohort.outputs[[*row, 0]] - cohort.values[*row]).abs();
    let mut order = labelled.to_vec();
    order.sort_by(|a, b| error(a).total_cmp(&error(b)).then(a.cmp(b)));
    let third = order.len().div_ceil(3).max(1);
    let mut groups = Vec::new();
    let names = ["smallest errors", "middle errors", "largest errors"];
    for (name, rows) in names.into_iter().zip(order.chunks(third)) {
        groups.extend(group(name, "error", rows, scores)?);
    }
    Ok(groups)
}

fn groups_by_class(
    cohort: &Cohort,
    flags: &Array2<bool>,
    rows: &[usize],
    scores: &[f64],
    by: &str,
) -> Result<Vec<UncertaintyGroup>, Error> {
    let mut groups = Vec::new();
    for (c, class) in cohort.classes.iter().enumerate() {
        let members: Vec<usize> = rows.iter().copied().filter(|r| flags[[*r, c]]).collect();
        groups.extend(group(class, by, &members, scores)?);
    }
    Ok(groups)
}

/// The distribution of `scores` over some rows; nothing without rows.
pub(crate) fn group(
    name: &str,
    by: &str,
    rows: &[usize],
    scores: &[f64],
) -> Result<Option<UncertaintyGroup>, Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let values: Array1<f64> = rows.iter().map(|r| scores[*r]).collect();
    let quantiles = summary::quantiles(values.view(), &[0.05, 0.25, 0.5, 0.75, 0.95])?;
    let sd = if rows.len() > 1 {
        Some(summary::standard_deviation(values.view())?)
    } else {
        None
    };
    Ok(Some(UncertaintyGroup {
        group: name.to_owned(),
        by: by.to_owned(),
        records: rows.len(),
        mean: summary::mean(values.view())?,
        sd,
        quantiles: std::array::from_fn(|i| quantiles[i]),
    }))
}
