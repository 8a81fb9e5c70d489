//! The WFDB reader against the Python package `wfdb` (fixtures: `reference/wfdb_fixtures.py`), against
//! damaged records, and against its own writer.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::wfdb::{Header, read_header, read_record, write_record};
use ecg_audit_ecg::{Error, Signal};
use ndarray::Array2;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    fs: f64,
    leads: Vec<Option<String>>,
    samples: Vec<Vec<Option<f64>>>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wfdb")
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_str(&fs::read_to_string(fixtures().join("expected.json")).unwrap()).unwrap()
}

/// Stored values must be equal, physical ones to 1e-6 relative to the larger of 1 mV and the value.
#[test]
fn every_format_and_layout_reads_as_in_python() {
    let table = expected();
    assert!(table.len() > 30);
    for (name, expected) in table {
        let signal = read_record(&fixtures().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(signal.sampling_rate, expected.fs, "{name}");
        let leads = (0..)
            .zip(&expected.leads)
            .map(|(i, lead)| lead.clone().unwrap_or(format!("signal {i}")));
        assert_eq!(signal.leads, leads.collect::<Vec<_>>(), "{name}");
        assert_eq!(
            signal.samples.dim(),
            (expected.samples.len(), expected.samples[0].len()),
            "{name}"
        );
        let tolerance = if name.starts_with("digital") { 0.0 } else { 1e-6 };
        for ((index, &found), expected) in signal
            .samples
            .indexed_iter()
            .zip(expected.samples.iter().flatten())
        {
            let expected = expected.unwrap_or(f64::NAN);
            let close = (f64::from(found) - expected).abs() <= tolerance * expected.abs().max(1.0);
            assert!(
                close || found.is_nan() && expected.is_nan(),
                "{name} {index:?}: {found} != {expected}"
            );
        }
    }
}

#[test]
fn what_a_header_says_beside_the_signal() {
    let header = read_header(&fixtures().join("skewed.hea")).unwrap();
    assert_eq!(header.comments, ["Age: 51", "between", "Dx: 1,2"]);
    assert_eq!(header.start.as_deref(), Some("12-May-2020 12:33:59"));
    assert_eq!(
        (header.counter_rate, header.base_counter),
        (Some(1000.0), Some(12.5))
    );
}

/// Python's `wfdb` 4.3 fails on signals of different skew, so the truth is made here.
#[test]
fn skews_may_differ() {
    let dir = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..12_i16).flat_map(|i| i.to_le_bytes()).collect();
    fs::write(dir.path().join("r.dat"), bytes).unwrap();
    fs::write(
        dir.path().join("r.hea"),
        "r 3 100 4\nr.dat 16 1\nr.dat 16:1 1\nr.dat 16:9 1\n",
    )
    .unwrap();
    let signal = read_record(&dir.path().join("r")).unwrap();
    let row = |i: usize| {
        signal
            .samples
            .row(i)
            .iter()
            .map(|&v| (!v.is_nan()).then_some(v))
            .collect::<Vec<_>>()
    };
    assert_eq!(row(0), [Some(0.0), Some(3.0), Some(6.0), Some(9.0)]);
    assert_eq!(row(1), [Some(4.0), Some(7.0), Some(10.0), None]);
    assert_eq!(row(2), [None; 4]);
}

/// A record of two leads and four samples, with one part of its header replaced.
fn damaged(replace: &str, with: &str) -> (tempfile::TempDir, Error) {
    let dir = tempfile::tempdir().unwrap();
    let samples = Array2::from_shape_fn((2, 4), |(lead, t)| lead as f32 + t as f32 / 10.0);
    let signal = Signal {
        samples,
        sampling_rate: 100.0,
        leads: vec!["I".into(), "II".into()],
    };
    write_record(dir.path(), "r", &signal, 1000.0, &[]).unwrap();
    let path = dir.path().join("r.hea");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(replace), "{text}");
    fs::write(&path, text.replacen(replace, with, 1)).unwrap();
    let error = read_record(&dir.path().join("r")).unwrap_err();
    (dir, error)
}

#[test]
fn damaged_records_are_errors_that_say_what_is_wrong() {
    for (replace, with, expected) in [
        (
            "0 600 0 I",
            "0 601 0 I",
            "r.hea:2: checksum of lead `I` in `r.dat`: expected 601, found 600",
        ),
        (
            "1000 4600 0 II",
            "7 4600 0 II",
            "r.hea:3: initial value of lead `II` in `r.dat`: expected 7, found 1000",
        ),
        (
            " 4\n",
            " 5\n",
            "r.dat: the signal file is too short: expected 20 bytes, found 16",
        ),
        (
            "16 1000",
            "16+3 1000",
            "r.hea:3: signals in `r.dat` differ in format or byte offset",
        ),
        ("r.dat 16 1000", "other.dat 16 1000", "other.dat: "),
        (
            "r.dat 16",
            "../r.dat 16",
            "`../r.dat` is not a file in the header's folder",
        ),
        (
            "r.dat 16",
            "/dev/zero 16",
            "`/dev/zero` is not a file in the header's folder",
        ),
        (
            "r 2 100 4",
            "r 3 100 4",
            "announces 3 signals, and 2 lines of signals follow",
        ),
        (
            "r 2 100 4",
            "r 2 100 9999999999999",
            "too short: expected 39999999999996 bytes, found 16",
        ),
        ("r 2 100 4", "r 2 100 18446744073709551615", "too short"),
        (
            "1000(0)/mV",
            "0(0)/mV",
            "gain: expected a finite number other than 0, found `0`",
        ),
        (
            "1000(0)/mV",
            "nan(0)/mV",
            "gain: expected a finite number other than 0, found `nan`",
        ),
        (
            "1000(0)/mV",
            "gain(0)/mV",
            "gain: expected a number, found `gain`",
        ),
    ] {
        let (_dir, error) = damaged(replace, with);
        assert!(error.to_string().contains(expected), "{with}: {error}");
    }
}

