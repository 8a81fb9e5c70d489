//! Uncertainty and models that are out of line.

use ndarray::{Array2, ArrayView2};
use statrs::function::erf::erfc;

/// Two-sided normal tail of each record's mean uncertainty `[n]` among the records that bear the same label of each
/// class `[n, C]`: 1 at the mean and below, 0.05 at 1.96 standard deviations above it. 1 where fewer than two records
/// share the label, or all have the same uncertainty.
pub(crate) fn uncertainty(uncertainty: &[f64], labels: ArrayView2<'_, bool>) -> Array2<f64> {
    let mut support = Array2::from_elem(labels.dim(), 1.0);
    for (labels, mut support) in labels.columns().into_iter().zip(support.columns_mut()) {
        for label in [false, true] {
            let peers: Vec<usize> = (0..labels.len()).filter(|r| labels[*r] == label).collect();
            let count = peers.len() as f64;
            let mean = peers.iter().map(|r| uncertainty[*r]).sum::<f64>() / count;
            let squares = peers
                .iter()
                .map(|r| (uncertainty[*r] - mean).powi(2))
                .sum::<f64>();
            let deviation = (squares / (count - 1.0)).sqrt();
            if peers.len() < 2 || deviation == 0.0 {
                continue;
            }
            for row in peers {
                let z = (uncertainty[row] - mean) / deviation;
                support[row] = erfc(z / std::f64::consts::SQRT_2).min(1.0);
            }
        }
    }
    support
}

/// One minus the range of several models' probabilities `[n, C]`; `None` for fewer than two models.
pub(crate) fn disagreement(models: &[Array2<f64>]) -> Option<Array2<f64>> {
    let (first, others) = models.split_first()?;
    if others.is_empty() {
        return None;
    }
    let mut support = first.clone();
    for ((row, class), value) in support.indexed_iter_mut() {
        let all = models.iter().filter_map(|m| m.get([row, class])).copied();
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| {
            (low.min(p), high.max(p))
        });
        *value = 1.0 - (high - low).clamp(0.0, 1.0);
    }
    Some(support)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn uncertainty_is_compared_within_the_label() {
        let labels = array![[true], [true], [true], [false], [false], [false]];
        let support = uncertainty(&[0.1, 0.2, 0.3, 0.7, 0.8, 0.9], labels.view());
        assert_eq!(support.column(0).to_vec()[..2], [1.0, 1.0]);
        // One standard deviation above the mean.
        assert!((support[[2, 0]] - 0.317_310_507_862_914).abs() < 1e-9);
        assert!((support[[5, 0]] - support[[2, 0]]).abs() < 1e-9);
    }

    #[test]
    fn too_few_or_equal_peers_say_nothing() {
        let labels = array![[true], [false], [false]];
        assert_eq!(
            uncertainty(&[0.1, 0.5, 0.5], labels.view()),
            Array2::from_elem((3, 1), 1.0)
        );
    }

    #[test]
    fn models_disagree_by_their_range() {
        assert!(disagreement(&[array![[0.2]]]).is_none());
        let support = disagreement(&[array![[0.2, 0.5]], array![[0.9, 0.5]], array![[0.4, 0.5]]]).unwrap();
        assert!((support[[0, 0]] - 0.3).abs() < 1e-12 && support[[0, 1]] == 1.0);
    }
}
