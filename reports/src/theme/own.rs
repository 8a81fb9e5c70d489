//! A folder with templates of one's own.

use std::fs;
use std::path::Path;

use ecg_audit_engine::audit::{
    Audit, Baselines, Data, DataQuality, IssueSummary, Issues, Method, Provenance, SCHEMA, Task, Timing,
    Uncertainty,
};

use crate::Error;

/// The style sheet that comes after the report's own.
const STYLE: &str = "theme.css";
/// How templates begin that the report does not have, for others to include.
const PART: &str = "own-";

/// What a folder holds.
pub(super) struct Own {
    /// Templates by name, in the order of their names.
    pub templates: Vec<(String, String)>,
    pub css: String,
}

/// Reads `folder`; `known` are the templates there are.
pub(super) fn read(folder: &Path, known: impl Iterator<Item = &'static str>) -> Result<Own, Error> {
    let wrong = |reason: String| Error::Folder {
        folder: folder.to_owned(),
        reason,
    };
    let known: Vec<&str> = known.collect();
    let mut own = Own {
        templates: Vec::new(),
        css: String::new(),
    };
    for entry in fs::read_dir(folder).map_err(|e| wrong(e.to_string()))? {
        let path = entry.map_err(|e| wrong(e.to_string()))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let text = || fs::read_to_string(&path).map_err(|e| wrong(format!("{name}: {e}")));
        if name == STYLE {
            own.css = text()?;
        } else if name.ends_with(".html") {
            if !known.contains(&name) && !name.starts_with(PART) {
                return Err(wrong(format!(
                    "the report has no template `{name}`; expected one of {}, or a name that begins with `{PART}` for a \
                     part that others include",
                    known.join(", ")
                )));
            }
            own.templates.push((name.to_owned(), text()?));
        }
    }
    if own.css.contains("</") {
        return Err(wrong(format!("{STYLE}: `</` would end the page's style sheet")));
    }
    if own.templates.is_empty() && own.css.is_empty() {
        return Err(wrong(format!(
            "holds neither a template nor {STYLE}; expected one of {STYLE}, {}",
            known.join(", ")
        )));
    }
    own.templates.sort();
    Ok(own)
}

/// An audit of nothing.
pub(super) fn blank() -> Audit {
    Audit {
        schema: SCHEMA.into(),
        name: "blank".into(),
        task: Task::MultiLabel,
        classes: Vec::new(),
        target: None,
        provenance: Provenance {
            version: String::new(),
            started: String::new(),
            seed: 0,
            threads: 1,
            model_sha256: None,
            plugins: Vec::new(),
            config_sha256: String::new(),
            data: Data {
                reader: String::new(),
                path: String::new(),
                records: 0,
                labelled: 0,
                groups: 0,
                folds: Vec::new(),
                class_counts: Vec::new(),
                sampling_rate: 0.0,
                leads: Vec::new(),
                skipped: Vec::new(),
                warnings: Vec::new(),
            },
        },
        method: Method {
            taps: Vec::new(),
            features: 0,
            time_step: 0.0,
            clusters: 0,
            codebooks: Vec::new(),
            feature_plan: String::new(),
        },
        cross_validation: None,
        model_vs_truth: None,
        baselines: Baselines {
            majority_agreement: None,
            permuted_agreement: None,
            mean_mae: None,
            permuted_mae: None,
            permuted_r2: None,
        },
        surrogates: Vec::new(),
        uncertainty: Uncertainty {
            measure: String::new(),
            mean: 0.0,
            sd: None,
            by_class: Vec::new(),
            by_correctness: Vec::new(),
            by_landmark: Vec::new(),
        },
        clusters: Vec::new(),
        landmarks: None,
        attribution: None,
        faithfulness: None,
        sanity: None,
        stability: None,
        issues: Issues {
            summary: IssueSummary {
                records: 0,
                flagged_records: 0,
                flagged_labels: 0,
                rejected_before: 0,
                rule: String::new(),
                pruned_labels: 0,
                sources: Vec::new(),
            },
            items: Vec::new(),
        },
        data_quality: DataQuality::default(),
        checks: Vec::new(),
        limits: Vec::new(),
        traces: Vec::new(),
        timing: Timing {
            stages: Vec::new(),
            total_seconds: 0.0,
            peak_rss_bytes: None,
        },
    }
}
