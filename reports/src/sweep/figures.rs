//! Which plot shows a sweep: figures against the number of clusters where it was varied, else a row per setting.

use ecg_audit_engine::sweep::{Reading, Setting, Sweep, Table, plain};
use serde::Serialize;

use super::label;
use super::plot::{Dots, Lines, Mark, Point, Series};
use crate::charts::Axis;

/// The key whose values are numbers of clusters.
const CLUSTERS: &str = "clusterer.params.k";
/// Lines that can be told apart in one plot.
const MOST_LINES: usize = 8;

/// A plot and how to read it.
#[derive(Serialize)]
pub(super) struct Figure {
    title: String,
    svg: String,
    read: String,
}

/// Settings that differ in their number of clusters alone, for every line of a plot.
struct Group<'a> {
    label: String,
    /// With their rows in the table.
    settings: Vec<(usize, &'a Setting)>,
}

/// Groups by all that was varied but the number of clusters; nothing where that was not varied, or in too many lines.
fn groups(sweep: &Sweep) -> Option<Vec<Group<'_>>> {
    let clusters = sweep.varied.iter().position(|varied| varied.key == CLUSTERS)?;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (row, setting) in sweep.settings.iter().enumerate() {
        let others = setting.values.iter().enumerate().filter(|(i, _)| *i != clusters);
        let label = others
            .map(|(_, value)| plain(value))
            .collect::<Vec<_>>()
            .join(" · ");
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.settings.push((row, setting)),
            None => groups.push(Group {
                label,
                settings: vec![(row, setting)],
            }),
        }
    }
    (groups.len() <= MOST_LINES).then_some(groups)
}

/// The lines of one column over the number of clusters.
fn series(groups: &[Group<'_>], table: &Table, column: usize) -> Vec<Series> {
    let reading = |row: usize, column: usize| table.rows.get(row)?.get(column).copied().flatten();
    let line = |group: &Group<'_>| {
        let points = group.settings.iter().filter_map(|(row, setting)| {
            let Reading { value, ci95, .. } = reading(*row, column)?;
            Some(Point {
                x: setting.findings.as_ref()?.clusters as f64,
                value,
                ci95,
                name: format!("setting {}: {}", setting.number, label(setting)),
            })
        });
        let mut points: Vec<Point> = points.collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Series {
            label: group.label.clone(),
            points,
        }
    };
    groups.iter().map(line).collect()
}

