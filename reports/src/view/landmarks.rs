//! Where in the heartbeat the clusters are.

use ecg_audit_engine::audit::{Audit, Cluster, Landmark, Landmarks, TapInfo};
use serde::Serialize;

use super::heat::{LEVEL, Shade};
use super::{Cell, Chip};
use crate::format::{counted, duration, number, p_value, percent};

/// Classes with a table of their own; more would make the page large.
const CLASSES: usize = 12;
/// The lift that has the darkest shade, as a power of two.
const DARKEST: f64 = 3.0;

#[derive(Serialize)]
pub(super) struct View {
    /// Absent without landmarks; `missing` then says why.
    found: Option<Found>,
    missing: Missing,
}

/// Why there are no landmarks.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Missing {
    Delineator,
    Beats,
}

#[derive(Serialize)]
struct Found {
    sources: String,
    counts: String,
    explained: String,
    information: String,
    p: String,
    test: String,
    resolution: String,
    level: String,
    legend: Vec<Shade>,
    table: Option<Table>,
    by_class: Vec<ClassTable>,
    classes_left_out: usize,
}

#[derive(Serialize)]
struct ClassTable {
    class: String,
    table: Table,
}

/// Clusters × phases.
#[derive(Serialize)]
struct Table {
    phases: Vec<String>,
    /// Each phase's share of all time; empty for one class, for which it is not known.
    time: Vec<Cell>,
    rows: Vec<Row>,
    significant: String,
}

#[derive(Serialize)]
struct Row {
    chip: Chip,
    cells: Vec<Shade>,
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let delineator = audit.provenance.plugins.iter().any(|p| p.kind == "delineator");
        View {
            found: audit.landmarks.as_ref().map(|l| found(audit, l)),
            missing: if delineator {
                Missing::Beats
            } else {
                Missing::Delineator
            },
        }
    }
}

fn found(audit: &Audit, landmarks: &Landmarks) -> Found {
    let classes = classes(&audit.clusters);
    Found {
        sources: landmarks.sources.join(", "),
        counts: format!(
            "{} in {}",
            counted(landmarks.beats, "beat", "beats"),
            counted(landmarks.records, "record", "records")
        ),
        explained: percent(landmarks.explained),
        information: number(landmarks.mutual_information, 3),
        p: match p_value(landmarks.p) {
            bound if bound.starts_with('<') => format!("p {bound}"),
            value => format!("p = {value}"),
        },
        test: format!(
            "{} of the timelines of {}",
            counted(
                landmarks.permutations,
                "random circular shift",
                "random circular shifts"
            ),
            counted(landmarks.tested_records, "record", "records")
        ),
        resolution: resolution(landmarks.time_step, &audit.method.taps),
        level: number(LEVEL, 2),
        legend: [
            (0.125, "×⅛"),
            (0.25, "×¼"),
            (0.5, "×½"),
            (1.0, "×1"),
            (2.0, "×2"),
            (4.0, "×4"),
            (8.0, "×8"),
        ]
        .map(|(lift, text)| Shade::new(scale(lift), text.into()))
        .into(),
        table: table(audit, landmarks, None),
        classes_left_out: classes.len().saturating_sub(CLASSES),
        by_class: classes
            .into_iter()
            .take(CLASSES)
            .filter_map(|class| {
                let table = table(audit, landmarks, Some(class))?;
                Some(ClassTable {
                    class: class.into(),
                    table,
                })
            })
            .collect(),
    }
}

