//! CSV files with a header row.

use std::path::{Path, PathBuf};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::Error;
use crate::error::instead;

/// A CSV file in memory.
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row and the line on which it starts.
pub(super) struct Row {
    pub(super) line: usize,
    cells: StringRecord,
}

impl Table {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |error: csv::Error| csv_error(path, error);
        let mut reader = ReaderBuilder::new().from_path(path).map_err(wrong)?;
        let columns: Vec<String> = reader
            .headers()
            .map_err(wrong)?
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        if let Some((_, name)) = columns
            .iter()
            .enumerate()
            .find(|(i, name)| columns[..*i].contains(name))
        {
            return Err(Error::at_line(
                path,
                1,
                format!("the column `{name}` is there twice"),
            ));
        }
        let mut rows = Vec::new();
        for cells in reader.records() {
            let cells = cells.map_err(wrong)?;
            let line = cells.position().map_or(0, |position| position.line() as usize);
            rows.push(Row { line, cells });
        }
        if rows.is_empty() {
            return Err(Error::content(
                path,
                "expected a header and at least one row, found no row",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            columns,
            rows,
        })
    }

    /// Index of a column that must be there; `key` is what asks for it.
    pub(super) fn column(&self, name: &str, key: &str) -> Result<usize, Error> {
        self.columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| {
                let columns = self.columns.iter().map(String::as_str);
                let message = format!("{key}: no column `{name}`{}", instead(name, "columns", columns));
                Error::at_line(&self.path, 1, message)
            })
    }

    /// A number, or nothing for an empty cell.
    pub(super) fn number(&self, row: &Row, column: usize) -> Result<Option<f64>, Error> {
        match row.cell(column) {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Some(value)),
                _ => Err(self.wrong(row, column, "a finite number")),
            },
        }
    }

    /// A fold: an integer of 0 or more, which pandas may have written as `3.0`.
    pub(super) fn fold(&self, row: &Row, column: usize) -> Result<u32, Error> {
        let text = without_fraction(row.cell(column));
        text.parse()
            .map_err(|_| self.wrong(row, column, "a fold, an integer of 0 or more"))
    }

    /// Whether something holds, or nothing for an empty cell.
    pub(super) fn flag(&self, row: &Row, column: usize) -> Result<Option<bool>, Error> {
        match row.cell(column) {
            "" => Ok(None),
            text => match flag(text) {
                Some(holds) => Ok(Some(holds)),
                None => Err(self.wrong(row, column, "True or False (or 1, 0)")),
            },
        }
    }

    /// A name, or nothing for an empty cell.
    pub(super) fn group(&self, row: &Row, column: usize) -> Option<String> {
        Some(without_fraction(row.cell(column)).to_owned()).filter(|name| !name.is_empty())
    }

    /// The cells that are not empty, by column name, without some columns.
    pub(super) fn metadata(
        &self,
        row: &Row,
        without: &[usize],
    ) -> std::collections::BTreeMap<String, String> {
        let cells = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, name)| (i, name, row.cell(i)));
        cells
            .filter(|(i, _, cell)| !cell.is_empty() && !without.contains(i))
            .map(|(_, name, cell)| (name.clone(), cell.to_owned()))
            .collect()
    }

    /// The error of a cell that is not what it should be.
    pub(super) fn wrong(&self, row: &Row, column: usize, expected: &str) -> Error {
        let name = self.columns.get(column).map_or("", String::as_str);
        let found = row.cell(column);
        Error::at_line(
            &self.path,
            row.line,
            format!("column `{name}`: expected {expected}, found `{found}`"),
        )
    }
}

impl Row {
    /// A cell without surrounding blanks.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }
}

/// 1, 0, true or false, in any case and as pandas writes it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" => Some(true),
        "0" | "0.0" | "false" => Some(false),
        _ => None,
    }
}

/// `15709` for `15709.0`: pandas writes integers so once a column has an empty cell.
pub(super) fn without_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, fraction)) if is_integer(whole) && fraction.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map(|position| position.line() as usize);
    let message = match error.into_kind() {
        ErrorKind::Io(source) => return Error::io(path, source),
        ErrorKind::Utf8 { .. } => "expected UTF-8 text, found another encoding".to_owned(),
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("expected {expected_len} cells as in the header, found {len}")
        }
        kind => format!("{kind:?}"),
    };
    Error::Format {
        path: path.to_owned(),
        line,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(content: &[u8]) -> Result<Table, Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        std::fs::write(&path, content).unwrap();
        Table::read(&path)
    }

    #[test]
    fn bad_tables_are_errors_with_the_line() {
        for (content, expected) in [
            (&b""[..], "found no row"),
            (b"a,b\n", "found no row"),
            (b"a,b,a\n1,2,3\n", "t.csv:1: the column `a` is there twice"),
            (
                b"a,b\n1,2\n3\n",
                "t.csv:3: expected 2 cells as in the header, found 1",
            ),
            (b"a,b\n1,2\n\xe9t\xe9,4\n", "t.csv:3: expected UTF-8 text"),
        ] {
            let error = table(content).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn bad_cells_are_errors_with_line_and_column() {
        let table = table(b"fold,age\n3.0,51\n\"x\ny\",inf\n-1,\n").unwrap();
        let [first, second, third] = table.rows.as_slice() else {
            panic!("three rows")
        };
        assert_eq!(table.fold(first, 0).unwrap(), 3);
        assert_eq!(table.number(first, 1).unwrap(), Some(51.0));
        let error = table.number(second, 1).unwrap_err().to_string();
        assert!(
            error.contains("t.csv:3: column `age`: expected a finite number, found `inf`"),
            "{error}"
        );
        let error = table.fold(third, 0).unwrap_err().to_string();
        assert!(
            error.contains("t.csv:5: column `fold`: expected a fold"),
            "a cell spans two lines: {error}"
        );
        assert_eq!(table.number(third, 1).unwrap(), None);
        let error = table.column("Age", "labels").unwrap_err().to_string();
        assert!(error.contains("labels: no column `Age`; did you mean `age`? The columns are `fold`, `age`"));
    }

    #[test]
    fn integers_lose_their_fraction_only_if_it_is_zero() {
        let cases = [
            ("15709.0", "15709"),
            ("15709", "15709"),
            ("-2.00", "-2"),
            ("1.5", "1.5"),
            ("a.0", "a.0"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_fraction(text), expected);
        }
    }
}
