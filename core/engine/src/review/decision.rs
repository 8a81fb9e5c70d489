//! The vocabulary of a reviewer: decisions and labels.

use super::csv_out::{ABSENT, PRESENT};
use super::problems::nearest;
use crate::audit::LabelValue;

/// What a reviewer decided on one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The suggestion is right.
    Accept,
    /// The given label is right.
    Reject,
    /// Neither need be right: the label is the one in `corrected_label`.
    Relabel,
}

/// The words for [`Decision`].
const WORDS: [(&str, Decision); 3] = [
    ("accept", Decision::Accept),
    ("reject", Decision::Reject),
    ("relabel", Decision::Relabel),
];

impl Decision {
    /// Reads a cell of `decision`: empty is undecided; upper and lower case are the same.
    ///
    /// # Errors
    /// The words there are, and the nearest.
    pub fn parse(cell: &str) -> Result<Option<Self>, String> {
        let word = cell.trim().to_lowercase();
        if word.is_empty() {
            return Ok(None);
        }
        let found = WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, decision)| Some(*decision)).ok_or_else(|| {
            format!(
                "decision: expected `accept`, `reject`, `relabel` or nothing, found `{}`{}",
                cell.trim(),
                nearest(&word, WORDS.iter().map(|(known, _)| *known))
            )
        })
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Relabel => "relabel",
        }
    }
}

/// A label's value from a cell: `present`, `absent`, or a number; nothing for other text.
pub(super) fn value(cell: &str) -> Option<LabelValue> {
    match cell.trim().to_lowercase().as_str() {
        PRESENT => Some(LabelValue::Flag(true)),
        ABSENT => Some(LabelValue::Flag(false)),
        _ => number(cell).map(LabelValue::Number),
    }
}

/// A finite number, with a decimal point or a decimal comma.
pub(super) fn number(cell: &str) -> Option<f64> {
    let text = cell.trim();
    let number = if text.contains('.') {
        text.parse()
    } else {
        text.replacen(',', ".", 1).parse()
    };
    number.ok().filter(|number: &f64| number.is_finite())
}

/// Whether two values are the same to a person: spreadsheets save some ten digits of a number.
pub(super) fn same(a: &LabelValue, b: &LabelValue) -> bool {
    match (a, b) {
        (LabelValue::Number(a), LabelValue::Number(b)) => {
            (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1e-6)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions() {
        assert_eq!(Decision::parse(" "), Ok(None));
        assert_eq!(Decision::parse(" Accept "), Ok(Some(Decision::Accept)));
        assert_eq!(Decision::parse("RELABEL"), Ok(Some(Decision::Relabel)));
        let message = Decision::parse("rejected").unwrap_err();
        assert!(
            message.contains("found `rejected`; did you mean `reject`?"),
            "{message}"
        );
        assert!(!Decision::parse("?").unwrap_err().contains("did you mean"));
    }

    #[test]
    fn values() {
        assert_eq!(value(" Present"), Some(LabelValue::Flag(true)));
        assert_eq!(value("absent"), Some(LabelValue::Flag(false)));
        assert_eq!(value("51,5"), Some(LabelValue::Number(51.5)));
        assert_eq!(value("-3e2"), Some(LabelValue::Number(-300.0)));
        for cell in ["", "yes", "1.234,5", "inf", "NaN"] {
            assert_eq!(value(cell), None, "{cell}");
        }
        let number = LabelValue::Number;
        assert!(same(&number(51.299_999_237_060_55), &number(51.299_999_24)));
        assert!(!same(&number(51.3), &number(51.4)));
        assert!(same(&number(0.0), &number(0.0)));
    }
}
