//! What is wrong with the data itself, and what that says of its labels.

mod balance;
mod groups;
mod look;

use std::collections::HashMap;

use ecg_audit_ecg::quality::{Kind, metadata};
use ecg_audit_ecg::{DataSet, Label};
use ecg_audit_stats::summary::standard_deviation;
use ndarray::{Array1, Array2};

pub(crate) use balance::balance;
pub(crate) use groups::{groups, groups_of};
pub(crate) use look::look;

use crate::audit::{DataQuality, QualityFinding, Task};
use crate::cohort::Cohort;
use crate::issues::{DataEvidence, Note, Source, Support};

/// Support of a label that another record with the same signal contradicts: one of the two is wrong.
const CONTRADICTED: f64 = 0.5;
/// Values of a continuous target differ where they lie this many of its standard deviations apart.
const DIFFERENT: f64 = 0.1;

/// What `quality` says of the labels of the audited records.
pub(crate) fn evidence(cohort: &Cohort, quality: &DataQuality) -> DataEvidence {
    let mut gathered = Gathered::new(cohort);
    for pair in &quality.duplicates {
        let rows = (gathered.row(&pair.first), gathered.row(&pair.second));
        if let (Some(first), Some(second)) = rows {
            gathered.duplicates(pair.exact, first, second);
        }
    }
    for finding in &quality.findings {
        if let Some(row) = gathered.row(&finding.record) {
            gathered.finding(row, finding);
        }
    }
    gathered.done()
}

/// The findings on metadata once more, for labels that were changed.
pub(crate) fn with_labels_of(cohort: &Cohort, data: &dyn DataSet, quality: &DataQuality) -> DataQuality {
    let mut changed = quality.clone();
    changed
        .findings
        .retain(|finding| finding.kind != Kind::Metadata.name());
    for (row, position) in cohort.positions.iter().enumerate() {
        let mut info = data.records()[*position].clone();
        if cohort.labelled[row] && cohort.task != Task::Regression {
            info.label = Label::Classes(cohort.labels.row(row).to_vec());
        }
        let found = metadata::contradictions(&info, data.classes());
        changed
            .findings
            .extend(found.into_iter().map(|f| look::listed(&info.id, f)));
    }
    changed
}

/// Supports and sentences in the making.
struct Gathered<'a> {
    cohort: &'a Cohort,
    /// Difference of a continuous target beyond which two records with one signal contradict each other.
    tolerance: f64,
    rows: HashMap<&'a str, usize>,
    duplicates: Array2<f64>,
    signal: Array2<f64>,
    metadata: Array2<f64>,
    notes: HashMap<usize, Vec<Note>>,
}

impl<'a> Gathered<'a> {
    fn new(cohort: &'a Cohort) -> Self {
        let ones = || Array2::from_elem(cohort.outputs.dim(), 1.0);
        let known: Array1<f64> = cohort.values.iter().copied().filter(|v| v.is_finite()).collect();
        Self {
            cohort,
            tolerance: DIFFERENT * standard_deviation(known.view()).unwrap_or_default(),
            rows: cohort
                .ids
                .iter()
                .enumerate()
                .map(|(row, id)| (id.as_str(), row))
                .collect(),
            duplicates: ones(),
            signal: ones(),
            metadata: ones(),
            notes: HashMap::new(),
        }
    }

    fn row(&self, record: &str) -> Option<usize> {
        self.rows.get(record).copied()
    }

    /// Two labelled records with one signal that differ in some classes.
    fn duplicates(&mut self, exact: bool, first: usize, second: usize) {
        let cohort = self.cohort;
        if !(cohort.labelled[first] && cohort.labelled[second]) {
            return;
        }
        let differ = |answer: &usize| match cohort.task {
            Task::Regression => (cohort.values[first] - cohort.values[second]).abs() > self.tolerance,
            _ => cohort.labels[[first, *answer]] != cohort.labels[[second, *answer]],
        };
        let classes: Vec<usize> = (0..cohort.answers.len()).filter(differ).collect();
        if classes.is_empty() {
            return;
        }
        let names: Vec<&str> = classes
            .iter()
            .map(|class| cohort.answers[*class].as_str())
            .collect();
        let how = if exact {
            "the same signal"
        } else {
            "nearly the same signal"
        };
        for (row, other) in [(first, second), (second, first)] {
            classes
                .iter()
                .for_each(|class| self.duplicates[[row, *class]] = CONTRADICTED);
            self.notes.entry(row).or_default().push(Note {
                source: Source::Duplicates,
                classes: classes.clone(),
                sentence: format!(
                    "Record {} holds {how}, but differs in {}.",
                    cohort.ids[other],
                    names.join(", ")
                ),
            });
        }
    }

    fn finding(&mut self, row: usize, finding: &QualityFinding) {
        let (source, support) = if finding.kind == Kind::Metadata.name() {
            (Source::Metadata, &mut self.metadata)
        } else {
            (Source::Signal, &mut self.signal)
        };
        support.row_mut(row).mapv_inplace(|s| s.min(finding.score));
        self.notes.entry(row).or_default().push(Note {
            source,
            classes: Vec::new(),
            sentence: finding.sentence.clone(),
        });
    }

    fn done(self) -> DataEvidence {
        let supports = [
            (Source::Duplicates, self.duplicates),
            (Source::Signal, self.signal),
            (Source::Metadata, self.metadata),
        ];
        DataEvidence {
            supports: supports.map(|(source, values)| Support { source, values }).into(),
            notes: self.notes,
        }
    }
}
