//! Records with their given labels and predicted probabilities, checked.

use std::borrow::Cow;

use ndarray::{ArrayView1, ArrayView2, Axis, Slice};
use rayon::prelude::*;

use crate::{Error, Result, check};

/// How far the sum of a row may be from 1: probabilities are often stored as f32.
pub const SUM_TOLERANCE: f64 = 1e-4;

/// Rows that the functions on whole arrays work on at a time.
pub(super) const CHUNK: usize = 1 << 16;
/// Rows of one parallel task.
pub(super) const TASK: usize = 1 << 12;

/// Consecutive records: the given class and the probabilities of all classes of each. Checked when made.
#[derive(Debug, Clone)]
pub struct LabelledRows<'a> {
    first: usize,
    labels: Cow<'a, [usize]>,
    probabilities: Cow<'a, [f64]>,
    classes: usize,
}

impl<'a> LabelledRows<'a> {
    /// Records `first_row`.. with `labels` \[n\] below K and `probabilities` \[n, K\], each in [0, 1] and each row
    /// summing to 1 within [`SUM_TOLERANCE`]. Not copied if in row-major order.
    ///
    /// # Errors
    /// No classes, different lengths, a value out of its range, a row that does not sum to 1; rows are numbered from
    /// `first_row`, and the first fault is named.
    pub fn new(
        first_row: usize,
        labels: ArrayView1<'a, usize>,
        probabilities: ArrayView2<'a, f64>,
    ) -> Result<Self> {
        check_shapes(labels, probabilities)?;
        let rows = Self::unchecked(first_row, labels, probabilities);
        rows.check()?;
        Ok(rows)
    }

    /// As [`new`](Self::new), for what has been checked before.
    fn unchecked(first: usize, labels: ArrayView1<'a, usize>, probabilities: ArrayView2<'a, f64>) -> Self {
        let labels = match labels.to_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(labels.to_vec()),
        };
        let classes = probabilities.ncols();
        let probabilities = match probabilities.to_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(probabilities.iter().copied().collect()),
        };
        Self {
            first,
            labels,
            probabilities,
            classes,
        }
    }

    /// The two-class problem "absent, present" of one class of a multi-label matrix, whose values have been checked.
    pub(super) fn one_vs_rest(
        first: usize,
        labels: ArrayView1<'_, bool>,
        probabilities: ArrayView1<'_, f64>,
    ) -> LabelledRows<'static> {
        LabelledRows {
            first,
            labels: labels.iter().map(|&given| usize::from(given)).collect(),
            probabilities: probabilities.iter().flat_map(|&p| [1.0 - p, p]).collect(),
            classes: 2,
        }
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    pub(super) fn first(&self) -> usize {
        self.first
    }

    pub(super) fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// (Given class, probabilities) of the record at this position of the chunk.
    pub(super) fn row(&self, at: usize) -> (usize, &[f64]) {
        let start = at * self.classes;
        (self.labels[at], &self.probabilities[start..start + self.classes])
    }

    /// (Given class, probabilities) of every record.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let rows = self.probabilities.chunks_exact(self.classes);
        self.labels.iter().copied().zip(rows)
    }

    /// The same in parallel tasks, in order.
    pub(super) fn tasks(&self) -> impl IndexedParallelIterator<Item = (&[usize], &[f64])> {
        let rows = self.probabilities.par_chunks(TASK * self.classes);
        self.labels.par_chunks(TASK).zip(rows)
    }

    pub(super) fn expect_classes(&self, expected: usize) -> Result<()> {
        if self.classes == expected {
            return Ok(());
        }
        Err(Error::ShapeMismatch {
            what: "probabilities",
            expected: vec![self.len(), expected],
            found: vec![self.len(), self.classes],
        })
    }

    fn check(&self) -> Result<()> {
        let fault = self.tasks().enumerate().find_map_first(|(task, (labels, rows))| {
            let rows = rows.chunks_exact(self.classes).zip(labels);
            rows.enumerate()
                .find_map(|(at, (row, &label))| fault(self.first + task * TASK + at, label, row))
        });
        fault.map_or(Ok(()), Err)
    }
}

