//! Clusters beside phases, gathered while records are assigned.

use ndarray::{Array1, Array2, ArrayView1};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::mean_beat::{START, STEP, VALUES};
use super::phases::{Fractions, PHASES, fractions};
use super::shifts::{self, Aligned, Test};
use crate::assign::{RecordRows, Timeline};
use crate::cohort::Cohort;
use ecg_audit_plugin::Beat;

/// Timestamps that the shifts are made on; with more, a seeded sample of records is.
const TESTED: usize = 2_000_000;
/// Places kept per cluster while records go by.
const KEPT: usize = 64;

/// A timestamp that belongs to a cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub membership: f32,
    /// Position in the data set.
    pub record: usize,
    /// Its centre, seconds from the record's start.
    pub time: f64,
}

/// What is gathered, in the order of the records.
pub(crate) struct Alignment {
    clusters: usize,
    seed: u64,
    /// Time by cluster and phase: of all records, then of each class's.
    tables: Vec<Array2<f64>>,
    /// Changes from one cluster to another.
    changes: Array2<u64>,
    /// The plainest timestamps of each cluster, one per record.
    places: Vec<Vec<Place>>,
    /// Beats in which a cluster is active at each time around the R peak, and beats that are known there.
    active: Array2<u64>,
    known: Array1<u64>,
    /// Mean held-out uncertainty per record and phase; NaN where the phase does not occur.
    uncertainty: Array2<f64>,
    kept: Vec<Aligned>,
    /// Records to keep for the test; settled by the first.
    sample: Option<Vec<bool>>,
    test: Option<Test>,
}

impl Alignment {
    /// For `records` records of the data set.
    pub fn new(records: usize, clusters: usize, classes: usize, seed: u64) -> Self {
        Self {
            clusters,
            seed,
            tables: vec![Array2::zeros((clusters, PHASES.len())); 1 + classes],
            changes: Array2::zeros((clusters, clusters)),
            places: vec![Vec::new(); clusters],
            active: Array2::zeros((clusters, VALUES)),
            known: Array1::zeros(VALUES),
            uncertainty: Array2::from_elem((records, PHASES.len()), f64::NAN),
            kept: Vec::new(),
            sample: None,
            test: None,
        }
    }

    /// Takes in one record's timeline. `row`: its position in the cohort; `beats` in seconds.
    pub fn add(
        &mut self,
        record: usize,
        row: usize,
        cohort: &Cohort,
        timeline: &Timeline,
        beats: Option<&[Beat]>,
    ) {
        self.add_changes(timeline);
        self.add_places(record, timeline);
        let Some(beats) = beats.filter(|beats| !beats.is_empty()) else {
            return;
        };
        self.add_occupancy(timeline, beats);
        let phases = fractions(beats, timeline.start, timeline.step, timeline.clusters.len());
        let masked = self.clusters;
        let clusters = timeline
            .clusters
            .iter()
            .map(|c| c.map_or(masked, |c| (c as usize).min(masked)));
        let flags = if cohort.labelled[row] {
            cohort.labels.row(row)
        } else {
            cohort.decisions.row(row)
        };
        let aligned = Aligned {
            clusters: clusters.collect(),
            phases,
            tables: groups(flags),
        };
        let groups = self.tables.len();
        let own = shifts::tables(std::slice::from_ref(&aligned), self.clusters, groups, |_| 0);
        self.tables
            .iter_mut()
            .zip(own)
            .for_each(|(sum, own)| *sum += &own);
        if self.is_tested(row, cohort.len(), aligned.clusters.len()) {
            self.kept.push(aligned);
        }
    }

    /// Takes in the uncertainty of one record's rows under the codebook that has not seen its fold.
    pub fn add_uncertainty(&mut self, record: &RecordRows, scores: ArrayView1<'_, f32>, beats: &[Beat]) {
        let geometry = &record.geometry;
        let step = geometry.time_step(record.steps);
        let (mut sums, mut weights) = ([0.0; PHASES.len()], [0.0; PHASES.len()]);
        for ((window, t), score) in record.places.iter().zip(scores) {
            let centre =
                geometry.origin + geometry.centre(*window, *t, record.steps) / geometry.sampling_rate;
            let parts: Fractions = fractions(beats, centre - step / 2.0, step, 1)[0];
            for (phase, part) in parts.iter().enumerate() {
                sums[phase] += f64::from(*score) * f64::from(*part);
                weights[phase] += f64::from(*part);
            }
        }
        let mut row = self.uncertainty.row_mut(record.record);
        for (phase, value) in row.iter_mut().enumerate() {
            if weights[phase] > 0.0 {
                *value = sums[phase] / weights[phase];
            }
        }
    }

