//! Data sets in which a record has exactly one class: setting one takes the other away.

use std::collections::BTreeMap;

use ecg_audit_ecg::datasets::corrected::{LabelFile, Wanted};
use ecg_audit_ecg::{DataSet, Label};

use super::conflict::contradiction;
use super::problems::{Problem, at};
use super::resolve::Decided;
use crate::audit::{LabelValue, Task};

/// Whether a record has exactly one class: by the layout, or because the network decides for one and no record has more.
pub(super) fn is_exclusive(labels: &LabelFile, task: Task) -> bool {
    let several = |label: &Label| match label {
        Label::Classes(flags) => flags.iter().filter(|flag| **flag).count() > 1,
        _ => false,
    };
    let records = labels.data().records();
    let single = !records.iter().any(|record| several(&record.label));
    labels.exclusive() || (task == Task::MultiClass && labels.target().is_none() && single)
}

/// Adds that the class before no longer holds where a record gets another; refuses records with two or without any.
pub(super) fn settle(data: &dyn DataSet, decided: &mut Vec<Decided<'_>>, problems: &mut Vec<Problem>) {
    let mut of_record: BTreeMap<&str, Vec<Decided<'_>>> = BTreeMap::new();
    for decided in decided.iter() {
        of_record.entry(decided.record).or_default().push(decided.clone());
    }
    for record in data.records() {
        let Some(group) = of_record.get(record.id.as_str()) else {
            continue;
        };
        let before = data
            .classes()
            .iter()
            .zip(flags(&record.label))
            .find(|(_, flag)| **flag);
        let before = before.map(|(class, _)| class);
        let mut present = group
            .iter()
            .filter(|d| matches!(d.wanted, Wanted::Present { .. }));
        match (present.next(), present.next()) {
            (Some(one), Some(other)) => problems.push(at(other.row.line, contradiction(one.row, other.row))),
            (Some(one), None) => {
                let implied = before.filter(|class| {
                    **class != one.label && !group.iter().any(|decided| decided.label == **class)
                });
                decided.extend(implied.map(|class| Decided {
                    label: class.clone(),
                    before: LabelValue::Flag(true),
                    wanted: Wanted::Absent,
                    ..one.clone()
                }));
            }
            (None, _) => {
                let removed = group.iter().find(|d| Some(&d.label) == before && !d.kept());
                problems.extend(removed.map(|d| at(d.row.line, without_class(d))));
            }
        }
    }
}

fn flags(label: &Label) -> &[bool] {
    match label {
        Label::Classes(flags) => flags,
        _ => &[],
    }
}

fn without_class(decided: &Decided<'_>) -> String {
    format!(
        "record `{}`, label `{}`: taking `{}` away leaves the record without a class; write `relabel`, and in \
         corrected_label the name of its class",
        decided.row.record, decided.row.label, decided.label
    )
}
