//! What is wrong with the data itself.

use ecg_audit_engine::audit::{
    Audit, ClassBalance, DataQuality, DuplicatePair, GroupFigures, QualityFinding, QualityKind, Task,
};
use serde::Serialize;

use super::Cell;
use crate::format::{count, counted, decimals, p_value};

/// Entries of a list in the page.
const SHOWN: usize = 200;

#[derive(Serialize)]
pub(super) struct View {
    lead: String,
    kinds: Vec<Kind>,
    duplicates: Vec<Duplicate>,
    groups: Vec<Group>,
    groups_lead: String,
    balance: Vec<Balance>,
    findings: Vec<Finding>,
    left_out: usize,
}

#[derive(Serialize)]
struct Kind {
    name: String,
    description: String,
    records: Cell,
    score: Cell,
}

#[derive(Serialize)]
struct Duplicate {
    first: String,
    second: String,
    how: String,
    correlation: Cell,
    patient: &'static str,
    fold: &'static str,
    differ: String,
}

#[derive(Serialize)]
struct Group {
    by: String,
    group: String,
    records: Cell,
    accuracy: Cell,
    others: Cell,
    p: Cell,
    underperforms: bool,
}

#[derive(Serialize)]
struct Balance {
    class: String,
    records: Cell,
    share: Cell,
    imbalance: Cell,
    minority: bool,
}

#[derive(Serialize)]
struct Finding {
    record: String,
    kind: String,
    score: Cell,
    sentence: String,
}

/// Groups on which the network does worse, then the others, each kind as the audit orders them.
fn worst_first(quality: &DataQuality) -> impl Iterator<Item = &GroupFigures> {
    let those = move |worse: bool| quality.groups.iter().filter(move |g| g.underperforms == worse);
    those(true).chain(those(false))
}

impl View {
    pub fn new(audit: &Audit) -> Self {
        let quality = &audit.data_quality;
        let with = quality.kinds.iter().filter(|kind| kind.records > 0).count();
        let worse = quality.groups.iter().filter(|group| group.underperforms).count();
        let mut findings: Vec<&QualityFinding> = quality.findings.iter().collect();
        // Stable, so that equal findings keep the data set's order.
        findings.sort_by(|a, b| a.score.total_cmp(&b.score));
        View {
            lead: format!(
                "{} looked at: {} of {} kinds of findings occur, {}.",
                counted(quality.records, "signal", "signals"),
                with,
                quality.kinds.len(),
                counted(
                    quality.duplicates.len(),
                    "pair of duplicates",
                    "pairs of duplicates"
                )
            ),
            kinds: quality.kinds.iter().map(kind).collect(),
            duplicates: quality.duplicates.iter().take(SHOWN).map(duplicate).collect(),
            groups_lead: format!(
                "The network does significantly worse in {worse} of {}.",
                counted(quality.groups.len(), "group", "groups")
            ),
            groups: worst_first(quality).map(|g| group(g, audit.task)).collect(),
            balance: quality.balance.iter().map(balance).collect(),
            left_out: findings.len().saturating_sub(SHOWN),
            findings: findings.into_iter().take(SHOWN).map(finding).collect(),
        }
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn kind(kind: &QualityKind) -> Kind {
    Kind {
        name: words(&kind.kind),
        description: kind.description.clone(),
        records: Cell::count(kind.records),
        score: Cell::number(kind.dataset_score, 3),
    }
}

fn duplicate(pair: &DuplicatePair) -> Duplicate {
    let mut how = vec![if pair.exact {
        "exact".to_owned()
    } else {
        "near".into()
    }];
    if (pair.scale - 1.0).abs() >= 0.005 {
        how.push(format!("amplitude × {:.2}", pair.scale));
    }
    if pair.shift_seconds.abs() >= 0.0005 {
        how.push(format!("{:+.0} ms", 1000.0 * pair.shift_seconds));
    }
    if pair.leads_reordered {
        how.push("leads in another order".into());
    }
    Duplicate {
        first: pair.first.clone(),
        second: pair.second.clone(),
        how: how.join(", "),
        correlation: Cell::number(pair.correlation, 3),
        patient: match pair.same_group {
            Some(true) => "same",
            Some(false) => "different",
            None => "not known",
        },
        fold: if pair.same_fold { "same" } else { "different" },
        differ: if pair.labels_differ.is_empty() {
            "equal".into()
        } else {
            format!("differ in {}", pair.labels_differ.join(", "))
        },
    }
}

fn group(group: &GroupFigures, task: Task) -> Group {
    let figure = |value: f64| match task {
        Task::Regression => Cell::number(value, decimals(group.others)),
        Task::MultiLabel | Task::MultiClass => Cell::percent(value),
    };
    Group {
        by: words(&group.by),
        group: group.group.clone(),
        records: Cell::count(group.records),
        accuracy: figure(group.accuracy),
        others: figure(group.others),
        p: Cell::new(p_value(group.p_adjusted), group.p_adjusted),
        underperforms: group.underperforms,
    }
}

fn balance(class: &ClassBalance) -> Balance {
    Balance {
        class: class.class.clone(),
        records: Cell::new(count(class.records), class.records as f64),
        share: Cell::percent(class.share),
        imbalance: Cell::optional(class.imbalance, 1),
        minority: class.minority,
    }
}

fn finding(finding: &QualityFinding) -> Finding {
    Finding {
        record: finding.record.clone(),
        kind: words(&finding.kind),
        score: Cell::number(finding.score, 2),
        sentence: finding.sentence.clone(),
    }
}
