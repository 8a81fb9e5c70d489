//! An NPZ file as a network's data.

use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{Npz, Options};
use ecg_audit_ecg::{DataSet, Label};

use super::data::{Choice, Data};
use super::leads::STANDARD;
use crate::Error;

/// The most leads that are tried.
const MOST_LEADS: usize = 64;
/// Length that a record of unknown rate is taken to have, in seconds.
const SECONDS: f64 = 10.0;

/// Chooses rate, lead names and classes for a network with this number of outputs.
pub(super) fn look(path: PathBuf, outputs: Option<usize>) -> Result<Data, Error> {
    let (set, leads) = open(&path)?;
    let samples = set.read(0)?.samples.ncols();
    let rate = (samples as f64 / SECONDS).max(1.0).round();
    let mut choices = vec![
        Choice::new(
            "data.sampling_rate",
            format!(
                "the signals' rate in Hz, which an NPZ file does not say; assumed: {samples} samples are 10 s"
            ),
        ),
        Choice::new(
            "data.leads",
            "the leads in the order of the signals' second axis, which an NPZ file does not say",
        ),
    ];
    let options = Options {
        sampling_rate: Some(rate),
        leads: Some(leads),
        classes: classes(&set, outputs, &mut choices),
        ..Options::default()
    };
    Data::open("npz", path, options, choices, Vec::new())
}

/// Opens the file with the number of leads that it turns out to have: only its reader knows the shape.
fn open(path: &Path) -> Result<(Npz, Vec<String>), Error> {
    let mut last = None;
    for count in std::iter::once(STANDARD.len()).chain(1..=MOST_LEADS) {
        let names: Vec<String> = if count == STANDARD.len() {
            STANDARD.iter().map(ToString::to_string).collect()
        } else {
            (1..=count).map(|lead| format!("lead {lead}")).collect()
        };
        let options = Options {
            sampling_rate: Some(1.0),
            leads: Some(names.clone()),
            ..Options::default()
        };
        match Npz::open(path, &options) {
            Ok(set) if set.records().is_empty() => {
                return Err(Error::Invalid(format!(
                    "{}: no record has a label",
                    path.display()
                )));
            }
            Ok(set) => return Ok((set, names)),
            Err(error) if error.to_string().contains("names in data.leads") => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.map_or_else(
        || Error::Invalid(format!("{} cannot be read", path.display())),
        Error::from,
    ))
}

/// Names for classes that the file only numbers.
fn classes(set: &Npz, outputs: Option<usize>, choices: &mut Vec<Choice>) -> Option<Vec<String>> {
    let values: Option<Vec<f64>> = set
        .records()
        .iter()
        .map(|record| match record.label {
            Label::Value(value) => Some(value),
            _ => None,
        })
        .collect();
    let known = set.classes();
    if let (Some(values), Some(outputs)) = (&values, outputs.filter(|outputs| *outputs > 1)) {
        let is_index = |value: &f64| value.fract() == 0.0 && *value >= 0.0 && *value < outputs as f64;
        if values.iter().all(is_index) {
            choices.push(Choice::new(
                "data.classes",
                format!("the names of the {outputs} classes, in the order of the network's outputs: labels are taken as their numbers"),
            ));
            return Some((0..outputs).map(|class| format!("class {class}")).collect());
        }
    }
    if known.is_empty() {
        if values.is_none() {
            choices.push(Choice::new(
                "data.arrays",
                "the file has no array `labels`: without labels there is nothing to hold the network against",
            ));
        }
        return None;
    }
    let numbered = known.iter().enumerate().all(|(i, name)| *name == i.to_string());
    let fits = outputs.is_none_or(|outputs| outputs == known.len());
    choices.push(Choice::new(
        "data.classes",
        match (fits, numbered) {
            (true, true) => "the names of the classes, in the order of the label columns, which must be that of the \
                             network's outputs"
                .to_owned(),
            (true, false) => "the order of the network's outputs, which the network does not say".to_owned(),
            (false, _) => format!(
                "the network has {} outputs, the labels {} classes: list the classes in the order of the outputs",
                outputs.unwrap_or(0),
                known.len()
            ),
        },
    ));
    Some(if numbered {
        known.iter().map(|name| format!("class {name}")).collect()
    } else {
        known.to_vec()
    })
}
