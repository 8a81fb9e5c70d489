//! Doubtful values of a continuous target.
//!
//! Network, surrogate and the most similar records each give a value. A linear regression on the three, learnt from the
//! labels of the other folds, joins them; a second fit leaves out labels that the first finds [`FAR`] robust standard
//! deviations away, so that wrong labels do not teach it to expect themselves. The residual of the held-out label over the
//! residuals' robust standard deviation (1.4826 times the median absolute deviation) is held against the normal
//! distribution. The score is its p-value after Benjamini and Hochberg (1995): the share of false alarms to expect among
//! the labels at least as suspect; what else speaks against the label lowers it as it does for classes.

use std::collections::BTreeMap;

use ecg_audit_stats::correction::benjamini_hochberg;
use ndarray::{Array1, Array2, ArrayView1, Axis};
use statrs::function::erf::erfc;

use super::cross_fit::cross_fit;
use super::logistic::solve;
use super::neighbours::{Neighbourhood, neighbours};
use super::reasons::{UNUSUAL, of_data, unusual_uncertainty};
use super::source::{Source, Support};
use super::{Known, names, similar, sort, summary, unusual};
use crate::Error;
use crate::audit::{self, EvidenceSource, Issue, IssueSummary, Issues, LabelValue};

/// Labels beyond this many robust standard deviations are left out of the second fit.
const FAR: f64 = 3.0;
/// The least that a source without fitted weight counts.
const FLOOR: f64 = 0.05;
/// From the median absolute deviation to the standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// Penalty on the squared coefficients of standardised columns, in units of one record's squared error.
const RIDGE: f64 = 1e-6;

/// What the labels of the labelled records look like.
struct Assessment {
    /// Values by network, surrogate and neighbours `[labelled, sources]`, NaN where there is none.
    values: Array2<f64>,
    sources: Vec<Source>,
    /// Mean coefficients per source.
    weights: Vec<f64>,
    /// The joined value of each record, by fits that have not seen it.
    expected: Array1<f64>,
    supports: Vec<Support>,
    scores: Array1<f64>,
    pruned: usize,
    neighbourhood: Neighbourhood,
    /// Decimals that values are given with: two digits below the labels' standard deviation.
    decimals: usize,
}

/// The ranked list, and the score of every labelled record's label `[labelled]`; lower is more suspect.
pub(crate) fn continuous(
    known: &Known<'_>,
    flag_below: f64,
    is_rejected: &dyn Fn(&Issue) -> bool,
) -> Result<(Issues, Array1<f64>), Error> {
    let assessment = assess(known)?;
    let mut items = Vec::new();
    let mut rejected_before = 0;
    for (i, score) in assessment.scores.iter().enumerate() {
        if *score < flag_below {
            let issue = issue(known, &assessment, i);
            if is_rejected(&issue) {
                rejected_before += 1;
            } else {
                items.push(issue);
            }
        }
    }
    let rule = format!(
        "Flagged below a score of {flag_below}: the share of false alarms to expect among the values at least as far from \
         what the network, the surrogate and the most similar records give, lowered by what else speaks against the value."
    );
    let summary = IssueSummary {
        pruned_labels: assessment.pruned,
        sources: sources(&assessment),
        ..summary(known, &items, rejected_before, rule)
    };
    sort(&mut items);
    Ok((Issues { summary, items }, assessment.scores))
}

fn assess(known: &Known<'_>) -> Result<Assessment, Error> {
    let (cohort, labelled) = (known.cohort, known.labelled);
    let given: Array1<f64> = labelled.iter().map(|row| cohort.values[*row]).collect();
    let folds: Vec<u32> = labelled.iter().map(|row| cohort.folds[*row]).collect();
    let groups: Vec<&str> = labelled.iter().map(|row| cohort.groups[*row].as_str()).collect();
    let proportions = known.proportions.select(Axis(0), labelled);
    let no_classes = Array2::from_elem((labelled.len(), 0), false);
    let neighbourhood = neighbours(proportions.view(), no_classes.view(), &groups)?;

    let of = |values: &Array2<f64>| -> Array1<f64> { labelled.iter().map(|row| values[[*row, 0]]).collect() };
    let mut columns = vec![(Source::Network, of(&cohort.outputs))];
    columns.extend(
        known
            .surrogates
            .first()
            .map(|values| (Source::Surrogate, of(values))),
    );
    columns.push((Source::Neighbours, near(&neighbourhood, given.view())));
    let sources: Vec<Source> = columns.iter().map(|(source, _)| *source).collect();
    let mut values = Array2::zeros((labelled.len(), columns.len()));
    for (mut to, (_, from)) in values.columns_mut().into_iter().zip(&columns) {
        to.assign(from);
    }
    let (first, _) = join(&values, given.view(), &folds, |_| true);
    let far = tails(&(&given - &first)).mapv(|p| p < erfc(FAR / std::f64::consts::SQRT_2));
    let (expected, weights) = join(&values, given.view(), &folds, |row| !far[row]);
    let mut scores = benjamini_hochberg(tails(&(&given - &expected)).view())?;

    let mut supports: Vec<Support> = columns
        .iter()
        .map(|(source, values)| support(*source, tails(&(&given - values))))
        .collect();
    let uncertainty: Array1<f64> = labelled.iter().map(|row| known.uncertainty[*row]).collect();
    let all = Array2::from_elem((labelled.len(), 1), true);
    let mut fixed = vec![Support {
        source: Source::Uncertainty,
        values: unusual::uncertainty(&uncertainty.to_vec(), all.view()),
    }];
    fixed.extend(known.data.supports.iter().map(|support| Support {
        source: support.source,
        values: support.values.select(Axis(0), labelled),
    }));
    for source in &fixed {
        let exponent = source.source.exponent();
        for (score, s) in scores.iter_mut().zip(source.values.column(0)) {
            *score *= s.clamp(FLOOR, 1.0).powf(exponent);
        }
    }
    supports.extend(fixed);
    Ok(Assessment {
        values,
        sources,
        weights,
        expected,
        supports,
        scores,
        pruned: far.iter().filter(|far| **far).count(),
        neighbourhood,
        decimals: decimals(given.view()),
    })
}

