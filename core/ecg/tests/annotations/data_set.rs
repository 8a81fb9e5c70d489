//! Annotations of a folder of WFDB records: which files, and LUDB where it is present.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{AnnotationFiles, Options, open};
use ecg_audit_ecg::landmarks::{Beat, Landmarks, Wave};
use ecg_audit_ecg::wfdb::{write_annotations, write_record};
use ecg_audit_ecg::{Error, Signal};
use ndarray::Array2;
use serde::Deserialize;

use super::{NONE, beat, file, wave};

/// Two-lead records `1` and `b/2`, 1000 samples at 500 Hz, without annotations.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("b")).unwrap();
    let signal = Signal {
        samples: Array2::from_shape_fn((2, 1000), |(lead, t)| (lead + t % 7) as f32 / 100.0),
        sampling_rate: 500.0,
        leads: vec!["II".into(), "aVR".into()],
    };
    write_record(dir.path(), "1", &signal, 1000.0, &[]).unwrap();
    write_record(&dir.path().join("b"), "2", &signal, 1000.0, &[]).unwrap();
    dir
}

fn annotate(dir: &tempfile::TempDir, name: &str, marks: &[(&str, u64)]) {
    write_annotations(&dir.path().join(name), &file(marks)).unwrap();
}

fn options(annotations: &str) -> Options {
    serde_json::from_str(&format!(r#"{{"annotations": {annotations}}}"#)).unwrap()
}

fn read(dir: &tempfile::TempDir, annotations: &str, index: usize) -> Result<Option<Landmarks>, Error> {
    open("wfdb", dir.path(), &options(annotations))?.annotations(index)
}

fn complex(points: [f64; 3]) -> Beat {
    beat(NONE, wave(points), NONE)
}

#[test]
fn one_file_per_record() {
    let dir = folder();
    annotate(&dir, "b/2.atr", &[("N", 77), ("V", 370)]);
    let found = read(&dir, r#""atr""#, 1).unwrap().unwrap();
    assert_eq!(
        found.fused,
        [complex([-1.0, 77.0, -1.0]), complex([-1.0, 370.0, -1.0])]
    );
    assert!(found.per_lead.is_empty());
    assert_eq!(read(&dir, r#""atr""#, 0).unwrap(), None, "no file, no landmarks");
    let plain = open("wfdb", dir.path(), &Options::default()).unwrap();
    assert_eq!(plain.annotations(1).unwrap(), None);
    let error = plain.annotations(2).unwrap_err().to_string();
    assert_eq!(error, "record 2 was asked for, the data set has 2");
}

#[test]
fn a_file_per_lead() {
    let dir = folder();
    annotate(&dir, "1.pu0", &[("(", 100), ("N", 110), (")", 120)]);
    annotate(&dir, "1.pu1", &[("(", 104), ("N", 114), (")", 124)]);
    let both = [complex([100.0, 110.0, 120.0]), complex([104.0, 114.0, 124.0])];
    let found = read(&dir, r#"["pu0", "pu1"]"#, 0).unwrap().unwrap();
    assert_eq!(found.per_lead, both.map(|beat| vec![beat]));
    assert_eq!(found.fused, [complex([102.0, 112.0, 122.0])]);
    assert_eq!(read(&dir, r#"["pu0", "pu1"]"#, 1).unwrap(), None);
    let error = read(&dir, r#"["pu0"]"#, 0).unwrap_err().to_string();
    assert!(
        error.contains("1.hea: data.annotations names 1 extensions, one per lead: the record has 2 leads"),
        "{error}"
    );

    // Names of leads, in the header's spelling or in lower case.
    annotate(&dir, "1.II", &[("(", 100), ("N", 110), (")", 120)]);
    let found = read(&dir, r#""per-lead""#, 0).unwrap().unwrap();
    assert_eq!(
        found.per_lead,
        [vec![both[0]], vec![]],
        "a lead without a file has no beats"
    );
    annotate(&dir, "1.avr", &[("(", 104), ("N", 114), (")", 124)]);
    let found = read(&dir, r#""per-lead""#, 0).unwrap().unwrap();
    assert_eq!(found.per_lead, both.map(|beat| vec![beat]));
    assert_eq!(read(&dir, r#""per-lead""#, 1).unwrap(), None);
}

#[test]
fn leads_of_a_record_in_segments() {
    let dir = folder();
    fs::write(
        dir.path().join("whole.hea"),
        "whole/2 2 500 2000\n1 1000\n1 1000\n",
    )
    .unwrap();
    annotate(&dir, "whole.avr", &[("N", 1500)]);
    let set = open("wfdb", dir.path(), &options(r#""per-lead""#)).unwrap();
    let index = set
        .records()
        .iter()
        .position(|record| record.id == "whole")
        .unwrap();
    let found = set.annotations(index).unwrap().unwrap();
    assert_eq!(found.per_lead, [vec![], vec![complex([-1.0, 1500.0, -1.0])]]);
}

#[test]
fn bad_values_and_files() {
    let dir = folder();
    let message = |annotations: &str| read(&dir, annotations, 0).unwrap_err().to_string();
    assert!(message(r#""per-lead""#).contains("`per-lead` expects files such as `RECORD.ii`"));
    annotate(&dir, "1.atr", &[("N", 1000), (")", 1001)]);
    let found = message(r#""atrs""#);
    assert!(
        found.contains("data.annotations: no record has a file `RECORD.atrs`; did you mean `atr`? The extensions at the first record are `atr`"),
        "{found}"
    );
    assert!(message(r#"["atr", "art"]"#).contains("no record has a file `RECORD.art`"));
    assert!(
        message(r#"".atr""#).contains("expected an extension without its dot, such as `atr`, found `.atr`")
    );
    assert!(message(r#""../x""#).contains("found `../x`"));
    assert!(message("[]").contains("found an empty list"));
    let found = message(r#""atr""#);
    assert!(
        found.contains(
            "1.atr: a wave is annotated at sample 1001: expected none after the record's end at 1000"
        ),
        "{found}"
    );
    fs::write(dir.path().join("1.atr"), [1, 4]).unwrap();
    assert!(message(r#""atr""#).contains("1.atr: cut off"));
    let error = serde_json::from_str::<Options>(r#"{"annotations": 3}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected an extension such as \"atr\", \"per-lead\", or a list"),
        "{error}"
    );
}

#[test]
fn other_readers_refuse_the_key() {
    for reader in ["ptb-xl", "npz"] {
        let options = Options {
            annotations: Some(AnnotationFiles::Record("atr".into())),
            ..Options::default()
        };
        let error = open(reader, Path::new("."), &options).err().unwrap().to_string();
        assert!(
            error.contains(&format!(
                "data.annotations does not apply to the reader `{reader}`"
            )),
            "{error}"
        );
    }
}

#[derive(Deserialize)]
struct Ludb {
    sums: BTreeMap<String, f64>,
    counts: BTreeMap<String, Vec<[usize; 3]>>,
}

/// LUDB's folder, or nothing after one line that says so.
fn ludb() -> Option<PathBuf> {
    let given = std::env::var_os("ECG_AUDIT_SHARED").map(PathBuf::from);
    let shared = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared.join("data/ludb");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no {}; set ECG_AUDIT_SHARED", path.display());
    None
}

fn counts(beats: &[Beat]) -> [usize; 3] {
    [0, 1, 2].map(|kind| {
        beats
            .iter()
            .filter(|beat| beat.waves()[kind].peak.is_some())
            .count()
    })
}

/// Against counts and sums by the Python package `wfdb`.
#[test]
fn every_wave_of_ludb() {
    let Some(path) = ludb() else { return };
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/annotations/ludb.json");
    let expected: Ludb = serde_json::from_str(&fs::read_to_string(expected).unwrap()).unwrap();
    let set = open("wfdb", &path, &options(r#""per-lead""#)).unwrap();
    assert_eq!(set.records().len(), 100);
    let (mut totals, mut sums, mut fused) = ([0; 3], [0.0; 5], [0; 3]);
    let mut lone = 0;
    for (index, record) in set.records().iter().enumerate() {
        let landmarks = set.annotations(index).unwrap().unwrap();
        let name = record.id.rsplit('/').next().unwrap();
        let found: Vec<[usize; 3]> = landmarks.per_lead.iter().map(|beats| counts(beats)).collect();
        assert_eq!(found, expected.counts[name], "{name}");
        for beats in &landmarks.per_lead {
            totals = [0, 1, 2].map(|kind| totals[kind] + counts(beats)[kind]);
            for wave in beats.iter().flat_map(Beat::waves) {
                assert!(!wave.is_absent() || wave == Wave::default());
                assert!(wave.points().is_sorted(), "{name}: {wave:?}");
                sums[0] += wave.onset.unwrap_or(0.0);
                sums[4] += wave.offset.unwrap_or(0.0);
            }
            for beat in beats {
                for (kind, wave) in beat.waves().into_iter().enumerate() {
                    sums[kind + 1] += wave.peak.unwrap_or(0.0);
                }
            }
        }
        let of_all = counts(&landmarks.fused);
        fused = [0, 1, 2].map(|kind| fused[kind] + of_all[kind]);
        lone += landmarks.fused.iter().filter(|beat| beat.qrs.is_absent()).count();
        for wave in landmarks.fused.iter().flat_map(Beat::waves) {
            assert!(wave.points().is_sorted(), "{name}: {wave:?}");
        }
    }
    assert_eq!(totals, [8280, 10892, 9783]);
    for (sum, symbol) in sums.into_iter().zip(["(", "p", "N", "t", ")"]).skip(1) {
        assert_eq!(sum, expected.sums[symbol], "{symbol}");
    }
    // Sixteen onsets are annotated a sample or two after their peak, and moved to it.
    assert_eq!(expected.sums["("] - sums[0], 21.0);
    // The leads agree on the beats: hardly more than a twelfth of all waves (690, 907.7, 815.3), and only one wave
    // is left without a complex.
    assert_eq!((fused, lone), ([692, 908, 817], 1));
}
