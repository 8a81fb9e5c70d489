//! A first label-issue score: how well the evidence supports a given label.
//!
//! For one (record, class) pair, three sources each say how much they support the label that was given, on a
//! scale of 0 (contradicted) to 1 (supported):
//!
//! | source | support of the given label | weight |
//! |---|---|---|
//! | CNN | its probability of the given label: p if the class was given, else 1 − p | 0.5 |
//! | surrogate, out of fold | the same of its probability | 0.4 |
//! | mean uncertainty of the record | 2 (1 − Φ(z)) for z > 0, else 1 | 0.1 |
//!
//! with z the record's mean uncertainty standardised among the records that bear the same label. The score is
//! the weighted mean, so *lower is more suspect*. The first two rows are the self-confidence of Northcutt et
//! al. 2021 (JAIR 70:1373–1411) for two models. The weights are a judgement, not fitted: the CNN saw the
//! signal, the surrogate only its clusters, and uncertainty says that something is odd but not what.

use ndarray::{Array2, ArrayView1, ArrayView2};
use statrs::function::erf::erfc;

use crate::{Error, Result, check};

/// Weight of the CNN's probability.
pub const CNN_WEIGHT: f64 = 0.5;
/// Weight of the surrogate's probability.
pub const SURROGATE_WEIGHT: f64 = 0.4;
/// Weight of the uncertainty.
pub const UNCERTAINTY_WEIGHT: f64 = 0.1;
/// A model disagrees where it gives the label less than this.
pub const DISAGREEMENT_BELOW: f64 = 0.5;
/// Uncertainty is out of line beyond this many standard deviations above the mean of its class.
pub const OUT_OF_LINE_ABOVE: f64 = 2.0;

/// What is known about one label of one record. Checked when made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    given: bool,
    cnn_probability: f64,
    surrogate_probability: f64,
    uncertainty_z: f64,
}

impl Evidence {
    /// `given`: the label in the data set. `cnn_probability`, `surrogate_probability`: of the class being
    /// present, the latter out of fold. `uncertainty_z`: see [`uncertainty_z`].
    ///
    /// # Errors
    /// A probability outside [0, 1], a value that is not finite.
    pub fn new(
        given: bool,
        cnn_probability: f64,
        surrogate_probability: f64,
        uncertainty_z: f64,
    ) -> Result<Self> {
        check::probabilities("CNN probability", &ArrayView1::from(&[cnn_probability]))?;
        check::probabilities(
            "surrogate probability",
            &ArrayView1::from(&[surrogate_probability]),
        )?;
        check::finite("uncertainty z-score", &ArrayView1::from(&[uncertainty_z]))?;
        Ok(Self {
            given,
            cnn_probability,
            surrogate_probability,
            uncertainty_z,
        })
    }
}

/// Why a label is suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The CNN holds the opposite label for likelier.
    CnnDisagrees,
    /// The surrogate, which has not seen the record, holds the opposite label for likelier.
    SurrogateDisagrees,
    /// The encoder is far less certain of this record than of others with the same label.
    UncertaintyOutOfLine,
}

/// The judgement on one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Support of the given label, in [0, 1]; lower is more suspect.
    pub score: f64,
    /// The sources that speak against it, in the order of [`Reason`]; empty where none does.
    pub reasons: Vec<Reason>,
}

/// Scores one label by the formula of this [module](self).
#[must_use]
pub fn score(evidence: &Evidence) -> Verdict {
    let of_given = |p: f64| if evidence.given { p } else { 1.0 - p };
    let cnn = of_given(evidence.cnn_probability);
    let surrogate = of_given(evidence.surrogate_probability);
    // erfc(z / √2) is 2 (1 − Φ(z)).
    let usual = erfc(evidence.uncertainty_z.max(0.0) / std::f64::consts::SQRT_2);
    let score = CNN_WEIGHT * cnn + SURROGATE_WEIGHT * surrogate + UNCERTAINTY_WEIGHT * usual;
    let reasons = [
        (cnn < DISAGREEMENT_BELOW, Reason::CnnDisagrees),
        (surrogate < DISAGREEMENT_BELOW, Reason::SurrogateDisagrees),
        (
            evidence.uncertainty_z > OUT_OF_LINE_ABOVE,
            Reason::UncertaintyOutOfLine,
        ),
    ];
    let reasons = reasons
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect();
    Verdict {
        score: score.clamp(0.0, 1.0),
        reasons,
    }
}

