//! What the columns of a table of records are about.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// A CSV file of which one column names records.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    pub file: PathBuf,
    /// The column that names records, and how many different ones it names.
    pub record: String,
    pub matched: usize,
    pub rows: usize,
    pub folds: Option<String>,
    pub group: Option<String>,
    /// Columns with 0 and 1 in every row.
    pub flags: Vec<String>,
    /// Columns with text that could be class names.
    pub names: Vec<Names>,
}

/// A column of class names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    pub column: String,
    pub separator: String,
    /// Number of different names.
    pub classes: usize,
}

const FOLDS: [&str; 6] = ["strat_fold", "fold", "folds", "cv_fold", "split_fold", "fold_id"];
const GROUPS: [&str; 8] = [
    "patient_id",
    "patient",
    "subject_id",
    "subject",
    "person_id",
    "pid",
    "group",
    "group_id",
];
/// Columns that describe who was recorded rather than what the ECG shows.
const NO_LABELS: [&str; 8] = [
    "sex", "gender", "male", "is_male", "female", "age", "device", "site",
];
/// What separates class names, the likeliest first.
const SEPARATORS: [&str; 4] = [";", "|", "\n", ","];
/// More different names than this are a free text.
const MOST_CLASSES: usize = 200;

/// The columns of `file`, if one of them names at least half of the records, or has at least half of its rows name one.
///
/// # Errors
/// In words, where the file cannot be read as a table.
pub(super) fn look(file: &Path, records: &[String]) -> Result<Option<Columns>, String> {
    let wrong = |error: csv::Error| format!("{}: {error}", file.display());
    let mut reader = csv::Reader::from_path(file).map_err(wrong)?;
    let header: Vec<String> = reader
        .headers()
        .map_err(wrong)?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        for (column, cell) in columns.iter_mut().zip(row.iter()) {
            column.push(cell.trim().to_owned());
        }
    }
    let rows = columns.first().map_or(0, Vec::len);
    let index = Index::new(records);
    // Different records, so that a column of small numbers such as ages is not taken for records named by numbers.
    let named = |cells: &Vec<String>| {
        let known = cells.iter().filter_map(|cell| index.find(cell));
        known.collect::<BTreeSet<&str>>().len()
    };
    let best = columns.iter().map(named).enumerate();
    let best = best.max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
    let enough = |matched: usize| matched > 0 && matched * 2 >= rows.min(records.len());
    let Some((key, matched)) = best.filter(|(_, matched)| enough(*matched)) else {
        return Ok(None);
    };
    let mut found = Columns {
        file: file.to_owned(),
        record: header.get(key).cloned().unwrap_or_default(),
        matched,
        rows,
        folds: None,
        group: None,
        flags: Vec::new(),
        names: Vec::new(),
    };
    let others = header.iter().zip(&columns).enumerate().filter(|(i, _)| *i != key);
    for (_, (name, cells)) in others {
        found.sort_in(name, cells);
    }
    Ok(Some(found))
}

impl Columns {
    fn sort_in(&mut self, name: &str, cells: &[String]) {
        let lower = name.to_lowercase();
        let is = |known: &[&str]| known.contains(&lower.as_str());
        if is(&FOLDS) && self.folds.is_none() && cells.iter().all(|cell| is_fold(cell)) {
            self.folds = Some(name.to_owned());
        } else if is(&GROUPS) && self.group.is_none() {
            self.group = Some(name.to_owned());
        } else if is(&NO_LABELS) || name.is_empty() {
        } else if cells.iter().all(|cell| flag(cell).is_some()) {
            self.flags.push(name.to_owned());
        } else if let Some(names) = class_names(name, cells) {
            self.names.push(names);
        }
    }
}

fn is_fold(cell: &str) -> bool {
    let whole = cell.split_once('.').map_or(cell, |(whole, zeros)| {
        if zeros.bytes().all(|byte| byte == b'0') {
            whole
        } else {
            cell
        }
    });
    whole.parse::<u32>().is_ok()
}

fn flag(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" => Some(true),
        "0" | "0.0" | "false" => Some(false),
        _ => None,
    }
}

