//! What differs in label issues, checks, decisions and values.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::model::{
    CheckChange, CheckSide, ClassFlips, DecisionChange, Flip, IssueChange, IssueChanges, IssueSide, Moved,
    Presence, ValueChange, Verdict,
};
use super::records::Records;
use crate::audit::{Audit, Check, CheckStatus, Issue};

/// Decisions and values listed at most.
const LISTED: usize = 200;

/// Label issues by record and label. `common` are the records of both runs.
pub(super) fn issues(a: &Audit, b: &Audit, common: &HashSet<&str>) -> IssueChanges {
    fn key(issue: &Issue) -> (&str, &str) {
        (issue.record.as_str(), issue.label.as_str())
    }
    fn by_key(audit: &Audit) -> HashMap<(&str, &str), &Issue> {
        audit
            .issues
            .items
            .iter()
            .map(|issue| (key(issue), issue))
            .collect()
    }
    let (earlier, later) = (by_key(a), by_key(b));
    let side = |issue: &&Issue| IssueSide {
        given: issue.given.clone(),
        suggested: issue.suggested.clone(),
        score: issue.score,
    };
    let change = |issue: &Issue| {
        let (first, second) = (earlier.get(&key(issue)), later.get(&key(issue)));
        IssueChange {
            record: issue.record.clone(),
            label: issue.label.clone(),
            change: match (first, second) {
                (Some(_), Some(_)) => Presence::Kept,
                (Some(_), None) => Presence::Gone,
                (None, _) => Presence::New,
            },
            shared_record: common.contains(issue.record.as_str()),
            a: first.map(side),
            b: second.map(side),
        }
    };
    let gone = a
        .issues
        .items
        .iter()
        .filter(|issue| !later.contains_key(&key(issue)));
    let mut items: Vec<IssueChange> = b.issues.items.iter().chain(gone).map(change).collect();
    // A stable sort: within a kind, the order of the run stays.
    items.sort_by_key(|item| item.change as u8);
    let count = |change: Presence, unshared: bool| {
        let of = |item: &&IssueChange| item.change == change && !(unshared && item.shared_record);
        items.iter().filter(of).count()
    };
    IssueChanges {
        new: count(Presence::New, false),
        new_on_new_records: count(Presence::New, true),
        gone: count(Presence::Gone, false),
        gone_with_records: count(Presence::Gone, true),
        kept: count(Presence::Kept, false),
        items,
    }
}

/// Checks by name: those of the later run in its order, then those that only the earlier one has.
pub(super) fn checks(a: &Audit, b: &Audit) -> Vec<CheckChange> {
    fn find<'a>(audit: &'a Audit, name: &str) -> Option<&'a Check> {
        audit.checks.iter().find(|check| check.name == name)
    }
    let side = |check: &Check| CheckSide {
        value: check.value,
        threshold: check.threshold,
        status: check.status,
    };
    let lone = a.checks.iter().filter(|check| find(b, &check.name).is_none());
    let change = |check: &Check| {
        let (a, b) = (find(a, &check.name).map(side), find(b, &check.name).map(side));
        CheckChange {
            name: check.name.clone(),
            description: check.description.clone(),
            verdict: status(a.map(|side| side.status), b.map(|side| side.status)),
            a,
            b,
        }
    };
    b.checks.iter().chain(lone).map(change).collect()
}

/// Pass, warn and fail can be ordered; a check that did not run says nothing.
fn status(a: Option<CheckStatus>, b: Option<CheckStatus>) -> Verdict {
    match (a, b) {
        (Some(a), Some(b)) if a == b => Verdict::Unchanged,
        (Some(CheckStatus::NotRun) | None, _) | (_, Some(CheckStatus::NotRun) | None) => Verdict::Untested,
        (Some(a), Some(b)) if b > a => Verdict::Worse,
        _ => Verdict::Better,
    }
}

/// Decisions that flipped between `a` and `b`: the same records in the same order, of the same classes in any order.
pub(super) fn decisions(a: &Records, b: &Records) -> DecisionChange {
    let mut by_class = Vec::new();
    let mut items = Vec::new();
    let mut records = BTreeSet::new();
    for (c, class) in a.cohort.classes.iter().enumerate() {
        let Some(other) = b.cohort.classes.iter().position(|name| name == class) else {
            continue;
        };
        let (mut gained, mut lost) = (0, 0);
        for (row, record) in a.cohort.ids.iter().enumerate() {
            let now = b.cohort.decisions[[row, other]];
            if now == a.cohort.decisions[[row, c]] {
                continue;
            }
            *(if now { &mut gained } else { &mut lost }) += 1;
            records.insert(row);
            items.push(Flip {
                record: record.clone(),
                class: class.clone(),
                now,
                a: a.cohort.outputs[[row, c]],
                b: b.cohort.outputs[[row, other]],
            });
        }
        by_class.push(ClassFlips {
            class: class.clone(),
            gained,
            lost,
        });
    }
    let flipped = items.len();
    items.sort_by(|x, y| (y.b - y.a).abs().total_cmp(&(x.b - x.a).abs()));
    items.truncate(LISTED);
    DecisionChange {
        decisions: a.cohort.decisions.len(),
        flipped,
        records: records.len(),
        by_class,
        items,
    }
}

/// Values of a continuous target that moved between `a` and `b`, the same records in the same order.
pub(super) fn values(a: &Records, b: &Records) -> ValueChange {
    let mut items: Vec<Moved> = Vec::new();
    let (mut shift, mut size) = (0.0, 0.0);
    let (earlier, later) = (a.cohort.outputs.column(0), b.cohort.outputs.column(0));
    for (record, (a, b)) in a.cohort.ids.iter().zip(earlier.iter().zip(later)) {
        shift += b - a;
        size += (b - a).abs();
        if a != b {
            items.push(Moved {
                record: record.clone(),
                a: *a,
                b: *b,
            });
        }
    }
    let records = items.len();
    items.sort_by(|x, y| (y.b - y.a).abs().total_cmp(&(x.b - x.a).abs()));
    items.truncate(LISTED);
    let n = a.cohort.len().max(1) as f64;
    ValueChange {
        mean_shift: shift / n,
        mean_absolute_shift: size / n,
        records,
        items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pass_warn_and_fail_are_better_or_worse() {
        use CheckStatus::{Fail, NotRun, Pass, Warn};
        for (a, b, verdict) in [
            (Some(Pass), Some(Warn), Verdict::Worse),
            (Some(Pass), Some(Fail), Verdict::Worse),
            (Some(Warn), Some(Fail), Verdict::Worse),
            (Some(Fail), Some(Warn), Verdict::Better),
            (Some(Warn), Some(Pass), Verdict::Better),
            (Some(Fail), Some(Fail), Verdict::Unchanged),
            (Some(NotRun), Some(NotRun), Verdict::Unchanged),
            (Some(Pass), Some(NotRun), Verdict::Untested),
            (Some(NotRun), Some(Fail), Verdict::Untested),
            (None, Some(Fail), Verdict::Untested),
            (Some(Pass), None, Verdict::Untested),
        ] {
            assert_eq!(status(a, b), verdict, "{a:?} to {b:?}");
        }
    }
}
