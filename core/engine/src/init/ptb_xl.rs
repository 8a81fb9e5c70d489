//! PTB-XL as a network's data.

use std::path::PathBuf;

use ecg_audit_ecg::datasets::{self, Options, Unlabelled};

use super::data::{Choice, Data};
use crate::Error;

/// The rates that PTB-XL comes at, in Hz.
const RATES: [f64; 2] = [100.0, 500.0];
/// Length of its records in seconds.
const SECONDS: f64 = 10.0;
/// The kinds of labels that name classes, by number of classes.
const KINDS: [&str; 3] = ["superclass", "subclass", "statement"];

/// Chooses rate and labels for a network with this input length and number of outputs.
pub(super) fn look(path: PathBuf, samples: Option<usize>, outputs: Option<usize>) -> Result<Data, Error> {
    let (mut choices, mut notes) = (Vec::new(), Vec::new());
    let rate = rate(&path, samples, &mut choices, &mut notes)?;
    let base = Options {
        sampling_rate: Some(rate),
        labels: Some("superclass".into()),
        folds: Some("strat_fold".into()),
        group: Some("patient_id".into()),
        // A record of a rhythm statement alone is none of the diagnostic classes; it is not without a label.
        unlabelled: Some(Unlabelled::Negative),
        ..Options::default()
    };
    let options = labels(&path, base, outputs, &mut choices)?;
    Data::open("ptb-xl", path, options, choices, notes)
}

/// The rate at which the input is no longer than a record; 100 Hz where both are there and fit.
fn rate(
    path: &std::path::Path,
    samples: Option<usize>,
    choices: &mut Vec<Choice>,
    notes: &mut Vec<String>,
) -> Result<f64, Error> {
    let mut there = Vec::new();
    for rate in RATES {
        let options = Options {
            sampling_rate: Some(rate),
            unlabelled: Some(Unlabelled::Negative),
            ..Options::default()
        };
        let records = datasets::open("ptb-xl", path, &options)?.records().len();
        notes.push(format!("at {rate} Hz: {records} records"));
        there.push((rate, records));
    }
    let most = there.iter().map(|(_, records)| *records).max().unwrap_or(0);
    if most == 0 {
        return Err(Error::Invalid(format!(
            "{}: none of the records that ptbxl_database.csv names is there, neither at 100 nor at 500 Hz",
            path.display()
        )));
    }
    let there: Vec<(f64, usize)> = there.into_iter().filter(|(_, records)| *records > 0).collect();
    let fits = |rate: f64| samples.is_none_or(|samples| samples as f64 <= rate * SECONDS);
    let exact = |rate: f64| samples.is_some_and(|samples| samples as f64 == rate * SECONDS);
    // A rate at which a few records happen to be there is no choice that a full one leaves open.
    let full: Vec<f64> = there
        .iter()
        .filter(|(_, records)| records * 2 > most)
        .map(|(rate, _)| *rate)
        .collect();
    let best = full
        .iter()
        .find(|rate| exact(**rate))
        .or_else(|| full.iter().find(|rate| fits(**rate)))
        .or(full.last());
    let Some(&best) = best else {
        return Err(Error::Invalid(format!("{} has no records", path.display())));
    };
    if full.len() > 1 {
        choices.push(Choice::new(
            "data.sampling_rate",
            "the rate that the network was trained at: 100 or 500, both are there",
        ));
    }
    Ok(best)
}

fn labels(
    path: &std::path::Path,
    base: Options,
    outputs: Option<usize>,
    choices: &mut Vec<Choice>,
) -> Result<Options, Error> {
    let mut sizes = Vec::new();
    for kind in KINDS {
        let options = Options {
            labels: Some(kind.into()),
            ..base.clone()
        };
        let classes = datasets::open("ptb-xl", path, &options)?.classes().to_vec();
        if Some(classes.len()) == outputs {
            choices.push(Choice::new(
                "data.classes",
                format!(
                    "the order of the network's outputs. The network does not say it: this is {kind} in its usual order, \
                     chosen because there are {} outputs",
                    classes.len()
                ),
            ));
            return Ok(Options {
                classes: Some(classes),
                ..options
            });
        }
        sizes.push(format!("{kind} {}", classes.len()));
    }
    let outputs = outputs.map_or("a number of outputs that is not known".to_owned(), |outputs| {
        format!("{outputs} output{}", if outputs == 1 { "" } else { "s" })
    });
    choices.push(Choice::new(
        "data.labels",
        format!(
            "the network has {outputs}, the labels have classes: {}. Choose `labels`, and list the classes in the order of \
             the outputs as `classes = [\"…\"]`",
            sizes.join(", ")
        ),
    ));
    Ok(base)
}
