//! How well probabilities match observed frequencies.

use ndarray::ArrayView1;

use crate::{Result, check};

/// Brier score of `probabilities` \[n\] for `labels` \[n\]: mean (p − y)², 0 best (Brier 1950, Mon. Weather Rev. 78:1–3).
///
/// # Errors
/// Empty input, different lengths, a probability outside [0, 1].
pub fn brier_score(labels: ArrayView1<'_, bool>, probabilities: ArrayView1<'_, f64>) -> Result<f64> {
    check_pair(labels, probabilities)?;
    let sum: f64 = labels
        .iter()
        .zip(probabilities)
        .map(|(&l, p)| (p - f64::from(u8::from(l))).powi(2))
        .sum();
    Ok(sum / labels.len() as f64)
}

/// One bar of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Lower edge, excluded (included in the first bin).
    pub low: f64,
    /// Upper edge, included.
    pub high: f64,
    /// Records in the bin.
    pub records: usize,
    /// Their mean probability; `None` in an empty bin.
    pub mean_probability: Option<f64>,
    /// Their share of positives; `None` in an empty bin.
    pub observed_share: Option<f64>,
}

/// Reliability diagram with `bins` bins of equal width over [0, 1], each closed above, as scikit-learn's
/// `calibration_curve(strategy="uniform")`; empty bins are kept.
///
/// # Errors
/// Empty input, different lengths, a probability outside [0, 1], no bins.
pub fn reliability(
    labels: ArrayView1<'_, bool>,
    probabilities: ArrayView1<'_, f64>,
    bins: usize,
) -> Result<Vec<ReliabilityBin>> {
    check_pair(labels, probabilities)?;
    check::at_least("bins", 1, bins)?;
    // Edges as NumPy's linspace makes them, so that p = 0.3 falls into the same bin.
    let step = 1.0 / bins as f64;
    let inner: Vec<f64> = (1..bins).map(|k| k as f64 * step).collect();
    let mut sums = vec![(0_usize, 0.0, 0_usize); bins];
    for (&label, &p) in labels.iter().zip(probabilities) {
        let (records, probability, positives) = &mut sums[inner.partition_point(|&edge| edge < p)];
        *records += 1;
        *probability += p;
        *positives += usize::from(label);
    }
    let edge = |k: usize| {
        if k == 0 {
            0.0
        } else {
            inner.get(k - 1).copied().unwrap_or(1.0)
        }
    };
    let bin = |(k, (records, probability, positives)): (usize, (usize, f64, usize))| ReliabilityBin {
        low: edge(k),
        high: edge(k + 1),
        records,
        mean_probability: (records > 0).then(|| probability / records as f64),
        observed_share: (records > 0).then(|| positives as f64 / records as f64),
    };
    Ok(sums.into_iter().enumerate().map(bin).collect())
}

/// Expected calibration error: |mean probability − share of positives| averaged over the bins of
/// [`reliability`], weighted by their records (Naeini et al. 2015, AAAI; binary form). 0 best.
///
/// # Errors
/// As [`reliability`].
pub fn expected_calibration_error(
    labels: ArrayView1<'_, bool>,
    probabilities: ArrayView1<'_, f64>,
    bins: usize,
) -> Result<f64> {
    let bins = reliability(labels, probabilities, bins)?;
    let gap = |bin: &ReliabilityBin| Some((bin.mean_probability? - bin.observed_share?).abs());
    let sum: f64 = bins
        .iter()
        .filter_map(|bin| Some(gap(bin)? * bin.records as f64))
        .sum();
    Ok(sum / labels.len() as f64)
}

fn check_pair(labels: ArrayView1<'_, bool>, probabilities: ArrayView1<'_, f64>) -> Result<()> {
    check::not_empty("labels", labels.len())?;
    check::same_shape("probabilities", &labels, &probabilities)?;
    check::probabilities("probabilities", &probabilities)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Error;

    #[test]
    fn bins_are_closed_above_and_the_first_holds_zero() {
        let labels = array![false, false, true, true, true];
        let bins = reliability(labels.view(), array![0.0, 0.5, 0.5, 0.6, 1.0].view(), 2).unwrap();
        assert_eq!(bins[0].records, 3);
        assert_eq!(bins[0].observed_share, Some(1.0 / 3.0));
        assert_eq!((bins[1].low, bins[1].high, bins[1].records), (0.5, 1.0, 2));
    }

    #[test]
    fn certain_and_right_is_zero_certain_and_wrong_is_one() {
        let labels = array![true, false, true];
        let right = labels.mapv(|l| if l { 1.0 } else { 0.0 });
        let wrong = right.mapv(|p| 1.0 - p);
        assert_eq!(brier_score(labels.view(), right.view()), Ok(0.0));
        assert_eq!(brier_score(labels.view(), wrong.view()), Ok(1.0));
        assert_eq!(
            expected_calibration_error(labels.view(), right.view(), 10),
            Ok(0.0)
        );
        assert_eq!(
            expected_calibration_error(labels.view(), wrong.view(), 10),
            Ok(1.0)
        );
    }

    #[test]
    fn bad_input_is_named() {
        let error = brier_score(array![true, false].view(), array![0.2, 1.5].view()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "probabilities: value 1 is 1.5, expected one in [0, 1]"
        );
        assert!(matches!(
            reliability(array![true].view(), array![0.2].view(), 0),
            Err(Error::TooFew { what: "bins", .. })
        ));
        assert!(brier_score(array![true].view(), array![f64::NAN].view()).is_err());
    }
}
