//! Labels that the evidence contradicts: every source's support, their combination, and the ranked list.

mod combine;
mod continuous;
mod cross_fit;
mod logistic;
mod neighbours;
mod reasons;
mod source;
mod unusual;

use std::collections::{BTreeMap, HashMap};

use ecg_audit_ecg::{DataSet, RecordInfo};
use ndarray::{Array2, Axis};

pub(crate) use continuous::continuous;
pub(crate) use neighbours::neighbours;
pub(crate) use source::{Source, Support, lowest};

use crate::Error;
use crate::audit::{self, EvidenceSource, Issue, IssueSummary, Issues, LabelValue, Similar};
use crate::cohort::Cohort;
use crate::quality::groups_of;
use combine::{Combined, Probabilities};
use neighbours::{NEIGHBOURS, Neighbourhood};

/// Similar records that an issue names.
const SHOWN: usize = 5;

/// What is known about the audited records.
pub(crate) struct Known<'a> {
    pub cohort: &'a Cohort,
    /// Positions in the cohort of the records with a label.
    pub labelled: &'a [usize],
    /// Out-of-fold probabilities of the labels by each surrogate, `[n, C]`.
    pub surrogates: &'a [Array2<f64>],
    /// Cluster proportions under the codebook on all folds, `[n, F]`.
    pub proportions: &'a Array2<f64>,
    /// Mean uncertainty of each record.
    pub uncertainty: &'a [f64],
    /// Folds that the network was trained on, where known.
    pub trained_folds: Option<&'a [u32]>,
    /// What the data itself says.
    pub data: &'a DataEvidence,
}

/// What the data itself says of labels: duplicates, signals, entries.
#[derive(Default)]
pub(crate) struct DataEvidence {
    /// Supports `[n, C]` of all audited records.
    pub supports: Vec<Support>,
    /// The sentences behind them, by position in the cohort.
    pub notes: HashMap<usize, Vec<Note>>,
}

/// One sentence on one record.
pub(crate) struct Note {
    pub source: Source,
    /// The classes it bears on; all where empty.
    pub classes: Vec<usize>,
    pub sentence: String,
}

/// What all sources say of the labels of the labelled records, in their order.
pub(crate) struct Assessment {
    /// One per source that has something to say.
    pub supports: Vec<Support>,
    /// The combined score of each given label `[labelled, C]`; lower is more suspect.
    pub scores: Array2<f64>,
    combined: Combined,
    neighbourhood: Neighbourhood,
}

/// Asks every source about the labels of the records.
pub(crate) fn assess(known: &Known<'_>) -> Result<Assessment, Error> {
    let Known { cohort, labelled, .. } = known;
    let labels = cohort.labels.select(Axis(0), labelled);
    let network = cohort.outputs.select(Axis(0), labelled);
    let learnt: Vec<Array2<f64>> = known
        .surrogates
        .iter()
        .map(|s| s.select(Axis(0), labelled))
        .collect();
    let groups: Vec<&str> = labelled.iter().map(|r| cohort.groups[*r].as_str()).collect();
    let folds: Vec<u32> = labelled.iter().map(|r| cohort.folds[*r]).collect();
    let trained = |fold: &u32| known.trained_folds.is_some_and(|folds| folds.contains(fold));
    let in_sample: Vec<bool> = folds.iter().map(trained).collect();
    let uncertainty: Vec<f64> = labelled.iter().map(|r| known.uncertainty[*r]).collect();
    let proportions = known.proportions.select(Axis(0), labelled);
    let neighbourhood = neighbours(proportions.view(), labels.view(), &groups)?;

    let mut fitted = vec![Probabilities {
        source: Source::Network,
        values: &network,
    }];
    fitted.extend(learnt.first().map(|values| Probabilities {
        source: Source::Surrogate,
        values,
    }));
    fitted.push(Probabilities {
        source: Source::Neighbours,
        values: &neighbourhood.probabilities,
    });
    let mut fixed = vec![Support {
        source: Source::Uncertainty,
        values: unusual::uncertainty(&uncertainty, labels.view()),
    }];
    // The networks of several folds, where there are some; else the surrogates.
    let networks: Vec<Array2<f64>> = cohort
        .by_network
        .iter()
        .map(|outputs| outputs.select(Axis(0), labelled))
        .collect();
    let models = unusual::disagreement(if networks.is_empty() { &learnt } else { &networks });
    fixed.extend(models.map(|values| Support {
        source: Source::Models,
        values,
    }));
    fixed.extend(known.data.supports.iter().map(|support| Support {
        source: support.source,
        values: support.values.select(Axis(0), labelled),
    }));
    let references: Vec<&Support> = fixed.iter().collect();
    let combined = combine::combine(&labels, &folds, &in_sample, &fitted, &references)?;
    let mut supports: Vec<Support> = fitted
        .iter()
        .map(|p| Support::of_probabilities(p.source, p.values, &labels))
        .collect();
    supports.extend(fixed);
    Ok(Assessment {
        supports,
        scores: combined.scores.clone(),
        combined,
        neighbourhood,
    })
}