/// The most suspect of a record's labels: position and score of the least-supported class, the lowest
/// position among equals. `None` without classes.
#[must_use]
pub fn record_score(verdicts: &[Verdict]) -> Option<(usize, f64)> {
    let scores = verdicts.iter().map(|verdict| verdict.score).enumerate();
    scores.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// z-scores of the records' mean `uncertainty` \[n\] for `given` labels \[n, C\] → \[n, C\]: entry \[r, c\] is
/// standardised (ddof = 1) among the records whose label of class c equals that of record r. 0 where fewer
/// than two records share the label or none differs in uncertainty.
///
/// # Errors
/// Empty input, different numbers of records, a value that is not finite.
pub fn uncertainty_z(uncertainty: ArrayView1<'_, f64>, given: ArrayView2<'_, bool>) -> Result<Array2<f64>> {
    check::not_empty("given labels", given.len())?;
    check::finite("uncertainty", &uncertainty)?;
    if uncertainty.len() != given.nrows() {
        let (expected, found) = (vec![given.nrows()], vec![uncertainty.len()]);
        return Err(Error::ShapeMismatch {
            what: "uncertainty",
            expected,
            found,
        });
    }
    let mut z = Array2::zeros(given.dim());
    for (labels, mut z) in given.columns().into_iter().zip(z.columns_mut()) {
        for label in [false, true] {
            let peers = || {
                uncertainty
                    .iter()
                    .zip(labels)
                    .filter(|&(_, &l)| l == label)
                    .map(|(&u, _)| u)
            };
            let count = peers().count() as f64;
            let mean = peers().sum::<f64>() / count;
            let deviation = (peers().map(|u| (u - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
            if count < 2.0 || deviation == 0.0 {
                continue;
            }
            for ((z, &u), _) in z
                .iter_mut()
                .zip(uncertainty)
                .zip(labels)
                .filter(|&(_, &l)| l == label)
            {
                *z = (u - mean) / deviation;
            }
        }
    }
    Ok(z)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn verdict(given: bool, cnn: f64, surrogate: f64, z: f64) -> Verdict {
        score(&Evidence::new(given, cnn, surrogate, z).unwrap())
    }

    #[test]
    fn unanimous_evidence_spans_the_scale() {
        assert_eq!(
            verdict(true, 1.0, 1.0, -1.0),
            Verdict {
                score: 1.0,
                reasons: vec![]
            }
        );
        let against = verdict(true, 0.0, 0.0, 9.0);
        assert!(against.score < 1e-10);
        let all = [
            Reason::CnnDisagrees,
            Reason::SurrogateDisagrees,
            Reason::UncertaintyOutOfLine,
        ];
        assert_eq!(against.reasons, all);
    }

    #[test]
    fn an_absent_label_is_judged_by_the_opposite_probability() {
        assert_eq!(verdict(false, 0.2, 0.9, 0.0), verdict(true, 0.8, 1.0 - 0.9, 0.0));
        assert_eq!(
            verdict(false, 0.2, 0.9, 0.0).reasons,
            [Reason::SurrogateDisagrees]
        );
        assert!((verdict(false, 0.2, 0.9, 0.0).score - (0.5 * 0.8 + 0.4 * 0.1 + 0.1)).abs() < 1e-15);
    }

    #[test]
    fn the_weights_are_a_mean() {
        assert!((CNN_WEIGHT + SURROGATE_WEIGHT + UNCERTAINTY_WEIGHT - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_record_is_as_suspect_as_its_worst_label() {
        let verdicts = [0.9, 0.3, 0.3].map(|p| verdict(true, p, p, 0.0));
        assert_eq!(record_score(&verdicts), Some((1, verdicts[1].score)));
        assert_eq!(record_score(&[]), None);
    }

    #[test]
    fn uncertainty_is_compared_within_the_label() {
        let given = array![[true], [true], [true], [false], [false], [false]];
        let z = uncertainty_z(array![0.1, 0.2, 0.3, 0.7, 0.8, 0.9].view(), given.view()).unwrap();
        for (found, expected) in z.iter().zip([-1.0, 0.0, 1.0, -1.0, 0.0, 1.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        let alone = uncertainty_z(
            array![0.1, 0.5, 0.5].view(),
            array![[true], [false], [false]].view(),
        );
        assert_eq!(
            alone.unwrap(),
            Array2::<f64>::zeros((3, 1)),
            "one member, and two equal ones"
        );
    }

    #[test]
    fn bad_input_is_named() {
        let error = Evidence::new(true, 0.5, 1.2, 0.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "surrogate probability: value 0 is 1.2, expected one in [0, 1]"
        );
        assert!(Evidence::new(true, f64::NAN, 0.5, 0.0).is_err());
        assert!(Evidence::new(true, 0.5, 0.5, f64::INFINITY).is_err());
        assert!(uncertainty_z(array![0.1].view(), array![[true], [false]].view()).is_err());
    }
}
