//! Tables whose columns line up in a terminal too.

use std::fmt;
use std::ops::Range;

use ecg_audit_engine::audit::LabelValue;

use crate::format::short;

/// A table of `N` columns in the making; its cells are escaped already.
pub(super) struct Table<const N: usize> {
    header: [String; N],
    /// The columns whose numbers stand to the right.
    numbers: Range<usize>,
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// With these headings; the columns in `numbers` stand to the right.
    pub fn new(header: &[&str; N], numbers: Range<usize>) -> Self {
        Self {
            header: header.map(str::to_owned),
            numbers,
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&self.header]).map(|row| &row[column]);
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
                .max(3)
        };
        let widths: [usize; N] = std::array::from_fn(width);
        let line = |f: &mut fmt::Formatter<'_>, row: &[String; N]| {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                // The last column ends a line: nothing stands behind it that would have to line up.
                let width = if column + 1 == N { 0 } else { width };
                if !self.numbers.contains(&column) {
                    write!(f, "| {cell:<width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")
        };
        line(f, &self.header)?;
        for (column, width) in widths.into_iter().enumerate() {
            if !self.numbers.contains(&column) {
                write!(f, "| {} ", "-".repeat(width))?;
            } else {
                write!(f, "| {}: ", "-".repeat(width - 1))?;
            }
        }
        writeln!(f, "|")?;
        self.rows.iter().try_for_each(|row| line(f, row))
    }
}

/// A label's value in a word.
pub(super) fn label(value: &LabelValue) -> String {
    match value {
        LabelValue::Flag(true) => "yes".into(),
        LabelValue::Flag(false) => "no".into(),
        LabelValue::Number(number) => short(*number, 3),
    }
}
