//! A finished run as it can be read back: `audit.json` and `records.parquet`.

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, Axis};

use super::columns::Columns;
use crate::Error;
use crate::audit::{Audit, Task};
use crate::cohort::{Cohort, decide};
use crate::folder::{self, AUDIT};

/// One run.
pub(super) struct Finished {
    pub folder: PathBuf,
    pub audit: Audit,
    pub records: Records,
}

/// What `records.parquet` holds.
pub(super) struct Records {
    /// Answers, labels, folds and patients, as the audit had them.
    pub cohort: Cohort,
    /// Mean uncertainty of each record.
    pub uncertainty: Vec<f64>,
    /// Timestamps of each record.
    pub timestamps: Vec<f64>,
    /// Out-of-fold answers of the first surrogate, learnt from the network `[n, answers]`.
    pub model: Option<Array2<f64>>,
    /// Those learnt from the truth; zero for records without a label.
    pub truth: Option<Array2<f64>>,
}

impl Finished {
    /// Reads the run in `folder`, or whose `audit.json` it is.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let folder = match (folder.is_file(), folder.parent()) {
            (true, Some(parent)) => parent,
            _ => folder,
        };
        if !folder.join(AUDIT).is_file() {
            return Err(Error::Invalid(format!(
                "{} is no run folder: there is no {AUDIT} in it",
                folder.display()
            )));
        }
        let audit = folder::read_audit(folder)?;
        let records = Records::read(&Columns::open(&folder.join("records.parquet"))?, &audit)?;
        Ok(Self {
            folder: folder.to_owned(),
            audit,
            records,
        })
    }
}

impl Records {
    fn read(table: &Columns, audit: &Audit) -> Result<Self, Error> {
        let mut rows = Rows::default();
        for group in 0..table.groups() {
            rows.add(table, group)?;
        }
        let n = rows.ids.len();
        if n != audit.provenance.data.records {
            return Err(Error::Invalid(format!(
                "{} holds {n} records, {AUDIT} beside it names {}: they are not of one run",
                table.path().display(),
                audit.provenance.data.records
            )));
        }
        let answers = answers(table, audit)?;
        let outputs = matrix(table, "model", &answers, n)?.0;
        let (labels, values, labelled) = labels(table, audit.task, &answers, n)?;
        let first = answers.first().map(String::as_str).unwrap_or_default();
        let soft = |kind: &str| -> Result<Option<Array2<f64>>, Error> {
            table
                .has(&format!("{kind}_{first}"))
                .then(|| matrix(table, kind, &answers, n).map(|(soft, _)| soft))
                .transpose()
        };
        Ok(Self {
            model: soft("surrogate_model")?,
            truth: soft("surrogate_truth")?,
            uncertainty: rows.uncertainty,
            timestamps: rows.timestamps,
            cohort: Cohort {
                task: audit.task,
                classes: audit.classes.clone(),
                answers,
                positions: (0..n).collect(),
                ids: rows.ids,
                groups: rows.groups,
                folds: rows.folds,
                decisions: decide(audit.task, outputs.view()),
                outputs,
                labels,
                values,
                labelled,
                by_network: Vec::new(),
            },
        })
    }
}

/// The columns that every run has.
#[derive(Default)]
struct Rows {
    ids: Vec<String>,
    groups: Vec<String>,
    folds: Vec<u32>,
    timestamps: Vec<f64>,
    uncertainty: Vec<f64>,
}

impl Rows {
    fn add(&mut self, table: &Columns, group: usize) -> Result<(), Error> {
        let first = self.ids.len();
        for id in table.texts(group, "record")? {
            self.ids.push(table.text(&id)?);
        }
        let patients = table.optional_texts(group, "group")?;
        for (patient, id) in patients.into_iter().zip(&self.ids[first..]) {
            // As the audit names the patient of a record that has none.
            self.groups
                .push(patient.unwrap_or_else(|| format!("record {id}")));
        }
        for fold in table.integers(group, "fold")? {
            let known = u32::try_from(fold);
            self.folds.push(known.map_err(|_| {
                Error::Invalid(format!("{}: there is no fold {fold}", table.path().display()))
            })?);
        }
        let counts = table.integers(group, "timestamps")?;
        self.timestamps.extend(counts.into_iter().map(f64::from));
        self.uncertainty.extend(table.numbers(group, "uncertainty")?);
        Ok(())
    }
}

/// Names of the answers: the classes, or the continuous target.
fn answers(table: &Columns, audit: &Audit) -> Result<Vec<String>, Error> {
    if audit.task != Task::Regression {
        return Ok(audit.classes.clone());
    }
    let target = audit.target.clone().ok_or_else(|| {
        Error::Invalid(format!(
            "{AUDIT} beside {} does not name its continuous target; run the audit again with this version",
            table.path().display()
        ))
    })?;
    Ok(vec![target])
}

/// The columns `kind_…` of all answers `[n, answers]`, 0 where there is no value, and whether each row has all of them.
fn matrix(
    table: &Columns,
    kind: &str,
    answers: &[String],
    n: usize,
) -> Result<(Array2<f64>, Vec<bool>), Error> {
    let mut values = Array2::zeros((n, answers.len()));
    let mut known = vec![true; n];
    for (a, answer) in answers.iter().enumerate() {
        let name = format!("{kind}_{answer}");
        let mut row = 0;
        for group in 0..table.groups() {
            for value in table.optional_numbers(group, &name)? {
                if value.is_some_and(|value| !value.is_finite()) {
                    return Err(Error::Invalid(format!(
                        "{}: column `{name}` holds a value that is not finite",
                        table.path().display()
                    )));
                }
                if let (Some(cell), Some(known)) = (values.get_mut([row, a]), known.get_mut(row)) {
                    *cell = value.unwrap_or_default();
                    *known &= value.is_some();
                }
                row += 1;
            }
        }
    }
    Ok((values, known))
}

type Labels = (Array2<bool>, Array1<f64>, Vec<bool>);

/// Labels `[n, C]`, values of a continuous target `[n]`, and whether each record has a label.
fn labels(table: &Columns, task: Task, answers: &[String], n: usize) -> Result<Labels, Error> {
    if task == Task::Regression {
        let (values, known) = matrix(table, "label", answers, n)?;
        let value = |(row, known): (usize, &bool)| if *known { values[[row, 0]] } else { f64::NAN };
        let values = known.iter().enumerate().map(value).collect();
        return Ok((Array2::from_elem((n, 0), false), values, known));
    }
    let mut labels = Array2::from_elem((n, answers.len()), false);
    let mut known = vec![true; n];
    for (c, class) in answers.iter().enumerate() {
        let name = format!("label_{class}");
        let mut row = 0;
        for group in 0..table.groups() {
            for flag in table.optional_flags(group, &name)? {
                if let (Some(cell), Some(known)) = (labels.get_mut([row, c]), known.get_mut(row)) {
                    *cell = flag.unwrap_or_default();
                    *known &= flag.is_some();
                }
                row += 1;
            }
        }
    }
    Ok((labels, Array1::zeros(0), known))
}

impl Records {
    /// Some of the records, in the order of `rows`.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let of = |values: &[f64]| rows.iter().map(|row| values[*row]).collect();
        let soft = |soft: &Option<Array2<f64>>| soft.as_ref().map(|soft| soft.select(Axis(0), rows));
        Self {
            cohort: self.cohort.subset(rows),
            uncertainty: of(&self.uncertainty),
            timestamps: of(&self.timestamps),
            model: soft(&self.model),
            truth: soft(&self.truth),
        }
    }
}
