//! `records.parquet`, a row per record, and `timeline.parquet`, a row per record and step.

use ecg_audit_ecg::DataSet;
use ndarray::Array2;

use crate::Error;
use crate::assign::{Profiles, Timeline};
use crate::audit::Task;
use crate::cohort::Cohort;
use crate::folder::{Column, RunFolder, Table};
use crate::run::Learnt;

/// Records per row group of `records.parquet`.
const GROUP: usize = 16_384;

/// Appends the timelines of a shard. Columns: record, time (seconds from the record's start, where the step begins),
/// cluster (null in padding), membership, uncertainty.
pub(crate) fn write_timelines<'a>(
    table: &mut Table,
    timelines: impl Iterator<Item = (&'a str, Timeline)>,
) -> Result<(), Error> {
    let (mut records, mut times, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    let (mut memberships, mut uncertainty) = (Vec::new(), Vec::new());
    for (id, timeline) in timelines {
        for (i, cluster) in timeline.clusters.iter().enumerate() {
            records.push(id.to_owned());
            times.push(timeline.start + i as f64 * timeline.step);
            clusters.push(cluster.and_then(|c| i32::try_from(c).ok()));
        }
        memberships.extend(timeline.memberships);
        uncertainty.extend(timeline.uncertainty);
    }
    table.write(vec![
        ("record".into(), Column::Text(records)),
        ("time".into(), Column::Double(times)),
        ("cluster".into(), Column::OptionalInt(clusters)),
        ("membership".into(), Column::Float(memberships)),
        ("uncertainty".into(), Column::Float(uncertainty)),
    ])
}

/// What stands in `records.parquet`.
pub(crate) struct Rows<'a> {
    pub data: &'a dyn DataSet,
    pub cohort: &'a Cohort,
    pub profiles: &'a Profiles,
    pub learnt: &'a Learnt,
    /// Mean uncertainty of each record.
    pub uncertainty: &'a [f64],
    /// Combined score of each label `[n, C]`; absent where no record has one.
    pub label_scores: Option<&'a Array2<f64>>,
}

impl Rows<'_> {
    /// Writes `records.parquet`. Columns: record, group, fold, timestamps, uncertainty, and per class `label_…` (null
    /// without a label), `label_score_…` (the combined score of the given label; lower is more suspect), `model_…`,
    /// `surrogate_model_…` and `surrogate_truth_…` (probabilities, or values of a continuous target, which stands in place
    /// of a class; the first surrogate's, out of fold), and
    /// `proportion_…` under the codebook on all folds.
    pub fn write(&self, folder: &RunFolder) -> Result<(), Error> {
        let mut table = Table::new(&folder.path("records.parquet"));
        let all: Vec<usize> = (0..self.cohort.len()).collect();
        for rows in all.chunks(GROUP) {
            table.write(record_columns(self, rows))?;
        }
        table.finish()
    }
}

fn record_columns(table: &Rows<'_>, rows: &[usize]) -> Vec<(String, Column)> {
    let Rows {
        data,
        cohort,
        profiles,
        learnt,
        uncertainty: scores,
        ..
    } = table;
    let group = |r: &usize| data.records()[cohort.positions[*r]].group.clone();
    let count = |r: &usize| i32::try_from(profiles.timestamps[cohort.positions[*r]]).unwrap_or(i32::MAX);
    let mut columns: Vec<(String, Column)> = vec![
        (
            "record".into(),
            Column::Text(rows.iter().map(|r| cohort.ids[*r].clone()).collect()),
        ),
        (
            "group".into(),
            Column::OptionalText(rows.iter().map(group).collect()),
        ),
        (
            "fold".into(),
            Column::Int(
                rows.iter()
                    .map(|r| i32::try_from(cohort.folds[*r]).unwrap_or(i32::MAX))
                    .collect(),
            ),
        ),
        ("timestamps".into(), Column::Int(rows.iter().map(count).collect())),
        (
            "uncertainty".into(),
            Column::Double(rows.iter().map(|r| scores[*r]).collect()),
        ),
    ];
    for (c, class) in cohort.answers.iter().enumerate() {
        let column = |soft: &Array2<f64>| Column::Double(rows.iter().map(|r| soft[[*r, c]]).collect());
        columns.push((format!("label_{class}"), labels(cohort, rows, c)));
        if let Some(values) = table.label_scores {
            let known = |r: &usize| cohort.labelled[*r].then_some(values[[*r, c]]);
            columns.push((
                format!("label_score_{class}"),
                Column::OptionalDouble(rows.iter().map(known).collect()),
            ));
        }
        columns.push((format!("model_{class}"), column(&cohort.outputs)));
        if let Some(soft) = learnt.model.first() {
            columns.push((format!("surrogate_model_{class}"), column(soft)));
        }
        if let Some(soft) = learnt.truth.first() {
            let known = |r: &usize| cohort.labelled[*r].then_some(soft[[*r, c]]);
            columns.push((
                format!("surrogate_truth_{class}"),
                Column::OptionalDouble(rows.iter().map(known).collect()),
            ));
        }
    }
    let (_, codebooks, features) = profiles.proportions.dim();
    for f in 0..features {
        let value = |r: &usize| profiles.proportions[[cohort.positions[*r], codebooks - 1, f]];
        columns.push((
            format!("proportion_{f}"),
            Column::Double(rows.iter().map(value).collect()),
        ));
    }
    columns
}

/// The labels of one answer: a class's flags, or the values of a continuous target.
fn labels(cohort: &Cohort, rows: &[usize], answer: usize) -> Column {
    let known = |r: &&usize| cohort.labelled[**r];
    if cohort.task == Task::Regression {
        let value = |r: &usize| known(&r).then(|| cohort.values[*r]);
        return Column::OptionalDouble(rows.iter().map(value).collect());
    }
    let flag = |r: &usize| known(&r).then(|| cohort.labels[[*r, answer]]);
    Column::OptionalBool(rows.iter().map(flag).collect())
}
