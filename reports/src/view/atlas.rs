//! A card per cluster: its mean beat and what goes with it.

use ecg_audit_engine::audit::{Audit, Cluster, MeanBeat, Segment};
use serde::Serialize;

use super::heat::{LEVEL, signed};
use super::{Chip, ecgs, landmarks};
use crate::ecg::beat::{self, Frame};
use crate::format::{counted, duration, number, percent};

/// Entries per list of a card.
const SHOWN: usize = 3;
/// Bytes of pictures after which no further one is drawn: about a hundred clusters in twelve leads.
const BUDGET: usize = 800_000;

#[derive(Serialize)]
pub(super) struct View {
    cards: Vec<Card>,
    /// The occupancy that fills a panel; empty when no card has a picture.
    top: String,
    left_out: usize,
}

#[derive(Serialize)]
struct Card {
    chip: Chip,
    share: String,
    dwell: String,
    uncertainty: String,
    /// Empty when the audit has no landmarks.
    home: String,
    speaks_for: Vec<Class>,
    then: Vec<Then>,
    segments: Vec<Place>,
    svg: String,
    caption: String,
}

/// A class with its correlation.
#[derive(Serialize)]
struct Class {
    class: String,
    rho: String,
}

#[derive(Serialize)]
struct Then {
    chip: Chip,
    share: String,
}

/// A moment of a record, with the element that shows it.
#[derive(Serialize)]
struct Place {
    record: String,
    time: String,
    anchor: Option<String>,
}

impl View {
    /// The cards; absent when the audit has nothing to put on them.
    pub fn new(audit: &Audit, ecgs: &ecgs::View) -> Option<Self> {
        let clusters = &audit.clusters;
        let worth = |c: &Cluster| c.beat.is_some() || !c.segments.is_empty() || !c.followed_by.is_empty();
        if !clusters.iter().any(worth) {
            return None;
        }
        let frame = Frame::new(clusters.iter().filter_map(|c| c.beat.as_ref()));
        let (mut size, mut left_out) = (0, 0);
        let cards = clusters.iter().map(|cluster| {
            let mut card = card(cluster, ecgs, audit.landmarks.is_some());
            if let (Some(frame), Some(beat)) = (&frame, &cluster.beat) {
                if size > BUDGET {
                    left_out += 1;
                } else {
                    let class = &card.chip.class;
                    card.svg = frame
                        .draw(beat, class, &label(cluster.id, beat))
                        .unwrap_or_default();
                    card.caption = caption(beat);
                    size += card.svg.len();
                }
            }
            card
        });
        Some(View {
            cards: cards.collect(),
            top: frame.as_ref().map_or_else(String::new, Frame::top),
            left_out,
        })
    }
}

fn card(cluster: &Cluster, ecgs: &ecgs::View, landmarks: bool) -> Card {
    Card {
        chip: Chip::new(cluster.id),
        share: percent(cluster.share),
        dwell: duration(cluster.dwell_seconds),
        uncertainty: number(cluster.uncertainty, 3),
        home: if landmarks {
            landmarks::homes_in_words(cluster)
        } else {
            String::new()
        },
        speaks_for: speaks_for(cluster),
        then: cluster
            .followed_by
            .iter()
            .take(SHOWN)
            .map(|f| Then {
                chip: Chip::new(f.cluster),
                share: percent(f.share),
            })
            .collect(),
        segments: cluster
            .segments
            .iter()
            .take(SHOWN)
            .map(|s| place(s, ecgs))
            .collect(),
        svg: String::new(),
        caption: String::new(),
    }
}

/// The classes whose predicted probability goes most with the cluster's share, where that is significant.
fn speaks_for(cluster: &Cluster) -> Vec<Class> {
    let mut found: Vec<(&str, f64)> = cluster
        .correlations
        .iter()
        .filter(|c| c.against == "model" && c.p_adjusted.is_some_and(|p| p < LEVEL))
        .filter_map(|c| c.rho.filter(|r| r.is_finite()).map(|rho| (c.class.as_str(), rho)))
        .collect();
    found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    found
        .into_iter()
        .take(SHOWN)
        .map(|(class, rho)| Class {
            class: class.into(),
            rho: signed(rho, 2),
        })
        .collect()
}

fn place(segment: &Segment, ecgs: &ecgs::View) -> Place {
    Place {
        record: segment.record.clone(),
        time: format!("{}\u{202f}s", number(segment.time, 2)),
        anchor: ecgs.anchor(&segment.record),
    }
}

fn caption(beat: &MeanBeat) -> String {
    let mean = format!(
        "mean of {} in {}",
        counted(beat.beats, "beat", "beats"),
        counted(beat.records, "record", "records")
    );
    match beat::peak(beat) {
        Some((time, share)) => format!("{mean} · peak {}, {}", percent(share), from_r(time)),
        None => mean,
    }
}

/// A time as seen from the R peak.
fn from_r(seconds: f64) -> String {
    let ms = (seconds * 1e3).round();
    if ms == 0.0 {
        "at the R peak".into()
    } else {
        let side = if ms < 0.0 { "before" } else { "after" };
        format!("{} {side} R", duration(seconds.abs()))
    }
}

/// What is read aloud in place of the picture.
fn label(id: usize, beat: &MeanBeat) -> String {
    format!(
        "Mean beat of cluster {id} in {}: {}",
        counted(beat.microvolts.len(), "lead", "leads"),
        caption(beat)
    )
}