    /// Ends the gathering: makes the shifts.
    pub fn finish(&mut self) {
        if !self.kept.is_empty() {
            self.test = Some(shifts::test(
                &self.kept,
                self.clusters,
                self.tables.len(),
                self.seed,
            ));
            self.kept = Vec::new();
        }
    }

    /// Time by cluster and phase `[K, phases]`: of all records, then of each class's.
    pub fn tables(&self) -> &[Array2<f64>] {
        &self.tables
    }

    /// What the shifts say; nothing without beats.
    pub fn test(&self) -> Option<&Test> {
        self.test.as_ref()
    }

    /// Changes from one cluster to another `[K, K]`.
    pub fn followers(&self) -> &Array2<u64> {
        &self.changes
    }

    /// The plainest timestamps of a cluster, one per record, plainest first.
    pub fn plainest(&self, cluster: usize) -> Vec<Place> {
        let mut places = self.places.get(cluster).cloned().unwrap_or_default();
        sort(&mut places);
        places
    }

    /// Share of beats in which each cluster is active, `[K, times around the R peak]`.
    pub fn occupancy(&self) -> Array2<f64> {
        let share = |(k, v)| self.active[[k, v]] as f64 / self.known[v].max(1) as f64;
        Array2::from_shape_fn(self.active.dim(), share)
    }

    /// Held-out uncertainty in one phase, of the records in which it occurs.
    pub fn uncertainty_in(&self, phase: usize) -> Vec<f64> {
        let column = self.uncertainty.column(phase);
        column.iter().copied().filter(|value| !value.is_nan()).collect()
    }

    /// Held-out uncertainty by position in the data set and phase; NaN where the phase does not occur.
    pub fn uncertainty_by_record(&self) -> &Array2<f64> {
        &self.uncertainty
    }

    fn is_tested(&mut self, row: usize, records: usize, steps: usize) -> bool {
        let seed = self.seed;
        let sample = self.sample.get_or_insert_with(|| {
            let most = (TESTED / steps.max(1)).max(1);
            let mut chosen = vec![records <= most; records];
            if records > most {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                index::sample(&mut rng, records, most)
                    .into_iter()
                    .for_each(|r| chosen[r] = true);
            }
            chosen
        });
        sample.get(row).copied().unwrap_or(false)
    }

    fn add_changes(&mut self, timeline: &Timeline) {
        for pair in timeline.clusters.windows(2) {
            if let [Some(from), Some(to)] = pair
                && from != to
                && let Some(count) = self.changes.get_mut([*from as usize, *to as usize])
            {
                *count += 1;
            }
        }
    }

    fn add_places(&mut self, record: usize, timeline: &Timeline) {
        let mut best: Vec<Option<Place>> = vec![None; self.clusters];
        for (i, (cluster, membership)) in timeline.clusters.iter().zip(&timeline.memberships).enumerate() {
            let Some(slot) = cluster.and_then(|c| best.get_mut(c as usize)) else {
                continue;
            };
            if slot.is_none_or(|place| *membership > place.membership) {
                let time = timeline.start + (i as f64 + 0.5) * timeline.step;
                *slot = Some(Place {
                    membership: *membership,
                    record,
                    time,
                });
            }
        }
        for (places, found) in self.places.iter_mut().zip(best) {
            places.extend(found);
            if places.len() > 2 * KEPT {
                sort(places);
                places.truncate(KEPT);
            }
        }
    }

    fn add_occupancy(&mut self, timeline: &Timeline, beats: &[Beat]) {
        for peak in beats.iter().filter_map(|beat| beat.qrs.peak) {
            for value in 0..VALUES {
                let time = peak + START + value as f64 * STEP;
                let at = (time - timeline.start) / timeline.step;
                let cluster = (at >= 0.0)
                    .then(|| timeline.clusters.get(at as usize).copied().flatten())
                    .flatten();
                if let Some(count) = cluster.and_then(|c| self.active.get_mut([c as usize, value])) {
                    *count += 1;
                    self.known[value] += 1;
                }
            }
        }
    }
}

/// The tables that a record counts in.
fn groups(flags: ArrayView1<'_, bool>) -> Vec<usize> {
    let classes = flags
        .iter()
        .enumerate()
        .filter(|(_, on)| **on)
        .map(|(class, _)| class + 1);
    std::iter::once(0).chain(classes).collect()
}

fn sort(places: &mut [Place]) {
    places.sort_by(|a, b| {
        b.membership
            .total_cmp(&a.membership)
            .then(a.record.cmp(&b.record))
    });
}
