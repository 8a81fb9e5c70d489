//! Selection of the records whose given class is an issue.

use ndarray::{Array1, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::joint::{self, ConfidentJoint};
use super::prune::{Lowest, prune_counts};
use super::rows::{Chunks, LabelledRows};
use super::scores::Score;
use super::thresholds::{self, Thresholds, agrees, most_probable};
use crate::{Error, Result, check};

/// How records are selected. Except for the two lowest-score selections, a record whose given class is within 1e-6 of
/// being its most probable one is never selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Selection {
    /// For each cell (given j, true k ≠ j) of the calibrated joint, as many records of class j as it counts, those with
    /// the largest p_k − p_j (Northcutt et al. 2021, sec. 3.2, method 4).
    #[default]
    PruneByNoiseRate,
    /// For each given class j, as many records as the calibrated joint counts off its diagonal, those with the lowest
    /// p_j (method 3).
    PruneByClass,
    /// What both of the above select (method 5).
    Both,
    /// The records counted off the diagonal of the confident joint (method 2).
    ConfidentLearning,
    /// As many records as [`ConfidentJoint::contradicted`], those with the lowest [`Score::NormalisedMargin`].
    LowNormalisedMargin,
    /// As many records as [`ConfidentJoint::contradicted`], those with the lowest [`Score::SelfConfidence`].
    LowSelfConfidence,
    /// The records whose most probable class is not the given one (the paper's baseline, method 1).
    PredictionDiffers,
}

/// Selects records, chunk by chunk.
#[derive(Debug)]
pub struct Selector<'t> {
    thresholds: &'t Thresholds,
    rule: Rule,
    /// Whether each record added may be selected; with a rule that judges each record alone, whether it is.
    flags: Vec<bool>,
}

#[derive(Debug)]
enum Rule {
    EachAlone(Selection),
    Prune(Vec<ClassPruner>),
    LowestScores(Score, Lowest),
}

/// Candidates among the records that bear one class.
#[derive(Debug)]
struct ClassPruner {
    given: usize,
    /// (True class, lowest p_given − p_true).
    by_noise_rate: Option<Vec<(usize, Lowest)>>,
    by_class: Option<Lowest>,
}

impl<'t> Selector<'t> {
    /// With the thresholds and the joint of the same records. `min_examples_per_class` (cleanlab's default: 1) are left
    /// unflagged in each class by the pruning selections; the others don't know it.
    ///
    /// # Errors
    /// Thresholds and joint of different records; [`Selection::LowNormalisedMargin`] with one class.
    pub fn new(
        selection: Selection,
        thresholds: &'t Thresholds,
        joint: &ConfidentJoint,
        min_examples_per_class: usize,
    ) -> Result<Self> {
        check_same_records(thresholds, joint)?;
        let lowest = |score| Rule::LowestScores(score, Lowest::new(joint.contradicted() as usize));
        let rule = match selection {
            Selection::ConfidentLearning | Selection::PredictionDiffers => Rule::EachAlone(selection),
            Selection::LowNormalisedMargin => lowest(Score::NormalisedMargin),
            Selection::LowSelfConfidence => lowest(Score::SelfConfidence),
            Selection::PruneByNoiseRate | Selection::PruneByClass | Selection::Both => {
                Rule::Prune(pruners(selection, joint, min_examples_per_class))
            }
        };
        if matches!(rule, Rule::LowestScores(Score::NormalisedMargin, _)) {
            Score::NormalisedMargin.check_classes(thresholds.classes())?;
        }
        Ok(Self {
            thresholds,
            rule,
            flags: Vec::new(),
        })
    }

    /// Adds the records that follow those added before.
    ///
    /// # Errors
    /// Another number of classes, a chunk that does not follow.
    pub fn add(&mut self, rows: &LabelledRows<'_>) -> Result<()> {
        rows.expect_classes(self.thresholds.classes())?;
        if rows.first() != self.flags.len() {
            return Err(Error::NotConsecutive {
                expected: self.flags.len(),
                found: rows.first(),
            });
        }
        let flag = |label: usize, row: &[f64]| {
            let alone = match self.rule {
                Rule::EachAlone(Selection::ConfidentLearning) => self
                    .thresholds
                    .confident_class(row)
                    .is_some_and(|class| class != label),
                Rule::EachAlone(_) => most_probable(row) != label,
                Rule::Prune(_) => true,
                Rule::LowestScores(..) => return true,
            };
            alone && !agrees(label, row)
        };
        self.flags
            .extend(rows.iter().map(|(label, row)| flag(label, row)));
        match &mut self.rule {
            Rule::EachAlone(_) => {}
            Rule::LowestScores(score, lowest) => {
                for (at, (label, row)) in rows.iter().enumerate() {
                    lowest.offer(score.of(label, row), rows.first() + at);
                }
            }
            Rule::Prune(classes) => prune(classes, rows),
        }
        Ok(())
    }

