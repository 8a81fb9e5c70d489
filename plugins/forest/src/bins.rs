//! Features as small integer codes: binned once per fit, shared by all trees.

use ndarray::ArrayView2;
use rayon::prelude::*;

/// Up to this many rows every distinct value keeps a bin of its own, so that small fits are exact.
pub(crate) const EXACT_ROWS: usize = 1024;

/// An integer wide enough for a bin's number.
pub(crate) trait Code: Copy + Ord + Default + Send + Sync {
    /// The most bins a feature may have.
    const MAX_BINS: usize;
    /// The code of a bin below [`Self::MAX_BINS`].
    fn new(bin: usize) -> Self;
    /// The bin.
    fn bin(self) -> usize;
}

impl Code for u8 {
    const MAX_BINS: usize = 255;
    fn new(bin: usize) -> Self {
        bin as u8
    }
    fn bin(self) -> usize {
        usize::from(self)
    }
}

impl Code for u16 {
    const MAX_BINS: usize = EXACT_ROWS;
    fn new(bin: usize) -> Self {
        bin as u16
    }
    fn bin(self) -> usize {
        usize::from(self)
    }
}

/// The smallest and the largest training value of a bin.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    low: f64,
    high: f64,
}

/// One binned feature.
pub(crate) struct Feature<C> {
    /// The bin of each row.
    pub codes: Vec<C>,
    ranges: Vec<Range>,
}

impl<C> Feature<C> {
    /// Number of bins; 1 when the feature is constant.
    pub fn bins(&self) -> usize {
        self.ranges.len()
    }

    /// The value that parts `left` from the higher bin `right`: half-way between the values that are next to the
    /// gap, as an exact tree would have it; at least `left`'s largest value and below `right`'s smallest.
    pub fn threshold(&self, left: usize, right: usize) -> f64 {
        let (low, high) = (self.ranges[left].high, self.ranges[right].low);
        let middle = low.midpoint(high);
        if middle < high { middle } else { low }
    }
}

/// Bins each column of `x` (finite, at least one row), in parallel.
pub(crate) fn bin_features<C: Code>(x: ArrayView2<'_, f64>) -> Vec<Feature<C>> {
    (0..x.ncols())
        .into_par_iter()
        .map_init(Vec::new, |sorted, column| {
            let column = x.column(column);
            sorted.clear();
            sorted.extend(column.iter().copied());
            sorted.sort_unstable_by(f64::total_cmp);
            let ranges = ranges(sorted, C::MAX_BINS);
            let codes = column
                .iter()
                .map(|&value| C::new(ranges.partition_point(|range| range.high < value)))
                .collect();
            Feature { codes, ranges }
        })
        .collect()
}

/// Cuts `sorted` into at most `most` bins: one per distinct value where that is enough, else of about equal numbers
/// of rows. Equal values always share a bin, and a value with many rows does not drag its neighbours along.
fn ranges(sorted: &[f64], most: usize) -> Vec<Range> {
    let distinct = || sorted.chunk_by(|a, b| a == b);
    if distinct().take(most + 1).count() <= most {
        return distinct()
            .map(|run| Range {
                low: run[0],
                high: run[0],
            })
            .collect();
    }
    let mut ranges: Vec<Range> = Vec::with_capacity(most);
    let mut rows_left = sorted.len();
    let mut in_bin = 0_usize;
    for run in distinct() {
        let value = run[0];
        // Aiming anew at each run keeps the later bins even when an earlier one grew large.
        let aim = rows_left / (most + 1 - ranges.len());
        if ranges.is_empty() || (ranges.len() < most && in_bin + run.len() / 2 >= aim) {
            rows_left -= in_bin;
            in_bin = 0;
            ranges.push(Range {
                low: value,
                high: value,
            });
        } else if let Some(range) = ranges.last_mut() {
            range.high = value;
        }
        in_bin += run.len();
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn few_distinct_values_are_exact_with_thresholds_at_midpoints() {
        let x = Array2::from_shape_vec((5, 1), vec![3.0, -0.0, 1.0, 0.0, 3.0]).unwrap();
        let feature = &bin_features::<u8>(x.view())[0];
        assert_eq!(feature.codes, [2, 0, 1, 0, 2]);
        assert_eq!(feature.threshold(0, 1), 0.5);
        assert_eq!(feature.threshold(0, 2), 1.5);
    }

    #[test]
    fn a_threshold_never_reaches_the_right_side() {
        let next = 1.0_f64.next_up();
        let x = Array2::from_shape_vec((4, 1), vec![1.0, next, f64::MAX, -f64::MAX]).unwrap();
        let feature = &bin_features::<u16>(x.view())[0];
        assert_eq!(feature.threshold(1, 2), 1.0);
        assert_eq!(feature.threshold(0, 3), 0.0);
    }

    #[test]
    fn many_distinct_values_fill_the_bins_evenly() {
        let x = Array2::from_shape_fn((20_000, 1), |(row, _)| (row * 7919 % 20_000) as f64);
        let feature = &bin_features::<u8>(x.view())[0];
        assert_eq!(feature.bins(), 255);
        let mut counts = [0; 255];
        feature.codes.iter().for_each(|code| counts[code.bin()] += 1);
        assert!(counts.iter().all(|count| (70..=90).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_frequent_value_has_its_own_bin() {
        let x = Array2::from_shape_fn(
            (20_000, 1),
            |(row, _)| if row % 2 == 0 { 0.5 } else { row as f64 / 2e4 },
        );
        let feature = &bin_features::<u8>(x.view())[0];
        let frequent = feature.codes[0].bin();
        assert_eq!(feature.ranges[frequent], Range { low: 0.5, high: 0.5 });
        assert!(feature.bins() > 240, "{}", feature.bins());
    }

    proptest! {
        #[test]
        fn codes_keep_the_order_and_ranges_hold_their_values(
            values in prop::collection::vec(prop_oneof![-1e3..1e3, (-20..20).prop_map(f64::from)], 1..3000)
        ) {
            let x = Array2::from_shape_vec((values.len(), 1), values.clone()).unwrap();
            let feature = &bin_features::<u8>(x.view())[0];
            prop_assert!(feature.bins() <= 255);
            for (value, code) in values.iter().zip(&feature.codes) {
                let range = feature.ranges[code.bin()];
                prop_assert!(range.low <= *value && *value <= range.high);
            }
            for pair in feature.ranges.windows(2) {
                prop_assert!(pair[0].high < pair[1].low);
            }
        }
    }
}
