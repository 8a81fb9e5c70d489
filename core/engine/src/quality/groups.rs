//! Groups of records on which the network does worse than on the others.

use std::collections::BTreeMap;

use ecg_audit_ecg::DataSet;
use ecg_audit_stats::correction::benjamini_hochberg;
use ecg_audit_stats::mann_whitney::mann_whitney;
use ndarray::{Array1, Array2, Axis};

use crate::Error;
use crate::audit::{GroupFigures, Task};
use crate::cohort::Cohort;

/// Entries that records are grouped by, besides sex, age and cluster.
const ENTRIES: [&str; 4] = ["device", "site", "nurse", "validated_by"];
/// Smaller groups are not looked at: a mean of fewer records is mostly chance.
const SMALLEST: usize = 10;
/// Years per age band.
const BAND: f64 = 20.0;
/// Adjusted p-value below which a difference counts.
const SIGNIFICANT: f64 = 0.05;

/// The groups that a record belongs to by its entries: what they are by, and the group.
pub(crate) fn groups_of(metadata: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let entry = |name: &str| Some((name.to_owned(), metadata.get(name)?.trim().to_owned()));
    let age = metadata.get("age").and_then(|age| band(age));
    let sex = sex(metadata).map(|sex| ("sex".to_owned(), sex.to_owned()));
    ENTRIES
        .iter()
        .filter_map(|name| entry(name))
        .chain(sex)
        .chain(age.map(|band| ("age".to_owned(), band)))
        .filter(|(_, group)| !group.is_empty())
        .collect()
}

/// The sex, whichever of the usual columns holds it.
fn sex(metadata: &BTreeMap<String, String>) -> Option<&str> {
    if let Some(sex) = metadata.get("sex").or_else(|| metadata.get("gender")) {
        return Some(sex.trim());
    }
    match metadata.get("is_male")?.trim() {
        "True" | "true" | "1" => Some("male"),
        "False" | "false" | "0" => Some("female"),
        other => Some(other),
    }
}

/// The network's accuracy in each group of labelled records against all others. `proportions`: cluster proportions
/// `[n, K…]` of the audited records.
pub(crate) fn groups(
    data: &dyn DataSet,
    cohort: &Cohort,
    labelled: &[usize],
    proportions: &Array2<f64>,
) -> Result<Vec<GroupFigures>, Error> {
    let agreement: Vec<f64> = labelled.iter().map(|r| agreement(cohort, *r)).collect();
    let mut members: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let clusters = most_typical(proportions, labelled);
    for (i, row) in labelled.iter().enumerate() {
        let mut keys = groups_of(&data.records()[cohort.positions[*row]].metadata);
        keys.insert("cluster".into(), clusters[i].to_string());
        keys.into_iter()
            .for_each(|key| members.entry(key).or_default().push(i));
    }
    members.retain(|_, rows| rows.len() >= SMALLEST && labelled.len() - rows.len() >= SMALLEST);
    let mut found = Vec::with_capacity(members.len());
    for ((by, group), rows) in members {
        found.push(compare(by, group, &rows, &agreement)?);
    }
    if found.is_empty() {
        return Ok(found);
    }
    let p: Array1<f64> = found.iter().map(|group| group.p_adjusted).collect();
    for (group, p) in found.iter_mut().zip(benjamini_hochberg(p.view())?) {
        group.p_adjusted = p;
        group.underperforms = p < SIGNIFICANT && group.accuracy < group.others;
        if cohort.task == Task::Regression {
            (group.accuracy, group.others) = (-group.accuracy, -group.others);
        }
    }
    Ok(found)
}

/// Share of a record's labels that the network decides as labelled; for a continuous target, the network's absolute error
/// with a minus sign, so that more is better in both.
fn agreement(cohort: &Cohort, row: usize) -> f64 {
    if cohort.task == Task::Regression {
        return -(cohort.outputs[[row, 0]] - cohort.values[row]).abs();
    }
    let pairs = cohort.labels.row(row).into_iter().zip(cohort.decisions.row(row));
    let equal = pairs.filter(|(a, b)| a == b).count();
    equal as f64 / cohort.classes.len().max(1) as f64
}

