//! Figures of the benchmark, with intervals over seeds.

use ecg_audit_stats::retrieval::{average_precision, precision_at, recall_at};
use ecg_audit_stats::summary;
use ndarray::{Array1, Array2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Noise, REFERENCE};
use crate::Error;

/// Mean, spread and 95 % interval over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (ddof = 1).
    pub sd: f64,
    /// 95 % interval of the mean by Student's t.
    pub ci95: [f64; 2],
}

impl Interval {
    fn new(values: &[f64]) -> Result<Self, Error> {
        let array = Array1::from(values.to_vec());
        let (mean, sd) = (
            summary::mean(array.view())?,
            summary::standard_deviation(array.view())?,
        );
        let n = values.len() as f64;
        let t = StudentsT::new(0.0, 1.0, n - 1.0)
            .map_err(|e| Error::Invalid(format!("an interval over {n} seeds: {e}")))?
            .inverse_cdf(0.975);
        let half = t * sd / n.sqrt();
        Ok(Self {
            mean,
            sd,
            ci95: [mean - half, mean + half],
        })
    }
}

/// One score in one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// The score: a source of evidence, `combined` or `confident-learning`.
    pub score: String,
    /// Average precision of the ranked records.
    pub average_precision: Interval,
    /// Average precision of the ranked labels; absent for a score of whole records.
    pub average_precision_labels: Option<Interval>,
    /// Share of wrong records among the first as many as were planted (precision and recall are equal there).
    pub precision_at_planted: Interval,
    /// Share of wrong records among the first k, for each k of the plan.
    pub precision_at: Vec<Interval>,
    /// Share of the wrong records that are among the first k, for each k of the plan.
    pub recall_at: Vec<Interval>,
    /// Average precision minus that of `confident-learning`, seed by seed.
    pub gain: Interval,
    /// Mean average precision over that of `confident-learning`.
    pub ratio: f64,
}

/// One kind of noise at one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// What was planted.
    pub noise: Noise,
    /// In which share of the records.
    pub rate: f64,
    /// Records with a wrong label: mean over seeds.
    pub planted: f64,
    /// The ranks of `precision_at` and `recall_at`, at most the number of records.
    pub at: Vec<usize>,
    /// One entry per score.
    pub scores: Vec<Figures>,
}

/// What one seed gave.
pub(super) struct Outcome {
    planted: usize,
    records: usize,
    scores: Vec<Measured>,
}

struct Measured {
    name: String,
    ap: f64,
    ap_labels: Option<f64>,
    at_planted: f64,
    at: Vec<(f64, f64)>,
}

impl Outcome {
    /// Measures `scores` (of records, and of labels where there are) against the labels that are `wrong`.
    pub fn new(
        wrong: &Array2<bool>,
        scores: Vec<(String, Array1<f64>, Option<Array2<f64>>)>,
        at: &[usize],
    ) -> Result<Self, Error> {
        let records: Array1<bool> = wrong
            .rows()
            .into_iter()
            .map(|row| row.iter().any(|w| *w))
            .collect();
        let planted = records.iter().filter(|w| **w).count();
        let labels: Array1<bool> = wrong.iter().copied().collect();
        let measure = |(name, of_records, of_labels): (String, Array1<f64>, Option<Array2<f64>>)| {
            let ap_labels = match of_labels {
                Some(values) => {
                    let flat: Array1<f64> = values.iter().copied().collect();
                    Some(average_precision(flat.view(), labels.view())?)
                }
                None => None,
            };
            let rank = |k: &usize| {
                let k = (*k).min(records.len());
                Ok((
                    precision_at(of_records.view(), records.view(), k)?,
                    recall_at(of_records.view(), records.view(), k)?,
                ))
            };
            Ok(Measured {
                name,
                ap: average_precision(of_records.view(), records.view())?,
                ap_labels,
                at_planted: precision_at(of_records.view(), records.view(), planted)?,
                at: at.iter().map(rank).collect::<Result<_, Error>>()?,
            })
        };
        Ok(Self {
            planted,
            records: records.len(),
            scores: scores.into_iter().map(measure).collect::<Result<_, Error>>()?,
        })
    }
}

