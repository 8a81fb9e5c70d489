//! Two finished runs side by side: `compare.json`.
//!
//! [`RunComparison::of`] reads both run folders; figures are computed by the audit's own functions from both
//! `records.parquet`, over the records that both runs hold, and their differences get paired intervals by bootstrap over
//! patients.

mod clusters;
mod columns;
mod figures;
mod findings;
mod model;
mod records;
mod regressions;
mod settings;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ecg_audit_stats::bootstrap::Bootstrap;

pub use model::{
    BootstrapFacts, CheckChange, CheckSide, ClassFlips, ClusterChange, ClusterPair, Component, DataChange,
    DecisionChange, FigureChange, Flip, IssueChange, IssueChanges, IssueSide, KeyChange, ModelChange, Moved,
    Names, NotCompared, PluginChange, Presence, Run, RunComparison, Subject, ValueChange, Verdict,
};

use crate::Error;
use crate::audit::{Audit, Task};
use crate::folder::RunFolder;
use figures::Paired;
use records::Finished;

/// The value of `schema` in `compare.json`.
pub const SCHEMA: &str = "ecg-audit-compare/1";
/// Name of the data in a comparison's folder.
pub const COMPARE: &str = "compare.json";
/// Name of the page in a comparison's folder.
pub const PAGE: &str = "compare.html";

impl RunComparison {
    /// Compares the earlier run in the folder `a` with the later one in `b`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when one of them is no finished run, lacks a file or holds another version's; when they differ in
    /// task, or share no record. [`Error::Io`] and [`Error::Table`] when a file cannot be read.
    pub fn of(a: &Path, b: &Path) -> Result<Self, Error> {
        let (first, second) = (Finished::read(a)?, Finished::read(b)?);
        same_task(&first.audit, &second.audit)?;
        let config = settings::config(&first, &second)?;
        let [rows_a, rows_b] = settings::common(&first.records, &second.records)?;
        let seed = first.audit.provenance.seed;
        let paired = Paired {
            first: &first,
            second: &second,
            a: first.records.subset(&rows_a),
            b: second.records.subset(&rows_b),
            bootstrap: Bootstrap::new(seed),
        };
        let mut not_compared = Vec::new();
        let same_answers = same_answers(&first, &second, &mut not_compared);
        missing_figures(&paired, same_answers, &mut not_compared);
        let (figures, per_class) = paired.figures(same_answers)?;
        let common: HashSet<&str> = paired.a.cohort.ids.iter().map(String::as_str).collect();
        let clusters = clusters::compare(&first, &second, &common)?;
        if clusters.is_none() {
            not_compared.push(NotCompared {
                what: "clusters".into(),
                reason: "no timestamp is in the timelines of both runs".into(),
            });
        }
        let task = first.audit.task;
        let decisions = same_answers && task != Task::Regression;
        let values = same_answers && task == Task::Regression;
        let mut comparison = Self {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            compared: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            a: run(&first),
            b: run(&second),
            task,
            config,
            model: settings::model(&first.audit, &second.audit),
            plugins: settings::plugins(&first.audit, &second.audit),
            data: settings::data([&first.records, &second.records], &paired.a, &paired.b),
            bootstrap: BootstrapFacts {
                replicates: paired.bootstrap.replicates,
                level: paired.bootstrap.level,
                seed,
            },
            figures,
            per_class,
            decisions: decisions.then(|| findings::decisions(&paired.a, &paired.b)),
            values: values.then(|| findings::values(&paired.a, &paired.b)),
            clusters,
            issues: findings::issues(&first.audit, &second.audit, &common),
            checks: findings::checks(&first.audit, &second.audit),
            not_compared,
            regressions: Vec::new(),
        };
        comparison.regressions = comparison.find_regressions();
        Ok(comparison)
    }

    /// Writes `compare.json` and the page into `folder`, which must not exist or be empty. Returns it.
    ///
    /// # Errors
    /// As [`RunFolder::create`]; [`Error::Io`] when a file cannot be written.
    pub fn write(&self, folder: &Path, page: &[u8]) -> Result<PathBuf, Error> {
        let json = serde_json::to_vec(self).map_err(|e| Error::Invalid(format!("{COMPARE}: {e}")))?;
        let folder = RunFolder::create(folder)?;
        match folder
            .write(COMPARE, &json)
            .and_then(|()| folder.write(PAGE, page))
        {
            Ok(()) => folder.finish(),
            Err(error) => {
                folder.abandon();
                Err(error)
            }
        }
    }
}

/// The JSON Schema of `compare.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RunComparison).to_value()
}

fn run(finished: &Finished) -> Run {
    let audit = &finished.audit;
    // `.` and `..` have no name of their own.
    let whole = finished
        .folder
        .canonicalize()
        .unwrap_or_else(|_| finished.folder.clone());
    let folder = whole.file_name().unwrap_or(finished.folder.as_os_str());
    Run {
        folder: folder.to_string_lossy().into_owned(),
        name: audit.name.clone(),
        started: audit.provenance.started.clone(),
        version: audit.provenance.version.clone(),
        seed: audit.provenance.seed,
        records: audit.provenance.data.records,
        clusters: audit.method.clusters,
        surrogate: audit.surrogates.first().map(|surrogate| surrogate.name.clone()),
    }
}

fn same_task(a: &Audit, b: &Audit) -> Result<(), Error> {
    let words = |task: Task| match task {
        Task::MultiLabel => "labels that may hold at once",
        Task::MultiClass => "one label of several",
        Task::Regression => "a continuous target",
    };
    if a.task == b.task {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the two runs cannot be compared: the network of the earlier one ({}) decides on {}, that of the later one ({}) on {}",
        a.name,
        words(a.task),
        b.name,
        words(b.task)
    )))
}

/// Whether both networks answer the same question.
fn same_answers(a: &Finished, b: &Finished, not_compared: &mut Vec<NotCompared>) -> bool {
    let names = |run: &Finished| -> BTreeSet<String> { run.records.cohort.answers.iter().cloned().collect() };
    let (a_names, b_names) = (names(a), names(b));
    if a_names == b_names {
        return true;
    }
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    let what = match a.audit.task {
        Task::Regression => "targets",
        Task::MultiClass | Task::MultiLabel => "classes",
    };
    not_compared.push(NotCompared {
        what: "figures and decisions".into(),
        reason: format!(
            "the runs have different {what}: {} in the earlier one, {} in the later one",
            list(&a_names),
            list(&b_names)
        ),
    });
    false
}

/// What a run has no answers for.
fn missing_figures(paired: &Paired<'_>, same_answers: bool, not_compared: &mut Vec<NotCompared>) {
    if !same_answers {
        return;
    }
    let mut missing = |what: &str, reason: String| {
        not_compared.push(NotCompared {
            what: what.into(),
            reason,
        });
    };
    let runs = [(&paired.a, "earlier"), (&paired.b, "later")];
    for (records, run) in &runs {
        if records.model.is_none() {
            missing(
                "the surrogate against the network",
                format!("the {run} run has no surrogate"),
            );
        }
    }
    let labelled =
        (0..paired.a.cohort.len()).any(|row| runs.iter().all(|(records, _)| records.cohort.labelled[row]));
    if !labelled {
        missing(
            "figures against the truth",
            "no record has a label in both runs".into(),
        );
    }
}
