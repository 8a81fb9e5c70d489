//! Annotation files against the Python package `wfdb` (fixtures: `reference/annotation_fixtures.py`), and the landmarks
//! that come of them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod damaged;
mod data_set;
mod files;
mod fusion;
mod rules;
mod table;

use ecg_audit_ecg::landmarks::{Beat, Wave};
use ecg_audit_ecg::wfdb::{Annotation, AnnotationFile, standard_symbol};

/// Annotations by symbol and sample, all else as it is without any field.
fn file(marks: &[(&str, u64)]) -> AnnotationFile {
    AnnotationFile {
        annotations: marks
            .iter()
            .map(|&(symbol, sample)| mark(symbol, sample))
            .collect(),
        ..AnnotationFile::default()
    }
}

fn mark(symbol: &str, sample: u64) -> Annotation {
    Annotation {
        sample,
        code: standard_symbol(symbol).unwrap().code,
        ..Annotation::default()
    }
}

/// A wave from three points, of which a negative one is absent.
fn wave(points: [f64; 3]) -> Wave {
    let [onset, peak, offset] = points.map(|point| (point >= 0.0).then_some(point));
    Wave { onset, peak, offset }
}

fn beat(p: Wave, qrs: Wave, t: Wave) -> Beat {
    Beat { p, qrs, t }
}

const NONE: Wave = Wave {
    onset: None,
    peak: None,
    offset: None,
};
