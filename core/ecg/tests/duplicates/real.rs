//! Real records, where they are present.

use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{Options, Unlabelled, open};
use ecg_audit_ecg::{DataSet, Signal};

use super::changes::{CHANGES, from, noisy, until};
use super::{duplicates, pairs};

/// The folder with the data, or nothing after one line that says so.
fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("ECG_AUDIT_SHARED").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let data = path.join("data");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!(
        "skipped: no real records in {}; set ECG_AUDIT_SHARED",
        path.display()
    );
    None
}

fn signals(set: &dyn DataSet) -> Vec<Signal> {
    (0..set.records().len()).map(|i| set.read(i).unwrap()).collect()
}

/// All 350 records in the order of their numbers: record n is at n − 1.
fn ptb_xl(data: &Path, sampling_rate: f64) -> Vec<Signal> {
    let options = Options {
        sampling_rate: Some(sampling_rate),
        unlabelled: Some(Unlabelled::Keep),
        ..Options::default()
    };
    signals(&*open("ptb-xl", &data.join("ptb-xl"), &options).unwrap())
}

#[test]
fn two_pairs_among_the_records_of_ptb_xl() {
    let Some(data) = shared() else { return };
    let found = duplicates(&ptb_xl(&data, 100.0));
    let numbers: Vec<_> = found.iter().map(|d| (d.first + 1, d.second + 1)).collect();
    assert_eq!(numbers, [(137, 138), (143, 144)]);
    for pair in found {
        assert!(!pair.exact && !pair.leads_reordered, "{pair:?}");
        assert!(pair.correlation > 0.9999, "{pair:?}");
        assert!(
            (pair.scale - 1.0).abs() < 1e-3 && pair.shift_seconds == 0.0,
            "{pair:?}"
        );
    }
}

#[test]
fn changed_copies_of_real_records() {
    let Some(data) = shared() else { return };
    let originals = ptb_xl(&data, 100.0);
    // Every third record, none of which is one of the two pairs twice.
    for (name, change) in CHANGES {
        let chosen: Vec<usize> = (0..350).step_by(3).collect();
        let mut all = originals.clone();
        all.extend(chosen.iter().map(|&i| change(&originals[i], i as u64)));
        let found = pairs(&all);
        let missed: Vec<usize> = (0..chosen.len())
            .filter(|&k| {
                // Copies of 137 or 143 are paired with the first of their group.
                let first = if [137, 143].contains(&chosen[k]) {
                    chosen[k] - 1
                } else {
                    chosen[k]
                };
                !found.contains(&(first, 350 + k))
            })
            .map(|k| chosen[k] + 1)
            .collect();
        eprintln!("{name}: missed {missed:?}");
        assert_eq!(found.len(), chosen.len() + 2 - missed.len(), "{name}: {found:?}");
        assert!(missed.len() <= 1, "{name}: missed {missed:?}");
    }
}

#[test]
fn both_copies_noisy() {
    let Some(data) = shared() else { return };
    let originals = ptb_xl(&data, 100.0);
    let mut all: Vec<Signal> = (0..100)
        .map(|i| noisy(&until(&originals[i], 9.5), i as u64))
        .collect();
    all.extend((0..100).map(|i| noisy(&from(&originals[i], 0.5), 1000 + i as u64)));
    let found = pairs(&all);
    let expected: Vec<(usize, usize)> = (0..100).map(|i| (i, i + 100)).collect();
    eprintln!(
        "{} found, missed {:?}",
        found.len(),
        expected.iter().filter(|p| !found.contains(p)).collect::<Vec<_>>()
    );
    assert!(found.len() >= 98, "{}", found.len());
    assert!(found.iter().all(|pair| expected.contains(pair)), "{found:?}");
}

#[test]
fn the_same_recording_at_two_sampling_rates() {
    let Some(data) = shared() else { return };
    let mut all = ptb_xl(&data, 500.0);
    all.extend(ptb_xl(&data, 100.0).into_iter().take(40));
    let found = duplicates(&all);
    let numbers: Vec<_> = found.iter().map(|d| (d.first, d.second)).collect();
    let expected: Vec<_> = (0..40).map(|i| (i, i + 40)).collect();
    assert_eq!(numbers, expected);
    for pair in found {
        assert!(pair.correlation > 0.99, "{pair:?}");
        assert!(
            pair.shift_seconds.abs() < 0.01 && (pair.scale - 1.0).abs() < 0.02,
            "{pair:?}"
        );
    }
}

#[test]
fn no_pair_among_other_real_records() {
    let Some(data) = shared() else { return };
    for folder in ["ludb", "challenge2021"] {
        let set = open(
            "wfdb",
            &data.join(folder),
            &Options {
                unlabelled: Some(Unlabelled::Keep),
                ..Options::default()
            },
        );
        let signals = signals(&*set.unwrap());
        assert!(signals.len() >= 7);
        assert_eq!(pairs(&signals), [], "{folder}");
    }
}