/// What is wrong with one record.
fn fault(row: usize, label: usize, probabilities: &[f64]) -> Option<Error> {
    let (mut valid, mut sum) = (true, 0.0);
    for p in probabilities {
        valid &= (0.0..=1.0).contains(p);
        sum += p;
    }
    if !valid {
        let class = probabilities.iter().position(|p| !(0.0..=1.0).contains(p))?;
        return Some(Error::NotAProbability {
            what: "probabilities",
            row,
            class,
            value: probabilities[class],
        });
    }
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        let what = "probabilities";
        return Some(Error::NotNormalised { what, row, sum });
    }
    (label >= probabilities.len()).then_some(Error::NotAClass {
        what: "labels",
        row,
        label,
        classes: probabilities.len(),
    })
}

fn check_shapes(labels: ArrayView1<'_, usize>, probabilities: ArrayView2<'_, f64>) -> Result<()> {
    check::at_least("classes of probabilities", 1, probabilities.ncols())?;
    if probabilities.nrows() == labels.len() {
        return Ok(());
    }
    Err(Error::ShapeMismatch {
        what: "probabilities",
        expected: vec![labels.len(), probabilities.ncols()],
        found: probabilities.shape().to_vec(),
    })
}

/// Whole arrays as checked chunks, which several passes may walk through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunks<'a> {
    labels: ArrayView1<'a, usize>,
    probabilities: ArrayView2<'a, f64>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(labels: ArrayView1<'a, usize>, probabilities: ArrayView2<'a, f64>) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        check_shapes(labels, probabilities)?;
        let chunks = Self {
            labels,
            probabilities,
        };
        chunks.iter().try_for_each(|rows| rows.check())?;
        Ok(chunks)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = LabelledRows<'a>> {
        (0..self.labels.len()).step_by(CHUNK).map(move |first| {
            let part = Slice::from(first..self.labels.len().min(first + CHUNK));
            let labels = self.labels.slice_axis_move(Axis(0), part);
            let probabilities = self.probabilities.slice_axis_move(Axis(0), part);
            LabelledRows::unchecked(first, labels, probabilities)
        })
    }

    pub(super) fn classes(self) -> usize {
        self.probabilities.ncols()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn message(labels: &[usize], probabilities: ArrayView2<'_, f64>) -> String {
        LabelledRows::new(100, labels.into(), probabilities)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_first_fault_is_named_by_row_and_value() {
        let good = [0.5, 0.5];
        assert_eq!(
            message(&[0, 1], array![good, [1.5, -0.5]].view()),
            "probabilities: row 101, class 0 is 1.5, expected a number in [0, 1]"
        );
        assert_eq!(
            message(&[0, 1], array![[0.5, f64::NAN], [0.9, 0.9]].view()),
            "probabilities: row 100, class 1 is NaN, expected a number in [0, 1]"
        );
        assert_eq!(
            message(&[0, 1], array![good, [0.75, 0.5]].view()),
            "probabilities: row 101 sums to 1.25, expected 1"
        );
        assert_eq!(
            message(&[0, 2], array![good, good].view()),
            "labels: row 101 is 2, expected a class below 2"
        );
        assert_eq!(
            message(&[0], array![good, good].view()),
            "probabilities has shape [2, 2], expected [1, 2]"
        );
        assert!(LabelledRows::new(0, array![0].view(), ndarray::Array2::zeros((1, 0)).view()).is_err());
    }

    #[test]
    fn rows_of_any_layout_are_the_same() {
        let probabilities = array![[0.1, 0.9], [0.25, 0.75], [0.5, 0.5]];
        let columns_first = ndarray::Array2::from_shape_vec(
            ndarray::ShapeBuilder::f((3, 2)),
            vec![0.1, 0.25, 0.5, 0.9, 0.75, 0.5],
        )
        .unwrap();
        let labels = array![0, 1, 1];
        let a = LabelledRows::new(0, labels.view(), probabilities.view()).unwrap();
        let b = LabelledRows::new(0, labels.view(), columns_first.view()).unwrap();
        assert!(a.iter().eq(b.iter()));
        assert_eq!(a.row(1), (1, &[0.25, 0.75][..]));
    }
}
