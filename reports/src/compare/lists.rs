//! Decisions, clusters, issues, checks and settings of both runs.

use ecg_audit_engine::audit::{CheckStatus, LabelValue, Threshold};
use ecg_audit_engine::compare::{
    CheckSide, ClusterChange, ClusterPair, Component, DataChange, DecisionChange, IssueChange, IssueChanges,
    IssueSide, Names, Presence, RunComparison, ValueChange, Verdict,
};
use ecg_audit_engine::sweep::plain;
use serde::Serialize;

use super::records as in_words;
use super::verdict::Status;
use crate::format::{NONE, count, counted, decimals, number, optional, percent, short};
use crate::{charts, palette};

/// Rows of a list that are shown; all of them stand in the data.
const SHOWN: usize = 300;

/// Flipped decisions.
#[derive(Serialize)]
pub(super) struct Decisions {
    lead: String,
    classes: Vec<ClassRow>,
    items: Vec<FlipRow>,
    left_out: String,
}

#[derive(Serialize)]
struct ClassRow {
    class: String,
    gained: usize,
    lost: usize,
}

#[derive(Serialize)]
struct FlipRow {
    record: String,
    class: String,
    now: &'static str,
    a: String,
    b: String,
    change: f64,
    change_text: String,
}

impl Decisions {
    pub fn new(changes: &DecisionChange) -> Self {
        let row = |flip: &ecg_audit_engine::compare::Flip| FlipRow {
            record: flip.record.clone(),
            class: flip.class.clone(),
            now: if flip.now {
                "newly decided for"
            } else {
                "no longer decided for"
            },
            a: number(flip.a, 3),
            b: number(flip.b, 3),
            change: (flip.b - flip.a).abs(),
            change_text: number((flip.b - flip.a).abs(), 3),
        };
        Decisions {
            lead: format!(
                "{} of the network’s {} flipped, in {}.",
                count(changes.flipped),
                counted(changes.decisions, "decision", "decisions"),
                in_words(changes.records)
            ),
            classes: changes
                .by_class
                .iter()
                .map(|class| ClassRow {
                    class: class.class.clone(),
                    gained: class.gained,
                    lost: class.lost,
                })
                .collect(),
            items: changes.items.iter().map(row).collect(),
            left_out: left_out(
                changes.items.len(),
                changes.flipped,
                "whose probability moved most",
            ),
        }
    }
}

/// Values of a continuous target that moved.
#[derive(Serialize)]
pub(super) struct Moves {
    lead: String,
    items: Vec<MoveRow>,
    left_out: String,
}

#[derive(Serialize)]
struct MoveRow {
    record: String,
    a: String,
    b: String,
    shift: f64,
    shift_text: String,
}

impl Moves {
    pub fn new(changes: &ValueChange) -> Self {
        let digits = decimals(changes.mean_absolute_shift);
        let row = |moved: &ecg_audit_engine::compare::Moved| MoveRow {
            record: moved.record.clone(),
            a: short(moved.a, 3),
            b: short(moved.b, 3),
            shift: moved.b - moved.a,
            shift_text: number(moved.b - moved.a, 3),
        };
        Moves {
            lead: format!(
                "The network’s value changed for {}: by {} on average, {} in size.",
                in_words(changes.records),
                number(changes.mean_shift, digits),
                number(changes.mean_absolute_shift, digits)
            ),
            items: changes.items.iter().map(row).collect(),
            left_out: left_out(changes.items.len(), changes.records, "that moved most"),
        }
    }
}

/// Matched clusters.
#[derive(Serialize)]
pub(super) struct Clusters {
    lead: String,
    pairs: Vec<PairRow>,
}

#[derive(Serialize)]
struct PairRow {
    a: Option<Chip>,
    b: Option<Chip>,
    share_a: String,
    sort_a: Option<f64>,
    share_b: String,
    sort_b: Option<f64>,
    jaccard: String,
    sort: Option<f64>,
    bar: String,
}

#[derive(Serialize)]
struct Chip {
    id: usize,
    class: String,
}

