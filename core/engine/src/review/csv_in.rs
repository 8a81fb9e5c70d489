//! A reviewed file, row by row.

use std::fs;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::conflict::conflicts;
use super::csv_out::{COLUMNS, unescape};
use super::decision::{self, Decision};
use super::decode;
use super::problems::{Problem, Problems, at, listed, nearest};
use crate::audit::LabelValue;

/// A reviewed `issues.csv` whose form is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The file.
    pub path: PathBuf,
    /// The rows, in the file's order.
    pub rows: Vec<Row>,
}

/// One label of one record, and what the reviewer decided on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Line of the file on which the row begins, counted from 1.
    pub line: usize,
    /// The record.
    pub record: String,
    /// The class, or the name of the continuous target.
    pub label: String,
    /// What the data set said when the run was made.
    pub given: LabelValue,
    /// What the evidence said; a row that the reviewer added may have nothing.
    pub suggested: Option<LabelValue>,
    /// Score of the suggestion.
    pub score: Option<f64>,
    /// The decision; none while undecided.
    pub decision: Option<Decision>,
    /// What the label shall be, as the reviewer wrote it; may be empty.
    pub corrected_label: String,
    /// The reviewer's comment.
    pub comment: String,
}

impl Review {
    /// Reads a reviewed file as spreadsheet programs save it: separated by `,`, `;` or tab; UTF-8, UTF-16 with a
    /// byte-order mark or Windows-1252; decimal commas; columns in any order and others between them.
    ///
    /// # Errors
    /// Everything that is wrong with the file's form: columns, cells, decisions that contradict each other.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let (review, problems) = Self::read_all(path)?;
        Problems::check(path, problems)?;
        Ok(review)
    }

    /// The rows that are right, and what is wrong with the others. Fails where no row can be read.
    pub(super) fn read_all(path: &Path) -> Result<(Self, Vec<Problem>), Problems> {
        let whole = |message: String| Problems::whole(path, message);
        let bytes = fs::read(path).map_err(|e| whole(e.to_string()))?;
        let text = decode::text(&bytes).map_err(whole)?;
        let (rows, mut problems) = rows(&text).map_err(|problem| Problems {
            path: path.to_owned(),
            problems: vec![problem],
        })?;
        problems.extend(conflicts(&rows));
        let path = path.to_owned();
        Ok((Self { path, rows }, problems))
    }
}

/// The rows of a text that are right, and what is wrong with the others.
pub(super) fn rows(text: &str) -> Result<(Vec<Row>, Vec<Problem>), Problem> {
    let (separator, begin) = decode::separator(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.get(begin..).unwrap_or_default().as_bytes());
    let mut lines = Lines::new(text);
    let (mut header, mut rows, mut problems) = (None, Vec::new(), Vec::new());
    for cells in reader.records() {
        let cells = cells.map_err(|e| at(lines.current, e.to_string()))?;
        let offset = cells.position().map_or(0, |position| position.byte() as usize);
        let line = lines.at(begin + offset);
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue; // spreadsheets save empty rows below the last
        }
        match &header {
            None => header = Some(Header::new(&cells, line)?),
            Some(header) => match row(&cells, header, line) {
                Ok(row) => rows.push(row),
                Err(found) => problems.extend(found),
            },
        }
    }
    match header {
        Some(_) => Ok((rows, problems)),
        None => Err(Problem {
            line: None,
            message: format!("the file is empty; expected the columns {}", listed(COLUMNS)),
        }),
    }
}

/// Counts lines along ascending places of a text. The CSV reader's own count does not see a lone carriage return, and
/// gives the line before where rows end in two characters.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    current: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            current: 1,
        }
    }

    /// The line on which the first character from `place` on stands that ends no line.
    fn at(&mut self, place: usize) -> usize {
        while let Some(byte) = self.text.get(self.at) {
            let ends = matches!(byte, b'\n' | b'\r');
            if self.at >= place && !ends {
                break;
            }
            self.at += 1;
            let first_of_two = *byte == b'\r' && self.text.get(self.at) == Some(&b'\n');
            self.current += usize::from(ends && !first_of_two);
        }
        self.current
    }
}

