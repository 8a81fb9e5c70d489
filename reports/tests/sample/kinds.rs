//! Made-up audits of every kind that a page has to show.

use ecg_audit_engine::audit::{Audit, Task};

use super::{audit, bare, hostile, large, networks, regression};

/// Every kind: its name, which is also its page's, and the audit.
pub fn kinds() -> Vec<(&'static str, Audit)> {
    vec![
        ("plain", audit()),
        ("multi-class", multi_class()),
        ("regression", regression()),
        ("networks", networks()),
        ("hostile", hostile::audit()),
        ("empty", bare::nothing()),
        ("one-record", bare::one_record()),
        ("large", large::audit()),
        ("no-landmarks", bare::no_landmarks()),
        ("no-folds", bare::no_folds()),
        ("one-class", bare::one_class()),
        ("no-issues", bare::without_issues()),
        ("no-ecgs", bare::without_traces()),
    ]
}

/// A network that decides on one class per record.
fn multi_class() -> Audit {
    let mut audit = audit();
    audit.name = "rhythm".into();
    audit.task = Task::MultiClass;
    audit
}
