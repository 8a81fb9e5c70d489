//! Labels of WFDB records in the columns of a CSV file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::Options;
use super::super::listing::Listing;
use super::super::table::Table;
use super::super::wfdb_folder::{Index, WfdbFolder, record_names};
use super::super::wfdb_labels::{Labels, Source, split};
use super::cells::{Cells, Edits};
use super::{Change, Layout, WriteSeek, flag_of, no_statements, number_cell, refused, value_of};
use crate::{DataSet, Error};

pub(super) struct WfdbLabels {
    root: PathBuf,
    options: Options,
    table: Table,
    source: Source,
    row_of: HashMap<String, usize>,
}

impl WfdbLabels {
    pub(super) fn open(root: &Path, options: &Options) -> Result<Self, Error> {
        let unlabelled = || Error::Invalid("the data set has no labels that could be corrected".into());
        let csv = options.csv.as_ref().ok_or_else(unlabelled)?;
        let table = Table::read(&root.join(csv))?;
        let source = Labels::new(&table, options)?.source;
        if matches!(source, Source::Nothing) {
            return Err(unlabelled());
        }
        let key = table.column(
            options.record_column.as_deref().unwrap_or("record"),
            "data.record_column",
        )?;
        let names = record_names(root, &mut Listing::default())?;
        let index = Index::new(&names);
        let row_of = (0..)
            .zip(&table.rows)
            .filter_map(|(row, cells)| Some((index.find(cells.cell(key)).ok()?.to_owned(), row)))
            .collect();
        Ok(Self {
            root: root.to_owned(),
            options: options.clone(),
            table,
            source,
            row_of,
        })
    }

    fn edit(&self, edits: &mut Edits, row: usize, change: &Change) -> Result<(), String> {
        let before = |column: usize| self.table.rows.get(row).map_or("", |cells| cells.cell(column));
        let now = |edits: &Edits, column: usize| {
            edits
                .get(&(row, column))
                .map_or(before(column), String::as_str)
                .to_owned()
        };
        match &self.source {
            Source::Nothing => return Err("the data set has no labels".into()),
            Source::Value { column, .. } => {
                edits.insert((row, *column), number_cell(value_of(change)?, before(*column)));
            }
            Source::Names {
                column, separator, ..
            } => {
                let cell = names(&now(edits, *column), separator, &change.label, flag_of(change)?);
                edits.insert((row, *column), cell);
            }
            Source::Flags(columns) => {
                let wanted = flag_of(change)?;
                for (column, name) in columns {
                    let cell = now(edits, *column);
                    if *name == change.label {
                        edits.insert((row, *column), flag(wanted, &cell));
                    } else if cell.is_empty() {
                        // Flags are all there or all empty.
                        edits.insert((row, *column), "0".into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// A flag as the cell before it was written.
fn flag(wanted: bool, before: &str) -> String {
    let spelling = match before {
        "true" | "false" => ["false", "true"],
        "True" | "False" => ["False", "True"],
        "TRUE" | "FALSE" => ["FALSE", "TRUE"],
        "0.0" | "1.0" => ["0.0", "1.0"],
        _ => ["0", "1"],
    };
    spelling[usize::from(wanted)].to_owned()
}

/// The class names of a cell with one added or taken away, separated as they were.
fn names(cell: &str, separator: &str, class: &str, wanted: bool) -> String {
    let mut names: Vec<&str> = split(cell, separator).filter(|name| *name != class).collect();
    if wanted {
        names.push(class);
    }
    let spaced = format!("{separator} ");
    names.join(if cell.contains(&spaced) {
        &spaced
    } else {
        separator
    })
}

impl Layout for WfdbLabels {
    fn file(&self) -> &Path {
        &self.table.path
    }

    fn target(&self) -> Option<&str> {
        match &self.source {
            Source::Value { name, .. } => Some(name),
            _ => None,
        }
    }

    fn check(&self, change: &Change) -> Result<(), String> {
        match self.source {
            Source::Value { .. } => value_of(change).map(drop),
            _ => flag_of(change).and_then(|_| no_statements(change)),
        }
    }

    fn write(&self, changes: &[Change], out: &mut dyn WriteSeek) -> Result<(), Error> {
        let mut edits = Edits::new();
        for change in changes {
            let row = *self
                .row_of
                .get(&change.record)
                .ok_or_else(|| refused(format!("no record `{}`", change.record)))?;
            self.edit(&mut edits, row, change).map_err(refused)?;
        }
        out.write_all(&Cells::read(&self.table)?.with(&edits))
            .map_err(|source| Error::io(self.file(), source))
    }

    fn open_with(&self, file: &Path) -> Result<Box<dyn DataSet>, Error> {
        let options = Options {
            csv: Some(file.to_owned()),
            ..self.options.clone()
        };
        Ok(Box::new(WfdbFolder::open(&self.root, &options)?))
    }

    fn key(&self) -> &'static str {
        "data.csv"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_spelling() {
        assert_eq!(flag(true, "False"), "True");
        assert_eq!(flag(false, "1.0"), "0.0");
        assert_eq!(flag(true, ""), "1");
        assert_eq!(names("A; B", ";", "C", true), "A; B; C");
        assert_eq!(names("A;B;A", ";", "A", false), "B");
        assert_eq!(names("A", ";", "A", false), "");
        assert_eq!(names("", ";", "A", true), "A");
    }
}