impl Clusters {
    pub fn new(changes: &ClusterChange) -> Self {
        let chip = |id: usize| Chip {
            id,
            class: palette::cluster_class(id),
        };
        let share = |share: Option<f64>| share.map_or(NONE.into(), percent);
        let row = |pair: &ClusterPair| PairRow {
            a: pair.a.map(chip),
            b: pair.b.map(chip),
            share_a: share(pair.share_a),
            sort_a: pair.share_a,
            share_b: share(pair.share_b),
            sort_b: pair.share_b,
            jaccard: optional(pair.jaccard, 3),
            sort: pair.jaccard,
            bar: pair
                .jaccard
                .map_or(String::new(), |jaccard| charts::bar("fill", jaccard, 1.0)),
        };
        Clusters {
            lead: format!(
                "{} of {} in {} lie in matched clusters; adjusted Rand index of the timelines {}.",
                percent(changes.overlap),
                counted(
                    usize::try_from(changes.timestamps).unwrap_or(usize::MAX),
                    "timestamp",
                    "timestamps"
                ),
                in_words(changes.records),
                number(changes.ari, 3)
            ),
            pairs: changes.pairs.iter().map(row).collect(),
        }
    }
}

/// Label issues of one run or both.
#[derive(Serialize)]
pub(super) struct Issues {
    lead: String,
    items: Vec<IssueRow>,
    left_out: String,
}

#[derive(Serialize)]
struct IssueRow {
    change: &'static str,
    record: String,
    label: String,
    given: String,
    suggested: String,
    a: String,
    sort_a: Option<f64>,
    b: String,
    sort_b: Option<f64>,
    note: &'static str,
}

impl Issues {
    pub fn new(changes: &IssueChanges) -> Self {
        let on = |number: usize, where_: &str| match number {
            0 => String::new(),
            number => format!(" ({} {where_})", count(number)),
        };
        Issues {
            lead: format!(
                "{} new{}, {} gone{}, {} kept.",
                count(changes.new),
                on(changes.new_on_new_records, "on records of the later run only"),
                count(changes.gone),
                on(changes.gone_with_records, "on records of the earlier run only"),
                count(changes.kept)
            ),
            items: changes.items.iter().take(SHOWN).map(issue).collect(),
            left_out: left_out(
                changes.items.len().min(SHOWN),
                changes.items.len(),
                "in this order",
            ),
        }
    }
}

fn issue(item: &IssueChange) -> IssueRow {
    let side = item.b.as_ref().or(item.a.as_ref());
    let text = |of: fn(&IssueSide) -> &LabelValue| side.map_or(String::new(), |side| label(of(side)));
    let score = |side: &Option<IssueSide>| side.as_ref().map(|side| side.score);
    let (a, b) = (score(&item.a), score(&item.b));
    IssueRow {
        change: match item.change {
            Presence::New => "new",
            Presence::Gone => "gone",
            Presence::Kept => "kept",
        },
        record: item.record.clone(),
        label: item.label.clone(),
        given: text(|side| &side.given),
        suggested: text(|side| &side.suggested),
        a: optional(a, 3),
        sort_a: a,
        b: optional(b, 3),
        sort_b: b,
        note: if item.shared_record {
            ""
        } else {
            "record in one run only"
        },
    }
}

fn label(value: &LabelValue) -> String {
    match value {
        LabelValue::Flag(true) => "yes".into(),
        LabelValue::Flag(false) => "no".into(),
        LabelValue::Number(number) => short(*number, 3),
    }
}

/// One check in both runs.
#[derive(Serialize)]
pub(super) struct Check {
    name: String,
    description: String,
    a: Option<Side>,
    b: Option<Side>,
    status: Status,
    thresholds: String,
}

#[derive(Serialize)]
struct Side {
    status: Status,
    value: String,
    sort: Option<f64>,
}

pub(super) fn checks(comparison: &RunComparison) -> Vec<Check> {
    let row = |check: &ecg_audit_engine::compare::CheckChange| {
        let limits = |side: &Option<CheckSide>| side.as_ref().map(|side| thresholds(&side.threshold));
        let (a, b) = (limits(&check.a), limits(&check.b));
        Check {
            name: check.name.clone(),
            description: check.description.clone(),
            thresholds: match (a, b) {
                (Some(a), Some(b)) if a != b => format!("{a} before; {b} now"),
                (a, b) => b.or(a).unwrap_or_default(),
            },
            a: check.a.as_ref().map(side),
            b: check.b.as_ref().map(side),
            status: match check.verdict {
                Verdict::Unchanged => Status::SAME,
                verdict => Status::of(verdict),
            },
        }
    };
    comparison.checks.iter().map(row).collect()
}

