//! How the classes are balanced.

use crate::audit::ClassBalance;
use crate::cohort::Cohort;

/// Imbalance of the classes among the labelled records (Charte et al. 2015, Neurocomputing 163:3-16).
pub(crate) fn balance(cohort: &Cohort, labelled: &[usize]) -> Vec<ClassBalance> {
    let count = |class: usize| labelled.iter().filter(|r| cohort.labels[[**r, class]]).count();
    let counts: Vec<usize> = (0..cohort.classes.len()).map(count).collect();
    ratios(&counts)
        .into_iter()
        .zip(&counts)
        .zip(&cohort.classes)
        .map(|(((imbalance, minority), records), class)| ClassBalance {
            class: class.clone(),
            records: *records,
            share: *records as f64 / labelled.len().max(1) as f64,
            imbalance,
            minority,
        })
        .collect()
}

/// Per class: how many times more often the most frequent class occurs, and whether that is above the mean of all
/// classes that occur. A class that does not occur is a minority.
fn ratios(counts: &[usize]) -> Vec<(Option<f64>, bool)> {
    let largest = counts.iter().copied().max().unwrap_or(0);
    let ratio = |count: usize| (count > 0).then(|| largest as f64 / count as f64);
    let known: Vec<f64> = counts.iter().filter_map(|count| ratio(*count)).collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    counts
        .iter()
        .map(|count| (ratio(*count), ratio(*count).is_none_or(|r| r > mean)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ratios;

    #[test]
    fn rare_classes_are_minorities() {
        let found = ratios(&[100, 50, 10, 0]);
        assert_eq!(
            found,
            [
                (Some(1.0), false),
                (Some(2.0), false),
                (Some(10.0), true),
                (None, true)
            ]
        );
        assert!(ratios(&[5, 5]).iter().all(|(_, minority)| !minority));
        assert!(ratios(&[]).is_empty());
    }
}
