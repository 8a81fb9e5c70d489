//! The second pass: every record under a network's codebooks, and its timeline under the one it is drawn with.

use std::ops::Range;

use ecg_audit_plugin::Beat;
use ndarray::{Array1, Array2, s};

use super::Prepared;
use crate::assign::{Profiles, Rows, Sequence, Timeline, assign, hard, renumbered, rows};
use crate::atlas::Tally;
use crate::codebook::Codebook;
use crate::cohort::Cohort;
use crate::encode::{EncodedRecord, Encoding, Outcome};
use crate::folder::Table;
use crate::landmarks::{Alignment, Heartbeats};
use crate::{Error, tables};

/// What timelines are drawn with.
pub(super) struct Drawing {
    pub codebook: usize,
    /// The number that each of its clusters goes by, where that is another.
    pub numbers: Option<Vec<usize>>,
}

/// What passes over the records gather.
pub(super) struct Pass<'a> {
    prepared: &'a Prepared,
    pub cohort: &'a Cohort,
    pub codebooks: &'a [Codebook],
    heartbeats: Option<&'a Heartbeats>,
    weights: &'a [f64],
    timelines: Option<&'a mut Table>,
    profiles: Profiles,
    tally: Tally,
    alignment: Alignment,
    sequences: Vec<Option<Sequence>>,
}

/// Takes a record's position in the data set and the clusters of its timestamps.
pub(super) type Visit<'v> = &'v mut dyn FnMut(usize, &[u32]) -> Result<(), Error>;

impl<'a> Pass<'a> {
    pub fn new(
        prepared: &'a Prepared,
        cohort: &'a Cohort,
        codebooks: &'a [Codebook],
        heartbeats: Option<&'a Heartbeats>,
        weights: &'a [f64],
        timelines: Option<&'a mut Table>,
    ) -> Self {
        let config = &prepared.config;
        let clusters = codebooks.first().map_or(0, |book| book.model.summary().clusters);
        let records = prepared.data.records().len();
        let width = crate::assign::width(&config.features.proportions, clusters);
        Self {
            prepared,
            cohort,
            codebooks,
            heartbeats,
            weights,
            timelines,
            profiles: Profiles::new(records, cohort.fold_names().len() + 1, width),
            tally: Tally::new(records, clusters),
            alignment: Alignment::new(records, clusters, cohort.classes.len(), config.audit.seed),
            sequences: vec![None; records],
        }
    }

    /// Number of clusters.
    pub fn clusters(&self) -> usize {
        self.codebooks
            .first()
            .map_or(0, |book| book.model.summary().clusters)
    }

    /// What was gathered.
    pub fn finish(mut self) -> (Profiles, Tally, Alignment, Vec<Option<Sequence>>) {
        self.alignment.finish();
        (self.profiles, self.tally, self.alignment, self.sequences)
    }

    /// Assigns the records that `wanted` lets in under `measured` codebooks, and draws them. `visit` is told the clusters
    /// under each measured codebook.
    pub fn run(
        &mut self,
        encoding: &Encoding<'_>,
        measured: Range<usize>,
        drawing: Option<&Drawing>,
        wanted: impl Fn(usize) -> bool,
        visit: Visit<'_>,
    ) -> Result<(), Error> {
        encoding.for_each(|shard| {
            let kept: Vec<(usize, EncodedRecord)> = shard
                .items
                .into_iter()
                .filter_map(|item| match item.outcome {
                    Outcome::Done(record) if wanted(item.record) && self.row(item.record).is_some() => {
                        Some((item.record, record))
                    }
                    _ => None,
                })
                .collect();
            if kept.is_empty() {
                return Ok(());
            }
            let rows = rows(&kept, self.weights);
            for number in measured.clone() {
                let (memberships, uncertainty) = self.assign(number, &rows)?;
                self.measure(number, &rows, &memberships, &uncertainty, visit)?;
                if drawing.is_some_and(|drawing| drawing.codebook == number) {
                    self.draw(&rows, &memberships, &uncertainty)?;
                }
            }
            match drawing.filter(|drawing| !measured.contains(&drawing.codebook)) {
                None => Ok(()),
                Some(drawing) => {
                    let (memberships, uncertainty) = self.assign(drawing.codebook, &rows)?;
                    let memberships = match &drawing.numbers {
                        None => memberships,
                        Some(numbers) => renumbered(&memberships, numbers),
                    };
                    let last = self.cohort.fold_names().len();
                    self.describe(last, &rows, &memberships, &uncertainty)?;
                    self.draw(&rows, &memberships, &uncertainty)
                }
            }
        })
    }