fn side(side: &CheckSide) -> Side {
    let (class, word, icon) = match side.status {
        CheckStatus::Pass => ("pass", "Pass", "✓"),
        CheckStatus::Warn => ("warn", "Warn", "!"),
        CheckStatus::Fail => ("fail", "Fail", "✕"),
        CheckStatus::NotRun => ("notrun", "Not run", "–"),
    };
    Side {
        status: Status { class, word, icon },
        value: side.value.map_or(NONE.into(), |value| short(value, 4)),
        sort: side.value,
    }
}

fn thresholds(threshold: &Threshold) -> String {
    let all = crate::format::thresholds(threshold);
    if all.is_empty() {
        "no threshold".into()
    } else {
        all.join(", ")
    }
}

/// A key of the configuration with two values.
#[derive(Serialize)]
pub(super) struct Key {
    key: String,
    a: Option<String>,
    b: Option<String>,
}

pub(super) fn config(comparison: &RunComparison) -> Vec<Key> {
    let keys = comparison.config.iter().map(|change| Key {
        key: change.key.clone(),
        a: change.a.as_ref().map(plain),
        b: change.b.as_ref().map(plain),
    });
    keys.collect()
}

/// A network or component of both runs.
#[derive(Serialize)]
pub(super) struct Part {
    kind: String,
    same: bool,
    a: Option<Named>,
    b: Option<Named>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    version: String,
    hash: String,
}

pub(super) fn model(comparison: &RunComparison) -> Vec<Part> {
    let model = &comparison.model;
    let networks = model.a.len().max(model.b.len());
    let named = |hashes: &[Option<String>], place: usize| {
        hashes.get(place).map(|hash| Named {
            name: if hash.is_some() { "" } else { "not known" }.into(),
            version: String::new(),
            hash: hash.clone().unwrap_or_default(),
        })
    };
    let part = |place: usize| Part {
        kind: if networks == 1 {
            "network".into()
        } else {
            format!("network {} of {networks}", place + 1)
        },
        same: matches!((model.a.get(place), model.b.get(place)), (Some(Some(a)), Some(Some(b))) if a == b),
        a: named(&model.a, place),
        b: named(&model.b, place),
    };
    (0..networks).map(part).collect()
}

pub(super) fn plugins(comparison: &RunComparison) -> Vec<Part> {
    let named = |component: &Component| Named {
        name: component.name.clone(),
        version: component.version.clone(),
        hash: component.sha256.clone(),
    };
    let part = |plugin: &ecg_audit_engine::compare::PluginChange| Part {
        kind: plugin.kind.clone(),
        same: plugin.same,
        a: plugin.a.as_ref().map(named),
        b: plugin.b.as_ref().map(named),
    };
    comparison.plugins.iter().map(part).collect()
}

/// Some records of the data.
#[derive(Serialize)]
pub(super) struct Records {
    what: &'static str,
    count: String,
    names: Vec<String>,
    more: bool,
}

pub(super) fn records(data: &DataChange) -> Vec<Records> {
    let of = |what, names: &Names| Records {
        what,
        count: count(names.count),
        more: names.count > names.first.len(),
        names: names.first.clone(),
    };
    vec![
        Records {
            what: "in both runs",
            count: count(data.both),
            names: Vec::new(),
            more: false,
        },
        of("in the earlier run only", &data.only_a),
        of("in the later run only", &data.only_b),
        of("in both, with another label", &data.relabelled),
        of("in both, in another fold", &data.refolded),
    ]
}

/// What a list leaves out; nothing where it leaves out nothing.
fn left_out(shown: usize, all: usize, which: &str) -> String {
    if shown == all {
        return String::new();
    }
    format!(
        "The first {} of {} {which}; compare.json holds more.",
        count(shown),
        count(all)
    )
}
