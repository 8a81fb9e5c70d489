//! Which records to prune for each cell of the calibrated joint.

use ndarray::Array2;

use super::joint::ConfidentJoint;

/// Records to prune \[given, true\]: the calibrated joint with at least `keep` records left on each diagonal cell. What
/// a diagonal gains, the other non-zero cells of its row lose in equal parts.
pub(super) fn prune_counts(joint: &ConfidentJoint, keep: usize) -> Array2<u64> {
    let mut counts = joint.calibrated();
    for (given, mut row) in counts.rows_mut().into_iter().enumerate() {
        let kept = row[given].max(keep as u64);
        let gained = (kept - row[given]) as f64;
        let others = row.iter().filter(|&&count| count != 0).count() as f64 - 1.0;
        let loss = gained / others.max(1.0);
        row.mapv_inplace(|count| (count as f64 - loss).max(0.0) as u64);
        row[given] = kept;
    }
    counts
}

/// The `wanted` records with the lowest keys of those offered, equal keys by record.
///
/// Holds at most twice as many (and a few) candidates: once full, the worse half is dropped and sets a cut that later
/// ones must beat. Offering is O(1) amortised, and the outcome does not depend on the order of offers.
#[derive(Debug, Clone)]
pub(super) struct Lowest {
    wanted: usize,
    cut: Option<(f64, usize)>,
    kept: Vec<(f64, usize)>,
}

impl Lowest {
    pub(super) fn new(wanted: usize) -> Self {
        Self {
            wanted,
            cut: None,
            kept: Vec::new(),
        }
    }

    /// `key` is finite.
    pub(super) fn offer(&mut self, key: f64, record: usize) {
        let candidate = (key, record);
        if self.wanted == 0 || self.cut.is_some_and(|cut| candidate >= cut) {
            return;
        }
        self.kept.push(candidate);
        if self.kept.len() > 2 * self.wanted + 16 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.kept.len() <= self.wanted || self.wanted == 0 {
            return;
        }
        // Keys are finite: 0.0 and -0.0 are equal, which total_cmp would not have.
        let order =
            |a: &(f64, usize), b: &(f64, usize)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
        let (_, &mut cut, _) = self.kept.select_nth_unstable_by(self.wanted - 1, order);
        self.cut = Some(cut);
        self.kept.truncate(self.wanted);
    }

    /// The records, in no order.
    pub(super) fn finish(mut self) -> impl Iterator<Item = usize> {
        self.shrink();
        self.kept.into_iter().map(|(_, record)| record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_are_kept_whatever_the_order_of_offers() {
        let keys = |i: usize| ((i * 37) % 11) as f64 - 0.0;
        let mut expected: Vec<usize> = (0..500).collect();
        expected.sort_by(|&a, &b| keys(a).total_cmp(&keys(b)));
        for wanted in [0, 1, 7, 100, 499, 500, 600] {
            let mut forwards = Lowest::new(wanted);
            let mut backwards = Lowest::new(wanted);
            for i in 0..500 {
                forwards.offer(keys(i), i);
                backwards.offer(keys(499 - i), 499 - i);
            }
            let sorted = |lowest: Lowest| {
                let mut records: Vec<usize> = lowest.finish().collect();
                records.sort_unstable();
                records
            };
            let mut first = expected[..wanted.min(500)].to_vec();
            first.sort_unstable();
            assert_eq!(sorted(forwards), first);
            assert_eq!(sorted(backwards), first);
        }
    }
}