fn decimals(values: ArrayView1<'_, f64>) -> usize {
    let sd = ecg_audit_stats::summary::standard_deviation(values).unwrap_or_default();
    if sd > 0.0 {
        (2.0 - sd.log10().floor()).clamp(0.0, 12.0) as usize
    } else {
        1
    }
}

fn support(source: Source, values: Array1<f64>) -> Support {
    Support {
        source,
        values: values.insert_axis(Axis(1)),
    }
}

/// Mean label of each record's neighbours; the mean of all where it has none.
fn near(neighbourhood: &Neighbourhood, given: ArrayView1<'_, f64>) -> Array1<f64> {
    let all = given.mean().unwrap_or_default();
    let mean = |near: &Vec<usize>| match near.len() {
        0 => all,
        count => near.iter().map(|other| given[*other]).sum::<f64>() / count as f64,
    };
    neighbourhood.nearest.iter().map(mean).collect()
}

/// Two-sided normal tail of each residual around their median, over their robust standard deviation.
fn tails(residuals: &Array1<f64>) -> Array1<f64> {
    let median = |values: &Array1<f64>| {
        let middle = ecg_audit_stats::summary::quantiles(values.view(), &[0.5]);
        middle.map_or(0.0, |middle| middle[0])
    };
    let centre = median(residuals);
    let deviations = residuals.mapv(|r| (r - centre).abs());
    let scale = NORMAL * median(&deviations);
    deviations.mapv(|d| {
        if d == 0.0 {
            1.0
        } else {
            erfc(d / (scale.max(f64::MIN_POSITIVE) * std::f64::consts::SQRT_2))
        }
    })
}

/// The joined value of each record, by the fit on the other folds' records that `keep` lets in, and the mean coefficients.
/// Where the other folds cannot be fitted, their mean stands in.
fn join(
    x: &Array2<f64>,
    given: ArrayView1<'_, f64>,
    folds: &[u32],
    keep: impl Fn(usize) -> bool,
) -> (Array1<f64>, Vec<f64>) {
    cross_fit(folds, x.ncols(), keep, |train| {
        let y: Array1<f64> = train.iter().map(|r| given[*r]).collect();
        let mean = y.mean().unwrap_or_default();
        let others = x.select(Axis(0), train);
        let means = others
            .mean_axis(Axis(0))
            .unwrap_or_else(|| Array1::zeros(x.ncols()));
        let fitted = least_squares(&(&others - &means), &(y - mean));
        let coefficients = fitted.as_ref().map(|fitted| fitted.to_vec());
        let value = move |row: usize| {
            let offset = fitted.as_ref().map(|c| (&x.row(row) - &means).dot(c));
            mean + offset.unwrap_or(0.0)
        };
        (value, coefficients)
    })
}

/// Coefficients of centred columns; nothing where all columns are constant.
fn least_squares(x: &Array2<f64>, y: &Array1<f64>) -> Option<Array1<f64>> {
    let mut products = x.t().dot(x);
    let trace = products.diag().sum();
    if trace <= 0.0 {
        return None;
    }
    products.diag_mut().mapv_inplace(|d| d + RIDGE * trace);
    solve(products, x.t().dot(y))
}

fn sources(assessment: &Assessment) -> Vec<EvidenceSource> {
    let source = |support: &Support| {
        let fitted = assessment.sources.iter().position(|s| *s == support.source);
        let values = support.of_records();
        EvidenceSource {
            name: support.source.name().into(),
            description: support.source.describe_value().into(),
            fitted: fitted.is_some(),
            weights: vec![fitted.map_or(support.source.exponent(), |place| assessment.weights[place])],
            dataset_score: values.mean().unwrap_or(1.0),
            records_against: values.iter().filter(|s| **s < UNUSUAL).count(),
        }
    };
    assessment.supports.iter().map(source).collect()
}