/// The one value that all settings share.
fn common(table: &Table, column: Option<usize>) -> Option<f64> {
    let mut values = table.values(column?).flatten().map(|reading| reading.value);
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Agreement (or R²) beside what simpler explanations reach.
pub(super) fn fidelity(sweep: &Sweep, table: &Table) -> Option<Figure> {
    let main = table.main()?;
    let measure = table.measures[main];
    let continuous = measure.key == "r2";
    let (plainest, permuted) = if continuous {
        // Answering the mean explains no variance.
        (Some(("the mean", 0.0)), table.column("permuted_r2"))
    } else {
        let majority = common(table, table.column("majority"));
        (
            majority.map(|value| ("the majority", value)),
            table.column("permuted"),
        )
    };
    let axis = |span| {
        let of = |column: usize| {
            table
                .values(column)
                .flatten()
                .flat_map(|r| [Some(r.value), r.ci95.map(|c| c[0]), r.ci95.map(|c| c[1])])
        };
        let shown = of(main).chain(permuted.into_iter().flat_map(of)).flatten();
        Axis::around(shown.chain(plainest.map(|(_, value)| value)), span)
    };
    let against = plainest.map_or(String::new(), |(name, _)| {
        format!("the dashed line is what always answering {name} reaches, ")
    });
    let what = if continuous { "R²" } else { "agreement" };
    if let Some(groups) = groups(sweep) {
        let svg = Lines {
            what: measure.title,
            series: series(&groups, table, main),
            beside: permuted
                .map(|column| series(&groups, table, column))
                .unwrap_or_default(),
            level: plainest,
            axis: axis(Lines::SPAN),
        }
        .svg();
        return Some(Figure {
            title: format!("{} against the number of clusters", measure.title),
            svg,
            read: format!(
                "Each point is one setting with its 95 % interval; {against}dotted lines what surrogates reach on shuffled \
                 proportions: clusters explain the network as far as {what} stands above both, and more clusters are worth \
                 their number only while the line still rises by more than the intervals."
            ),
        });
    }
    let mut marks = Vec::new();
    for (row, setting) in sweep.settings.iter().enumerate() {
        let at = |column: usize| table.rows.get(row)?.get(column).copied().flatten();
        if let Some(reading) = at(main) {
            marks.push(Mark {
                label: label(setting),
                values: vec![
                    Some((reading.value, reading.ci95)),
                    permuted.and_then(at).map(|r| (r.value, None)),
                ],
            });
        }
    }
    let svg = Dots {
        what: measure.title,
        kinds: vec![measure.title, "on shuffled proportions"],
        marks,
        level: plainest,
        axis: axis(Dots::SPAN),
    }
    .svg();
    Some(Figure {
        title: format!("{} by setting", measure.title),
        svg,
        read: format!(
            "Each row is one setting; the filled circle is its {what} with the 95 % interval, the square what its \
             surrogate reaches on shuffled proportions, {against}so the distance to both is what the clusters explain."
        ),
    })
}

/// Stability of the timelines.
pub(super) fn stability(sweep: &Sweep, table: &Table) -> Vec<Figure> {
    let kinds = [
        ("ari_seeds", "other seeds"),
        ("ari_halves", "halves of the patients"),
    ];
    let columns: Vec<(usize, &'static str)> = kinds
        .iter()
        .filter_map(|(key, name)| Some((table.column(key)?, *name)))
        .collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let axis = |span| {
        let values = columns.iter().flat_map(|(column, _)| table.values(*column));
        Axis::around(values.flatten().map(|reading| reading.value), span)
    };
    if let Some(groups) = groups(sweep) {
        let figure = |(column, name): &(usize, &'static str)| Figure {
            title: format!("Stability against the number of clusters: {name}"),
            svg: Lines {
                what: "ARI",
                series: series(&groups, table, *column),
                beside: Vec::new(),
                level: None,
                axis: axis(Lines::SPAN),
            }
            .svg(),
            read: if *name == "other seeds" {
                "Adjusted Rand index of timelines when the codebook is fitted with another seed: 1 is the same timeline, 0 \
                 no more than chance; where it falls, clusters depend on how the fit began."
                    .into()
            } else {
                "The same when the codebook is fitted on half of the patients: where it falls, clusters depend on who was \
                 recorded."
                    .into()
            },
        };
        return columns.iter().map(figure).collect();
    }
    let mut marks = Vec::new();
    for (row, setting) in sweep.settings.iter().enumerate() {
        let at = |column: usize| {
            let reading: Option<Reading> = table.rows.get(row)?.get(column).copied().flatten();
            reading.map(|reading| (reading.value, None))
        };
        let values: Vec<_> = columns.iter().map(|(column, _)| at(*column)).collect();
        if values.iter().any(Option::is_some) {
            marks.push(Mark {
                label: label(setting),
                values,
            });
        }
    }
    let svg = Dots {
        what: "ARI",
        kinds: columns.iter().map(|(_, name)| *name).collect(),
        marks,
        level: None,
        axis: axis(Dots::SPAN),
    }
    .svg();
    vec![Figure {
        title: "Stability by setting".into(),
        svg,
        read: "Each row is one setting; the marks are the adjusted Rand index of timelines when the codebook is fitted with \
               another seed or on half of the patients: 1 is the same timeline, 0 no more than chance."
            .into(),
    }]
}
