//! Suggestions that a reviewer has rejected already.

use std::collections::HashMap;

use super::csv_in::Review;
use super::decision::{Decision, same};
use super::records::Records;
use crate::audit::{Issue, LabelValue};

/// Suggestions that need not be shown again: the reviewer has looked at them and kept the given label.
///
/// A suggestion is known by its record, its label, the given and the suggested value: when the data set says something
/// else by now, or the evidence does, it is another suggestion.
#[derive(Debug, Clone, Default)]
pub struct Rejected {
    of_label: HashMap<(String, String), Vec<(LabelValue, LabelValue)>>,
    unknown: Vec<String>,
}

impl Review {
    /// The rejected suggestions on `records`, the names of all records of the data set. Rows on records that are not in
    /// the data set any more are left out; [`Rejected::unknown`] has their names.
    pub fn rejected<'a>(&self, records: impl IntoIterator<Item = &'a str>) -> Rejected {
        let records = Records::new(records);
        let mut rejected = Rejected::default();
        for row in &self.rows {
            let (Some(Decision::Reject), Some(suggested)) = (row.decision, &row.suggested) else {
                continue;
            };
            let Some(record) = records.find(&row.record) else {
                rejected.unknown.push(row.record.clone());
                continue;
            };
            let values = rejected
                .of_label
                .entry((record.to_owned(), row.label.clone()))
                .or_default();
            if !values
                .iter()
                .any(|(given, other)| same(given, &row.given) && same(other, suggested))
            {
                values.push((row.given.clone(), suggested.clone()));
            }
        }
        rejected.unknown.sort();
        rejected.unknown.dedup();
        rejected
    }
}

impl Rejected {
    /// Whether the suggestion was rejected.
    pub fn contains(&self, issue: &Issue) -> bool {
        let values = self.of_label.get(&(issue.record.clone(), issue.label.clone()));
        values
            .into_iter()
            .flatten()
            .any(|(given, suggested)| same(given, &issue.given) && same(suggested, &issue.suggested))
    }

    /// Number of suggestions.
    pub fn len(&self) -> usize {
        self.of_label.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.of_label.is_empty()
    }

    /// Records of the review that are not in the data set any more, sorted.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv_out::tests::issue;
    use super::*;

    #[test]
    fn a_rejected_suggestion_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewed.csv");
        std::fs::write(
            &path,
            "record;label;given;suggested;score;reasons;decision;corrected_label;comment\n\
             1;MI;present;absent;0,1;;reject;;\n1;MI;present;absent;0,1;;Reject;;again\n\
             2;age;51,30000305;60;0,1;;reject;;\n3;MI;present;absent;0,1;;accept;;\n\
             4;MI;present;absent;0,1;;;;\n99;MI;present;absent;0,1;;reject;;\n",
        )
        .unwrap();
        let review = Review::read(&path).unwrap();
        let rejected = review.rejected(["00001", "2", "3", "4"]);
        assert_eq!((rejected.len(), rejected.is_empty()), (2, false));
        assert_eq!(rejected.unknown(), ["99"]);
        let flag =
            |record: &str, given| issue(record, "MI", LabelValue::Flag(given), LabelValue::Flag(!given));
        assert!(
            rejected.contains(&flag("00001", true)),
            "a spreadsheet dropped the zeros"
        );
        assert!(
            !rejected.contains(&flag("00001", false)),
            "the data set says something else by now"
        );
        assert!(!rejected.contains(&flag("3", true)) && !rejected.contains(&flag("4", true)));
        let number = |value| {
            issue(
                "2",
                "age",
                LabelValue::Number(51.300_003_051_757_81),
                LabelValue::Number(value),
            )
        };
        assert!(rejected.contains(&number(60.0)));
        assert!(!rejected.contains(&number(61.0)));
    }
}
