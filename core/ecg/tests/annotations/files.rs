//! Reading and writing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::wfdb::{
    Annotation, AnnotationFile, CodeDefinition, STANDARD_CODES, read_annotations, standard_code,
    write_annotations,
};
use proptest::prelude::*;
use serde::Deserialize;

use super::{file, mark};

#[derive(Deserialize)]
struct Expected {
    written: bool,
    fs: Option<f64>,
    definitions: Vec<(u8, String, String)>,
    sample: Vec<u64>,
    code: Vec<u8>,
    symbol: Vec<Option<String>>,
    subtype: Vec<i8>,
    chan: Vec<u8>,
    num: Vec<i8>,
    aux_note: Vec<String>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/annotations")
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_str(&fs::read_to_string(fixtures().join("expected.json")).unwrap()).unwrap()
}

fn column<T>(file: &AnnotationFile, field: impl Fn(&Annotation) -> T) -> Vec<T> {
    file.annotations.iter().map(field).collect()
}

#[test]
fn every_field_reads_as_in_python() {
    let table = expected();
    assert_eq!(table.len(), 15);
    for (name, expected) in table {
        let file =
            read_annotations(&fixtures().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.time_resolution, expected.fs, "{name}");
        let definitions = file.definitions.iter().cloned();
        let definitions: Vec<_> = definitions
            .map(|own| (own.code, own.symbol, own.description))
            .collect();
        assert_eq!(definitions, expected.definitions, "{name}");
        assert_eq!(column(&file, |a| a.sample), expected.sample, "{name}");
        assert_eq!(column(&file, |a| a.code), expected.code, "{name}");
        let symbols = column(&file, |a| file.symbol(a.code).map(str::to_owned));
        assert_eq!(symbols, expected.symbol, "{name}");
        assert_eq!(column(&file, |a| a.subtype), expected.subtype, "{name}");
        assert_eq!(column(&file, |a| a.chan), expected.chan, "{name}");
        assert_eq!(column(&file, |a| a.num), expected.num, "{name}");
        assert_eq!(column(&file, |a| a.aux_note.clone()), expected.aux_note, "{name}");
    }
}

#[test]
fn the_same_bytes_as_python_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("again.atr");
    let mut compared = 0;
    for (name, expected) in expected() {
        let file = read_annotations(&fixtures().join(&name)).unwrap();
        write_annotations(&path, &file).unwrap();
        assert_eq!(read_annotations(&path).unwrap(), file, "{name}");
        if expected.written {
            assert_eq!(
                fs::read(&path).unwrap(),
                fs::read(fixtures().join(&name)).unwrap(),
                "{name}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 6);
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn every_standard_code() {
    let file = read_annotations(&fixtures().join("codes.atr")).unwrap();
    let codes: Vec<u8> = STANDARD_CODES.iter().map(|standard| standard.code).collect();
    assert_eq!(column(&file, |a| a.code), codes);
    let beats: String = STANDARD_CODES
        .iter()
        .filter(|s| s.qrs)
        .map(|s| s.symbol)
        .collect();
    assert_eq!(beats, "NLRaVFJASEj/QB?!enfr");
    assert_eq!(standard_code(15), None);
}

/// `wfdb` drops it; it is a comment like any other.
#[test]
fn a_comment_at_the_start_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.atr");
    let mut comment = mark("\"", 0);
    comment.aux_note = "## a heading".into();
    let mut written = file(&[("N", 5)]);
    written.annotations.insert(0, comment);
    write_annotations(&path, &written).unwrap();
    assert_eq!(read_annotations(&path).unwrap(), written);
}

#[test]
fn what_the_format_cannot_hold_is_refused() {
    let with = |change: fn(&mut AnnotationFile)| {
        let mut file = file(&[("N", 5), ("V", 9)]);
        change(&mut file);
        let dir = tempfile::tempdir().unwrap();
        let error = write_annotations(&dir.path().join("a.atr"), &file)
            .unwrap_err()
            .to_string();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        error
    };
    let own = |code, symbol: &str, description: &str| CodeDefinition {
        code,
        symbol: symbol.into(),
        description: description.into(),
    };
    let cases = [
        (
            with(|f| f.annotations[1].sample = 4),
            "annotation 2 at sample 4: expected time order, the one before is at 5",
        ),
        (
            with(|f| f.annotations[1].sample = 1 << 63),
            "expected less than 2^63 samples",
        ),
        (
            with(|f| f.annotations[0].code = 0),
            "expected a code of 1 to 58, found 0",
        ),
        (
            with(|f| f.annotations[0].code = 59),
            "expected a code of 1 to 58, found 59",
        ),
        (
            with(|f| f.annotations[0].aux_note = "x".repeat(256)),
            "a note of 256 characters: expected 255 at most",
        ),
        (
            with(|f| f.annotations[0].aux_note = "Å€".into()),
            "outside Latin-1",
        ),
        (
            with(|f| f.time_resolution = Some(f64::NAN)),
            "time resolution: expected more than 0",
        ),
        (
            with(|f| {
                f.annotations[0] = mark("\"", 0);
                f.annotations[0].aux_note = "## time resolution: 5".into();
            }),
            "would define the file",
        ),
    ];
    for (found, expected) in cases {
        assert!(found.contains(expected), "{found}");
    }
    for bad in [
        own(0, "x", "y"),
        own(42, "a b", "y"),
        own(42, "", "y"),
        own(42, "x", ""),
    ] {
        let mut file = file(&[]);
        file.definitions.push(bad);
        let dir = tempfile::tempdir().unwrap();
        let error = write_annotations(&dir.path().join("a.atr"), &file).unwrap_err();
        assert!(error.to_string().contains("definition of code"), "{error}");
    }
}

fn annotations() -> impl Strategy<Value = Vec<Annotation>> {
    let step = prop_oneof![0_u64..5, 1000_u64..1050, 0_u64..1 << 33];
    let note = prop_oneof![Just(String::new()), "[ -~¡-ÿ]{0,255}"];
    let one = (step, 1_u8..59, any::<i8>(), any::<u8>(), any::<i8>(), note);
    proptest::collection::vec(one, 0..40).prop_map(|all| {
        let mut sample = 0;
        let annotation = |(step, code, subtype, chan, num, aux_note)| {
            sample += step;
            Annotation {
                sample,
                code,
                subtype,
                chan,
                num,
                aux_note,
            }
        };
        all.into_iter().map(annotation).collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        annotations in annotations(),
        time_resolution in proptest::option::of(1e-3_f64..1e6),
        definitions in proptest::collection::vec((1_u8..59, "[!-~]{1,5}", "[!-~][ -~]{0,80}"), 0..4),
    ) {
        let own = |(code, symbol, description)| CodeDefinition { code, symbol, description };
        let file = AnnotationFile {
            time_resolution,
            definitions: definitions.into_iter().map(own).collect(),
            annotations,
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.atr");
        write_annotations(&path, &file).unwrap();
        prop_assert_eq!(read_annotations(&path).unwrap(), file);
    }
}
