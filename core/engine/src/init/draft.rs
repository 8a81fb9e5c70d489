//! From a model and a data set to the text of a configuration.

use std::path::Path;

use ecg_audit_plugin::{Activation, Kind};

use super::data::{Choice, Data};
use super::page::{Page, array, number};
use super::window::{self, Fit};
use super::{leads, relative};
use crate::Error;
use crate::host::Registry;
use crate::inspect::{Inspection, TapOrigin};

/// What a draft is made from.
pub(super) struct Parts<'a> {
    pub inspection: &'a Inspection,
    pub data: &'a Data,
    pub registry: &'a Registry,
    /// The configuration's own folder.
    pub folder: &'a Path,
}

/// The text, and what it leaves open.
pub(super) fn draft(parts: &Parts<'_>) -> Result<(String, Vec<Choice>), Error> {
    let data = parts.data;
    let mut choices = data.choices.clone();
    let input = parts.inspection.input;
    choices.push(Choice::new(
        "preprocess.steps",
        "what was done to signals in training (filters, scale, mean and standard deviation), which no model file says. The \
         figures of the audit mean nothing until it is the same here: take it from the network's training code",
    ));
    let leads = leads::select(&data.signals, input.leads, &mut choices)?;
    let fit = window::fit(&data.signals, input.samples, &mut choices);
    if let Some(why) = about_taps(parts.inspection) {
        choices.push(Choice::new("encoder.params.taps", why));
    }
    let activation = activation(parts, &mut choices);
    let mut page = Page::default();
    head(&mut page, parts)?;
    data_table(&mut page, parts, &choices)?;
    preprocess(&mut page, &choices, &leads, &fit);
    encoder(&mut page, parts, &choices, activation)?;
    method(&mut page, parts.registry)?;
    Ok((page.into_text(), choices))
}

fn head(page: &mut Page, parts: &Parts<'_>) -> Result<(), Error> {
    let name = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    page.comment(
        "Drafted by `ecg-audit init` from what the model and the data show.\n\
         What they do not show is marked CHOOSE: check each before you trust a figure.\n\
         Relative paths start in this file's folder. `ecg-audit validate` checks this file, `ecg-audit run` runs it.",
    );
    page.table("audit");
    let title = format!("{}-{}", name(&parts.inspection.file), name(&parts.data.path));
    page.key(&[], "audit", "name", title);
    page.comment("Same seed, same result, for any number of threads.");
    page.key(&[], "audit", "seed", 7);
    Ok(())
}

fn data_table(page: &mut Page, parts: &Parts<'_>, choices: &[Choice]) -> Result<(), Error> {
    let Data {
        reader,
        path,
        options,
        labels,
        ..
    } = parts.data;
    page.table("data");
    page.key(choices, "data", "reader", *reader);
    page.key(choices, "data", "path", relative(path, parts.folder)?);
    if let Some(rate) = options.sampling_rate {
        page.key(choices, "data", "sampling_rate", number(rate));
    }
    if let Some(scale) = options.scale {
        page.key(choices, "data", "scale", number(scale));
    }
    if let Some(names) = &options.leads {
        page.key(choices, "data", "leads", array(names));
    }
    match &options.csv {
        Some(csv) => {
            let csv = relative(&path.join(csv), parts.folder)?;
            page.key(choices, "data", "csv", csv);
        }
        None => page.choices(choices, "data.csv"),
    }
    if let Some(column) = &options.record_column {
        page.key(choices, "data", "record_column", column.as_str());
    }
    if let Some(kind) = &options.labels {
        page.key(choices, "data", "labels", kind.as_str());
    }
    page.choices(choices, "data.arrays");
    match &options.label_columns {
        Some(columns) => page.key(choices, "data", "label_columns", array(columns)),
        None => page.choices(choices, "data.label_columns"),
    }
    if let Some(separator) = &options.label_separator {
        page.key(choices, "data", "label_separator", separator.as_str());
    }
    if let Some(classes) = &options.classes {
        page.key(choices, "data", "classes", array(classes));
    }
    if !labels.counts.is_empty() {
        let counts: Vec<String> = labels
            .counts
            .iter()
            .map(|(name, records)| format!("{name} {records}"))
            .collect();
        page.comment(&format!("Records per class: {}.", counts.join(", ")));
    }
    if let Some(unlabelled) = options.unlabelled {
        let value = toml::Value::try_from(unlabelled).map_err(|error| Error::Invalid(error.to_string()))?;
        page.comment(
            "A record without any of the classes: skip sets it aside, negative counts it as having none.",
        );
        page.key(choices, "data", "unlabelled", value);
    }
    match &options.folds {
        Some(column) => page.key(choices, "data", "folds", column.as_str()),
        None if *reader == "npz" => {}
        None => {
            page.comment("No column of folds was found: ten are made, by patient where `group` names one.")
        }
    }
    match &options.group {
        Some(column) => page.key(choices, "data", "group", column.as_str()),
        None => page.choices(choices, "data.group"),
    }
    if let Some(files) = &options.annotations {
        let value = toml::Value::try_from(files).map_err(|error| Error::Invalid(error.to_string()))?;
        page.comment("Landmarks (P, QRS, T) that come with the records.");
        page.key(choices, "data", "annotations", value);
    }
    page.comment("Folds that the network was trained on, so that its own records are told apart: trained_folds = [1, 2, 3]");
    Ok(())
}

