//! CODE-15% as a network's data.

use std::path::PathBuf;

use ecg_audit_ecg::DataSet;
use ecg_audit_ecg::datasets::{Code15, Options};

use super::data::{Choice, Data};
use super::short;
use crate::Error;

/// Outputs of a network that names CODE's abnormalities.
const ABNORMALITIES: usize = 6;
/// Factors to millivolts of the units that the tracings are said to be in: mV, 0.1 mV, µV.
const SCALES: [f64; 3] = [1.0, 0.1, 0.001];
/// Tracings from which the unit is guessed.
const EXAMINED: usize = 25;

/// Chooses labels and scale for a network with this number of outputs.
pub(super) fn look(path: PathBuf, outputs: Option<usize>) -> Result<Data, Error> {
    let (mut choices, mut notes) = (Vec::new(), Vec::new());
    let age = Options {
        scale: Some(1.0),
        labels: Some("age".into()),
        ..Options::default()
    };
    let classes = Options {
        labels: Some("abnormalities".into()),
        ..age.clone()
    };
    let named = (outputs == Some(ABNORMALITIES))
        .then(|| Code15::open(&path, &classes))
        .and_then(Result::ok);
    let (set, mut options) = match named {
        Some(set) => {
            choices.push(Choice::new(
                "data.classes",
                "the order of the network's outputs. The network does not say it: this is CODE's usual order",
            ));
            let names = Some(set.classes().to_vec());
            (
                set,
                Options {
                    classes: names,
                    ..classes
                },
            )
        }
        None => {
            choices.push(Choice::new("data.labels", about_labels(outputs)));
            (Code15::open(&path, &age)?, age)
        }
    };
    options.scale = Some(scale(&set, &mut choices, &mut notes));
    options.group = Some("patient_id".into());
    Data::open("code15", path, options, choices, notes)
}

fn about_labels(outputs: Option<usize>) -> String {
    let outputs = match outputs {
        Some(1) => "one output".to_owned(),
        Some(outputs) => format!("{outputs} outputs"),
        None => "a number of outputs that is not known".to_owned(),
    };
    format!(
        "what the network predicts. It has {outputs}; the age in years is assumed, the target of the networks that are \
         published with CODE. Another column with numbers, or `abnormalities` with `classes = [\"…\"]` (columns with True and \
         False, in the order of the outputs)"
    )
}

/// The factor that brings the tracings' R waves closest to a millivolt.
fn scale(set: &Code15, choices: &mut Vec<Choice>, notes: &mut Vec<String>) -> f64 {
    let records = set.records().len();
    let wanted = records.min(EXAMINED);
    let mut heights: Vec<f64> = (0..wanted)
        .filter_map(|i| height(set, i * records / wanted.max(1)))
        .collect();
    heights.sort_by(f64::total_cmp);
    let Some(&typical) = heights.get(heights.len() / 2) else {
        choices.push(Choice::new(
            "data.scale",
            "the factor from the stored values to millivolts, which could not be guessed: no tracing could be read",
        ));
        return 1.0;
    };
    let off = |scale: f64| (typical * scale).log10().abs();
    let best = SCALES
        .into_iter()
        .min_by(|a, b| off(*a).total_cmp(&off(*b)))
        .unwrap_or(1.0);
    notes.push(format!(
        "R waves in DII: {} in stored values (the median of {} tracings)",
        short(typical),
        heights.len()
    ));
    choices.push(Choice::new(
        "data.scale",
        format!(
            "the factor from the stored values to millivolts, which the files do not say. R waves in DII are typically {} high \
             in stored values, so {} mV by this factor; they should be 0.5 to 2 mV",
            short(typical),
            short(typical * best)
        ),
    ));
    best
}

/// Height of a tracing's R waves in DII: the upper half percent above the middle, without padding.
fn height(set: &Code15, record: usize) -> Option<f64> {
    let signal = set.read(record).ok()?;
    let row = signal.samples.row(signal.lead("II")?);
    let mut values: Vec<f64> = row
        .iter()
        .map(|x| f64::from(*x))
        .filter(|x| *x != 0.0 && x.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied();
    let height = at(0.995)? - at(0.5)?;
    (height > 0.0).then_some(height)
}
