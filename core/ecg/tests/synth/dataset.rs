//! Synthetic data sets as a whole: plan, files, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use ecg_audit_ecg::synth::{self, Class, Options, Synthesizer, Truth};
use ecg_audit_ecg::wfdb;

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn truths(options: &Options) -> Vec<Truth> {
    let synthesizer = Synthesizer::new(options).unwrap();
    (0..options.records)
        .map(|index| synthesizer.record(index).unwrap().truth)
        .collect()
}

fn short(records: usize) -> Options {
    Options {
        records,
        seed: 5,
        duration_s: 2.0,
        ..Options::default()
    }
}

/// Every file below a folder with its content.
fn content(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(
                    path.strip_prefix(dir).unwrap().display().to_string(),
                    fs::read(path).unwrap(),
                );
            }
        }
    }
    files
}

#[test]
fn the_share_of_wrong_labels_is_exact() {
    for (share, expected) in [(0.0, 0), (0.05, 20), (0.123, 49), (1.0, 400)] {
        let truths = truths(&Options {
            wrong_labels: share,
            ..short(400)
        });
        assert_eq!(truths.iter().filter(|truth| truth.wrong()).count(), expected);
        for truth in &truths {
            assert_ne!(truth.given_labels.iter().count(), 0);
            if truth.given_labels.contains(Class::Norm) {
                assert_eq!(truth.given_labels.iter().count(), 1);
            }
        }
    }
}

#[test]
fn wrong_labels_leave_the_signals_as_they_are() {
    let clean = Synthesizer::new(&short(30)).unwrap();
    let wrong = Synthesizer::new(&Options {
        wrong_labels: 0.5,
        ..short(30)
    })
    .unwrap();
    for index in 0..30 {
        assert_eq!(
            clean.record(index).unwrap().signal,
            wrong.record(index).unwrap().signal
        );
    }
}

#[test]
fn folds_keep_patients_together_and_classes_apart() {
    let truths = truths(&Options {
        records_per_patient: 1.5,
        ..short(1000)
    });
    let mut fold_of = BTreeMap::new();
    let mut per_fold = [[0usize; 11]; 5];
    for truth in &truths {
        assert_eq!(*fold_of.entry(truth.patient_id).or_insert(truth.fold), truth.fold);
        for class in truth.given_labels.iter() {
            per_fold[class as usize][truth.fold as usize] += 1;
        }
    }
    let mean = truths.len() as f64 / fold_of.len() as f64;
    assert!((1.4..1.6).contains(&mean), "{mean} records per patient");
    for (class, counts) in Class::ALL.iter().zip(per_fold) {
        let expected = counts.iter().sum::<usize>() as f64 / 10.0;
        for count in &counts[1..] {
            assert!(
                (*count as f64 - expected).abs() < 0.35 * expected + 3.0,
                "{class:?}: {counts:?}"
            );
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        sampling_rate: 500,
        wrong_labels: 0.1,
        ..short(300)
    };
    let mut written = Vec::new();
    for threads in [1, 4] {
        let target = dir.path().join(threads.to_string());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| synth::write(&target, &options, go_on)).unwrap();
        written.push(content(&target));
    }
    assert_eq!(written[0].len(), 300 * 2 * 2 + 5);
    assert!(written[0] == written[1], "the files differ");
    let other = dir.path().join("other seed");
    synth::write(&other, &Options { seed: 6, ..options }, go_on).unwrap();
    let file = "records100/00000/00007_lr.dat";
    assert_ne!(content(&other)[file], written[0][file]);
}

