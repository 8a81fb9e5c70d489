//! The truth of a synthetic data set.

use std::fs;
use std::ops::ControlFlow;

use ecg_audit_ecg::landmarks::read_csv;
use ecg_audit_ecg::synth::{self, Options, Synthesizer};

#[test]
fn of_a_synthetic_data_set() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("set");
    let options = Options {
        records: 6,
        seed: 3,
        ..Options::default()
    };
    synth::write(&target, &options, |_| ControlFlow::Continue(())).unwrap();
    let rate = 100.0;
    let records = read_csv(&target.join("truth/landmarks.csv"), rate).unwrap();
    assert_eq!(records.len(), 6);
    let synthesizer = Synthesizer::new(&options).unwrap();
    for index in 0..6 {
        let truth = synthesizer.record(index).unwrap().truth;
        let found = &records[&(index + 1).to_string()];
        assert_eq!(found.len(), truth.beats.len());
        for (found, truth) in found.iter().zip(&truth.beats) {
            for (found, truth) in found.waves().into_iter().zip([truth.p, truth.qrs, truth.t]) {
                let pairs = [
                    (found.onset, truth.onset),
                    (found.peak, truth.peak),
                    (found.offset, truth.offset),
                ];
                for (found, seconds) in pairs {
                    // The table has four decimals.
                    let close = |(samples, seconds): (f64, f64)| (samples - seconds * rate).abs() <= 0.0051;
                    assert_eq!(found.is_some(), seconds.is_some());
                    assert!(found.zip(seconds).is_none_or(close), "{found:?} {seconds:?}");
                }
            }
        }
    }
}

#[test]
fn bad_tables() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("landmarks.csv");
    let header = "record,p_onset,p_peak,p_offset,qrs_onset,qrs_peak,qrs_offset,t_onset,t_peak,t_offset\n";
    let message = |text: &str| {
        fs::write(&path, text).unwrap();
        read_csv(&path, 100.0).unwrap_err().to_string()
    };
    let cases = [
        (
            "record,p_onset\n1,0.5\n".to_owned(),
            "landmarks.csv:1: no column `p_peak`; the columns are `record`, `p_onset`",
        ),
        (
            format!("{header}1,x,,,,,,,,\n"),
            "landmarks.csv:2: column `p_onset`: invalid float literal",
        ),
        (
            format!("{header}a,,,,,-1,,,,\n"),
            "record `a`: qrs: expected a time of 0 s or more, found -1",
        ),
        (format!("{header}a,,,,,NaN,,,,\n"), "found NaN"),
        (
            format!("{header}a,,,,2,1,,,,\n"),
            "record `a`: qrs: expected onset, peak and offset in this order, found [2.0, 1.0]",
        ),
        (format!("{header}a,,,\n"), "landmarks.csv:2"),
    ];
    for (text, expected) in cases {
        let found = message(&text);
        assert!(found.contains(expected), "{found}\nexpected: {expected}");
    }
    fs::remove_file(&path).unwrap();
    assert!(
        read_csv(&path, 100.0)
            .unwrap_err()
            .to_string()
            .contains("landmarks.csv")
    );
}
