//! Labels in PTB-XL's `ptbxl_database.csv`: statements, of which classes are groups, or a column of numbers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::ptb_xl::{PtbXl, TruthColumn, database};
use super::super::table::{Table, without_fraction};
use super::super::{Options, scp_codes};
use super::cells::{Cells, Edits};
use super::{Change, Layout, Wanted, WriteSeek, flag_of, number_cell, refused, value_of};
use crate::error::quoted;
use crate::{DataSet, Error};

/// Likelihood of an added diagnostic statement: a reviewer has decided, and 0 would mean unknown and reach no
/// threshold (`data.min_likelihood`).
const CERTAIN: f64 = 100.0;

pub(super) struct PtbXlLabels {
    root: PathBuf,
    options: Options,
    table: Table,
    truth: TruthColumn,
    row_of: HashMap<String, usize>,
}

impl PtbXlLabels {
    pub(super) fn open(root: &Path, options: &Options) -> Result<Self, Error> {
        let table = Table::read(&database(root, options))?;
        let truth = TruthColumn::new(root, &table, options)?;
        let id = table.column("ecg_id", "ptb-xl")?;
        let row_of = (0..)
            .zip(&table.rows)
            .map(|(row, cells)| (without_fraction(cells.cell(id)).to_owned(), row))
            .collect();
        Ok(Self {
            root: root.to_owned(),
            options: options.clone(),
            table,
            truth,
            row_of,
        })
    }

    /// Statements of a class, sorted, and whether the class is diagnostic.
    fn statements<'a>(&'a self, class: &'a str) -> impl Iterator<Item = (&'a str, bool)> {
        let all = match &self.truth {
            TruthColumn::Statements { of_statement, .. } => Some(of_statement),
            TruthColumn::Value { .. } => None,
        };
        all.into_iter()
            .flatten()
            .filter(move |(_, statement)| statement.label.as_deref() == Some(class))
            .map(|(code, statement)| (code.as_str(), statement.diagnostic))
    }

    /// The statement by which a class is added: the one named, else the one with the class's own name.
    fn added<'a>(&'a self, class: &'a str, named: Option<&str>) -> Result<(&'a str, bool), String> {
        let wanted = named.unwrap_or(class);
        let found = self.statements(class).find(|(code, _)| *code == wanted);
        found.ok_or_else(|| {
            let problem = match named {
                Some(named) => format!("`{named}` is no statement of `{class}`"),
                None => format!("adding `{class}` needs one of its statements"),
            };
            let legal = quoted(self.statements(class).map(|(code, _)| code));
            format!("{problem}; name one in corrected_label: {legal}")
        })
    }

    /// A record's statements after a change.
    fn changed(&self, codes: &mut Vec<(String, f64)>, change: &Change) -> Result<(), String> {
        let class = change.label.as_str();
        match &change.wanted {
            Wanted::Present { statement } => {
                let (code, diagnostic) = self.added(class, statement.as_deref())?;
                let likelihood = if diagnostic { CERTAIN } else { 0.0 };
                match codes.iter_mut().find(|(other, _)| other == code) {
                    Some((_, before)) => *before = likelihood,
                    None => codes.push((code.to_owned(), likelihood)),
                }
            }
            _ => codes.retain(|(code, _)| self.statements(class).all(|(of_class, _)| of_class != code)),
        }
        Ok(())
    }

    /// The changed cells.
    fn edits(&self, changes: &[Change]) -> Result<Edits, Error> {
        let mut edits = Edits::new();
        for change in changes {
            let row = *self
                .row_of
                .get(&change.record)
                .ok_or_else(|| refused(format!("no record `{}`", change.record)))?;
            let (TruthColumn::Statements { column, .. } | TruthColumn::Value { column, .. }) = &self.truth;
            let before = self.table.rows.get(row).map_or("", |cells| cells.cell(*column));
            let now = edits.get(&(row, *column)).map_or(before, String::as_str);
            let after = match &self.truth {
                TruthColumn::Value { .. } => number_cell(value_of(change).map_err(refused)?, before),
                TruthColumn::Statements { .. } => {
                    let mut codes = scp_codes::parse(now).map_err(refused)?;
                    self.changed(&mut codes, change).map_err(refused)?;
                    dictionary(&codes)
                }
            };
            edits.insert((row, *column), after);
        }
        Ok(edits)
    }
}

/// As Python writes a dictionary.
fn dictionary(codes: &[(String, f64)]) -> String {
    let entry = |(code, likelihood): &(String, f64)| {
        let quote = if code.contains('\'') { '"' } else { '\'' };
        format!("{quote}{code}{quote}: {likelihood:?}")
    };
    let entries: Vec<String> = codes.iter().map(entry).collect();
    format!("{{{}}}", entries.join(", "))
}

impl Layout for PtbXlLabels {
    fn file(&self) -> &Path {
        &self.table.path
    }

    fn target(&self) -> Option<&str> {
        match &self.truth {
            TruthColumn::Value { name, .. } => Some(name),
            TruthColumn::Statements { .. } => None,
        }
    }

    fn class_of(&self, statement: &str) -> Option<&str> {
        match &self.truth {
            TruthColumn::Statements {
                of_statement,
                classes,
                ..
            } => {
                let class = of_statement.get(statement)?.label.as_ref()?;
                classes.contains(class).then_some(class.as_str())
            }
            TruthColumn::Value { .. } => None,
        }
    }

    fn check(&self, change: &Change) -> Result<(), String> {
        match (&self.truth, &change.wanted) {
            (TruthColumn::Value { .. }, _) => value_of(change).map(drop),
            (_, Wanted::Present { statement }) => self.added(&change.label, statement.as_deref()).map(drop),
            _ => flag_of(change).map(drop),
        }
    }

    fn write(&self, changes: &[Change], out: &mut dyn WriteSeek) -> Result<(), Error> {
        let bytes = Cells::read(&self.table)?.with(&self.edits(changes)?);
        out.write_all(&bytes)
            .map_err(|source| Error::io(self.file(), source))
    }

    fn open_with(&self, file: &Path) -> Result<Box<dyn DataSet>, Error> {
        let options = Options {
            csv: Some(file.to_owned()),
            ..self.options.clone()
        };
        Ok(Box::new(PtbXl::open(&self.root, &options)?))
    }

    fn key(&self) -> &'static str {
        "data.csv"
    }
}
