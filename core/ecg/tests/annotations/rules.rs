//! From annotations to beats, rule by rule.

use ecg_audit_ecg::landmarks::{Beat, Wave, beats};
use ecg_audit_ecg::wfdb::{AnnotationFile, CodeDefinition};

use super::{NONE, beat, file, mark, wave};

fn of(marks: &[(&str, u64)]) -> Vec<Beat> {
    beats(&file(marks), 500.0)
}

/// Brackets with the numbers that name their waves.
fn numbered(marks: &[(&str, u64, i8)]) -> AnnotationFile {
    let annotations = marks.iter().map(|&(symbol, sample, num)| {
        let mut mark = mark(symbol, sample);
        mark.num = num;
        mark
    });
    AnnotationFile {
        annotations: annotations.collect(),
        ..AnnotationFile::default()
    }
}

#[test]
fn whole_beats_in_brackets() {
    let marks = [
        ("(", 100),
        ("p", 120),
        (")", 140),
        ("(", 160),
        ("N", 180),
        (")", 200),
        ("(", 260),
        ("t", 300),
        (")", 340),
        ("(", 560),
        ("V", 600),
        (")", 640),
        ("(", 720),
        ("t", 760),
        (")", 800),
    ];
    let expected = [
        beat(
            wave([100.0, 120.0, 140.0]),
            wave([160.0, 180.0, 200.0]),
            wave([260.0, 300.0, 340.0]),
        ),
        beat(NONE, wave([560.0, 600.0, 640.0]), wave([720.0, 760.0, 800.0])),
    ];
    assert_eq!(of(&marks), expected);
}

#[test]
fn beat_annotations_alone_are_qrs_peaks() {
    let marks = [
        ("+", 3),
        ("N", 77),
        ("V", 370),
        ("~", 400),
        ("|", 500),
        ("/", 662),
        ("x", 700),
        ("\"", 800),
    ];
    let expected = [77.0, 370.0, 662.0].map(|peak| beat(NONE, wave([-1.0, peak, -1.0]), NONE));
    assert_eq!(of(&marks), expected);
}

#[test]
fn any_point_may_be_missing() {
    // As the QT database has it: no T onset, no QRS peak.
    let marks = [
        ("(", 100),
        ("p", 120),
        ("N", 180),
        (")", 200),
        ("t", 300),
        (")", 340),
    ];
    let expected = beat(
        wave([100.0, 120.0, -1.0]),
        wave([-1.0, 180.0, 200.0]),
        wave([-1.0, 300.0, 340.0]),
    );
    assert_eq!(of(&marks), [expected]);
    // Nothing says which wave this is.
    assert_eq!(of(&[("(", 100), (")", 120), (")", 130)]), []);
    assert_eq!(of(&[]), []);
}

#[test]
fn numbers_name_the_waves_of_brackets() {
    let marks = [
        ("(", 100, 0),
        (")", 140, 0),
        ("(", 160, 1),
        (")", 200, 1),
        (")", 340, 2),
        ("N", 680, 0),
        (")", 840, 2),
        ("N", 1180, 0),
        ("t", 1300, 4),
        (")", 1340, 2),
        ("u", 1400, 0),
        (")", 1450, 3),
    ];
    let expected = [
        beat(
            wave([100.0, -1.0, 140.0]),
            wave([160.0, -1.0, 200.0]),
            wave([-1.0, -1.0, 340.0]),
        ),
        beat(NONE, wave([-1.0, 680.0, -1.0]), wave([-1.0, -1.0, 840.0])),
        beat(NONE, wave([-1.0, 1180.0, -1.0]), wave([-1.0, 1300.0, 1340.0])),
    ];
    assert_eq!(beats(&numbered(&marks), 500.0), expected);
    // All zero is no numbering, larger numbers are another one, and so are those that the peaks contradict.
    let expected = beat(
        wave([100.0, 120.0, 140.0]),
        wave([160.0, 180.0, 200.0]),
        wave([260.0, 300.0, 340.0]),
    );
    for num in [0, 1, 7] {
        let marks = [
            ("(", 100, num),
            ("p", 120, num),
            (")", 140, num),
            ("(", 160, num),
            ("N", 180, num),
            (")", 200, num),
            ("(", 260, num),
            ("t", 300, num),
            (")", 340, num),
        ];
        assert_eq!(beats(&numbered(&marks), 500.0), [expected], "{num}");
    }
}