/// Text of which at least some is there twice, and which no number is among.
fn class_names(column: &str, cells: &[String]) -> Option<Names> {
    let there: Vec<&str> = cells
        .iter()
        .map(String::as_str)
        .filter(|cell| !cell.is_empty())
        .collect();
    if there.is_empty() || there.iter().any(|cell| cell.parse::<f64>().is_ok()) {
        return None;
    }
    let separator = SEPARATORS
        .iter()
        .find(|separator| there.iter().any(|cell| cell.contains(**separator)))
        .unwrap_or(&";");
    let all = || {
        there
            .iter()
            .flat_map(|cell| cell.split(separator))
            .map(str::trim)
            .filter(|name| !name.is_empty())
    };
    let distinct: BTreeSet<&str> = all().collect();
    let repeats = distinct.len() * 2 <= all().count();
    (repeats && distinct.len() <= MOST_CLASSES).then(|| Names {
        column: column.to_owned(),
        separator: (*separator).to_owned(),
        classes: distinct.len(),
    })
}

/// Names of records, in full and without their folder where that is unambiguous: as the WFDB reader finds them.
struct Index<'a>(HashMap<&'a str, usize>);

impl<'a> Index<'a> {
    fn new(records: &'a [String]) -> Self {
        let mut names: HashMap<&str, usize> = HashMap::new();
        for record in records {
            *names.entry(record).or_default() += 1;
            if let Some((_, stem)) = record.rsplit_once('/') {
                *names.entry(stem).or_default() += 1;
            }
        }
        Self(names)
    }

    /// The record's name as the cell gives it, if there is just one such record.
    fn find<'c>(&self, cell: &'c str) -> Option<&'c str> {
        let name = cell.trim_start_matches("./");
        let name = name.strip_suffix(".hea").unwrap_or(name);
        // Tables written by pandas have whole numbers as `15709.0`.
        let name = name.strip_suffix(".0").unwrap_or(name);
        (self.0.get(name) == Some(&1)).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str, records: &[&str]) -> Result<Option<Columns>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("labels.csv");
        std::fs::write(&file, text).unwrap();
        let records: Vec<String> = records.iter().map(ToString::to_string).collect();
        look(&file, &records)
    }

    #[test]
    fn each_column_finds_its_place() {
        let found = columns(
            "n,file,patient_id,fold,sex,AF,RBBB,rhythm,comment\n\
             1,a/r1.hea,p1,1,0,0,1,SR;AF,one\n2,r2,p1,1.0,1,1,0,SR,two\n3,r3,p2,2,1,0,0,AF,three\n4,r9,p3,2,1,0,0,SR,four\n",
            &["a/r1", "a/r2", "a/r3"],
        )
        .unwrap()
        .unwrap();
        assert_eq!((found.record.as_str(), found.matched, found.rows), ("file", 3, 4));
        assert_eq!(found.folds.as_deref(), Some("fold"));
        assert_eq!(found.group.as_deref(), Some("patient_id"));
        assert_eq!(found.flags, ["AF", "RBBB"]);
        let rhythm = Names {
            column: "rhythm".into(),
            separator: ";".into(),
            classes: 2,
        };
        assert_eq!(found.names, [rhythm]);
    }

    #[test]
    fn ages_are_no_records() {
        let records: Vec<String> = (1..=60)
            .step_by(2)
            .map(|number| format!("data/{number}"))
            .collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let rows: String = (1..=60)
            .map(|number| format!("{}.0,{number}\n", 31 + number % 3 * 2))
            .collect();
        let found = columns(&format!("Age,ID\n{rows}"), &records).unwrap().unwrap();
        assert_eq!((found.record.as_str(), found.matched), ("ID", 30));
    }

    #[test]
    fn a_table_of_something_else_and_no_table() {
        assert_eq!(columns("a,b\n1,2\n", &["r1"]).unwrap(), None);
        assert_eq!(columns("", &["r1"]).unwrap(), None);
        assert!(columns("a,b\n1\n", &["r1"]).unwrap_err().contains("labels.csv"));
    }
}