fn issue(known: &Known<'_>, assessment: &Assessment, i: usize) -> Issue {
    let cohort = known.cohort;
    let row = known.labelled[i];
    let value = |source: Source| {
        let place = assessment.sources.iter().position(|s| *s == source)?;
        Some(assessment.values[[i, place]])
    };
    let near = &assessment.neighbourhood.nearest[i];
    Issue {
        record: cohort.ids[row].clone(),
        label: cohort.answers[0].clone(),
        given: LabelValue::Number(cohort.values[row]),
        suggested: LabelValue::Number(rounded(assessment.expected[i], assessment.decimals)),
        score: assessment.scores[i],
        reasons: reasons(known, assessment, i),
        evidence: assessment
            .supports
            .iter()
            .map(|support| audit::Evidence {
                source: support.source.name().into(),
                score: support.values[[i, 0]],
            })
            .collect(),
        model_probability: None,
        model_value: value(Source::Network),
        in_sample: known
            .trained_folds
            .map(|folds| folds.contains(&cohort.folds[row])),
        surrogate_probability: None,
        surrogate_value: value(Source::Surrogate),
        neighbour_share: None,
        neighbour_value: (!near.is_empty()).then(|| value(Source::Neighbours)).flatten(),
        neighbours: names(known, near),
        similar: similar(known, near),
        groups: BTreeMap::new(),
        uncertainty: known.uncertainty[row],
        given_labels: Vec::new(),
        model_labels: Vec::new(),
    }
}

fn rounded(value: f64, decimals: usize) -> f64 {
    let times = 10_f64.powi(decimals as i32);
    (value * times).round() / times
}

/// One sentence for each source that speaks against the value; at least one.
fn reasons(known: &Known<'_>, assessment: &Assessment, i: usize) -> Vec<String> {
    let cohort = known.cohort;
    let row = known.labelled[i];
    let (given, target) = (cohort.values[row], &cohort.answers[0]);
    let d = assessment.decimals;
    let mut sentences = Vec::new();
    for support in assessment.supports.iter().filter(|s| s.values[[i, 0]] < UNUSUAL) {
        let place = assessment.sources.iter().position(|s| *s == support.source);
        let value = place.map_or(f64::NAN, |place| assessment.values[[i, place]]);
        match support.source {
            Source::Network => sentences.push(format!(
                "The network gives {target} {value:.d$}; the label is {given:.d$}."
            )),
            Source::Surrogate => sentences.push(format!(
                "The surrogate, which has not seen this record, gives {target} {value:.d$} from its clusters."
            )),
            Source::Neighbours => sentences.push(format!(
                "The {} records of other patients with the most similar clusters have a mean {target} of {value:.d$}.",
                assessment.neighbourhood.nearest[i].len()
            )),
            Source::Uncertainty => sentences.push(unusual_uncertainty(known.uncertainty[row])),
            _ => {}
        }
    }
    for support in &assessment.supports {
        sentences.extend(of_data(known, support.source, row, 0));
    }
    if sentences.is_empty() {
        sentences.push(format!(
            "No source alone contradicts the label, but together they expect {:.d$}; the label is {given:.d$}.",
            assessment.expected[i]
        ));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_residual_has_the_small_tail() {
        let mut residuals: Array1<f64> = (0..101).map(|i| f64::from(i) - 50.0).collect();
        residuals[3] = 400.0;
        let tails = tails(&residuals);
        assert!(tails[3] < 1e-9);
        assert!(tails.iter().enumerate().all(|(i, p)| i == 3 || *p > 0.1));
        assert_eq!(super::tails(&Array1::zeros(4)), Array1::from_elem(4, 1.0));
    }

    #[test]
    fn small_targets_have_more_decimals() {
        let ages: Array1<f64> = (0..50).map(|i| 20.0 + f64::from(i)).collect();
        assert_eq!((decimals(ages.view()), decimals((ages / 500.0).view())), (1, 4));
        assert_eq!(rounded(0.123_456, 3), 0.123);
        assert_eq!(decimals(Array1::from_elem(3, 1.0).view()), 1);
    }

    #[test]
    fn values_are_joined_by_the_fit_on_the_other_folds() {
        let n = 60;
        let x = Array2::from_shape_fn((n, 2), |(i, source)| {
            let truth = (i * 7 % 60) as f64;
            // The first source is right but compressed, the second says nothing.
            if source == 0 {
                20.0 + truth / 2.0
            } else {
                (i % 2) as f64
            }
        });
        let given: Array1<f64> = (0..n).map(|i| (i * 7 % 60) as f64).collect();
        let folds: Vec<u32> = (0..n).map(|i| i as u32 % 3).collect();
        let (expected, weights) = join(&x, given.view(), &folds, |_| true);
        assert!((&expected - &given).iter().all(|e| e.abs() < 0.01), "{expected}");
        assert!((weights[0] - 2.0).abs() < 0.01 && weights[1].abs() < 0.01);
    }
}
