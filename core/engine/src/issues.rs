//! Labels that the evidence contradicts: a first ranking by disagreement of label, network and surrogate.

use ecg_audit_stats::suspicion::{self, Evidence, Reason};
use ndarray::{Array1, Array2, Axis};

use crate::Error;
use crate::audit::{Issue, IssueSummary, Issues, LabelValue};
use crate::cohort::Cohort;

/// Ranks the labels of the records `labelled`. `surrogate`: out-of-fold probabilities `[n, C]` learnt from the truth, without which
/// there is no ranking;
/// `uncertainty`: per record.
pub(crate) fn rank(
    cohort: &Cohort,
    labelled: &[usize],
    surrogate: Option<&Array2<f64>>,
    uncertainty: &[f64],
    flag_below: f64,
) -> Result<Issues, Error> {
    let mut items = Vec::new();
    if let (Some(surrogate), false) = (surrogate, labelled.is_empty()) {
        let scores: Array1<f64> = labelled.iter().map(|r| uncertainty[*r]).collect();
        let z = suspicion::uncertainty_z(scores.view(), cohort.labels.select(Axis(0), labelled).view())?;
        for (i, row) in labelled.iter().enumerate() {
            for class in 0..cohort.classes.len() {
                let given = cohort.labels[[*row, class]];
                let (model, learnt) = (
                    cohort.outputs[[*row, class]],
                    surrogate[[*row, class]].clamp(0.0, 1.0),
                );
                let verdict = suspicion::score(&Evidence::new(given, model, learnt, z[[i, class]])?);
                if verdict.score < flag_below {
                    items.push(issue(cohort, *row, class, &verdict, learnt, uncertainty[*row]));
                }
            }
        }
    }
    items.sort_by(|a, b| {
        a.score
            .total_cmp(&b.score)
            .then_with(|| a.record.cmp(&b.record))
            .then_with(|| a.label.cmp(&b.label))
    });
    let flagged: std::collections::HashSet<&str> = items.iter().map(|item| item.record.as_str()).collect();
    let summary = IssueSummary {
        records: labelled.len(),
        flagged_records: flagged.len(),
        flagged_labels: items.len(),
        rule: format!(
            "Flagged below a score of {flag_below}: the support that the network ({}), the out-of-fold surrogate ({}) \
             and the uncertainty ({}) give the label, weighted as in brackets.",
            suspicion::CNN_WEIGHT,
            suspicion::SURROGATE_WEIGHT,
            suspicion::UNCERTAINTY_WEIGHT
        ),
    };
    Ok(Issues { summary, items })
}

fn issue(
    cohort: &Cohort,
    row: usize,
    class: usize,
    verdict: &suspicion::Verdict,
    surrogate: f64,
    uncertainty: f64,
) -> Issue {
    let given = cohort.labels[[row, class]];
    let model = cohort.outputs[[row, class]];
    let name = &cohort.classes[class];
    let labelled = if given {
        format!("labelled {name}")
    } else {
        format!("not labelled {name}")
    };
    let sentence = |reason: &Reason| match reason {
        Reason::CnnDisagrees => {
            format!("The network gives {name} probability {model:.2}; the record is {labelled}.")
        }
        Reason::SurrogateDisagrees => format!(
            "The surrogate, which has not seen this record, gives {name} probability {surrogate:.2} from its clusters."
        ),
        Reason::UncertaintyOutOfLine => {
            format!("The uncertainty {uncertainty:.2} is far above that of other records {labelled}.")
        }
        other => format!("{other:?}"),
    };
    Issue {
        record: cohort.ids[row].clone(),
        label: name.clone(),
        given: LabelValue::Flag(given),
        suggested: LabelValue::Flag(!given),
        score: verdict.score,
        reasons: verdict.reasons.iter().map(sentence).collect(),
        model_probability: model,
        surrogate_probability: Some(surrogate),
        uncertainty,
        given_labels: cohort.names(cohort.labels.row(row)),
        model_labels: cohort.names(cohort.decisions.row(row)),
    }
}