/// Classes in the order in which they first appear.
fn classes(clusters: &[Cluster]) -> Vec<&str> {
    let mut classes = Vec::new();
    for class in clusters
        .iter()
        .flat_map(|c| &c.landmarks)
        .filter_map(|l| l.class.as_deref())
    {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

/// Phases in the order of the heartbeat, as the audit lists them.
fn phases<'a>(landmarks: &'a Landmarks, clusters: &'a [Cluster]) -> Vec<&'a str> {
    let listed = landmarks.phases.iter().map(|p| &p.phase);
    let used = clusters.iter().flat_map(|c| &c.landmarks).map(|l| &l.phase);
    let mut phases: Vec<&str> = Vec::new();
    for phase in listed.chain(used) {
        if !phases.contains(&phase.as_str()) {
            phases.push(phase);
        }
    }
    phases
}

fn table(audit: &Audit, landmarks: &Landmarks, class: Option<&str>) -> Option<Table> {
    let phases = phases(landmarks, &audit.clusters);
    let of_class = |l: &&Landmark| l.class.as_deref() == class;
    let rows: Vec<Row> = audit
        .clusters
        .iter()
        .map(|cluster| Row {
            chip: Chip::new(cluster.id),
            cells: phases
                .iter()
                .map(|phase| {
                    let found = cluster
                        .landmarks
                        .iter()
                        .filter(of_class)
                        .find(|l| l.phase == *phase);
                    found.map_or_else(|| Shade::empty(""), cell)
                })
                .collect(),
        })
        .collect();
    let tested: Vec<f64> = audit
        .clusters
        .iter()
        .flat_map(|c| c.landmarks.iter().filter(of_class))
        .filter_map(|l| l.p_adjusted)
        .collect();
    let time = phases.iter().map(|phase| {
        let share = landmarks.phases.iter().find(|p| p.phase == *phase);
        share.map_or_else(|| Cell::optional(None, 0), |p| Cell::percent(p.share))
    });
    let any = audit
        .clusters
        .iter()
        .any(|c| c.landmarks.iter().any(|l| of_class(&l)));
    any.then(|| Table {
        time: if class.is_none() {
            time.collect()
        } else {
            Vec::new()
        },
        phases: phases.iter().map(|p| p.to_string()).collect(),
        rows,
        significant: format!(
            "{} of {} cells significant",
            tested.iter().filter(|p| **p < LEVEL).count(),
            tested.len()
        ),
    })
}

fn cell(landmark: &Landmark) -> Shade {
    let p = landmark.p_adjusted;
    Shade {
        note: times(landmark.lift),
        sort: landmark.share.is_finite().then_some(landmark.share),
        strong: p.is_some_and(|p| p < LEVEL),
        title: p.map_or_else(String::new, |p| format!("adjusted p {}", p_value(p))),
        ..Shade::new(scale(landmark.lift), percent(landmark.share))
    }
}

/// Where a lift lies on the signed scale: 1 in the middle, halves and doubles equally far from it.
fn scale(lift: f64) -> f64 {
    // Never there: the end of the scale, as the logarithm of 0 is no number.
    if lift == 0.0 { -1.0 } else { lift.log2() / DARKEST }
}

/// A lift as a factor.
fn times(lift: f64) -> String {
    let digits = match lift {
        l if l >= 10.0 => 0,
        l if l >= 0.95 => 1,
        _ => 2,
    };
    format!("×{}", number(lift, digits))
}

/// A phase within a sentence.
fn words(phase: &str) -> String {
    match phase {
        "P" | "T" => format!("the {phase} wave"),
        "QRS" => "the QRS complex".into(),
        "PR" | "ST" | "TP" => format!("the {phase} segment"),
        "none" => "stretches without a landmark".into(),
        phase => phase.into(),
    }
}

/// The phases over all records in which `cluster` is significantly more often than elsewhere, the most so first.
fn homes(cluster: &Cluster) -> Vec<&Landmark> {
    let mut homes: Vec<&Landmark> = cluster
        .landmarks
        .iter()
        .filter(|l| l.class.is_none() && l.lift > 1.0 && l.p_adjusted.is_some_and(|p| p < LEVEL))
        .collect();
    homes.sort_by(|a, b| b.lift.total_cmp(&a.lift));
    homes
}

/// The phase that `cluster` prefers most, with its lift; empty where none is significant.
pub(super) fn home(cluster: &Cluster) -> String {
    homes(cluster)
        .first()
        .map_or_else(String::new, |l| format!("{} ({})", l.phase, times(l.lift)))
}

/// The same in words, with the runners-up.
pub(super) fn homes_in_words(cluster: &Cluster) -> String {
    let homes = homes(cluster);
    if homes.is_empty() {
        return "no phase stands out".into();
    }
    let each: Vec<_> = homes
        .iter()
        .take(3)
        .map(|l| format!("{} {}", words(&l.phase), times(l.lift)))
        .collect();
    each.join(", ")
}

/// How finely anything can be placed.
fn resolution(time_step: f64, taps: &[TapInfo]) -> String {
    let mut text = format!(
        "One timestamp lasts {}: nothing here is placed more finely.",
        duration(time_step)
    );
    if taps.is_empty() {
        return text;
    }
    let steps: Vec<_> = taps.iter().map(|t| duration(t.time_step)).collect();
    text += &format!(" From shallow to deep, the taps step by {}", list(&steps));
    let fields: Vec<_> = taps.iter().map(|t| t.receptive_field).collect();
    if fields.iter().any(Option::is_some) {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|f| f.map_or_else(|| "an unmeasured stretch".into(), duration))
            .collect();
        text += &format!(
            ", and one value of theirs takes in {} of signal: a cluster may lie beside the wave that it answers to.",
            list(&fields)
        );
    } else {
        text += "; how much signal one value of theirs takes in was not measured.";
    }
    text
}

/// `a, b and c`.
fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifts_lie_on_a_logarithmic_scale_about_one() {
        assert_eq!(scale(1.0), 0.0);
        assert_eq!(scale(8.0), 1.0);
        assert_eq!(scale(2.0), -scale(0.5));
        assert_eq!(scale(0.0), -1.0);
        assert_eq!(cell(&landmark("P", f64::NAN, None, None)).class, "h0");
        assert_eq!(times(3.21), "×3.2");
        assert_eq!(times(0.256), "×0.26");
        assert_eq!(times(17.3), "×17");
    }

    #[test]
    fn resolution_names_what_is_known() {
        let tap = |step, field| TapInfo {
            name: "t".into(),
            channels: 1,
            length: 1,
            time_step: step,
            receptive_field: field,
            weight: 1.0,
        };
        assert!(resolution(0.04, &[]).ends_with("placed more finely."));
        let text = resolution(0.04, &[tap(0.04, Some(0.3)), tap(0.16, None)]);
        assert!(
            text.contains("step by 40\u{202f}ms and 160\u{202f}ms, and"),
            "{text}"
        );
        assert!(
            text.contains("300\u{202f}ms and an unmeasured stretch of signal"),
            "{text}"
        );
        assert!(resolution(0.04, &[tap(0.04, None)]).ends_with("was not measured."));
    }

    fn landmark(phase: &str, lift: f64, p_adjusted: Option<f64>, class: Option<&str>) -> Landmark {
        Landmark {
            phase: phase.into(),
            class: class.map(String::from),
            share: 0.5,
            lift,
            p_adjusted,
        }
    }

    #[test]
    fn a_home_is_significant_and_over_all_records() {
        let mut cluster = Cluster {
            id: 0,
            share: 0.1,
            records_share: 1.0,
            uncertainty: 0.5,
            dwell_seconds: 0.1,
            correlations: vec![],
            landmarks: vec![
                landmark("P", 9.0, Some(0.2), None),
                landmark("T", 8.0, Some(0.001), Some("MI")),
                landmark("PR", 2.0, Some(0.04), None),
                landmark("QRS", 4.0, Some(0.001), None),
                landmark("TP", 0.1, Some(0.001), None),
            ],
            beat: None,
            segments: vec![],
            followed_by: vec![],
            exemplars: vec![],
        };
        assert_eq!(home(&cluster), "QRS (×4.0)");
        assert_eq!(
            homes_in_words(&cluster),
            "the QRS complex ×4.0, the PR segment ×2.0"
        );
        cluster.landmarks.truncate(2);
        assert_eq!(home(&cluster), "");
        assert_eq!(homes_in_words(&cluster), "no phase stands out");
    }
}