    /// The cohort's row of a position in the data set.
    fn row(&self, position: usize) -> Option<usize> {
        self.cohort.positions.binary_search(&position).ok()
    }

    fn assign(&self, number: usize, rows: &Rows) -> Result<(Array2<f32>, Array1<f32>), Error> {
        let config = &self.prepared.config;
        assign(
            &self.codebooks[number],
            &config.clusterer.plugin,
            self.prepared.components.uncertainty.as_ref(),
            &config.uncertainty.plugin,
            rows.features.view(),
        )
    }

    /// Takes what one codebook says of each record into its profile; gives the clusters.
    fn describe(
        &mut self,
        number: usize,
        rows: &Rows,
        memberships: &Array2<f32>,
        uncertainty: &Array1<f32>,
    ) -> Result<Vec<u32>, Error> {
        let hard = hard(memberships.view());
        let kinds = &self.prepared.config.features.proportions;
        self.profiles
            .add(number, rows, memberships, &hard, uncertainty, kinds)?;
        Ok(hard)
    }

    fn measure(
        &mut self,
        number: usize,
        rows: &Rows,
        memberships: &Array2<f32>,
        uncertainty: &Array1<f32>,
        visit: Visit<'_>,
    ) -> Result<(), Error> {
        let hard = self.describe(number, rows, memberships, uncertainty)?;
        for record in &rows.records {
            let range = record.first..record.first + record.places.len();
            visit(record.record, &hard[range.clone()])?;
            let fold = self.codebooks[number].facts.fold;
            let held_out = self
                .row(record.record)
                .is_some_and(|row| fold == Some(self.cohort.folds[row]));
            let beats = beats(self.heartbeats, record.record);
            if let (true, Some(beats)) = (held_out, beats) {
                self.alignment
                    .add_uncertainty(record, uncertainty.slice(s![range]), beats);
            }
        }
        Ok(())
    }

    fn draw(
        &mut self,
        rows: &Rows,
        memberships: &Array2<f32>,
        uncertainty: &Array1<f32>,
    ) -> Result<(), Error> {
        self.tally.add(rows, &hard(memberships.view()), uncertainty)?;
        let of = |record| Timeline::new(record, memberships, uncertainty);
        let drawn: Vec<(usize, Timeline)> = rows.records.iter().map(|r| (r.record, of(r))).collect();
        for (record, timeline) in &drawn {
            self.sequences[*record] = Some(Sequence::new(timeline));
            if let Some(row) = self.row(*record) {
                let beats = beats(self.heartbeats, *record);
                self.alignment.add(*record, row, self.cohort, timeline, beats);
            }
        }
        match self.timelines.as_deref_mut() {
            Some(table) => {
                let infos = self.prepared.data.records();
                let named = drawn
                    .into_iter()
                    .map(|(record, timeline)| (infos[record].id.as_str(), timeline));
                tables::write_timelines(table, named)
            }
            None => Ok(()),
        }
    }
}

fn beats(heartbeats: Option<&Heartbeats>, position: usize) -> Option<&[Beat]> {
    let beats = heartbeats?.of(position)?;
    (!beats.is_empty()).then_some(beats)
}