impl Setting {
    pub(super) fn new(noise: Noise, rate: f64, at: &[usize], outcomes: &[Outcome]) -> Result<Self, Error> {
        let names = outcomes.first().map_or(&[][..], |first| first.scores.as_slice());
        let of = |name: &str| -> Vec<&Measured> {
            let found = outcomes
                .iter()
                .flat_map(|o| o.scores.iter().filter(|m| m.name == name));
            found.collect()
        };
        let reference: Vec<f64> = of(REFERENCE).iter().map(|m| m.ap).collect();
        let scores = names
            .iter()
            .map(|m| figures(&m.name, &of(&m.name), &reference, at.len()));
        let records = outcomes.first().map_or(0, |first| first.records);
        Ok(Self {
            noise,
            rate,
            planted: outcomes.iter().map(|o| o.planted as f64).sum::<f64>() / outcomes.len().max(1) as f64,
            at: at.iter().map(|k| (*k).min(records)).collect(),
            scores: scores.collect::<Result<_, Error>>()?,
        })
    }
}

fn figures(name: &str, measured: &[&Measured], reference: &[f64], ranks: usize) -> Result<Figures, Error> {
    let over = |value: &dyn Fn(&Measured) -> f64| -> Result<Interval, Error> {
        Interval::new(&measured.iter().map(|m| value(m)).collect::<Vec<_>>())
    };
    let ap = over(&|m| m.ap)?;
    let labels: Option<Vec<f64>> = measured.iter().map(|m| m.ap_labels).collect();
    let gains: Vec<f64> = measured.iter().zip(reference).map(|(m, r)| m.ap - r).collect();
    let rank = |i: usize, part: fn(&(f64, f64)) -> f64| over(&|m: &Measured| m.at.get(i).map_or(0.0, part));
    Ok(Figures {
        score: name.to_owned(),
        average_precision: ap,
        average_precision_labels: labels.map(|values| Interval::new(&values)).transpose()?,
        precision_at_planted: over(&|m| m.at_planted)?,
        precision_at: (0..ranks)
            .map(|i| rank(i, |pair| pair.0))
            .collect::<Result<_, _>>()?,
        recall_at: (0..ranks)
            .map(|i| rank(i, |pair| pair.1))
            .collect::<Result<_, _>>()?,
        gain: Interval::new(&gains)?,
        ratio: ap.mean / (reference.iter().sum::<f64>() / reference.len().max(1) as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn intervals_are_students() {
        // scipy.stats.t.interval(0.95, 3, loc=2.5, scale=sem([1, 2, 3, 4])) = (0.44573974, 4.55426026).
        let interval = Interval::new(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!(
            (interval.ci95[0] - 0.445_739_74).abs() < 1e-6 && (interval.ci95[1] - 4.554_260_26).abs() < 1e-6
        );
    }

    #[test]
    fn gains_are_paired_with_the_reference() {
        let wrong = array![[true], [false], [false], [false]];
        let scores = |reference: [f64; 4]| {
            vec![
                (REFERENCE.to_owned(), Array1::from(reference.to_vec()), None),
                (
                    "combined".to_owned(),
                    array![0.0, 0.5, 0.6, 0.7],
                    Some(array![[0.0], [0.5], [0.6], [0.7]]),
                ),
            ]
        };
        let first = Outcome::new(&wrong, scores([0.5, 0.1, 0.6, 0.7]), &[1, 9]).unwrap();
        let second = Outcome::new(&wrong, scores([0.1, 0.5, 0.6, 0.7]), &[1, 9]).unwrap();
        let setting = Setting::new(Noise::Uniform, 0.25, &[1, 9], &[first, second]).unwrap();
        let combined = &setting.scores[1];
        assert_eq!(combined.average_precision.mean, 1.0);
        assert!((combined.gain.mean - 0.25).abs() < 1e-12 && (combined.ratio - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(combined.average_precision_labels.unwrap().mean, 1.0);
        assert_eq!((setting.at.as_slice(), setting.planted), (&[1, 4][..], 1.0));
        assert_eq!(setting.scores[0].precision_at[0].mean, 0.5);
        assert_eq!(setting.scores[0].recall_at[1].mean, 1.0);
        assert!(setting.scores[0].average_precision_labels.is_none());
    }
}
