//! Every record judged by what the other folds teach.

use ndarray::Array1;

/// The value of each record by the fit on the other folds' records that `keep` lets in, and the mean coefficients of the
/// fits that have some (`sources` of them). `fit` takes the rows to learn from, and gives what tells the value of a row, and
/// its coefficients.
pub(super) fn cross_fit<P: Fn(usize) -> f64>(
    folds: &[u32],
    sources: usize,
    keep: impl Fn(usize) -> bool,
    fit: impl Fn(&[usize]) -> (P, Option<Vec<f64>>),
) -> (Array1<f64>, Vec<f64>) {
    let mut names = folds.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut values = Array1::zeros(folds.len());
    let mut sums = vec![0.0; sources];
    let mut fits = 0.0;
    for fold in names {
        let train: Vec<usize> = (0..folds.len())
            .filter(|r| folds[*r] != fold && keep(*r))
            .collect();
        let (predict, coefficients) = fit(&train);
        for row in (0..folds.len()).filter(|r| folds[*r] == fold) {
            values[row] = predict(row);
        }
        if let Some(coefficients) = coefficients {
            sums.iter_mut().zip(&coefficients).for_each(|(sum, c)| *sum += c);
            fits += 1.0;
        }
    }
    let means = sums.into_iter().map(|sum| sum / f64::max(fits, 1.0));
    (values, means.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_record_teaches_its_own_fold_and_fits_without_coefficients_do_not_count() {
        let folds = [0, 1, 0, 1, 2];
        let (values, means) = cross_fit(
            &folds,
            1,
            |row| row != 2,
            |train| {
                let (count, first) = (train.len() as f64, train[0]);
                (
                    move |row: usize| count * 10.0 + row as f64,
                    (first > 0).then(|| vec![count]),
                )
            },
        );
        // Fold 0 learns from rows 1, 3, 4; fold 1 from 0, 4; fold 2 from 0, 1, 3.
        assert_eq!(values.to_vec(), [30.0, 21.0, 32.0, 23.0, 34.0]);
        assert_eq!(means, [3.0]);
    }
}
