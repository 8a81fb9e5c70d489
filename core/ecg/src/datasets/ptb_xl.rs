//! The layout of PTB-XL (Wagner et al. 2020, *Scientific Data* 7:154).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::listing::{Listing, Seen, Truth, check_negative};
use super::options::{Options, chosen};
use super::scp_codes;
use super::table::{Row, Table, without_fraction};
use crate::{DataSet, Error, Label, RecordInfo, Signal, Skipped, wfdb};

/// Keys of `[data]` that this reader takes.
const KEYS: [&str; 8] = [
    "sampling_rate",
    "csv",
    "labels",
    "classes",
    "folds",
    "group",
    "min_likelihood",
    "unlabelled",
];

/// The five diagnostic superclasses in the order of the literature.
const SUPERCLASSES: [&str; 5] = ["NORM", "MI", "STTC", "CD", "HYP"];

/// A folder with `ptbxl_database.csv`, `scp_statements.csv` and the records that they name.
pub struct PtbXl {
    listing: Listing,
    /// Path of each record without its extension.
    paths: Vec<PathBuf>,
}

impl PtbXl {
    /// Reads the tables.
    ///
    /// A record has a superclass (or subclass) if any of its diagnostic statements has it. Records without any
    /// label are listed in [`DataSet::skipped`] unless [`Options::unlabelled`] says otherwise; records
    /// whose files are missing or that carry an unknown statement are always listed there.
    ///
    /// # Errors
    /// [`Error`] for a table that cannot be read, an option that does not fit, a duplicate `ecg_id`.
    pub fn open(root: &Path, options: &Options) -> Result<Self, Error> {
        options.check_keys("ptb-xl", &KEYS)?;
        let file_column = match options.sampling_rate {
            Some(100.0) => "filename_lr",
            Some(500.0) => "filename_hr",
            other => {
                let found = other.map_or("nothing".to_owned(), |rate| rate.to_string());
                return Err(Error::Invalid(format!(
                    "data.sampling_rate: expected 100 or 500, found {found}"
                )));
            }
        };
        let table = Table::read(&database(root, options))?;
        let truth = TruthColumn::new(root, &table, options)?;
        let (id, file) = (
            table.column("ecg_id", "ptb-xl")?,
            table.column(file_column, "data.sampling_rate")?,
        );
        let fold = table.column(options.folds.as_deref().unwrap_or("strat_fold"), "data.folds")?;
        let group = table.column(options.group.as_deref().unwrap_or("patient_id"), "data.group")?;

        let mut set = Self {
            listing: Listing::new(truth.classes()).with_target(options.labels.as_deref()),
            paths: Vec::new(),
        };
        let mut seen = Seen::default();
        for row in &table.rows {
            let name = without_fraction(row.cell(id));
            if name.is_empty() {
                return Err(table.wrong(row, id, "the record's number"));
            }
            if let Some(line) = seen.before(name, row.line) {
                return Err(table.wrong(row, id, &format!("a number that is not in line {line} already")));
            }
            let record = RecordInfo {
                id: name.to_owned(),
                group: table.group(row, group),
                fold: Some(table.fold(row, fold)?),
                label: Label::Missing,
                metadata: with_sex_in_words(table.metadata(row, &[id])),
            };
            let path = root.join(row.cell(file));
            let header = wfdb::header_path(&path);
            match truth.of(&table, row)? {
                Err(reason) => set.listing.skip(name, reason),
                Ok(_) if !header.is_file() => {
                    set.listing
                        .skip(name, format!("{} is not there", header.display()));
                }
                Ok(truth) => {
                    if set.listing.add(record, truth, options.if_unlabelled()).is_some() {
                        set.paths.push(path);
                    }
                }
            }
        }
        Ok(set)
    }
}

/// The table codes the sex as 0 (male) and 1 (female); readers of reports should not have to know.
fn with_sex_in_words(mut metadata: BTreeMap<String, String>) -> BTreeMap<String, String> {
    if let Some(sex) = metadata.get_mut("sex") {
        match without_fraction(sex) {
            "0" => "male".clone_into(sex),
            "1" => "female".clone_into(sex),
            _ => {}
        }
    }
    metadata
}

impl DataSet for PtbXl {
    fn reader(&self) -> &'static str {
        "ptb-xl"
    }

    fn records(&self) -> &[RecordInfo] {
        &self.listing.records
    }

    fn classes(&self) -> &[String] {
        &self.listing.classes
    }

    fn target(&self) -> &str {
        self.listing.target()
    }

    fn skipped(&self) -> &[Skipped] {
        &self.listing.skipped
    }

    fn read(&self, index: usize) -> Result<Signal, Error> {
        let path = self.paths.get(index);
        wfdb::read_record(path.ok_or_else(|| super::no_record(index, self.paths.len()))?)
    }
}

/// The table of records: PTB-XL's own, or another of the same form such as one with corrected labels.
pub(super) fn database(root: &Path, options: &Options) -> PathBuf {
    root.join(options.csv.as_deref().unwrap_or(Path::new("ptbxl_database.csv")))
}

/// Where the truth of a record comes from.
pub(super) enum TruthColumn {
    Statements {
        column: usize,
        kind: String,
        of_statement: BTreeMap<String, Statement>,
        classes: Vec<String>,
        min_likelihood: Option<f64>,
    },
    Value {
        column: usize,
        name: String,
    },
}

