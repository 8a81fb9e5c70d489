//! The layout of CODE-15% (Ribeiro et al. 2021, doi:10.5281/zenodo.4916322): `exams.csv`, and the tracings in HDF5 parts.

mod header;
mod index;
mod part;
mod samples;
mod truth;

use std::path::{Path, PathBuf};

use index::{Index, Part};
use truth::Target;

use super::listing::{Listing, Seen};
use super::options::Options;
use super::table::{Table, without_fraction};
use crate::{DataSet, Error, Label, RecordInfo, Signal, Skipped};

/// Keys of `[data]` that this reader takes.
const KEYS: [&str; 9] = [
    "sampling_rate",
    "scale",
    "leads",
    "labels",
    "classes",
    "folds",
    "group",
    "csv",
    "unlabelled",
];

/// The leads in the order of the tracings' last axis.
const LEADS: [&str; 12] = [
    "DI", "DII", "DIII", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6",
];

const SAMPLING_RATE: f64 = 400.0;

/// A folder with `exams.csv` and the parts `exams_part*.hdf5`, each with `exam_id` `[N]` and `tracings` `[N, samples, leads]`.
///
/// A tracing is read when it is asked for, without the rest of its part. The zeros with which the tracings were
/// brought to one length stay: networks read them, and the preprocessing recognises them.
pub struct Code15 {
    listing: Listing,
    parts: Vec<Part>,
    /// Part and row of each record.
    places: Vec<(usize, usize)>,
    scale: f64,
    sampling_rate: f64,
    leads: Vec<String>,
}

impl Code15 {
    /// Reads `exams.csv` and the exam numbers of all parts.
    ///
    /// Exams without a tracing, or whose part is not there or damaged, are listed in [`DataSet::skipped`], and so is how many
    /// tracings of a part no row of the table is about. A row of a part with the exam number 0 is no exam.
    ///
    /// # Errors
    /// [`Error`] for a table that cannot be read, a duplicate `exam_id` in it, an option that does not fit, and when no
    /// exam is left.
    pub fn open(root: &Path, options: &Options) -> Result<Self, Error> {
        options.check_keys("code15", &KEYS)?;
        let scale = scale(options)?;
        let sampling_rate = options.sampling_rate.unwrap_or(SAMPLING_RATE);
        if !(sampling_rate.is_finite() && sampling_rate > 0.0) {
            return Err(Error::Invalid(format!(
                "data.sampling_rate: expected the tracings' rate in Hz, found {sampling_rate}"
            )));
        }
        let leads = match &options.leads {
            Some(leads) if leads.is_empty() => {
                return Err(Error::Invalid(
                    "data.leads: expected at least one name, found none".into(),
                ));
            }
            Some(leads) => leads.clone(),
            None => LEADS.map(str::to_owned).to_vec(),
        };
        let table = Table::read(&table_path(root, options))?;
        let columns = Columns::new(&table, options)?;
        let target = Target::new(&table, options)?;
        let mut index = Index::read(root, leads.len())?;
        let mut set = Self {
            listing: Listing::new(target.classes().to_vec())
                .with_target(Some(options.labels.as_deref().unwrap_or("age"))),
            parts: Vec::new(),
            places: Vec::new(),
            scale,
            sampling_rate,
            leads,
        };
        set.list(&table, &columns, &target, &mut index, options)?;
        set.listing.skipped.extend(index.unlisted());
        if set.listing.records.is_empty() {
            let reasons = set.listing.skipped.first();
            let first = reasons.map_or(String::new(), |first| {
                format!(": {} ({})", first.reason, first.record)
            });
            let message = format!("none of its {} exams can be used{first}", table.rows.len());
            return Err(Error::content(&table.path, message));
        }
        set.parts = index.into_parts();
        Ok(set)
    }

    fn list(
        &mut self,
        table: &Table,
        columns: &Columns,
        target: &Target,
        index: &mut Index,
        options: &Options,
    ) -> Result<(), Error> {
        let mut seen = Seen::default();
        for row in &table.rows {
            let name = without_fraction(row.cell(columns.id));
            let exam: i64 = name
                .parse()
                .map_err(|_| table.wrong(row, columns.id, "the exam's number"))?;
            if let Some(line) = seen.before(name, row.line) {
                let expected = format!("a number that is not in line {line} already");
                return Err(table.wrong(row, columns.id, &expected));
            }
            let file = columns.file.map(|file| row.cell(file)).unwrap_or_default();
            let record = RecordInfo {
                id: name.to_owned(),
                group: table.group(row, columns.group),
                fold: columns.fold.map(|fold| table.fold(row, fold)).transpose()?,
                label: Label::Missing,
                metadata: table.metadata(row, &[columns.id]),
            };
            let truth = target.of(table, row)?;
            match index.find(exam, file) {
                Err(reason) => self.listing.skip(name, reason),
                Ok(place) => {
                    if self.listing.add(record, truth, options.if_unlabelled()).is_some() {
                        self.places.push(place);
                    }
                }
            }
        }
        Ok(())
    }
}

impl DataSet for Code15 {
    fn reader(&self) -> &'static str {
        "code15"
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
        let missing = || super::no_record(index, self.places.len());
        let &(part, row) = self.places.get(index).ok_or_else(missing)?;
        let part = self.parts.get(part).ok_or_else(missing)?;
        Ok(Signal {
            samples: part.read(row, self.scale)?,
            sampling_rate: self.sampling_rate,
            leads: self.leads.clone(),
        })
    }
}

/// The table of exams.
pub(super) fn table_path(root: &Path, options: &Options) -> PathBuf {
    root.join(options.csv.as_deref().unwrap_or(Path::new("exams.csv")))
}

/// Where the table says what.
struct Columns {
    id: usize,
    group: usize,
    fold: Option<usize>,
    /// The part with the tracing. Subsets do without: the exam numbers in the parts decide.
    file: Option<usize>,
}

impl Columns {
    fn new(table: &Table, options: &Options) -> Result<Self, Error> {
        let group = options.group.as_deref().unwrap_or("patient_id");
        let fold = options.folds.as_deref();
        Ok(Self {
            id: table.column("exam_id", "code15")?,
            group: table.column(group, "data.group")?,
            fold: fold.map(|name| table.column(name, "data.folds")).transpose()?,
            file: table.columns.iter().position(|name| name == "trace_file"),
        })
    }
}

fn scale(options: &Options) -> Result<f64, Error> {
    match options.scale {
        Some(scale) if scale.is_finite() && scale > 0.0 => Ok(scale),
        other => {
            let found = other.map_or("nothing".to_owned(), |scale| scale.to_string());
            Err(Error::Invalid(format!(
                "data.scale: expected the factor from the stored values to millivolts, found {found}. It is not assumed, \
                 because the unit of CODE-15% is stated in different ways. To find it, look at a few tracings: R \
                 waves in DII are mostly 0.5 to 2 mV high. Where they are so in stored values, scale = 1; where they are 5 to \
                 20 (units of 0.1 mV), 0.1; where 500 to 2000 (microvolts), 0.001"
            )))
        }
    }
}
