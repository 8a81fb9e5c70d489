//! Baseline removal by moving medians (de Chazal et al., IEEE TBME 51(7), 2004).

use ndarray::Array2;

/// Odd number of samples nearest to `seconds` from above: a median needs a middle.
pub(super) fn window_samples(seconds: f64, rate: f64) -> usize {
    (seconds * rate).round() as usize | 1
}

/// Subtracts from each row the moving median of the moving median … of it.
pub(super) fn remove(samples: &mut Array2<f64>, windows: &[usize]) {
    for mut row in samples.rows_mut() {
        let mut baseline = row.to_vec();
        for &window in windows {
            baseline = moving_median(&baseline, window);
        }
        for (x, b) in row.iter_mut().zip(&baseline) {
            *x -= b;
        }
    }
}

/// Centred median over `window` (odd) samples; outside, the first and last sample repeat, as in
/// SciPy's `median_filter(mode="nearest")`. `x` is finite.
fn moving_median(x: &[f64], window: usize) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (x.first(), x.last()) else {
        return Vec::new();
    };
    let half = window / 2;
    let at = |i: usize| match i.checked_sub(half) {
        None => first,
        Some(i) => x.get(i).copied().unwrap_or(last),
    };
    // A sorted window with one sample out and one in per step: for windows of some hundred samples
    // moving memory beats the pointers of a heap.
    let mut sorted: Vec<f64> = (0..window).map(at).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut out = Vec::with_capacity(x.len());
    for i in 0..x.len() {
        out.extend(sorted.get(half).copied());
        let (leaving, entering) = (at(i), at(i + window));
        let from = sorted.partition_point(|v| v.total_cmp(&leaving).is_lt());
        let to = sorted.partition_point(|v| v.total_cmp(&entering).is_lt());
        if from < to {
            sorted.copy_within(from + 1..to, from);
            sorted[to - 1] = entering;
        } else {
            sorted.copy_within(to..from, to + 1);
            sorted[to] = entering;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_are_odd() {
        assert_eq!(window_samples(0.2, 500.0), 101);
        assert_eq!(window_samples(0.2, 360.0), 73);
        assert_eq!(window_samples(0.001, 100.0), 1);
    }

    proptest! {
        #[test]
        fn equals_the_plain_definition(
            x in proptest::collection::vec((-20i32..20).prop_map(f64::from), 1..60),
            half in 0usize..40,
        ) {
            let n = x.len() as isize;
            let expected: Vec<f64> = (0..n)
                .map(|i| {
                    let h = half as isize;
                    let mut w: Vec<f64> =
                        (i - h..=i + h).map(|j| x[j.clamp(0, n - 1) as usize]).collect();
                    w.sort_unstable_by(f64::total_cmp);
                    w[half]
                })
                .collect();
            prop_assert_eq!(moving_median(&x, 2 * half + 1), expected);
        }
    }
}