/// Where each of [`COLUMNS`] stands.
struct Header {
    places: [usize; COLUMNS.len()],
    width: usize,
}

impl Header {
    fn new(cells: &StringRecord, line: usize) -> Result<Self, Problem> {
        let found: Vec<String> = cells.iter().map(decode::column).collect();
        let named = || found.iter().map(String::as_str).filter(|name| !name.is_empty());
        let mut places = [0; COLUMNS.len()];
        let mut missing = Vec::new();
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            let mut of_name = (0..).zip(&found).filter(|(_, column)| *column == name);
            match (of_name.next(), of_name.next()) {
                (Some((i, _)), None) => *place = i,
                (Some(_), Some(_)) => {
                    return Err(at(line, format!("the column `{name}` is there twice")));
                }
                (None, _) => {
                    let others = named().filter(|other| !COLUMNS.contains(other));
                    missing.push(format!("`{name}`{}", nearest(name, others)));
                }
            }
        }
        if !missing.is_empty() {
            let (missing, found) = (missing.join(", "), listed(named()));
            let message = format!("missing columns: {missing}. The columns found are {found}");
            return Err(at(line, message));
        }
        let width = found.len();
        Ok(Self { places, width })
    }
}

/// Number of columns at the front of [`COLUMNS`] that a run fills in.
const FILLED: usize = 6;

/// One row, or all that is wrong with it.
fn row(cells: &StringRecord, header: &Header, line: usize) -> Result<Row, Vec<Problem>> {
    check_width(cells, header).map_err(|message| vec![at(line, message)])?;
    let [
        record,
        label,
        given,
        suggested,
        score,
        _,
        decision,
        corrected,
        comment,
    ] = header
        .places
        .map(|place| cells.get(place).unwrap_or_default().trim());
    let mut problems = Vec::new();
    let mut wrong = |message: String| problems.push(at(line, message));
    for (name, cell) in [("record", record), ("label", label)] {
        if cell.is_empty() {
            wrong(format!("{name}: the cell is empty"));
        }
    }
    let value = |name: &str, cell: &str| {
        let message = || format!("{name}: expected `present`, `absent` or a number, found `{cell}`");
        decision::value(unescape(cell)).ok_or_else(message)
    };
    let given = value("given", given).map_err(&mut wrong).ok();
    let suggested = (!suggested.is_empty()).then(|| value("suggested", suggested));
    let suggested = suggested.transpose().unwrap_or_else(|message| {
        wrong(message);
        None
    });
    let number = (!score.is_empty()).then(|| decision::number(score));
    if number == Some(None) {
        wrong(format!("score: expected a number, found `{score}`"));
    }
    let decision = Decision::parse(decision).unwrap_or_else(|message| {
        wrong(message);
        None
    });
    match given {
        Some(given) if problems.is_empty() => Ok(Row {
            line,
            record: unescape(record).to_owned(),
            label: unescape(label).to_owned(),
            given,
            suggested,
            score: number.flatten(),
            decision,
            corrected_label: unescape(corrected).to_owned(),
            comment: unescape(comment).to_owned(),
        }),
        _ => Err(problems),
    }
}