    /// Whether each record \[n\] is selected.
    ///
    /// # Errors
    /// Another number of records than in the thresholds.
    pub fn finish(self) -> Result<Array1<bool>> {
        let (expected, found) = (self.thresholds.label_counts().sum(), self.flags.len() as u64);
        if found != expected {
            return Err(Error::OtherRecords {
                what: "selection",
                expected,
                found,
            });
        }
        let mut selected = Array1::from_elem(self.flags.len(), false);
        match self.rule {
            Rule::EachAlone(_) => return Ok(Array1::from(self.flags)),
            Rule::LowestScores(_, lowest) => lowest.finish().for_each(|record| selected[record] = true),
            Rule::Prune(classes) => {
                for record in classes.into_iter().flat_map(ClassPruner::finish) {
                    selected[record] = self.flags[record];
                }
            }
        }
        Ok(selected)
    }
}

fn check_same_records(thresholds: &Thresholds, joint: &ConfidentJoint) -> Result<()> {
    check::same_shape(
        "confident joint",
        &thresholds.label_counts(),
        &joint.label_counts(),
    )?;
    let counts = thresholds.label_counts().into_iter().zip(joint.label_counts());
    match counts.into_iter().find(|(expected, found)| expected != found) {
        None => Ok(()),
        Some((&expected, &found)) => Err(Error::OtherRecords {
            what: "a class of the confident joint",
            expected,
            found,
        }),
    }
}

fn pruners(selection: Selection, joint: &ConfidentJoint, min_examples: usize) -> Vec<ClassPruner> {
    let prune = prune_counts(joint, min_examples);
    let pruner = |given: usize| {
        let bearers = joint.label_counts()[given];
        // A class with a single record is never pruned, as in the reference.
        let prunable = bearers > (min_examples as u64).max(1);
        let wanted = |true_class: usize| match prunable {
            true => prune[[given, true_class]] as usize,
            false => 0,
        };
        let others = (0..prune.ncols()).filter(|&k| k != given && wanted(k) > 0);
        let by_noise_rate = others.map(|k| (k, Lowest::new(wanted(k)))).collect();
        let off_diagonal = if prunable {
            bearers.saturating_sub(prune[[given, given]])
        } else {
            0
        };
        ClassPruner {
            given,
            by_noise_rate: (selection != Selection::PruneByClass).then_some(by_noise_rate),
            by_class: (selection != Selection::PruneByNoiseRate).then(|| Lowest::new(off_diagonal as usize)),
        }
    };
    (0..prune.nrows()).map(pruner).collect()
}

/// One parallel task per given class, so that no candidates need be merged.
fn prune(classes: &mut [ClassPruner], rows: &LabelledRows<'_>) {
    let mut bearers: Vec<Vec<usize>> = vec![Vec::new(); classes.len()];
    for (at, &label) in rows.labels().iter().enumerate() {
        bearers[label].push(at);
    }
    classes.par_iter_mut().zip(bearers).for_each(|(class, bearers)| {
        for at in bearers {
            class.offer(rows.row(at).1, rows.first() + at);
        }
    });
}

impl ClassPruner {
    fn offer(&mut self, row: &[f64], record: usize) {
        let given = row[self.given];
        for (true_class, lowest) in self.by_noise_rate.iter_mut().flatten() {
            lowest.offer(given - row[*true_class], record);
        }
        if let Some(lowest) = &mut self.by_class {
            lowest.offer(given, record);
        }
    }

    /// The records of this class to be pruned, in no order, some repeatedly.
    fn finish(self) -> Vec<usize> {
        let by_noise_rate = self.by_noise_rate.map(|cells| -> Vec<usize> {
            let records = cells.into_iter().flat_map(|(_, lowest)| lowest.finish());
            records.collect()
        });
        let by_class = self
            .by_class
            .map(|lowest| -> Vec<usize> { lowest.finish().collect() });
        match (by_noise_rate, by_class) {
            (Some(mut cells), Some(mut class)) => {
                class.sort_unstable();
                cells.retain(|record| class.binary_search(record).is_ok());
                cells
            }
            (one, other) => one.or(other).unwrap_or_default(),
        }
    }
}

/// Whether the given class of each record is an issue: `labels` \[n\] below K, `probabilities` \[n, K\] → \[n\].
///
/// `min_examples_per_class` as in [`Selector::new`]. A class may be absent, all records may bear the same class, and
/// one record is enough.
///
/// # Errors
/// Empty input, and as [`LabelledRows::new`]; [`Selection::LowNormalisedMargin`] needs two classes.
pub fn find_label_issues(
    labels: ArrayView1<'_, usize>,
    probabilities: ArrayView2<'_, f64>,
    selection: Selection,
    min_examples_per_class: usize,
) -> Result<Array1<bool>> {
    let chunks = Chunks::new(labels, probabilities)?;
    let thresholds = thresholds::of_chunks(chunks)?;
    let joint = joint::of_chunks(chunks, &thresholds)?;
    let mut selector = Selector::new(selection, &thresholds, &joint, min_examples_per_class)?;
    chunks.iter().try_for_each(|rows| selector.add(&rows))?;
    selector.finish()
}