/// A group against all other records; its p-value is not adjusted yet.
fn compare(by: String, group: String, rows: &[usize], agreement: &[f64]) -> Result<GroupFigures, Error> {
    let mut inside = vec![false; agreement.len()];
    rows.iter().for_each(|row| inside[*row] = true);
    let pick = |want: bool| -> Array1<f64> {
        let kept = agreement.iter().zip(&inside).filter(|(_, own)| **own == want);
        kept.map(|(value, _)| *value).collect()
    };
    let (own, others) = (pick(true), pick(false));
    let p = mann_whitney(own.view(), others.view())?.p;
    Ok(GroupFigures {
        by,
        group,
        records: own.len(),
        accuracy: own.mean().unwrap_or(0.0),
        others: others.mean().unwrap_or(0.0),
        p_adjusted: p,
        underperforms: false,
    })
}

/// The cluster that each record has most more of than records have on average.
fn most_typical(proportions: &Array2<f64>, labelled: &[usize]) -> Vec<usize> {
    let mean = proportions
        .mean_axis(Axis(0))
        .unwrap_or_else(|| Array1::zeros(proportions.ncols()));
    let typical = |row: &usize| {
        let excess = proportions.row(*row).into_iter().zip(&mean).map(|(p, m)| p - m);
        let best = excess
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (cluster, value)| {
                if value > best.1 { (cluster, value) } else { best }
            });
        best.0
    };
    labelled.iter().map(typical).collect()
}

/// The age band of an entry such as `56` or `56.0`; none for what is no age.
fn band(age: &str) -> Option<String> {
    let age: f64 = age.trim().parse().ok()?;
    if !(0.0..=300.0).contains(&age) {
        return None;
    }
    // PTB-XL writes 300 for everyone of 90 years and more.
    let first = ((age.min(99.0) / BAND).floor() * BAND) as u32;
    Some(format!("{first}-{}", first + BAND as u32 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn ages_fall_into_bands() {
        assert_eq!(band("56.0").as_deref(), Some("40-59"));
        assert_eq!(band("300").as_deref(), Some("80-99"));
        assert_eq!(band("0").as_deref(), Some("0-19"));
        for wrong in ["", "unknown", "-3", "NaN"] {
            assert_eq!(band(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_sex_is_found_in_whichever_column_holds_it() {
        let of = |column: &str, cell: &str| {
            let metadata = BTreeMap::from([(column.to_owned(), cell.to_owned())]);
            groups_of(&metadata).remove("sex")
        };
        assert_eq!(of("sex", " female").as_deref(), Some("female"));
        assert_eq!(of("gender", "M").as_deref(), Some("M"));
        assert_eq!(of("is_male", "False").as_deref(), Some("female"));
        assert_eq!(of("sex", ""), None);
        assert_eq!(of("note", "x"), None);
    }

    #[test]
    fn a_record_is_typical_of_the_cluster_it_has_most_more_of() {
        let proportions = array![[0.8, 0.2, 0.0], [0.6, 0.1, 0.3], [0.7, 0.3, 0.0]];
        assert_eq!(most_typical(&proportions, &[0, 1, 2]), [0, 2, 1]);
    }

    #[test]
    fn a_worse_group_stands_out() {
        let agreement: Vec<f64> = (0..60)
            .map(|i| if i < 20 { 0.4 + (i % 3) as f64 / 10.0 } else { 0.9 })
            .collect();
        let rows: Vec<usize> = (0..20).collect();
        let figures = compare("site".into(), "2".into(), &rows, &agreement).unwrap();
        assert!(figures.p_adjusted < 1e-6 && figures.accuracy < figures.others);
        assert_eq!(figures.records, 20);
    }
}
