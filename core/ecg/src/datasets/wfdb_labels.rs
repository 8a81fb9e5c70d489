//! Labels from the columns of a CSV file.

use std::collections::BTreeSet;

use super::listing::{Truth, check_negative};
use super::options::{Options, chosen};
use super::table::{Row, Table, flag};
use crate::Error;

/// Where the labels stand and how.
pub(super) struct Labels {
    pub(super) source: Source,
    classes: Vec<String>,
}

pub(super) enum Source {
    /// The table is not about labels.
    Nothing,
    /// A continuous target.
    Value { column: usize, name: String },
    /// One column per class, with 0 or 1.
    Flags(Vec<(usize, String)>),
    /// Class names in one column.
    Names {
        column: usize,
        name: String,
        separator: String,
    },
}

impl Labels {
    pub(super) fn new(table: &Table, options: &Options) -> Result<Self, Error> {
        let refuse = |message: &str| Err(Error::Invalid(message.to_owned()));
        let source = match (
            &options.labels,
            options.label_columns.as_deref(),
            &options.label_separator,
        ) {
            (Some(_), Some(_), _) => {
                return refuse(
                    "data.labels and data.label_columns are two ways to say where the truth is: expected one",
                );
            }
            (_, None, Some(_)) => return refuse("data.label_separator needs data.label_columns"),
            (None, None, None) => Source::Nothing,
            (Some(name), None, None) => Source::Value {
                column: table.column(name, "data.labels")?,
                name: name.clone(),
            },
            (None, Some([name]), Some(separator)) if !separator.is_empty() => {
                let column = table.column(name, "data.label_columns")?;
                Source::Names {
                    column,
                    name: name.clone(),
                    separator: separator.clone(),
                }
            }
            (None, Some(_), Some(_)) => {
                return refuse(
                    "data.label_separator: expected some text, and a single name in data.label_columns",
                );
            }
            (None, Some([]), None) => {
                return refuse("data.label_columns: expected at least one name, found none");
            }
            (None, Some(names), None) => {
                let column = |name: &String| Ok((table.column(name, "data.label_columns")?, name.clone()));
                Source::Flags(names.iter().map(column).collect::<Result<_, Error>>()?)
            }
        };
        let known = source.classes(table);
        check_negative(options.if_unlabelled(), !known.is_empty())?;
        let classes = match &options.classes {
            Some(_) if known.is_empty() => return refuse("data.classes needs data.label_columns"),
            Some(wanted) => chosen("data.classes", wanted, &known)?,
            None => known,
        };
        Ok(Self { source, classes })
    }

    pub(super) fn classes(&self) -> &[String] {
        &self.classes
    }

    pub(super) fn of(&self, table: &Table, row: &Row) -> Result<Truth, Error> {
        match &self.source {
            Source::Nothing => Ok(Truth::Unsupervised),
            Source::Value { column, name } => Ok(match table.number(row, *column)? {
                Some(value) => Truth::Value(value),
                None => Truth::None(format!("the column `{name}` is empty")),
            }),
            Source::Flags(columns) => flags(table, row, columns),
            Source::Names {
                column,
                name,
                separator,
            } => {
                let names: Vec<String> = split(row.cell(*column), separator).map(str::to_owned).collect();
                if names.is_empty() {
                    return Ok(Truth::None(format!("the column `{name}` is empty")));
                }
                Ok(Truth::Names(names))
            }
        }
    }
}

impl Source {
    /// All classes: the columns in their order, or the names that occur, sorted.
    fn classes(&self, table: &Table) -> Vec<String> {
        match self {
            Self::Nothing | Self::Value { .. } => Vec::new(),
            Self::Flags(columns) => columns.iter().map(|(_, name)| name.clone()).collect(),
            Self::Names {
                column, separator, ..
            } => {
                let names = table
                    .rows
                    .iter()
                    .flat_map(|row| split(row.cell(*column), separator));
                names
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(str::to_owned)
                    .collect()
            }
        }
    }
}

pub(super) fn split<'a>(cell: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    cell.split(separator)
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// Flags are all there or all empty; a single empty one is a mistake that nobody should have to guess.
fn flags(table: &Table, row: &Row, columns: &[(usize, String)]) -> Result<Truth, Error> {
    if columns.iter().all(|(column, _)| row.cell(*column).is_empty()) {
        return Ok(Truth::None("its label columns are empty".into()));
    }
    let mut names = Vec::new();
    for (column, name) in columns {
        match flag(row.cell(*column)) {
            Some(true) => names.push(name.clone()),
            Some(false) => {}
            None => {
                let expected = "0 or 1 (for class names, set data.label_separator)";
                return Err(table.wrong(row, *column, expected));
            }
        }
    }
    Ok(Truth::Names(names))
}
