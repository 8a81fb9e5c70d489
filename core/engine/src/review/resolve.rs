//! A review held against the data set: which label of which record shall be what.

use std::collections::HashMap;

use ecg_audit_ecg::Label;
use ecg_audit_ecg::datasets::corrected::{Change, LabelFile, Wanted};

use super::conflict::contradiction;
use super::csv_in::{Review, Row};
use super::csv_out::{ABSENT, PRESENT, value};
use super::decision::{self, Decision, same};
use super::problems::{Problem, at, listed, nearest};
use super::records::Records;
use crate::audit::{Audit, LabelValue};

/// One decided label.
#[derive(Debug, Clone)]
pub(super) struct Decided<'a> {
    /// The row that decides.
    pub row: &'a Row,
    /// The record, by its name in the data set.
    pub record: &'a str,
    /// The label, which is the row's own unless the row names another class for the record.
    pub label: String,
    /// What the data set says.
    pub before: LabelValue,
    /// What it shall say.
    pub wanted: Wanted,
}

impl Decided<'_> {
    /// What the data set shall say, as a value.
    pub fn after(&self) -> LabelValue {
        match self.wanted {
            Wanted::Absent => LabelValue::Flag(false),
            Wanted::Present { .. } => LabelValue::Flag(true),
            Wanted::Value(value) => LabelValue::Number(value),
        }
    }

    /// Whether the data set says so already.
    pub fn kept(&self) -> bool {
        same(&self.before, &self.after())
    }

    pub fn change(&self) -> Change {
        Change {
            record: self.record.to_owned(),
            label: self.label.clone(),
            wanted: self.wanted.clone(),
        }
    }
}

/// What a review is held against.
pub(super) struct Resolver<'a> {
    labels: &'a LabelFile,
    /// Whether a record has exactly one class.
    exclusive: bool,
    records: Records<'a>,
    label_of: HashMap<&'a str, &'a Label>,
    suggested: HashMap<(&'a str, &'a str), &'a LabelValue>,
}

impl<'a> Resolver<'a> {
    pub fn new(labels: &'a LabelFile, audit: &'a Audit, exclusive: bool) -> Self {
        let records = labels.data().records();
        let items = audit.issues.items.iter();
        Self {
            labels,
            exclusive,
            records: Records::new(records.iter().map(|record| record.id.as_str())),
            label_of: records
                .iter()
                .map(|record| (record.id.as_str(), &record.label))
                .collect(),
            suggested: items
                .map(|item| ((item.record.as_str(), item.label.as_str()), &item.suggested))
                .collect(),
        }
    }