#[test]
fn a_u_wave_takes_its_brackets_with_it() {
    let marks = [
        ("(", 160),
        ("N", 180),
        (")", 200),
        ("t", 300),
        ("(", 380),
        ("u", 400),
        (")", 420),
    ];
    assert_eq!(
        of(&marks),
        [beat(NONE, wave([160.0, 180.0, 200.0]), wave([-1.0, 300.0, -1.0]))]
    );
}

#[test]
fn biphasic_waves_are_one() {
    let one = beat(NONE, wave([-1.0, 100.0, -1.0]), wave([200.0, 240.0, 320.0]));
    assert_eq!(
        of(&[("N", 100), ("(", 200), ("t", 240), ("t", 290), (")", 320)]),
        [one]
    );
    let one = beat(NONE, wave([-1.0, 100.0, -1.0]), wave([-1.0, 240.0, 320.0]));
    assert_eq!(of(&[("N", 100), ("t", 240), ("t", 290), (")", 320)]), [one]);
}

/// As in record 7 of LUDB: `N` a sample before its `(`.
#[test]
fn a_peak_just_before_its_brackets() {
    let marks = [
        ("N", 1765),
        ("(", 1766),
        (")", 1796),
        ("(", 1891),
        ("t", 1924),
        (")", 1958),
    ];
    let expected = beat(
        NONE,
        wave([1765.0, 1765.0, 1796.0]),
        wave([1891.0, 1924.0, 1958.0]),
    );
    assert_eq!(of(&marks), [expected]);
    // A further peak in the brackets shows that they are not the first one's.
    let expected = beat(wave([-1.0, 100.0, -1.0]), wave([104.0, 120.0, 140.0]), NONE);
    assert_eq!(of(&[("p", 100), ("(", 104), ("N", 120), (")", 140)]), [expected]);
    // And here they are too far away.
    assert_eq!(
        of(&[("N", 100), ("(", 106), (")", 140)]),
        [beat(NONE, wave([-1.0, 100.0, -1.0]), NONE)]
    );
}

#[test]
fn waves_go_to_the_nearest_complex_in_reach() {
    let peak = |at: f64| wave([-1.0, at, -1.0]);
    // Two P waves before one complex (blocked), a T wave that is too late, one before any complex.
    let found = of(&[
        ("t", 10),
        ("p", 100),
        ("p", 400),
        ("N", 480),
        ("t", 640),
        ("t", 1000),
        ("p", 1100),
        ("N", 1401),
    ]);
    let expected = [
        beat(NONE, NONE, peak(10.0)),
        beat(peak(100.0), NONE, NONE),
        beat(peak(400.0), peak(480.0), peak(640.0)),
        beat(NONE, NONE, peak(1000.0)),
        beat(peak(1100.0), NONE, NONE),
        beat(NONE, peak(1401.0), NONE),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_files_own_time_resolution() {
    let mut half = file(&[("(", 80), ("N", 90), (")", 100)]);
    half.time_resolution = Some(250.0);
    assert_eq!(
        beats(&half, 500.0),
        [beat(NONE, wave([160.0, 180.0, 200.0]), NONE)]
    );
}

#[test]
fn codes_that_the_file_defines_anew() {
    let define = |code, symbol: &str| {
        let mut file = file(&[("N", 90)]);
        file.annotations[0].code = code;
        file.definitions.push(CodeDefinition {
            code,
            symbol: symbol.into(),
            description: "by this file".into(),
        });
        beats(&file, 500.0).len()
    };
    assert_eq!(define(1, "mark"), 0);
    assert_eq!(define(44, "N"), 1);
}

#[test]
fn signals_are_read_apart_and_fused() {
    let mut two = file(&[
        ("(", 100),
        ("(", 104),
        ("N", 110),
        ("N", 114),
        (")", 120),
        (")", 124),
    ]);
    for (annotation, chan) in two.annotations.iter_mut().zip([0, 1, 0, 1, 0, 1]) {
        annotation.chan = chan;
    }
    assert_eq!(
        beats(&two, 500.0),
        [beat(NONE, wave([102.0, 112.0, 122.0]), NONE)]
    );
}

#[test]
fn positions_and_ends() {
    assert_eq!(wave([1.0, 2.0, 5.0]).position(), Some(2.0));
    assert_eq!(wave([1.0, -1.0, 5.0]).position(), Some(3.0));
    assert_eq!(wave([-1.0, -1.0, 5.0]).position(), Some(5.0));
    assert_eq!(Wave::default().position(), None);
    assert_eq!(
        beat(wave([1.0, 2.0, 3.0]), NONE, wave([6.0, -1.0, -1.0])).end(),
        Some(6.0)
    );
    assert_eq!(Beat::default().end(), None);
}