fn preprocess(page: &mut Page, choices: &[Choice], leads: &[String], fit: &Fit) {
    page.table("preprocess");
    page.choices(choices, "preprocess.steps");
    page.raw("steps = [");
    let mut step = |key: &str, line: String| {
        let mut inner = Page::default();
        inner.choices(choices, key);
        inner.raw(&line);
        for line in inner.into_text().lines() {
            page.raw(&format!("  {line}"));
        }
    };
    step(
        "preprocess.steps, leads",
        format!("{{ op = \"leads\", order = {} }},", array(leads)),
    );
    if let Some(hz) = fit.resample {
        step(
            "preprocess.steps, resample",
            format!("{{ op = \"resample\", hz = {} }},", number(hz)),
        );
    }
    for line in [
        "# Signals are in millivolts here. What training code often does, to be replaced by what yours did:",
        "# { op = \"bandpass\", low_hz = 0.5, high_hz = 40.0, order = 4 },",
        "# { op = \"scale\", factor = 1000 },                     # to microvolts",
        "# { op = \"standardize\", mean = [0.0], std = [1.0] },    # the training data's: one value, or one per lead",
        "# { op = \"standardize\", per = \"record\" },              # or the record's own",
    ] {
        step("", line.into());
    }
    if let Some(samples) = fit.length {
        step(
            "preprocess.steps, length",
            format!("{{ op = \"length\", samples = {samples} }},"),
        );
    }
    page.raw("]");
    page.choices(choices, "preprocess.window");
    if let Some((length, stride)) = fit.window {
        page.raw(&format!(
            "window = {{ length = {length}, stride = {stride}, aggregate = \"max\" }}"
        ));
    }
}

fn encoder(
    page: &mut Page,
    parts: &Parts<'_>,
    choices: &[Choice],
    (activation, output): (Activation, Option<String>),
) -> Result<(), Error> {
    let Inspection {
        file, encoder, input, ..
    } = parts.inspection;
    page.table("encoder");
    page.key(choices, "encoder", "plugin", encoder.plugin.as_str());
    page.table("encoder.params");
    let told = |size: Option<usize>| size.map_or("any number of".to_owned(), |size| size.to_string());
    page.comment(&format!(
        "Takes {} leads of {} samples; gives {} outputs.",
        told(input.leads),
        told(input.samples),
        parts
            .inspection
            .outputs
            .map_or("?".to_owned(), |outputs| outputs.to_string())
    ));
    let table = "encoder.params";
    page.key(choices, table, "model", relative(file, parts.folder)?);
    page.choices(choices, "encoder.params.taps");
    page.raw(
        "taps = [                          # from shallow to deep; `ecg-audit inspect` lists all there are",
    );
    for tap in &parts.inspection.taps {
        page.raw(&format!("  {},", toml::Value::from(tap.name.as_str())));
    }
    page.raw("]");
    for (key, value) in &encoder.params {
        let value = match (key.as_str(), &output) {
            ("output", Some(_)) => continue,
            _ => toml::Value::try_from(value).map_err(|error| Error::Invalid(error.to_string()))?,
        };
        page.key(choices, table, key, value);
    }
    if let Some(output) = output {
        page.comment(
            "The raw outputs, before the activation in the network itself, which `activation` repeats.",
        );
        page.key(choices, table, "output", output);
    }
    let name = toml::Value::try_from(activation).map_err(|error| Error::Invalid(error.to_string()))?;
    page.key(choices, table, "activation", name);
    Ok(())
}

