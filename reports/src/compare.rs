//! The page of a comparison: what the later of two runs does better, worse and otherwise.

mod chart;
mod figures;
mod lists;
mod verdict;

use ecg_audit_engine::compare::{NotCompared, Run, RunComparison};
use serde::Serialize;

use crate::format::{count, counted};
use figures::FigureTable;
use lists::{Check, Clusters, Decisions, Issues, Key, Moves, Part, Records};
use verdict::Verdict;

/// Everything the template needs.
#[derive(Serialize)]
pub(crate) struct Page {
    name: String,
    version: String,
    compared: String,
    schema: String,
    sections: Vec<Section>,
    verdict: Verdict,
    runs: Vec<Fact>,
    regressions: Vec<String>,
    not_compared: Vec<NotCompared>,
    figures: Vec<FigureTable>,
    per_class: Vec<FigureTable>,
    decisions: Option<Decisions>,
    moves: Option<Moves>,
    clusters: Option<Clusters>,
    issues: Issues,
    checks: Vec<Check>,
    config: Vec<Key>,
    model: Vec<Part>,
    plugins: Vec<Part>,
    records: Vec<Records>,
}

/// A part of the page, in its table of contents.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
}

/// One fact of both runs.
#[derive(Serialize)]
struct Fact {
    what: &'static str,
    a: String,
    b: String,
}

impl Page {
    /// The view of `comparison`.
    pub fn new(comparison: &RunComparison) -> Self {
        let per_class = figures::per_class(comparison);
        let decisions = comparison.decisions.as_ref().map(Decisions::new);
        let moves = comparison.values.as_ref().map(Moves::new);
        let sections = [
            ("summary", "Verdict", true),
            ("figures", "Figures", true),
            ("classes", "By class", !per_class.is_empty()),
            ("decisions", "Decisions", decisions.is_some()),
            ("values", "Values", moves.is_some()),
            ("clusters", "Clusters", comparison.clusters.is_some()),
            ("issues", "Label issues", true),
            ("checks", "Checks", true),
            ("settings", "What was changed", true),
        ];
        let shown = sections.into_iter().filter(|(.., shown)| *shown);
        Page {
            name: comparison.b.name.clone(),
            version: comparison.version.clone(),
            compared: comparison.compared.clone(),
            schema: comparison.schema.clone(),
            sections: shown.map(|(id, title, _)| Section { id, title }).collect(),
            verdict: Verdict::new(comparison),
            runs: runs(&comparison.a, &comparison.b),
            regressions: comparison.regressions.clone(),
            not_compared: comparison.not_compared.clone(),
            figures: figures::overall(comparison),
            per_class,
            decisions,
            moves,
            clusters: comparison.clusters.as_ref().map(Clusters::new),
            issues: Issues::new(&comparison.issues),
            checks: lists::checks(comparison),
            config: lists::config(comparison),
            model: lists::model(comparison),
            plugins: lists::plugins(comparison),
            records: lists::records(&comparison.data),
        }
    }
}

fn runs(a: &Run, b: &Run) -> Vec<Fact> {
    let fact = |what, of: &dyn Fn(&Run) -> String| Fact {
        what,
        a: of(a),
        b: of(b),
    };
    vec![
        fact("folder", &|run| run.folder.clone()),
        fact("audit", &|run| run.name.clone()),
        fact("began", &|run| run.started.clone()),
        fact("records", &|run| count(run.records)),
        fact("clusters", &|run| count(run.clusters)),
        fact("surrogate", &|run| {
            run.surrogate.clone().unwrap_or_else(|| "none".into())
        }),
        fact("seed", &|run| run.seed.to_string()),
        fact("ecg-audit", &|run| run.version.clone()),
    ]
}

/// Records in words.
fn records(number: usize) -> String {
    counted(number, "record", "records")
}
