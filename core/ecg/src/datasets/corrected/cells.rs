//! A CSV file in which some cells are replaced and every other byte stays.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

use csv_core::{ReadFieldResult, Reader};

use super::super::table::Table;
use crate::Error;

/// The bytes of a CSV file, and where each cell stands in them.
pub(super) struct Cells {
    text: Vec<u8>,
    /// Of each row, without the header.
    rows: Vec<Vec<Range<usize>>>,
}

/// New cells by row (without the header) and column.
pub(super) type Edits = BTreeMap<(usize, usize), String>;

impl Cells {
    /// The file of a table that was read before.
    pub(super) fn read(table: &Table) -> Result<Self, Error> {
        let text = fs::read(&table.path).map_err(|source| Error::io(&table.path, source))?;
        let mut rows = spans(&text);
        if !rows.is_empty() {
            rows.remove(0);
        }
        if rows.len() != table.rows.len() {
            return Err(Error::content(
                &table.path,
                "the file was changed while it was read; try again",
            ));
        }
        Ok(Self { text, rows })
    }

    /// The file's bytes with `edits`.
    pub(super) fn with(&self, edits: &Edits) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 64 * edits.len());
        let mut done = 0;
        let place = |(row, column): &(usize, usize)| self.rows.get(*row).and_then(|row| row.get(*column));
        // Rows and columns ascend, and so do the places.
        for (span, cell) in edits
            .iter()
            .filter_map(|(at, cell)| place(at).map(|span| (span, cell)))
        {
            let before = &self.text[span.clone()];
            out.extend_from_slice(&self.text[done..span.start]);
            out.extend_from_slice(&quoted(cell, before.starts_with(b"\"")));
            done = span.end;
        }
        out.extend_from_slice(&self.text[done..]);
        out
    }
}

/// Quoted where it has to be, or where the cell before it was.
fn quoted(cell: &str, always: bool) -> Vec<u8> {
    if always || cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\"")).into_bytes()
    } else {
        cell.into()
    }
}

/// Place of every cell of every row, quotes included. The parser is the one that [`Table`] is read by, one level lower.
fn spans(text: &[u8]) -> Vec<Vec<Range<usize>>> {
    let mut reader = Reader::new();
    let mut ignored = [0; 1024];
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let (mut start, mut at) = (0, 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let (result, read, _) = reader.read_field(rest, &mut ignored);
        at += read;
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                // The last byte is what ended the cell, unless the file's end did.
                let end = if rest.is_empty() { at } else { at - 1 };
                let skipped = if row.is_empty() {
                    line_breaks(text, start)
                } else {
                    0
                };
                row.push((start + skipped).min(end)..end);
                start = at;
                if record_end {
                    rows.push(std::mem::take(&mut row));
                }
            }
            ReadFieldResult::End => return rows,
        }
    }
}

/// Number of line breaks at `start`: the rest of the row before, and empty lines.
fn line_breaks(text: &[u8], start: usize) -> usize {
    text.iter()
        .skip(start)
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edited(text: &str, edits: &[(usize, usize, &str)]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        fs::write(&path, text).unwrap();
        let cells = Cells::read(&Table::read(&path).unwrap()).unwrap();
        let edits = edits
            .iter()
            .map(|(row, column, cell)| ((*row, *column), (*cell).to_owned()))
            .collect();
        String::from_utf8(cells.with(&edits)).unwrap()
    }

    #[test]
    fn every_other_byte_stays() {
        let text = "\u{feff}a,b,c\r\n1,\"x, \"\"y\"\"\nz\",3\r\n\r\n4,, 6 \r\n7,8,9";
        assert_eq!(edited(text, &[]), text);
        assert_eq!(
            edited(
                text,
                &[
                    (0, 1, "new"),
                    (1, 0, "{'A': 1, 'B': 2}"),
                    (1, 1, "q\"q"),
                    (2, 2, "")
                ]
            ),
            "\u{feff}a,b,c\r\n1,\"new\",3\r\n\r\n\"{'A': 1, 'B': 2}\",\"q\"\"q\", 6 \r\n7,8,"
        );
    }

    proptest! {
        #[test]
        fn cells_are_those_that_the_csv_reader_sees(text in "[ab\",\r\n é]{0,60}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            let rows = spans(text.as_bytes());
            prop_assert_eq!(rows.len(), expected.len());
            for (row, expected) in rows.iter().zip(&expected) {
                prop_assert_eq!(row.len(), expected.len());
                for (span, expected) in row.iter().zip(expected) {
                    let cell = &text[span.clone()];
                    if !cell.contains('"') {
                        prop_assert_eq!(cell, expected);
                    }
                }
            }
        }
    }
}
