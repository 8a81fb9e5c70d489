//! The page of a sweep: what every setting reaches, side by side.

mod figures;
mod plot;

use ecg_audit_engine::sweep::{Better, Cost, Reading, Setting, Sweep, Table, plain};
use serde::Serialize;

use crate::format::{NONE, counted, duration, interval, number, plus_minus};
use figures::Figure;

/// Everything the template needs.
#[derive(Serialize)]
pub(crate) struct Page {
    name: String,
    config: String,
    version: String,
    started: String,
    schema: String,
    settings: String,
    range: String,
    varied: Vec<Key>,
    /// The varied keys, as short as they can be told apart.
    short: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    failed: Vec<Failed>,
    fidelity: Option<Figure>,
    stability: Vec<Figure>,
    cost: Vec<Fact>,
    cost_sentence: String,
}

/// A key that was varied.
#[derive(Serialize)]
struct Key {
    key: String,
    values: Vec<String>,
}

/// A figure's column.
#[derive(Serialize)]
struct Column {
    title: &'static str,
    meaning: &'static str,
    better: &'static str,
}

/// A setting that ran.
#[derive(Serialize)]
struct Row {
    number: usize,
    values: Vec<String>,
    cells: Vec<Cell>,
}

/// A figure of a setting.
#[derive(Serialize)]
struct Cell {
    text: String,
    interval: String,
    sort: Option<f64>,
    best: bool,
}

/// A setting that did not run.
#[derive(Serialize)]
struct Failed {
    number: usize,
    setting: String,
    error: String,
}

/// A line of the account.
#[derive(Serialize)]
struct Fact {
    what: String,
    time: String,
}

impl Page {
    /// The view of `sweep`.
    pub fn new(sweep: &Sweep) -> Self {
        let table = Table::new(sweep);
        let columns = table.measures.iter().map(|measure| Column {
            title: measure.title,
            meaning: measure.meaning,
            better: match measure.better {
                Better::High => "higher is better",
                Better::Low => "lower is better",
                Better::Neither => "",
            },
        });
        let failed = sweep.failed().map(|setting| Failed {
            number: setting.number,
            setting: label(setting),
            error: setting.error.clone().unwrap_or_default(),
        });
        Page {
            name: sweep.name.clone(),
            config: sweep.config.clone(),
            version: sweep.version.clone(),
            started: sweep.started.clone(),
            schema: sweep.schema.clone(),
            settings: counted(sweep.settings.len(), "setting", "settings"),
            range: range(sweep, &table),
            varied: sweep
                .varied
                .iter()
                .map(|varied| Key {
                    key: varied.key.clone(),
                    values: varied.values.iter().map(plain).collect(),
                })
                .collect(),
            short: short(sweep),
            columns: columns.collect(),
            rows: rows(sweep, &table),
            failed: failed.collect(),
            fidelity: figures::fidelity(sweep, &table),
            stability: figures::stability(sweep, &table),
            cost: cost(&sweep.cost),
            cost_sentence: cost_sentence(&sweep.cost, sweep.settings.len()),
        }
    }
}

/// The last part of each varied key; the whole key where two end alike.
fn short(sweep: &Sweep) -> Vec<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let of = |key: &String| {
        let alike = sweep.varied.iter().filter(|other| last(&other.key) == last(key));
        if alike.count() > 1 { key.clone() } else { last(key) }
    };
    sweep.varied.iter().map(|varied| of(&varied.key)).collect()
}

/// A setting by its values.
fn label(setting: &Setting) -> String {
    setting.values.iter().map(plain).collect::<Vec<_>>().join(" · ")
}

fn rows(sweep: &Sweep, table: &Table) -> Vec<Row> {
    let best: Vec<Vec<bool>> = (0..table.measures.len())
        .map(|column| table.best(column))
        .collect();
    let all = sweep.settings.iter().zip(&table.rows).enumerate();
    let ran = all.filter(|(_, (setting, _))| setting.error.is_none());
    ran.map(|(i, (setting, readings))| Row {
        number: setting.number,
        values: setting.values.iter().map(plain).collect(),
        cells: readings
            .iter()
            .zip(&table.measures)
            .zip(&best)
            .map(|((reading, measure), best)| cell(*reading, measure.digits, best[i]))
            .collect(),
    })
    .collect()
}

fn cell(reading: Option<Reading>, digits: usize, best: bool) -> Cell {
    match reading {
        Some(reading) => Cell {
            text: plus_minus(reading.value, reading.sd, digits),
            interval: interval(reading.ci95, digits),
            sort: reading.value.is_finite().then_some(reading.value),
            best,
        },
        None => Cell {
            text: NONE.into(),
            interval: String::new(),
            sort: None,
            best: false,
        },
    }
}

/// Between which settings the main figure lies. No setting is called the best: more clusters cost stability.
fn range(sweep: &Sweep, table: &Table) -> String {
    let Some(main) = table.main() else {
        return String::new();
    };
    let measure = table.measures[main];
    let mut known: Vec<(&Setting, Reading)> = sweep
        .settings
        .iter()
        .zip(table.values(main))
        .filter_map(|(setting, reading)| Some((setting, reading?)))
        .collect();
    known.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let (Some((low, lowest)), Some((high, highest))) = (known.first(), known.last()) else {
        return String::new();
    };
    if low.number == high.number {
        return String::new();
    }
    let overlap = match (lowest.ci95, highest.ci95) {
        (Some([_, top]), Some([bottom, _])) if top >= bottom => "; their intervals overlap",
        (Some(_), Some(_)) => "; their intervals do not overlap",
        _ => "",
    };
    format!(
        "{} lies between {} (setting {}: {}) and {} (setting {}: {}){overlap}.",
        measure.title,
        number(lowest.value, measure.digits),
        low.number,
        label(low),
        number(highest.value, measure.digits),
        high.number,
        label(high),
    )
}

fn cost(cost: &Cost) -> Vec<Fact> {
    let fact = |what: String, seconds: f64| Fact {
        what,
        time: duration(seconds),
    };
    vec![
        fact(
            counted(cost.encodings, "encoding", "encodings"),
            cost.encode_seconds,
        ),
        fact(
            "activations read again for further settings".into(),
            cost.activations_seconds,
        ),
        fact(
            format!(
                "{}: codebooks, stability, assignment",
                counted(cost.clusterings, "clustering", "clusterings")
            ),
            cost.cluster_seconds,
        ),
        fact("surrogates and figures".into(), cost.surrogate_seconds),
        fact("data set and plugins opened".into(), cost.prepare_seconds),
        fact("the sweep in all".into(), cost.total_seconds),
    ]
}

fn cost_sentence(cost: &Cost, settings: usize) -> String {
    let mut text = format!(
        "{} shared {} and {}",
        counted(settings, "setting", "settings"),
        counted(cost.encodings, "encoding", "encodings"),
        counted(cost.clusterings, "clustering", "clusterings"),
    );
    if cost.taken_up > 0 {
        text += &format!(
            "; {} there already when the sweep was taken up, and not part of its time in all",
            counted(cost.taken_up, "setting was", "settings were")
        );
    }
    text + "."
}
