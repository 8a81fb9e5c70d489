//! `issues.csv`: the list of issues as a spreadsheet opens it.

use crate::Error;
use crate::audit::{Issue, LabelValue};

/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 9] = [
    "record",
    "label",
    "given",
    "suggested",
    "score",
    "reasons",
    "decision",
    "corrected_label",
    "comment",
];

/// What a class that holds is called: spreadsheets would write `TRUE` in their own language.
pub(super) const PRESENT: &str = "present";
/// What a class that does not hold is called.
pub(super) const ABSENT: &str = "absent";

/// A spreadsheet runs cells that begin with these as formulas; the last one escapes itself.
const ESCAPED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The issues as CSV (RFC 4180), UTF-8 with a byte-order mark, with empty cells for a reviewer to fill in.
///
/// # Errors
/// [`Error::Invalid`] if the CSV cannot be written.
pub fn write(items: &[Issue]) -> Result<Vec<u8>, Error> {
    table(&COLUMNS, items.iter().map(row))
}

/// The cells of one issue in the order of [`COLUMNS`], those for the reviewer empty. What a spreadsheet would run as a
/// formula has a quote before it.
pub fn row(item: &Issue) -> [String; 9] {
    [
        escape(&item.record),
        escape(&item.label),
        value(&item.given),
        value(&item.suggested),
        score(item.score),
        escape(&reasons(&item.reasons)),
        String::new(),
        String::new(),
        String::new(),
    ]
}

/// A table as spreadsheets open it.
pub(super) fn table<const N: usize>(
    columns: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, Error> {
    let failed = |e: &dyn std::fmt::Display| Error::Invalid(format!("a table of the review: {e}"));
    // Without the mark, Excel takes UTF-8 for the system's own encoding.
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    csv.write_record(columns).map_err(|e| failed(&e))?;
    for row in rows {
        csv.write_record(row).map_err(|e| failed(&e))?;
    }
    csv.into_inner().map_err(|e| failed(&e))
}

/// Nothing for what is no number, as audits of other programs may hold.
fn score(score: f64) -> String {
    if score.is_finite() {
        format!("{score:.6}")
    } else {
        String::new()
    }
}

/// A label as a cell.
pub(super) fn value(value: &LabelValue) -> String {
    match value {
        LabelValue::Flag(true) => PRESENT.into(),
        LabelValue::Flag(false) => ABSENT.into(),
        LabelValue::Number(number) => number.to_string(),
    }
}

/// One line, so that a row of the sheet is a line of the file.
fn reasons(reasons: &[String]) -> String {
    let plain = |reason: &String| {
        let words = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        words.strip_suffix('.').map_or(words.clone(), str::to_owned)
    };
    reasons.iter().map(plain).collect::<Vec<_>>().join("; ")
}

/// Text that no spreadsheet takes for a formula.
pub(super) fn escape(text: &str) -> String {
    if text.starts_with(ESCAPED) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text before [`escape`].
pub(super) fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(ESCAPED) => text,
        _ => cell,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in super::super) fn issue(
        record: &str,
        label: &str,
        given: LabelValue,
        suggested: LabelValue,
    ) -> Issue {
        Issue {
            record: record.into(),
            label: label.into(),
            given,
            suggested,
            score: 0.125,
            reasons: vec!["The network disagrees.".into(), "So does\nthe surrogate.".into()],
            evidence: Vec::new(),
            in_sample: None,
            neighbour_share: None,
            neighbour_value: None,
            model_value: None,
            surrogate_value: None,
            neighbours: Vec::new(),
            similar: Vec::new(),
            groups: Default::default(),
            model_probability: Some(0.9),
            surrogate_probability: None,
            uncertainty: 0.5,
            given_labels: Vec::new(),
            model_labels: Vec::new(),
        }
    }

    #[test]
    fn a_spreadsheet_sees_text_and_numbers() {
        let items = [
            issue("=cmd()", "MI", LabelValue::Flag(true), LabelValue::Flag(false)),
            issue(
                "a,\"b\"",
                "age",
                LabelValue::Number(-1.5),
                LabelValue::Number(51.0),
            ),
        ];
        let text = String::from_utf8(write(&items).unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}record,label,given,suggested,score,reasons,decision,corrected_label,comment\r\n\
             '=cmd(),MI,present,absent,0.125000,The network disagrees; So does the surrogate,,,\r\n\
             \"a,\"\"b\"\"\",age,-1.5,51,0.125000,The network disagrees; So does the surrogate,,,\r\n"
        );
    }

    proptest! {
        #[test]
        fn escaping_is_undone(text in "['=+@a\\t-]{0,6}") {
            prop_assert!(!escape(&text).starts_with(['=', '+', '-', '@', '\t', '\r']));
            let escaped = escape(&text);
            prop_assert_eq!(unescape(&escaped), text);
        }
    }
}