#[test]
fn the_tables_are_those_of_ptb_xl() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("new/data");
    let options = Options {
        wrong_labels: 0.1,
        ..short(120)
    };
    let summary = synth::write(&target, &options, go_on).unwrap();
    let truths = truths(&options);
    assert_eq!((summary.records, summary.wrong_labels), (120, 12));
    assert_eq!(
        summary.patients,
        truths.iter().map(|t| t.patient_id).collect::<BTreeSet<_>>().len()
    );

    let mut database = csv::Reader::from_path(target.join("ptbxl_database.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> = database.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 120);
    let mut statements = csv::Reader::from_path(target.join("scp_statements.csv")).unwrap();
    let classes: BTreeMap<String, String> = statements
        .deserialize::<BTreeMap<String, String>>()
        .map(Result::unwrap)
        .filter(|row| row["diagnostic"] == "1.0")
        .map(|row| (row[""].clone(), row["diagnostic_class"].clone()))
        .collect();
    for (row, truth) in rows.iter().zip(&truths) {
        assert_eq!(row["ecg_id"], truth.ecg_id.to_string());
        assert_eq!(row["patient_id"].parse::<f64>().unwrap(), truth.patient_id as f64);
        assert_eq!(row["strat_fold"], truth.fold.to_string());
        // The classes that a reader derives from the statements are the given ones.
        let derived: BTreeSet<&str> = row["scp_codes"]
            .split('\'')
            .filter_map(|code| classes.get(code))
            .map(String::as_str)
            .collect();
        assert_eq!(derived, truth.given_labels.iter().map(Class::name).collect());
        assert!(target.join(format!("{}.hea", row["filename_lr"])).is_file());
        assert_eq!(row["filename_hr"], "");
        if truth.fold >= 9 {
            assert_eq!(row["validated_by_human"], "True");
        }
    }

    let mut labels = csv::Reader::from_path(target.join("truth/labels.csv")).unwrap();
    for (row, truth) in labels.records().map(Result::unwrap).zip(&truths) {
        assert_eq!(&row[2], truth.clean_labels.to_string());
        assert_eq!(&row[3], truth.given_labels.to_string());
        assert_eq!(&row[4], truth.wrong().to_string());
    }
    let mut landmarks = csv::Reader::from_path(target.join("truth/landmarks.csv")).unwrap();
    let first = landmarks.records().next().unwrap().unwrap();
    let expected = truths[0].beats[0]
        .t
        .offset
        .map_or(String::new(), |t| format!("{t:.4}"));
    assert_eq!((&first[0], &first[1], &first[10]), ("1", "1", expected.as_str()));
}

#[test]
fn bad_options_are_refused_by_name() {
    let good = Options::default();
    let bad = [
        (
            "records",
            Options {
                records: 0,
                ..good.clone()
            },
        ),
        (
            "records",
            Options {
                records: 100_000,
                ..good.clone()
            },
        ),
        (
            "sampling_rate",
            Options {
                sampling_rate: 250,
                ..good.clone()
            },
        ),
        (
            "duration_s",
            Options {
                duration_s: 1.0,
                ..good.clone()
            },
        ),
        (
            "duration_s",
            Options {
                duration_s: f64::INFINITY,
                ..good.clone()
            },
        ),
        (
            "wrong_labels",
            Options {
                wrong_labels: 1.1,
                ..good.clone()
            },
        ),
        (
            "wrong_labels",
            Options {
                wrong_labels: f64::NAN,
                ..good.clone()
            },
        ),
        (
            "records_per_patient",
            Options {
                records_per_patient: 0.5,
                ..good.clone()
            },
        ),
        (
            "noise",
            Options {
                noise: -1.0,
                ..good.clone()
            },
        ),
        (
            "powerline_hz",
            Options {
                powerline_hz: Some(60.0),
                ..good.clone()
            },
        ),
    ];
    for (name, options) in bad {
        let message = Synthesizer::new(&options).unwrap_err().to_string();
        assert!(
            message.starts_with(name) && message.contains("expected"),
            "{message}"
        );
        let dir = tempfile::tempdir().unwrap();
        assert!(synth::write(&dir.path().join("data"), &options, go_on).is_err());
        assert!(content(dir.path()).is_empty());
    }
    assert!(
        synth::record(&good, 200)
            .unwrap_err()
            .to_string()
            .contains("below 200, found 200")
    );
}

#[test]
fn an_occupied_folder_is_refused_and_an_empty_one_taken() {
    let dir = tempfile::tempdir().unwrap();
    let message = |target: &Path| synth::write(target, &short(3), go_on).unwrap_err().to_string();
    let occupied = dir.path().join("occupied");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("mine.txt"), "keep").unwrap();
    assert!(message(&occupied).contains("not empty"));
    assert_eq!(content(&occupied).len(), 1);
    assert!(message(&occupied.join("mine.txt")).contains("found a file"));
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    synth::write(&empty, &short(3), go_on).unwrap();
    assert!(empty.join("ptbxl_database.csv").is_file());
}

#[test]
fn a_break_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("data");
    let mut heard = Vec::new();
    let error = synth::write(&target, &short(600), |done| {
        heard.push(done);
        if done > 300 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let Err(ecg_audit_ecg::Error::Io { source, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(source.kind(), std::io::ErrorKind::Interrupted);
    assert_eq!(heard, [256, 512]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_project_reads_what_it_writes() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("data");
    let options = Options {
        sampling_rate: 500,
        ..short(5)
    };
    synth::write(&target, &options, go_on).unwrap();
    for index in 0..5 {
        let read = wfdb::read_record(&target.join(format!("records500/00000/{:05}_hr", index + 1))).unwrap();
        assert_eq!(read, synth::record(&options, index).unwrap().signal);
    }
}