/// The activation, and the output to read where the network has the activation built in.
fn activation(parts: &Parts<'_>, choices: &mut Vec<Choice>) -> (Activation, Option<String>) {
    const KEY: &str = "encoder.params.activation";
    let ending = parts.inspection.ending.as_ref();
    if let Some(activation) = ending.and_then(|ending| ending.activation) {
        let raw = ending.and_then(|ending| ending.raw.clone());
        let raw = raw.filter(|_| parts.inspection.encoder.takes_output);
        if raw.is_none() {
            choices.push(Choice::new(
                KEY,
                "the network itself ends in this activation, which would be applied twice: export it without, so that it \
                 gives raw outputs",
            ));
        }
        return (activation, raw);
    }
    let labels = &parts.data.labels;
    let (activation, why) = if labels.continuous {
        (
            Activation::Identity,
            "the labels are a continuous target, so the output is taken as it is: it must be in the unit of the labels",
        )
    } else if labels.exclusive && labels.counts.len() > 1 {
        (
            Activation::Softmax,
            "every record has exactly one class, so softmax (one class per record) is assumed: `sigmoid` if the network was \
             trained with independent outputs",
        )
    } else {
        (
            Activation::Sigmoid,
            "records may have several classes or none, so sigmoid (independent outputs) is assumed: `softmax` if the network \
             was trained to name exactly one",
        )
    };
    choices.push(Choice::new(KEY, why));
    (activation, None)
}

/// Why someone should look at the taps; residual blocks are what the method asks for.
fn about_taps(inspection: &Inspection) -> Option<String> {
    let all_blocks = inspection
        .taps
        .iter()
        .all(|tap| tap.origin == TapOrigin::ResidualBlock);
    (!all_blocks).then(|| inspection.notes.join("; "))
}

fn method(page: &mut Page, registry: &Registry) -> Result<(), Error> {
    let clusterer = component(registry, Kind::Clusterer, "kmeans")?;
    let uncertainty = component(registry, Kind::Uncertainty, "entropy")?;
    let surrogate = component(registry, Kind::Surrogate, "forest")?;
    page.table("clusterer");
    page.key(&[], "clusterer", "plugin", clusterer.as_str());
    if clusterer == "kmeans" {
        page.raw("params = { k = 20 }               # number of clusters");
    }
    page.table("uncertainty");
    page.key(&[], "uncertainty", "plugin", uncertainty);
    page.raw("");
    page.comment("Predicts from the cluster proportions alone: what it reproduces, the clusters explain.");
    page.raw("[[surrogate]]");
    page.key(&[], "surrogate", "plugin", surrogate.as_str());
    if surrogate == "forest" {
        page.raw("params = { trees = 300 }");
    }
    if let Ok(delineator) = component(registry, Kind::Delineator, "dwt") {
        page.raw("");
        page.comment("Finds P, QRS and T, so that clusters can be placed in the heartbeat. Landmarks of the data set come first.");
        page.raw("[delineator]");
        page.key(&[], "delineator", "plugin", delineator);
    }
    page.table("checks");
    page.comment(
        "A figure below warn_below gets a warning, one below fail_below fails the audit (exit status 1).",
    );
    page.raw("fidelity_agreement = { warn_below = 0.90, fail_below = 0.80 }");
    Ok(())
}

/// The address of a component of a kind: the usual one where it is installed, else the first there is.
fn component(registry: &Registry, kind: Kind, usual: &str) -> Result<String, Error> {
    let listed = registry.list();
    let mut of_kind = listed.iter().filter(|listed| listed.component.kind == kind);
    let found = of_kind
        .clone()
        .find(|listed| listed.address == usual)
        .or_else(|| of_kind.next());
    found.map(|listed| listed.address.clone()).ok_or_else(|| {
        Error::Invalid(format!(
            "no {} is installed; `ecg-audit plugin doctor` shows where plugins are looked for",
            kind.name()
        ))
    })
}