    /// The decided labels, each once, and everything that is wrong with the rows.
    pub fn resolve<'r>(&self, review: &'r Review) -> (Vec<Decided<'r>>, Vec<Problem>)
    where
        'a: 'r,
    {
        let (mut decided, mut problems) = (Vec::new(), Vec::new());
        for row in &review.rows {
            match self.row(row) {
                Ok(Some(found)) => decided.push(found),
                Ok(None) => {}
                Err(message) => problems.push(at(row.line, message)),
            }
        }
        let decided = once(decided, &mut problems);
        for decided in decided.iter().filter(|decided| !decided.kept()) {
            if let Err(message) = self.labels.check(&decided.change()) {
                problems.push(at(decided.row.line, about(decided.row, &message)));
            }
        }
        (decided, problems)
    }

    fn row<'r>(&self, row: &'r Row) -> Result<Option<Decided<'r>>, String>
    where
        'a: 'r,
    {
        let record = self
            .records
            .find(&row.record)
            .ok_or_else(|| self.unknown_record(&row.record))?;
        let before = self.value(record, &row.label)?;
        self.check_given(row, record, &before)?;
        let Some(decision) = row.decision else {
            return match row.corrected_label.as_str() {
                "" => Ok(None),
                text => Err(about(
                    row,
                    &format!("corrected_label is `{text}`, but decision is empty; write `relabel` to use it"),
                )),
            };
        };
        let (label, wanted) = self
            .decide(decision, row, &before)
            .map_err(|message| about(row, &message))?;
        let before = if label == row.label {
            before
        } else {
            self.value(record, &label)?
        };
        if matches!(wanted, Wanted::Present { statement: Some(_) }) && before == LabelValue::Flag(true) {
            let message =
                format!("the record has `{label}` already; a statement is named only where a class is added");
            return Err(about(row, &message));
        }
        Ok(Some(Decided {
            row,
            record,
            label,
            before,
            wanted,
        }))
    }

    fn unknown_record(&self, name: &str) -> String {
        let skipped = self.labels.data().skipped();
        match skipped.iter().find(|skipped| skipped.record == name) {
            Some(skipped) => format!("record `{name}` is set aside in the data set: {}", skipped.reason),
            None => format!("unknown record `{name}`: the data set has none of this name"),
        }
    }

    /// What the data set says.
    fn value(&self, record: &str, label: &str) -> Result<LabelValue, String> {
        let classes = self.labels.data().classes();
        let given = self.label_of.get(record);
        if let Some(target) = self.labels.target() {
            // A run may call the target otherwise than the data set does.
            if label != target && !self.suggested.contains_key(&(record, label)) {
                return Err(format!(
                    "unknown label `{label}`; the data set has the continuous target `{target}`"
                ));
            }
            return match given {
                Some(Label::Value(value)) => Ok(LabelValue::Number(*value)),
                _ => Err(format!("record `{record}` has no `{target}` in the data set")),
            };
        }
        let Some(class) = classes.iter().position(|class| class == label) else {
            let names = || classes.iter().map(String::as_str);
            let (nearest, all) = (nearest(label, names()), listed(names()));
            return Err(format!(
                "unknown label `{label}`{nearest}; the classes of the data set are {all}"
            ));
        };
        Ok(LabelValue::Flag(match given {
            Some(Label::Classes(flags)) => flags.get(class).copied().unwrap_or_default(),
            _ => false,
        }))
    }

    /// Refuses a row that tells of another state of the data set, or of another run.
    fn check_given(&self, row: &Row, record: &str, before: &LabelValue) -> Result<(), String> {
        if !same(&row.given, before) {
            return Err(about(
                row,
                &format!(
                    "given is `{}` in the review, but the data set says `{}` by now; the review is out of date",
                    value(&row.given),
                    value(before)
                ),
            ));
        }
        match (&row.suggested, self.suggested.get(&(record, row.label.as_str()))) {
            (Some(found), Some(expected)) if !same(found, expected) => Err(about(
                row,
                &format!(
                    "suggested is `{}` in the review, but `{}` in the run; to give another label, write `relabel` and \
                     corrected_label",
                    value(found),
                    value(expected)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The label and what it shall be.
    fn decide(&self, decision: Decision, row: &Row, before: &LabelValue) -> Result<(String, Wanted), String> {
        let corrected = match row.corrected_label.as_str() {
            "" => None,
            text => Some(self.corrected(text, &row.label)?),
        };
        let taken = match decision {
            Decision::Relabel => {
                return corrected
                    .ok_or_else(|| format!("`relabel` needs a corrected_label: {}", self.legal()));
            }
            Decision::Reject => before,
            Decision::Accept => row
                .suggested
                .as_ref()
                .ok_or("`accept` needs a suggestion, and suggested is empty")?,
        };
        let own = wanted(taken);
        if self.labels.target().is_some() != matches!(own, Wanted::Value(_)) {
            return Err(format!("suggested is `{}`, which is no label here", value(taken)));
        }
        match corrected {
            None => Ok((row.label.clone(), own)),
            Some((label, other)) if label == row.label && alike(&own, &other) => Ok((label, other)),
            Some(_) => Err(format!(
                "`{}` takes `{}`, but corrected_label is `{}`; write `relabel`, or leave corrected_label empty",
                decision.word(),
                value(taken),
                row.corrected_label
            )),
        }
    }

    /// What `corrected_label` says.
    fn corrected(&self, text: &str, label: &str) -> Result<(String, Wanted), String> {
        let wrong = || format!("corrected_label: expected {}, found `{text}`", self.legal());
        if self.labels.target().is_some() {
            let number = decision::number(text).ok_or_else(wrong)?;
            return Ok((label.to_owned(), Wanted::Value(number)));
        }
        let present = |statement| Wanted::Present { statement };
        match decision::value(text) {
            Some(LabelValue::Flag(true)) => return Ok((label.to_owned(), present(None))),
            Some(LabelValue::Flag(false)) => return Ok((label.to_owned(), Wanted::Absent)),
            _ => {}
        }
        let classes = self.labels.data().classes();
        let class = classes.iter().find(|class| class.eq_ignore_ascii_case(text));
        let statement = [text.to_owned(), text.to_uppercase()]
            .into_iter()
            .find_map(|code| Some((self.labels.class_of(&code)?, code)));
        match (class, statement) {
            (Some(class), _) if class == label || self.exclusive => Ok((class.clone(), present(None))),
            (_, Some((class, code))) if class == label || self.exclusive => {
                Ok((class.to_owned(), present(Some(code))))
            }
            (Some(other), _) => Err(self.another(text, other, label)),
            (None, Some((other, _))) => Err(self.another(text, other, label)),
            (None, None) if self.exclusive => Err(wrong()),
            (None, None) => {
                // The layout knows what it would take instead.
                let change = Change {
                    record: String::new(),
                    label: label.to_owned(),
                    wanted: present(Some(text.to_owned())),
                };
                let reason = self.labels.check(&change).err();
                Err(reason.map_or_else(wrong, |reason| format!("{}; {reason}", wrong())))
            }
        }
    }

    fn another(&self, text: &str, other: &str, label: &str) -> String {
        format!(
            "corrected_label: `{text}` is about `{other}`, this row about `{label}`; say {} here, and add a row for \
             `{other}`",
            self.legal()
        )
    }

    /// What can stand in `corrected_label`.
    fn legal(&self) -> String {
        if self.labels.target().is_some() {
            return "a number".into();
        }
        let classes = self.labels.data().classes().iter().map(String::as_str);
        if self.exclusive {
            format!("the name of a class ({})", listed(classes))
        } else {
            format!("`{PRESENT}` or `{ABSENT}`")
        }
    }
}

fn wanted(value: &LabelValue) -> Wanted {
    match value {
        LabelValue::Flag(false) => Wanted::Absent,
        LabelValue::Flag(true) => Wanted::Present { statement: None },
        LabelValue::Number(value) => Wanted::Value(*value),
    }
}

/// Whether two come to the same label, whatever statement says so.
fn alike(a: &Wanted, b: &Wanted) -> bool {
    match (a, b) {
        (Wanted::Value(a), Wanted::Value(b)) => same(&LabelValue::Number(*a), &LabelValue::Number(*b)),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn about(row: &Row, message: &str) -> String {
    format!("record `{}`, label `{}`: {message}", row.record, row.label)
}

/// Each label once; rows that want different things of one are problems.
fn once<'a>(decided: Vec<Decided<'a>>, problems: &mut Vec<Problem>) -> Vec<Decided<'a>> {
    let mut kept: Vec<Decided> = Vec::with_capacity(decided.len());
    let mut first: HashMap<(&str, String), usize> = HashMap::new();
    for decided in decided {
        match first.get(&(decided.record, decided.label.clone())) {
            None => {
                first.insert((decided.record, decided.label.clone()), kept.len());
                kept.push(decided);
            }
            Some(before) => {
                let before = &kept[*before];
                if before.wanted != decided.wanted {
                    problems.push(at(decided.row.line, contradiction(before.row, decided.row)));
                }
            }
        }
    }
    kept
}
