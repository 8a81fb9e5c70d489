//! What a record's sequence of clusters says as a fixed number of features.
//!
//! A sequence holds one cluster number per timestamp, in any integer type. Masked timestamps (padding) are
//! cut away by the caller; times are in timestamps.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::{Error, Result, check};

const WHAT: &str = "the cluster sequence";

/// Share of the timestamps of `sequence` \[T\] in each of `clusters` = K clusters → \[K\], summing to 1.
///
/// # Errors
/// An empty sequence, a label that is no cluster number below K.
pub fn proportions<T>(sequence: ArrayView1<'_, T>, clusters: usize) -> Result<Array1<f64>>
where
    T: Copy + TryInto<usize>,
{
    let mut counts = Array1::<f64>::zeros(clusters);
    for cluster in numbers(sequence, clusters)? {
        counts[cluster] += 1.0;
    }
    Ok(counts / sequence.len() as f64)
}

/// Mean membership in each cluster over the timestamps of `memberships` \[T, K\], f32 or f64 → \[K\].
///
/// # Errors
/// No timestamps or clusters, a membership that is not finite or outside [0, 1].
pub fn soft_proportions<T>(memberships: ArrayView2<'_, T>) -> Result<Array1<f64>>
where
    T: Copy + Into<f64>,
{
    check::not_empty("memberships", memberships.len())?;
    let (timestamps, clusters) = memberships.dim();
    let mut sums = Array1::<f64>::zeros(clusters);
    for (t, row) in memberships.axis_iter(Axis(0)).enumerate() {
        for (k, (sum, &membership)) in sums.iter_mut().zip(row).enumerate() {
            let value = membership.into();
            if !(0.0..=1.0).contains(&value) {
                let index = t * clusters + k;
                return Err(Error::OutOfRange {
                    what: "memberships",
                    index,
                    value,
                    low: 0.0,
                    high: 1.0,
                });
            }
            *sum += value;
        }
    }
    Ok(sums / timestamps as f64)
}

/// A stretch of equal labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The cluster.
    pub cluster: usize,
    /// First timestamp.
    pub start: usize,
    /// Number of timestamps.
    pub length: usize,
}

/// The runs of `sequence` \[T\], in order, covering it without gaps.
///
/// # Errors
/// As [`proportions`].
pub fn runs<T>(sequence: ArrayView1<'_, T>, clusters: usize) -> Result<Vec<Run>>
where
    T: Copy + TryInto<usize>,
{
    let mut runs: Vec<Run> = Vec::new();
    for (start, cluster) in numbers(sequence, clusters)?.into_iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.cluster == cluster => run.length += 1,
            _ => runs.push(Run {
                cluster,
                start,
                length: 1,
            }),
        }
    }
    Ok(runs)
}

/// Dwell time of each of `clusters` = K clusters: the mean length of its runs, in timestamps → \[K\]; 0 for a
/// cluster that does not occur. The first and last run count although the record cuts them short.
///
/// # Errors
/// As [`proportions`].
pub fn dwell_times<T>(sequence: ArrayView1<'_, T>, clusters: usize) -> Result<Array1<f64>>
where
    T: Copy + TryInto<usize>,
{
    let mut time = Array1::<f64>::zeros(clusters);
    let mut count = Array1::<f64>::zeros(clusters);
    for run in runs(sequence, clusters)? {
        time[run.cluster] += run.length as f64;
        count[run.cluster] += 1.0;
    }
    Ok(time / count.mapv(|c| c.max(1.0)))
}

/// How often each cluster follows each other one: entry \[i, j\] counts timestamps in i whose successor is in
/// j → \[K, K\], summing to T − 1; the diagonal counts staying.
///
/// # Errors
/// As [`proportions`].
pub fn transitions<T>(sequence: ArrayView1<'_, T>, clusters: usize) -> Result<Array2<u64>>
where
    T: Copy + TryInto<usize>,
{
    let numbers = numbers(sequence, clusters)?;
    let mut counts = Array2::zeros((clusters, clusters));
    for (&from, &to) in numbers.iter().zip(numbers.iter().skip(1)) {
        counts[[from, to]] += 1;
    }
    Ok(counts)
}

fn numbers<T>(sequence: ArrayView1<'_, T>, clusters: usize) -> Result<Vec<usize>>
where
    T: Copy + TryInto<usize>,
{
    check::not_empty(WHAT, sequence.len())?;
    sequence
        .iter()
        .enumerate()
        .map(|(index, &label)| cluster_number(WHAT, index, label, clusters))
        .collect()
}

/// `label` as a position below `clusters`.
pub(crate) fn cluster_number<T>(what: &'static str, index: usize, label: T, clusters: usize) -> Result<usize>
where
    T: TryInto<usize>,
{
    label
        .try_into()
        .ok()
        .filter(|&c| c < clusters)
        .ok_or(Error::NotACluster {
            what,
            index,
            clusters,
        })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_sequence_is_counted_in_every_way() {
        let sequence = array![0_u16, 0, 2, 2, 2, 0];
        assert_eq!(proportions(sequence.view(), 3).unwrap(), array![0.5, 0.0, 0.5]);
        assert_eq!(dwell_times(sequence.view(), 3).unwrap(), array![1.5, 0.0, 3.0]);
        assert_eq!(
            transitions(sequence.view(), 3).unwrap(),
            array![[1, 0, 1], [0, 0, 0], [1, 0, 2]]
        );
        let expected = [(0, 0, 2), (2, 2, 3), (0, 5, 1)];
        let found = runs(sequence.view(), 3).unwrap();
        assert_eq!(
            found,
            expected.map(|(cluster, start, length)| Run {
                cluster,
                start,
                length
            })
        );
    }

    #[test]
    fn soft_proportions_average_memberships() {
        let memberships = array![[1.0_f32, 0.0], [0.5, 0.5]];
        assert_eq!(soft_proportions(memberships.view()).unwrap(), array![0.75, 0.25]);
    }

    #[test]
    fn bad_input_is_named() {
        let error = proportions(array![0_u8, 3].view(), 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the cluster sequence: label 1 is no cluster number below 3"
        );
        assert_eq!(
            runs(Array1::<i32>::zeros(0).view(), 3),
            Err(Error::Empty { what: WHAT })
        );
        assert!(transitions(array![0_i32, -1].view(), 3).is_err());
        assert!(soft_proportions(array![[f32::NAN]].view()).is_err());
    }
}