/// Excel leaves empty cells away at the end of rows; anything else that is missing, or too much, is a mistake.
fn check_width(cells: &StringRecord, header: &Header) -> Result<(), String> {
    let least = header.places.iter().take(FILLED).max().map_or(0, |last| last + 1);
    let surplus = cells
        .iter()
        .skip(header.width)
        .any(|cell| !cell.trim().is_empty());
    if cells.len() < least || surplus {
        return Err(format!(
            "expected {} cells as in the header, found {}",
            header.width,
            cells.len()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "record,label,given,suggested,score,reasons,decision,corrected_label,comment\n";

    fn read(text: &str) -> (Vec<Row>, Vec<String>) {
        let (rows, mut problems) = rows(text).unwrap();
        problems.extend(conflicts(&rows));
        let problems = problems
            .into_iter()
            .map(|p| format!("{}: {}", p.line.unwrap(), p.message))
            .collect();
        (rows, problems)
    }

    #[test]
    fn rows_as_they_were_written() {
        let issue = super::super::csv_out::tests::issue;
        let items = [
            issue("=1", "MI", LabelValue::Flag(true), LabelValue::Flag(false)),
            issue(
                "00002",
                "-age",
                LabelValue::Number(-1.5),
                LabelValue::Number(51.25),
            ),
        ];
        let text = decode::text(&super::super::write(&items).unwrap()).unwrap();
        let (rows, problems) = read(&text);
        assert_eq!(problems, [""; 0]);
        for ((row, item), line) in rows.iter().zip(&items).zip(2..) {
            assert_eq!((&row.record, &row.label), (&item.record, &item.label));
            assert_eq!(
                (&row.given, row.suggested.as_ref()),
                (&item.given, Some(&item.suggested))
            );
            assert_eq!((row.line, row.score, row.decision), (line, Some(0.125), None));
        }
    }

    #[test]
    fn columns_in_any_order_with_others_and_another_separator() {
        let text = "sep=;\r\nComment;notes;Corrected Label;decision;reasons;score;suggested;given;label;record;;\r\n\
            \"so;\r\nso\";x;IMI;ACCEPT;r;0,35;present;absent;MI;17;;\r\n;;;;;;;;;;;\r\n\r\n;;;reject;;;51,5;50;age;18;;\r\n";
        let (rows, problems) = read(text);
        assert_eq!(problems, [""; 0]);
        assert_eq!((rows[0].line, rows[1].line), (3, 7), "lines, not rows");
        assert_eq!(rows[0].comment, "so;\r\nso");
        assert_eq!(rows[0].corrected_label, "IMI");
        assert_eq!(rows[0].score, Some(0.35));
        assert_eq!(rows[1].suggested, Some(LabelValue::Number(51.5)));
        assert_eq!(rows[1].decision, Some(Decision::Reject));
    }

    #[test]
    fn lines_are_counted_however_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!(
                "{HEADER}1,A,present,absent,0.1,\"two\nlines\",accept,,\n\n2,A,present,absent,0.1,,accept,,\n"
            )
            .replace('\n', end);
            let (rows, _) = read(&text);
            let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 5], "{end:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_line() {
        let text = format!(
            "{HEADER}1,A,present,absent,0.1,\"a\nb\",accepted,,\n2,,yes,no,x,,reject,,\n3,A,present\n\
             4,A,present,absent,0.1,r,reject,,,surplus\n5,A,present,absent,0.1,r\n6,A,1,2,0.1,r,accept,,,\n"
        );
        let (rows, problems) = read(&text);
        assert_eq!(
            problems,
            [
                "2: decision: expected `accept`, `reject`, `relabel` or nothing, found `accepted`; did you mean `accept`?",
                "4: label: the cell is empty",
                "4: given: expected `present`, `absent` or a number, found `yes`",
                "4: suggested: expected `present`, `absent` or a number, found `no`",
                "4: score: expected a number, found `x`",
                "5: expected 9 cells as in the header, found 3",
                "6: expected 9 cells as in the header, found 10",
            ]
        );
        assert_eq!(
            rows.iter().map(|row| row.record.as_str()).collect::<Vec<_>>(),
            ["5", "6"]
        );
        assert_eq!(rows[0].decision, None, "Excel leaves empty cells away at the end");
    }

    #[test]
    fn wrong_columns_are_named() {
        let missing = rows("record,label,given,suggestion,score,reasons,decision,note\n1\n").unwrap_err();
        assert_eq!(missing.line, Some(1));
        assert_eq!(
            missing.message,
            "missing columns: `suggested`; did you mean `suggestion`?, `corrected_label`, `comment`. The columns found \
             are `record`, `label`, `given`, `suggestion`, `score`, `reasons`, `decision`, `note`"
        );
        let twice = rows(&HEADER.replace("score", "Given")).unwrap_err();
        assert_eq!(twice.message, "the column `given` is there twice");
        assert!(rows("\n").unwrap_err().message.contains("the file is empty"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_files_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            if let Ok(text) = decode::text(&bytes) {
                let _ = rows(&text);
                let _ = rows(&format!("{HEADER}{text}"));
            }
        }
    }
}
