//! The floors on real ECGs: the validation half of LUDB (records at even positions of its list), against its per-lead
//! annotations. Only what lies between a lead's first and last annotated QRS counts as false.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use ecg_audit_dwt::{Dwt, Params};
use ecg_audit_ecg::landmarks;
use ecg_audit_ecg::wfdb::{read_annotations, read_record};
use ecg_audit_plugin::{Beat, Context, Delineator, FromParams};

const LEADS: [&str; 12] = [
    "i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6",
];
const TOLERANCE_S: f64 = 0.150;

fn ludb() -> Option<PathBuf> {
    let shared = std::env::var_os("ECG_AUDIT_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join("data/ludb");
    path.join("RECORDS").is_file().then_some(path)
}

#[derive(Default)]
struct Score {
    found: usize,
    missed: usize,
    wrong: usize,
    errors: Vec<f64>,
}

impl Score {
    /// One to one, nearest first within the tolerance; both in seconds, in order.
    fn add(&mut self, given: &[f64], found: &[f64], counted: (f64, f64)) {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (g, at) in given.iter().enumerate() {
            for (f, is) in found.iter().enumerate() {
                if (is - at).abs() <= TOLERANCE_S {
                    pairs.push(((is - at).abs(), g, f));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut used_given, mut used_found) = (vec![false; given.len()], vec![false; found.len()]);
        for (_, g, f) in pairs {
            if !used_given[g] && !used_found[f] {
                (used_given[g], used_found[f]) = (true, true);
                self.errors.push(1000.0 * (found[f] - given[g]));
            }
        }
        let hits = used_given.iter().filter(|used| **used).count();
        self.found += hits;
        self.missed += given.len() - hits;
        let unused = found.iter().zip(&used_found).filter(|(_, used)| !**used);
        self.wrong += unused
            .filter(|(at, _)| (counted.0..=counted.1).contains(*at))
            .count();
    }

    fn se(&self) -> f64 {
        100.0 * self.found as f64 / (self.found + self.missed) as f64
    }

    fn ppv(&self) -> f64 {
        100.0 * self.found as f64 / (self.found + self.wrong) as f64
    }

    fn sd(&self) -> f64 {
        let n = self.errors.len() as f64;
        let mean = self.errors.iter().sum::<f64>() / n;
        (self.errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / n).sqrt()
    }
}

/// Name; the plugin's point, the annotated point; floors of sensitivity and PPV in percent, ceiling of the error's sd in ms.
type Row = (
    &'static str,
    fn(&Beat) -> Option<f64>,
    fn(&landmarks::Beat) -> Option<f64>,
    [f64; 3],
);

const ROWS: [Row; 9] = [
    ("P onset", |b| b.p.onset, |b| b.p.onset, [99.0, 94.0, 19.0]),
    ("P peak", |b| b.p.peak, |b| b.p.peak, [99.0, 94.0, 15.0]),
    ("P offset", |b| b.p.offset, |b| b.p.offset, [99.0, 94.0, 17.5]),
    ("QRS onset", |b| b.qrs.onset, |b| b.qrs.onset, [99.5, 98.5, 12.5]),
    ("QRS peak", |b| b.qrs.peak, |b| b.qrs.peak, [99.5, 99.5, 14.5]),
    (
        "QRS offset",
        |b| b.qrs.offset,
        |b| b.qrs.offset,
        [99.5, 99.0, 13.0],
    ),
    ("T onset", |b| b.t.onset, |b| b.t.onset, [98.0, 97.0, 33.0]),
    ("T peak", |b| b.t.peak, |b| b.t.peak, [98.0, 97.0, 22.0]),
    ("T offset", |b| b.t.offset, |b| b.t.offset, [98.0, 97.0, 26.0]),
];

#[test]
fn floors_on_the_validation_half() {
    let Some(folder) = ludb() else {
        eprintln!("skipped: LUDB is not in ../shared/data/ludb (or in $ECG_AUDIT_SHARED)");
        return;
    };
    let dwt = Dwt::from_params(Params::default(), &Context::quiet(1)).unwrap();
    let names = std::fs::read_to_string(folder.join("RECORDS")).unwrap();
    let mut scores: [Score; 9] = Default::default();
    for name in names.split_whitespace().skip(1).step_by(2) {
        let record = folder.join(name);
        let signal = read_record(&record).unwrap();
        let rate = signal.sampling_rate;
        let found = dwt.delineate(signal.samples.view(), rate).unwrap();
        for (lead, beats) in LEADS.iter().zip(&found.per_lead) {
            let file = read_annotations(&record.with_extension(lead)).unwrap();
            let given = landmarks::beats(&file, rate);
            let peaks: Vec<f64> = given
                .iter()
                .filter_map(|beat| Some(beat.qrs.peak? / rate))
                .collect();
            let (Some(&first), Some(&last)) = (peaks.first(), peaks.last()) else {
                continue;
            };
            for ((_, of, annotated, _), score) in ROWS.iter().zip(&mut scores) {
                let found: Vec<f64> = beats.iter().filter_map(|beat| Some(of(beat)? / rate)).collect();
                let given: Vec<f64> = given
                    .iter()
                    .filter_map(|beat| Some(annotated(beat)? / rate))
                    .collect();
                score.add(&given, &found, (first, last));
            }
        }
    }
    for ((name, _, _, [se, ppv, sd]), score) in ROWS.iter().zip(&scores) {
        let line = format!(
            "{name}: Se {:.2} %, PPV {:.2} %, sd {:.1} ms",
            score.se(),
            score.ppv(),
            score.sd()
        );
        println!("{line}");
        assert!(
            score.se() >= *se && score.ppv() >= *ppv && score.sd() <= *sd,
            "{line}; expected {se}, {ppv}, {sd}"
        );
    }
}
