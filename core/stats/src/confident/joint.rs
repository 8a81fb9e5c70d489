//! The confident joint: counts of records by given and confidently predicted class.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::rows::{Chunks, LabelledRows};
use super::thresholds::{self, Thresholds, agrees};
use super::{TINY, calibration};
use crate::{Error, Result};

/// Counts records into the confident joint, chunk by chunk.
#[derive(Debug, Clone)]
pub struct JointCounter<'t> {
    thresholds: &'t Thresholds,
    counts: Counts,
}

/// [given, predicted] counts, and how many records there are and are contradicted.
#[derive(Debug, Clone)]
struct Counts {
    joint: Array2<u64>,
    records: u64,
    contradicted: u64,
}

impl Counts {
    fn zero(classes: usize) -> Self {
        Self {
            joint: Array2::zeros((classes, classes)),
            records: 0,
            contradicted: 0,
        }
    }

    fn add(&mut self, other: &Self) {
        self.joint += &other.joint;
        self.records += other.records;
        self.contradicted += other.contradicted;
    }
}

impl<'t> JointCounter<'t> {
    /// With the thresholds of the same records.
    #[must_use]
    pub fn new(thresholds: &'t Thresholds) -> Self {
        Self {
            thresholds,
            counts: Counts::zero(thresholds.classes()),
        }
    }

    /// Adds records, in any order.
    ///
    /// # Errors
    /// Another number of classes.
    pub fn add(&mut self, rows: &LabelledRows<'_>) -> Result<()> {
        let classes = self.thresholds.classes();
        rows.expect_classes(classes)?;
        let count = |mut counts: Counts, (labels, rows): (&[usize], &[f64])| {
            counts.records += labels.len() as u64;
            for (&label, row) in labels.iter().zip(rows.chunks_exact(classes)) {
                if let Some(class) = self.thresholds.confident_class(row) {
                    counts.joint[[label, class]] += 1;
                    counts.contradicted += u64::from(class != label && !agrees(label, row));
                }
            }
            counts
        };
        let parts = rows.tasks().fold(|| Counts::zero(classes), count);
        let sum = |mut a: Counts, b: Counts| {
            a.add(&b);
            a
        };
        self.counts.add(&parts.reduce(|| Counts::zero(classes), sum));
        Ok(())
    }

    /// The joint of all records added.
    ///
    /// # Errors
    /// Another number of records than in the thresholds.
    pub fn finish(self) -> Result<ConfidentJoint> {
        let (expected, found) = (self.thresholds.label_counts().sum(), self.counts.records);
        if found != expected {
            return Err(Error::OtherRecords {
                what: "confident joint",
                expected,
                found,
            });
        }
        let mut counts = self.counts.joint;
        counts.diag_mut().mapv_inplace(|count| count.max(1));
        Ok(ConfidentJoint {
            counts,
            label_counts: self.thresholds.label_counts().to_vec(),
            contradicted: self.counts.contradicted,
        })
    }
}

/// Counts of records by given class (row) and confidently predicted class (column) (Northcutt et al. 2021, eq. 1).
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidentJoint {
    counts: Array2<u64>,
    label_counts: Vec<u64>,
    contradicted: u64,
}

impl ConfidentJoint {
    /// The counts \[K, K\] as found, except that no diagonal count is below 1.
    #[must_use]
    pub fn counts(&self) -> ArrayView2<'_, u64> {
        self.counts.view()
    }

    /// The counts \[K, K\] scaled so that each row sums to the records that bear its class (eq. 3, times n), rounded to
    /// integers that keep the row sums.
    #[must_use]
    pub fn calibrated(&self) -> Array2<u64> {
        calibration::calibrate(self.counts.view(), &self.label_counts)
    }

    /// Estimated joint distribution \[K, K\] of given (row) and true (column) classes (eq. 3): [`calibrated`
    /// counts](Self::calibrated) over their sum.
    #[must_use]
    pub fn joint(&self) -> Array2<f64> {
        let calibrated = self.calibrated();
        let sum = calibrated.sum() as f64;
        calibrated.mapv(|count| count as f64 / sum.max(TINY))
    }

    /// Records counted off the diagonal whose given class is not within 1e-6 of being the most probable one: the
    /// estimated number of label issues.
    #[must_use]
    pub fn contradicted(&self) -> u64 {
        self.contradicted
    }

    /// Records that bear each class \[K\].
    #[must_use]
    pub fn label_counts(&self) -> ArrayView1<'_, u64> {
        ArrayView1::from(&self.label_counts)
    }
}

/// [`ConfidentJoint`] of `labels` \[n\] and `probabilities` \[n, K\].
///
/// # Errors
/// Empty input, and as [`LabelledRows::new`].
pub fn confident_joint(
    labels: ArrayView1<'_, usize>,
    probabilities: ArrayView2<'_, f64>,
) -> Result<ConfidentJoint> {
    let chunks = Chunks::new(labels, probabilities)?;
    of_chunks(chunks, &thresholds::of_chunks(chunks)?)
}

pub(super) fn of_chunks(chunks: Chunks<'_>, thresholds: &Thresholds) -> Result<ConfidentJoint> {
    let mut counter = JointCounter::new(thresholds);
    chunks.iter().try_for_each(|rows| counter.add(&rows))?;
    counter.finish()
}
