//! Attribution maps beside the clusters' uncertainty: what each tells of the classes.

use ecg_audit_engine::audit::{Attribution, AttributionMethod, Audit, Comparison, Measure};
use serde::Serialize;

use super::Cell;
use crate::charts::{self, Axis};
use crate::format::{number, plus_minus};

/// Level of significance of a pair of classes.
const LEVEL: f64 = 0.05;

#[derive(Serialize)]
pub(super) struct View {
    made: Option<Made>,
}

#[derive(Serialize)]
struct Made {
    method: &'static str,
    tap: Option<String>,
    unavailable: Option<String>,
    records: String,
    maps: String,
    flat: String,
    step: String,
    comparisons: Vec<Side>,
}

/// One way of grouping records.
#[derive(Serialize)]
struct Side {
    title: &'static str,
    records: String,
    strips: Vec<Strips>,
    effects: Vec<EffectRow>,
}

/// The distributions of one measure by class.
#[derive(Serialize)]
struct Strips {
    title: &'static str,
    scale: String,
    rows: Vec<Strip>,
}

#[derive(Serialize)]
struct Strip {
    class: String,
    records: Cell,
    mean: Cell,
    chart: String,
}

/// The same question asked of both.
#[derive(Serialize)]
struct EffectRow {
    name: String,
    uncertainty: EffectCell,
    attribution: EffectCell,
    only_uncertainty: Vec<String>,
    only_attribution: Vec<String>,
}

#[derive(Serialize)]
struct EffectCell {
    epsilon: Cell,
    p: String,
    bar: String,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        View {
            made: audit.attribution.as_ref().map(made),
        }
    }
}

fn made(attribution: &Attribution) -> Made {
    Made {
        method: match attribution.method {
            AttributionMethod::GradCam => "Grad-CAM",
            AttributionMethod::Occlusion => "Occlusion",
        },
        tap: attribution.tap.clone(),
        unavailable: attribution.unavailable.clone(),
        records: crate::format::count(attribution.records),
        maps: crate::format::count(attribution.maps),
        flat: crate::format::count(attribution.flat_maps),
        step: number(attribution.time_step * 1000.0, 0),
        comparisons: attribution
            .comparisons
            .iter()
            .filter(|c| !c.measures.is_empty())
            .map(side)
            .collect(),
    }
}

fn side(comparison: &Comparison) -> Side {
    let find = |of: &str, name: &str| comparison.measures.iter().find(|m| m.of == of && m.name == name);
    let strips = [
        ("Uncertainty of the clusters", find("uncertainty", "mean")),
        ("Entropy of the attribution map", find("attribution", "entropy")),
    ];
    let mut effects = vec![effect(
        "whole record",
        find("uncertainty", "mean"),
        find("attribution", "entropy"),
    )];
    for measure in comparison
        .measures
        .iter()
        .filter(|m| m.of == "uncertainty" && m.name != "mean")
    {
        let other = find("attribution", &measure.name);
        effects.push(effect(&measure.name, Some(measure), other));
    }
    Side {
        title: match comparison.by.as_str() {
            "truth" => "By the label",
            _ => "By the class the network decides for",
        },
        records: crate::format::count(comparison.records),
        strips: strips
            .into_iter()
            .filter_map(|(title, measure)| Some(strip(title, measure?)))
            .collect(),
        effects,
    }
}

fn strip(title: &'static str, measure: &Measure) -> Strips {
    let values = measure
        .groups
        .iter()
        .flat_map(|g| g.quantiles.into_iter().chain([g.mean]));
    let axis = Axis::around(values, charts::DISTRIBUTION_SPAN);
    let row = |group: &ecg_audit_engine::audit::UncertaintyGroup| Strip {
        class: group.group.clone(),
        records: Cell::count(group.records),
        mean: Cell::new(plus_minus(group.mean, group.sd, 3), group.mean),
        chart: charts::distribution(axis, group.quantiles, group.mean),
    };
    Strips {
        title,
        scale: charts::scale(axis),
        rows: measure.groups.iter().map(row).collect(),
    }
}

fn effect(name: &str, uncertainty: Option<&Measure>, attribution: Option<&Measure>) -> EffectRow {
    let (first, second) = (told_apart(uncertainty), told_apart(attribution));
    let only = |own: &[String], other: &[String]| -> Vec<String> {
        own.iter().filter(|pair| !other.contains(pair)).cloned().collect()
    };
    EffectRow {
        name: name.to_owned(),
        uncertainty: cell(uncertainty),
        attribution: cell(attribution),
        only_uncertainty: only(&first, &second),
        only_attribution: only(&second, &first),
    }
}

/// The pairs of classes that a measure tells apart.
fn told_apart(measure: Option<&Measure>) -> Vec<String> {
    let pairs = measure.map_or(&[][..], |measure| &measure.pairs);
    let named = pairs.iter().filter(|pair| pair.p_adjusted < LEVEL);
    named
        .map(|pair| format!("{} / {}", pair.first, pair.second))
        .collect()
}

fn cell(measure: Option<&Measure>) -> EffectCell {
    let test = measure.and_then(|measure| measure.test);
    EffectCell {
        epsilon: Cell::optional(test.map(|test| test.epsilon_squared), 2),
        p: test.map_or_else(
            || crate::format::NONE.into(),
            |test| crate::format::p_value(test.p_adjusted),
        ),
        bar: test.map_or_else(String::new, |test| charts::bar("fill", test.epsilon_squared, 1.0)),
    }
}