/// The ranked list. `is_rejected`: suggestions that a reviewer turned down before.
pub(crate) fn rank(
    known: &Known<'_>,
    assessment: &Assessment,
    flag_below: f64,
    is_rejected: &dyn Fn(&Issue) -> bool,
) -> Issues {
    let mut items = Vec::new();
    let mut rejected_before = 0;
    for ((i, class), score) in assessment.scores.indexed_iter() {
        if *score < flag_below {
            let issue = issue(known, assessment, i, class);
            if is_rejected(&issue) {
                rejected_before += 1;
            } else {
                items.push(issue);
            }
        }
    }
    let summary = IssueSummary {
        pruned_labels: assessment.combined.pruned,
        sources: sources(assessment),
        ..summary(
            known,
            &items,
            rejected_before,
            format!(
                "Flagged below a score of {flag_below}: the probability that the label is right, from the network, the \
                 surrogate and the most similar records, lowered by what else speaks against it."
            ),
        )
    };
    sort(&mut items);
    Issues { summary, items }
}

/// The most suspect first.
fn sort(items: &mut [Issue]) {
    items.sort_by(|a, b| {
        let names = || a.record.cmp(&b.record).then_with(|| a.label.cmp(&b.label));
        a.score.total_cmp(&b.score).then_with(names)
    });
}

/// Counts of issues, without sources.
fn summary(known: &Known<'_>, items: &[Issue], rejected_before: usize, rule: String) -> IssueSummary {
    let flagged: std::collections::HashSet<&str> = items.iter().map(|item| item.record.as_str()).collect();
    IssueSummary {
        records: known.labelled.len(),
        flagged_records: flagged.len(),
        flagged_labels: items.len(),
        rejected_before,
        rule,
        pruned_labels: 0,
        sources: Vec::new(),
    }
}

/// No label to look at.
pub(crate) fn none() -> Issues {
    let summary = IssueSummary {
        records: 0,
        flagged_records: 0,
        flagged_labels: 0,
        rejected_before: 0,
        rule: "No record has a label.".into(),
        pruned_labels: 0,
        sources: Vec::new(),
    };
    Issues {
        summary,
        items: Vec::new(),
    }
}

fn sources(assessment: &Assessment) -> Vec<EvidenceSource> {
    let weights = |source: Source| {
        let fitted = assessment.combined.weights.iter().find(|(s, _)| *s == source);
        fitted.map_or_else(|| vec![source.exponent()], |(_, weights)| weights.clone())
    };
    let source = |support: &Support| {
        let records = support.of_records();
        EvidenceSource {
            name: support.source.name().into(),
            description: support.source.describe().into(),
            fitted: support.source.is_fitted(),
            weights: weights(support.source),
            dataset_score: records.mean().unwrap_or(1.0),
            records_against: records.iter().filter(|s| **s < reasons::AGAINST).count(),
        }
    };
    assessment.supports.iter().map(source).collect()
}

/// The nearest records that an issue names.
fn shown(near: &[usize]) -> impl Iterator<Item = &usize> {
    near.iter().take(SHOWN)
}

fn names(known: &Known<'_>, near: &[usize]) -> Vec<String> {
    let name = |other: &usize| known.cohort.ids[known.labelled[*other]].clone();
    shown(near).map(name).collect()
}

/// What the data set says of them.
fn similar(known: &Known<'_>, near: &[usize]) -> Vec<Similar> {
    let cohort = known.cohort;
    let of = |other: &usize| {
        let row = known.labelled[*other];
        Similar {
            record: cohort.ids[row].clone(),
            labels: cohort.names(cohort.labels.row(row)),
            value: cohort.values.get(row).copied(),
        }
    };
    shown(near).map(of).collect()
}

/// Fills in the groups that the records of `items` belong to.
pub(crate) fn name_groups(items: &mut [Issue], data: &dyn DataSet) {
    let records: HashMap<&str, &RecordInfo> = data
        .records()
        .iter()
        .map(|info| (info.id.as_str(), info))
        .collect();
    for item in items {
        if let Some(info) = records.get(item.record.as_str()) {
            item.groups = groups_of(&info.metadata);
        }
    }
}

fn issue(known: &Known<'_>, assessment: &Assessment, i: usize, class: usize) -> Issue {
    let cohort = known.cohort;
    let row = known.labelled[i];
    let given = cohort.labels[[row, class]];
    let near = &assessment.neighbourhood.nearest[i];
    let in_sample = known
        .trained_folds
        .map(|folds| folds.contains(&cohort.folds[row]));
    let share = assessment.neighbourhood.carriers[[i, class]] as f64 / near.len() as f64;
    Issue {
        record: cohort.ids[row].clone(),
        label: cohort.classes[class].clone(),
        given: LabelValue::Flag(given),
        suggested: LabelValue::Flag(!given),
        score: assessment.scores[[i, class]],
        reasons: reasons::reasons(known, assessment, i, class),
        evidence: assessment
            .supports
            .iter()
            .map(|support| audit::Evidence {
                source: support.source.name().into(),
                score: support.values[[i, class]],
            })
            .collect(),
        model_probability: Some(cohort.outputs[[row, class]]),
        model_value: None,
        in_sample,
        surrogate_probability: known.surrogates.first().map(|s| s[[row, class]].clamp(0.0, 1.0)),
        surrogate_value: None,
        neighbour_share: (!near.is_empty()).then_some(share),
        neighbour_value: None,
        neighbours: names(known, near),
        similar: similar(known, near),
        groups: BTreeMap::new(),
        uncertainty: known.uncertainty[row],
        given_labels: cohort.names(cohort.labels.row(row)),
        model_labels: cohort.names(cohort.decisions.row(row)),
    }
}
