//! How well a ranking by suspicion finds the records that are really wrong.
//!
//! Scores are label-quality scores: *lower = more suspect*, so the ranking is ascending and its head is the
//! record with the lowest score. `relevant` says which records a perfect ranking would put first, for
//! instance those whose label was flipped on purpose.

use ndarray::ArrayView1;

use crate::rank::Order;
use crate::{Error, Result, check};

/// Average precision of ranking `scores` \[n\] upwards, `relevant` \[n\] the records to be found; in (0, 1],
/// 1 when all relevant records come first.
///
/// Σ over distinct scores, lowest first, of (recall gained at it) × (precision up to and including it). Equal
/// scores are one threshold, so the value does not depend on the order of tied records. Equals scikit-learn's
/// `average_precision_score(relevant, -scores)`.
///
/// # Errors
/// Empty input, different lengths, a score that is not finite, no relevant record (the recall is undefined).
pub fn average_precision(scores: ArrayView1<'_, f64>, relevant: ArrayView1<'_, bool>) -> Result<f64> {
    let groups = TieGroups::new(scores, relevant)?;
    let (mut retrieved, mut hits) = (0_u64, 0_u64);
    let mut sum = 0.0;
    for (size, found) in groups.0 {
        retrieved += size;
        hits += found;
        sum += found as f64 * (hits as f64 / retrieved as f64);
    }
    Ok(sum / hits as f64)
}

/// Share of relevant records among the `k` lowest of `scores` \[n\], in [0, 1].
///
/// Where a tie straddles the k-th place, its expected value when tied records are put in random order: a tie
/// of s records with r relevant ones contributes r/s for each place that it fills.
///
/// # Errors
/// As [`average_precision`]; `k` is 0 or more than n.
pub fn precision_at(scores: ArrayView1<'_, f64>, relevant: ArrayView1<'_, bool>, k: usize) -> Result<f64> {
    Ok(expected_hits(scores, relevant, k)?.0 / k as f64)
}

/// Share of all relevant records that are among the `k` lowest of `scores` \[n\], in [0, 1]; ties as in
/// [`precision_at`].
///
/// # Errors
/// As [`precision_at`].
pub fn recall_at(scores: ArrayView1<'_, f64>, relevant: ArrayView1<'_, bool>, k: usize) -> Result<f64> {
    let (hits, total) = expected_hits(scores, relevant, k)?;
    Ok(hits / total as f64)
}

/// (Expected relevant records among the first `k`, relevant records in all).
fn expected_hits(
    scores: ArrayView1<'_, f64>,
    relevant: ArrayView1<'_, bool>,
    k: usize,
) -> Result<(f64, u64)> {
    check::at_least("k", 1, k)?;
    check::at_least("scores", k, scores.len())?;
    let groups = TieGroups::new(scores, relevant)?;
    let mut places = k as u64;
    let mut hits = 0.0;
    for &(size, found) in &groups.0 {
        let filled = places.min(size);
        // The product is exact, so that a tie within the first k counts as a whole number.
        hits += (found * filled) as f64 / size as f64;
        places -= filled;
    }
    Ok((hits, groups.0.iter().map(|(_, found)| found).sum()))
}

/// (Records, relevant records) of every distinct score, lowest score first.
struct TieGroups(Vec<(u64, u64)>);

impl TieGroups {
    fn new(scores: ArrayView1<'_, f64>, relevant: ArrayView1<'_, bool>) -> Result<Self> {
        check::not_empty("scores", scores.len())?;
        check::same_shape("relevant", &scores, &relevant)?;
        check::finite("scores", &scores)?;
        if !relevant.iter().any(|&r| r) {
            return Err(Error::NoneRelevant {
                what: "relevant",
                count: relevant.len(),
            });
        }
        let order = Order::new(scores);
        let mut groups: Vec<(u64, u64)> = order.group_sizes.iter().map(|&size| (size, 0)).collect();
        for (&group, &is_relevant) in order.group_of.iter().zip(relevant) {
            groups[group as usize].1 += u64::from(is_relevant);
        }
        Ok(Self(groups))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_lowest_scores_are_the_head_of_the_ranking() {
        let scores = array![0.9, 0.1, 0.5, 0.2];
        let relevant = array![false, true, false, true];
        assert_eq!(average_precision(scores.view(), relevant.view()), Ok(1.0));
        assert_eq!(precision_at(scores.view(), relevant.view(), 1), Ok(1.0));
        assert_eq!(precision_at(scores.view(), relevant.view(), 4), Ok(0.5));
        assert_eq!(recall_at(scores.view(), relevant.view(), 1), Ok(0.5));
        assert_eq!(recall_at(scores.view(), relevant.view(), 2), Ok(1.0));
    }

    #[test]
    fn a_tie_counts_by_its_expectation() {
        let scores = array![0.0, 0.5, 0.5, 0.5, 1.0];
        let relevant = array![true, true, false, false, true];
        // One certain hit, and one place of three for the tied relevant record.
        assert_eq!(
            precision_at(scores.view(), relevant.view(), 2),
            Ok((1.0 + 1.0 / 3.0) / 2.0)
        );
        let all_tied = array![0.5, 0.5, 0.5, 0.5];
        let ap = average_precision(all_tied.view(), array![true, false, false, false].view());
        assert_eq!(ap, Ok(0.25));
    }

    #[test]
    fn what_has_no_answer_is_refused() {
        let scores = array![0.1, 0.2];
        let none = average_precision(scores.view(), array![false, false].view()).unwrap_err();
        assert_eq!(
            none.to_string(),
            "relevant: none of the 2 records is to be found, the figure is undefined"
        );
        let relevant = array![true, false];
        let zero = precision_at(scores.view(), relevant.view(), 0).unwrap_err();
        assert_eq!(zero.to_string(), "k: at least 1 values are needed, found 0");
        let many = recall_at(scores.view(), relevant.view(), 3).unwrap_err();
        assert_eq!(many.to_string(), "scores: at least 3 values are needed, found 2");
        assert!(average_precision(array![0.1, f64::NAN].view(), relevant.view()).is_err());
        assert!(average_precision(scores.view(), array![true].view()).is_err());
        assert!(average_precision(array![].view(), array![].view()).is_err());
    }
}