#[test]
fn records_that_are_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let error = read_record(&dir.path().join("none")).unwrap_err();
    assert!(
        matches!(&error, Error::Io { path, .. } if path.ends_with("none.hea")),
        "{error}"
    );
    fs::create_dir(dir.path().join("folder.hea")).unwrap();
    let error = read_record(&dir.path().join("folder")).unwrap_err();
    assert!(error.to_string().contains("not an ordinary file"), "{error}");
}

/// A header of a few bytes must not make the reader ask for terabytes.
#[test]
fn announced_sizes_are_held_against_what_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("d.dat", "0123456789");
    write("null.hea", "null 1 100 4000000000\n~ 0\n");
    write("gap.hea", "gap/3 1 100\nl 0\n~ 900000000\ns 5\n");
    write("l.hea", "l 1 100 0\n~ 0 200 0 0 0 0 0 I\n");
    write("s.hea", "s 1 100 5\nd.dat 16 200 0 0 0 0 0 I\n");
    write(
        "endless.hea",
        "endless/2 1 100\ns 18446744073709551615\ns 18446744073709551615\n",
    );
    write("self.hea", "self/1 1 100 5\nself 5\n");
    write("empty.hea", "empty 1 100\nempty.dat 16\n");
    write("empty.dat", "");
    for (name, expected) in [
        (
            "null",
            "1 signals of 4000000000 samples: expected 1073741824 samples at most",
        ),
        (
            "gap",
            "1 signals of 900000005 samples are announced, but only 5 samples stored",
        ),
        (
            "endless",
            "1 signals of 18446744073709551615 samples: expected 1073741824 samples at most",
        ),
        ("self", "a segment cannot consist of segments itself"),
        ("empty", "the record has no samples"),
    ] {
        let error = read_record(&dir.path().join(name)).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let signal = |value| Signal {
        samples: Array2::from_elem((1, 3), value),
        sampling_rate: 100.0,
        leads: vec!["I".into()],
    };
    let write = |name, signal: &Signal, gain, comment: &str| {
        write_record(dir.path(), name, signal, gain, &[comment.into()])
            .unwrap_err()
            .to_string()
    };
    assert!(
        write("r", &signal(40.0), 1000.0, "").contains("40 mV in lead `I` with gain 1000 exceeds 16 bits")
    );
    assert!(write("r", &signal(f32::INFINITY), 1.0, "").contains("exceeds 16 bits"));
    assert!(write("../r", &signal(0.0), 1.0, "").contains("expected a name of letters"));
    assert!(write("r", &signal(0.0), 0.0, "").contains("gain: expected a finite number"));
    assert!(write("r", &signal(0.0), 1.0, "a\nb").contains("a line break"));
    assert!(
        write(
            "r",
            &Signal {
                leads: vec![],
                ..signal(0.0)
            },
            1.0,
            ""
        )
        .contains("0 lead names for 1 leads")
    );
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing half-written is left"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic_the_header_parser(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Header::parse(&String::from_utf8_lossy(&bytes), Path::new("r.hea"));
    }

    /// Closer to a header than arbitrary bytes, so that the deeper parts are reached.
    #[test]
    fn near_headers_never_panic_the_reader(
        record in "r(/[0-9]{1,2})? [0-9]{1,2}( [0-9./()-]{1,8}){0,4}",
        lines in prop::collection::vec("(d\\.dat|r|~|\\.\\.) (0|8|16|24|32|61|80|160|212|310|311)(x[0-9]{1,3})?(:[0-9]{1,3})?(\\+[0-9]{1,3})?( [0-9(/mV-]{0,9}){0,8}", 0..4),
        data in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("r.hea"), format!("{record}\n{}\n", lines.join("\n"))).unwrap();
        fs::write(dir.path().join("d.dat"), data).unwrap();
        let _ = read_record(&dir.path().join("r"));
    }

    #[test]
    fn what_is_written_is_read_back(
        stored in prop::collection::vec(-32767_i16..=32767, 1..400),
        leads in 1_usize..5,
        gain in prop::sample::select(vec![1.0, 200.0, 1000.0, 1234.5]),
        invalid in any::<prop::sample::Index>(),
    ) {
        let frames = stored.len().div_ceil(leads);
        let mut samples = Array2::zeros((leads, frames));
        for (slot, value) in samples.iter_mut().zip(&stored) {
            *slot = (f64::from(*value) / gain) as f32;
        }
        let place = invalid.index(leads * frames);
        samples[[place % leads, place / leads]] = f32::NAN;
        let names = (0..leads).map(|i| format!("lead {i}")).collect();
        let signal = Signal { samples, sampling_rate: 257.5, leads: names };
        let dir = tempfile::tempdir().unwrap();
        write_record(dir.path(), "r_1", &signal, gain, &["Age: 51".into()]).unwrap();
        prop_assert_eq!(&read_header(&dir.path().join("r_1")).unwrap().comments, &["Age: 51"]);
        let back = read_record(&dir.path().join("r_1")).unwrap();
        prop_assert_eq!(&back.leads, &signal.leads);
        prop_assert_eq!(back.sampling_rate, 257.5);
        for (a, b) in back.samples.iter().zip(&signal.samples) {
            prop_assert!(a == b || a.is_nan() && b.is_nan());
        }
    }
}