/// What `scp_statements.csv` says of a statement.
pub(super) struct Statement {
    /// Label of the chosen kind, if it has one.
    pub(super) label: Option<String>,
    pub(super) diagnostic: bool,
}

impl TruthColumn {
    pub(super) fn new(root: &Path, table: &Table, options: &Options) -> Result<Self, Error> {
        let kind = options.labels.as_deref().unwrap_or("superclass");
        if !matches!(kind, "superclass" | "subclass" | "statement") {
            for (key, given) in [
                ("classes", options.classes.is_some()),
                ("min_likelihood", options.min_likelihood.is_some()),
            ] {
                if given {
                    let message = format!("data.{key} does not apply to the continuous target `{kind}`");
                    return Err(Error::Invalid(message));
                }
            }
            check_negative(options.if_unlabelled(), false)?;
            let key = "data.labels (neither `superclass`, `subclass` nor `statement`)";
            return Ok(Self::Value {
                column: table.column(kind, key)?,
                name: kind.to_owned(),
            });
        }
        if let Some(likelihood) = options
            .min_likelihood
            .filter(|value| !(0.0..=100.0).contains(value))
        {
            return Err(Error::Invalid(format!(
                "data.min_likelihood: expected 0 to 100, found {likelihood}"
            )));
        }
        let of_statement = statements(root, kind)?;
        let known: BTreeSet<&str> = of_statement
            .values()
            .filter_map(|statement| statement.label.as_deref())
            .collect();
        let known: Vec<String> =
            if kind == "superclass" && SUPERCLASSES.iter().all(|name| known.contains(name)) {
                let others = known.iter().filter(|name| !SUPERCLASSES.contains(name));
                SUPERCLASSES
                    .iter()
                    .chain(others)
                    .map(|name| (*name).to_owned())
                    .collect()
            } else {
                known.into_iter().map(str::to_owned).collect()
            };
        let classes = match &options.classes {
            Some(wanted) => chosen("data.classes", wanted, &known)?,
            None => known,
        };
        let column = table.column("scp_codes", "data.labels")?;
        let min_likelihood = options.min_likelihood;
        Ok(Self::Statements {
            column,
            kind: kind.to_owned(),
            of_statement,
            classes,
            min_likelihood,
        })
    }

    fn classes(&self) -> Vec<String> {
        match self {
            Self::Statements { classes, .. } => classes.clone(),
            Self::Value { .. } => Vec::new(),
        }
    }

    /// The truth of a record, or the reason for which the record cannot be used.
    fn of(&self, table: &Table, row: &Row) -> Result<Result<Truth, String>, Error> {
        let (column, kind, of_statement, min_likelihood) = match self {
            Self::Value { column, name } => {
                let truth = match table.number(row, *column)? {
                    Some(value) => Truth::Value(value),
                    None => Truth::None(format!("the column `{name}` is empty")),
                };
                return Ok(Ok(truth));
            }
            Self::Statements {
                column,
                kind,
                of_statement,
                min_likelihood,
                ..
            } => (*column, kind, of_statement, *min_likelihood),
        };
        let codes = scp_codes::parse(row.cell(column)).map_err(|message| {
            Error::at_line(&table.path, row.line, format!("column `scp_codes`: {message}"))
        })?;
        let mut labels = Vec::new();
        for (code, likelihood) in &codes {
            let Some(statement) = of_statement.get(code) else {
                return Ok(Err(format!(
                    "the statement `{code}` is not in scp_statements.csv"
                )));
            };
            let likely = !statement.diagnostic || min_likelihood.is_none_or(|least| *likelihood >= least);
            labels.extend(statement.label.clone().filter(|_| likely));
        }
        if labels.is_empty() {
            let codes = codes
                .iter()
                .map(|(code, likelihood)| format!("{code} {likelihood}"))
                .collect::<Vec<_>>();
            let least = min_likelihood
                .map(|least| format!(" of likelihood {least} or more"))
                .unwrap_or_default();
            return Ok(Ok(Truth::None(format!(
                "no {kind}{least} among its statements ({})",
                codes.join(", ")
            ))));
        }
        Ok(Ok(Truth::Names(labels)))
    }
}

/// What each statement means for labels of a kind.
fn statements(root: &Path, kind: &str) -> Result<BTreeMap<String, Statement>, Error> {
    let table = Table::read(&root.join("scp_statements.csv"))?;
    let diagnostic = table.column("diagnostic", "ptb-xl")?;
    let label = match kind {
        "superclass" => Some(table.column("diagnostic_class", "data.labels")?),
        "subclass" => Some(table.column("diagnostic_subclass", "data.labels")?),
        _ => None,
    };
    let mut statements = BTreeMap::new();
    for row in &table.rows {
        // The statement itself stands in the first column, which PTB-XL leaves without a name.
        let code = row.cell(0).to_owned();
        let diagnostic = table.number(row, diagnostic)? == Some(1.0);
        let label = match label {
            None => Some(code.clone()),
            Some(column) if diagnostic => Some(row.cell(column).to_owned()).filter(|name| !name.is_empty()),
            Some(_) => None,
        };
        if statements.insert(code, Statement { label, diagnostic }).is_some() {
            return Err(table.wrong(row, 0, "a statement that is not there already"));
        }
    }
    Ok(statements)
}
