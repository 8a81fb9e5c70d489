//! Files that are not as they should be: an error that says where, never a panic.

use std::fs;
use std::path::Path;

use ecg_audit_ecg::landmarks::beats;
use ecg_audit_ecg::wfdb::{AnnotationFile, read_annotations, write_annotations};
use proptest::prelude::*;

use super::file;

const SKIP: u16 = 59;
const NUM: u16 = 60;
const AUX: u16 = 63;

fn word(code: u16, data: u16) -> Vec<u8> {
    (code << 10 | data).to_le_bytes().to_vec()
}

fn note(text: &str) -> Vec<u8> {
    let padding = vec![0; text.len() % 2];
    [
        word(22, 0),
        word(AUX, text.len() as u16),
        text.as_bytes().to_vec(),
        padding,
    ]
    .concat()
}

fn skip(step: i32) -> Vec<u8> {
    let [a, b, c, d] = step.to_le_bytes();
    [word(SKIP, 0), vec![c, d, a, b]].concat()
}

fn read(bytes: &[u8]) -> Result<AnnotationFile, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.atr");
    fs::write(&path, bytes).unwrap();
    read_annotations(&path).map_err(|error| error.to_string())
}

#[test]
fn each_damage_has_its_message() {
    let end = word(0, 0);
    let beat = word(1, 9);
    let cases = [
        (
            vec![],
            "cut off: expected an end mark (two zero bytes), found the end after 0 bytes",
        ),
        (vec![beat.clone()], "found the end after 2 bytes"),
        (vec![beat.clone(), vec![0]], "found the end after 3 bytes"),
        (vec![beat.clone(), word(SKIP, 0), vec![1, 0]], "cut off"),
        (
            vec![beat.clone(), word(AUX, 9), vec![b'x'; 4]],
            "byte 2: AUX of 9 bytes, the file has 4 left",
        ),
        (vec![beat.clone(), word(AUX, 3), vec![b'x'; 3]], "cut off"),
        (
            vec![beat.clone(), word(AUX, 300), vec![b'x'; 300], end.clone()],
            "AUX of 300 bytes: expected 255 at most",
        ),
        (
            vec![word(NUM, 3), beat.clone(), end.clone()],
            "byte 0: NUM before the first annotation",
        ),
        (
            vec![beat.clone(), skip(5000), word(NUM, 3), end.clone()],
            "byte 8: NUM between SKIP and its annotation",
        ),
        (
            vec![
                beat.clone(),
                skip(-5),
                beat.clone(),
                skip(-20),
                beat.clone(),
                end.clone(),
            ],
            "byte 16: annotation 3 is at sample 2, before the previous one at 13: expected time order",
        ),
        (
            vec![skip(-10), beat.clone(), end.clone()],
            "annotation 1 is at sample -1: expected none before the record's start",
        ),
        (
            vec![beat.clone(), end.clone(), beat, end.clone()],
            "an end mark at byte 2, but content at byte 4",
        ),
        (
            vec![note("## time resolution: fast"), end.clone()],
            "time resolution: expected more than 0 samples per second, found \"fast\"",
        ),
        (vec![note("## time resolution: 0"), end.clone()], "found \"0\""),
        (
            vec![
                note("## time resolution: 5"),
                note("## time resolution: 6"),
                end.clone(),
            ],
            "two time resolutions, 5 and 6",
        ),
        (
            vec![note("## annotation type definitions"), end.clone()],
            "without `## end of definitions`",
        ),
        (
            vec![
                note("## annotation type definitions"),
                note("42 X"),
                note("## end of definitions"),
                end,
            ],
            "expected a number of 1 to 58, a symbol and a description, found \"42 X\"",
        ),
    ];
    for (bytes, expected) in cases {
        let found = read(&bytes.concat()).unwrap_err();
        assert!(
            found.contains(expected) && found.contains("a.atr"),
            "{found}\nexpected: {expected}"
        );
    }
}

#[test]
fn no_file_and_no_ordinary_file() {
    let dir = tempfile::tempdir().unwrap();
    let missing = read_annotations(&dir.path().join("a.atr"))
        .unwrap_err()
        .to_string();
    assert!(missing.contains("a.atr"), "{missing}");
    let folder = read_annotations(dir.path()).unwrap_err().to_string();
    assert!(folder.contains("not an ordinary file"), "{folder}");
    let error = write_annotations(Path::new("/nowhere/a.atr"), &file(&[("N", 1)])).unwrap_err();
    assert!(error.to_string().contains("/nowhere/a.atr"), "{error}");
}

proptest! {
    /// Whatever is read, written and read again is the same, and has landmarks in order.
    #[test]
    fn any_bytes(words in proptest::collection::vec(
        prop_oneof![any::<u16>(), (0_u16..60).prop_map(|code| code << 10 | 3), Just(AUX << 10 | 2), Just(NUM << 10 | 1)],
        0..60,
    )) {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend([0; 6]);
        if let Ok(file) = read(&bytes) {
            let beats = beats(&file, 250.0);
            prop_assert!(beats.is_sorted_by_key(|beat| beat.position().unwrap()));
            for beat in beats {
                for wave in beat.waves() {
                    prop_assert!(wave.points().is_sorted());
                }
            }
        }
    }

    #[test]
    fn any_cut(cut in 0_usize..100) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/annotations/own.atr");
        let bytes = fs::read(path).unwrap();
        prop_assert!(read(&bytes[..cut.min(bytes.len() - 2)]).is_err());
    }
}
