//! Decisions that contradict each other.

use std::collections::HashMap;

use super::csv_in::Row;
use super::decision::{self, Decision, same};
use super::problems::{Problem, at};
use crate::audit::LabelValue;

/// Rows that decide on the same label differently.
pub(super) fn conflicts(rows: &[Row]) -> Vec<Problem> {
    let mut first: HashMap<(&str, &str), &Row> = HashMap::new();
    let mut problems = Vec::new();
    for row in rows.iter().filter(|row| row.decision.is_some()) {
        let before = *first.entry((&row.record, &row.label)).or_insert(row);
        if !agree(before, row) {
            problems.push(at(row.line, contradiction(before, row)));
        }
    }
    problems
}

/// That two rows contradict each other, at the later one.
pub(super) fn contradiction(before: &Row, row: &Row) -> String {
    format!(
        "record `{}`, label `{}`: {} contradicts {} in line {}",
        row.record,
        row.label,
        said(row),
        said(before),
        before.line
    )
}

fn said(row: &Row) -> String {
    let word = row.decision.map_or("nothing", Decision::word);
    if row.corrected_label.is_empty() {
        format!("`{word}`")
    } else {
        format!("`{word}` with `{}`", row.corrected_label)
    }
}

/// Whether two decided rows come to the same.
fn agree(a: &Row, b: &Row) -> bool {
    match (outcome(a), outcome(b)) {
        (Ok(a), Ok(b)) => same(&a, &b),
        (Err(a), Err(b)) => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}

/// The value that a row decides for, or the text where it is none.
fn outcome(row: &Row) -> Result<LabelValue, &str> {
    if !row.corrected_label.is_empty() {
        return decision::value(&row.corrected_label).ok_or(&row.corrected_label);
    }
    match row.decision {
        Some(Decision::Accept) => row.suggested.clone().ok_or(""),
        _ => Ok(row.given.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::COLUMNS;
    use super::super::csv_in::rows;
    use super::*;

    #[test]
    fn decisions_that_contradict_each_other() {
        let text = format!(
            "{}\n1,A,present,absent,,,accept,,\n1,A,present,absent,,,reject,,\n1,A,present,absent,,,,,\n\
             1,A,present,absent,,,relabel,Absent,\n2,A,present,absent,,,relabel,IMI,\n2,A,present,absent,,,relabel,imi,\n\
             2,A,present,absent,,,relabel,ASMI,\n",
            COLUMNS.join(",")
        );
        let found = conflicts(&rows(&text).unwrap().0);
        let found: Vec<(usize, &str)> = found
            .iter()
            .map(|problem| (problem.line.unwrap(), problem.message.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (
                    3,
                    "record `1`, label `A`: `reject` contradicts `accept` in line 2"
                ),
                (
                    8,
                    "record `2`, label `A`: `relabel` with `ASMI` contradicts `relabel` with `IMI` in line 6"
                ),
            ]
        );
    }
}
