//! What `exams.csv` says of an exam's truth.

use super::super::listing::{Truth, check_negative};
use super::super::options::{Options, chosen};
use super::super::table::{Row, Table};
use crate::Error;

/// The six abnormalities of CODE, in the order of its publications.
const ABNORMALITIES: [&str; 6] = ["1dAVb", "RBBB", "LBBB", "SB", "AF", "ST"];

/// Ages beyond these many years are mistakes of the registration.
const MAX_AGE: f64 = 120.0;

pub(super) enum Target {
    /// A column with True or False for each class.
    Classes { columns: Vec<usize>, names: Vec<String> },
    /// A column with a number.
    Value { column: usize, name: String },
}

impl Target {
    pub(super) fn new(table: &Table, options: &Options) -> Result<Self, Error> {
        let labels = options.labels.as_deref().unwrap_or("age");
        if labels != "abnormalities" {
            if options.classes.is_some() {
                return Err(Error::Invalid(format!(
                    "data.classes does not apply to the continuous target `{labels}`; for columns with True or False set \
                     data.labels = \"abnormalities\""
                )));
            }
            check_negative(options.if_unlabelled(), false)?;
            return Ok(Self::Value {
                column: table.column(labels, "data.labels (not `abnormalities`)")?,
                name: labels.to_owned(),
            });
        }
        let names = match &options.classes {
            Some(wanted) => chosen("data.classes", wanted, &table.columns)?,
            None => ABNORMALITIES.map(str::to_owned).to_vec(),
        };
        let columns = names.iter().map(|name| table.column(name, "data.labels"));
        Ok(Self::Classes {
            columns: columns.collect::<Result<_, _>>()?,
            names,
        })
    }

    pub(super) fn classes(&self) -> &[String] {
        match self {
            Self::Classes { names, .. } => names,
            Self::Value { .. } => &[],
        }
    }

    pub(super) fn of(&self, table: &Table, row: &Row) -> Result<Truth, Error> {
        match self {
            Self::Classes { columns, names } => {
                let mut present = Vec::new();
                for (column, name) in columns.iter().zip(names) {
                    match table.flag(row, *column)? {
                        Some(true) => present.push(name.clone()),
                        Some(false) => {}
                        None => return Ok(Truth::None(format!("the column `{name}` is empty"))),
                    }
                }
                Ok(Truth::Names(present))
            }
            Self::Value { column, name } => Ok(match table.number(row, *column)? {
                None => Truth::None(format!("the column `{name}` is empty")),
                Some(age) if name == "age" && !(age > 0.0 && age <= MAX_AGE) => Truth::None(format!(
                    "its age is {age}: expected more than 0 and at most {MAX_AGE} years"
                )),
                Some(value) => Truth::Value(value),
            }),
        }
    }
}
