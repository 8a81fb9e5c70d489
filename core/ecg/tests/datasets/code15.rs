//! The reader of CODE-15%: every layout of the parts against h5py's values (see `reference/make_code15.py`), tables and parts
//! that are wrong, and damage anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{Options, Unlabelled, open};
use ecg_audit_ecg::preprocess::{Align, Pipeline, Step};
use ecg_audit_ecg::{DataSet, Label};
use ndarray::{Array3, s};
use proptest::prelude::*;

use crate::{ids, skipped, write};

const LAYOUTS: [&str; 12] = [
    "f4_contiguous",
    "f8_contiguous",
    "f4_big_endian",
    "f4_row_chunks",
    "f8_row_chunks",
    "f4_row_chunks_plain",
    "f4_row_chunks_checked",
    "f8_small_chunks",
    "f4_growing",
    "f4_newest",
    "f4_newest_growing",
    "f4_unwritten",
];

const TABLE: &str = "exam_id,age,is_male,AF,patient_id,trace_file\n\
    101,51,True,False,9,exams_part0.hdf5\n\
    102,67,False,True,9,exams_part0.hdf5\n\
    103,0,True,False,8,exams_part0.hdf5\n\
    104,33.5,True,True,7,exams_part0.hdf5\n";

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/code15");
    folder.join(format!("{name}.hdf5"))
}

fn options() -> Options {
    Options {
        scale: Some(1.0),
        ..Options::default()
    }
}

/// A data set of `table` and parts, numbered from 0.
fn folder(table: &str, parts: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "exams.csv", table);
    for (number, part) in parts.iter().enumerate() {
        fs::copy(fixture(part), dir.path().join(format!("exams_part{number}.hdf5"))).unwrap();
    }
    dir
}

fn read(dir: &Path, options: &Options) -> Result<Box<dyn DataSet>, String> {
    open("code15", dir, options).map_err(|error| error.to_string())
}

fn refused(dir: &Path, options: &Options) -> String {
    read(dir, options).err().expect("an error")
}

fn values() -> Array3<f32> {
    ndarray_npy::read_npy(fixture("values").with_extension("npy")).unwrap()
}

#[test]
fn every_layout_gives_the_values_of_h5py() {
    let expected = values();
    for name in LAYOUTS {
        let dir = folder(TABLE, &[name]);
        let set = read(
            dir.path(),
            &Options {
                scale: Some(0.5),
                unlabelled: Some(Unlabelled::Keep),
                ..options()
            },
        )
        .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(ids(&*set), ["101", "102", "103", "104"]);
        // Last to first: no layout may depend on the order.
        for i in (0..4).rev() {
            let signal = set.read(i).unwrap_or_else(|error| panic!("{name}: {error}"));
            let exact = expected.slice(s![i, .., ..]).mapv(|value| value * 0.5);
            assert_eq!(signal.samples, exact.t(), "{name} {i}");
            assert_eq!((signal.sampling_rate, signal.leads.len()), (400.0, 12));
            assert_eq!((signal.lead("II"), signal.lead("aVR")), (Some(1), Some(3)));
        }
        assert!(set.read(4).unwrap_err().to_string().contains("record 4"));
    }
}

#[test]
fn ages_are_the_labels_and_patients_the_groups() {
    let dir = folder(TABLE, &["f4_contiguous"]);
    let set = read(dir.path(), &options()).unwrap();
    assert_eq!((set.reader(), set.classes().len()), ("code15", 0));
    assert_eq!(ids(&*set), ["101", "102", "104"]);
    let expected = "its age is 0: expected more than 0 and at most 120 years";
    assert_eq!(skipped(&*set), [("103", expected)]);
    let labels: Vec<_> = set.records().iter().map(|record| &record.label).collect();
    assert_eq!(
        labels,
        [&Label::Value(51.0), &Label::Value(67.0), &Label::Value(33.5)]
    );
    let groups: Vec<_> = set
        .records()
        .iter()
        .map(|record| record.group.as_deref())
        .collect();
    assert_eq!(groups, [Some("9"), Some("9"), Some("7")]);
    let first = &set.records()[0];
    assert_eq!(first.fold, None);
    assert_eq!(
        (first.metadata["is_male"].as_str(), first.metadata.len()),
        ("True", 5)
    );
}

#[test]
fn columns_of_true_and_false_are_classes() {
    let dir = folder(TABLE, &["f4_contiguous"]);
    let classes = |names: Option<&[&str]>| Options {
        labels: Some("abnormalities".into()),
        classes: names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        ..options()
    };
    let set = read(dir.path(), &classes(Some(&["is_male", "AF"]))).unwrap();
    assert_eq!(set.classes(), ["is_male", "AF"]);
    let labels: Vec<_> = set.records().iter().map(|record| record.label.clone()).collect();
    let flags = |a, b| Label::Classes(vec![a, b]);
    assert_eq!(
        labels,
        [
            flags(true, false),
            flags(false, true),
            flags(true, false),
            flags(true, true)
        ]
    );
    let error = refused(dir.path(), &classes(None));
    assert!(error.contains("data.labels: no column `1dAVb`"), "{error}");
    let error = refused(dir.path(), &classes(Some(&["af"])));
    assert!(
        error.contains("data.classes: unknown class `af`; did you mean `AF`?"),
        "{error}"
    );
    let error = refused(dir.path(), &classes(Some(&["age"])));
    assert!(
        error.contains("exams.csv:2: column `age`: expected True or False (or 1, 0), found `51`"),
        "{error}"
    );
    let all = "exam_id,patient_id,1dAVb,RBBB,LBBB,SB,AF,ST\n101,1,0,0,0,0,0,0\n102,1,1,False,0,0,true,0\n103,1,0,,0,0,0,0\n";
    let dir = folder(all, &["f4_contiguous"]);
    let set = read(dir.path(), &classes(None)).unwrap();
    assert_eq!(set.classes(), ["1dAVb", "RBBB", "LBBB", "SB", "AF", "ST"]);
    assert_eq!(set.records()[0].label, Label::Classes(vec![false; 6]));
    let second = vec![true, false, false, false, true, false];
    assert_eq!(set.records()[1].label, Label::Classes(second));
    assert_eq!(skipped(&*set)[0], ("103", "the column `RBBB` is empty"));
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let dir = folder(TABLE, &["f4_contiguous"]);
    let with = |change: fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        refused(dir.path(), &options)
    };
    for (found, expected) in [
        (
            with(|o| o.scale = None),
            "data.scale: expected the factor from the stored values to millivolts, found nothing",
        ),
        (with(|o| o.scale = Some(0.0)), "found 0. It is not assumed"),
        (with(|o| o.scale = Some(f64::NAN)), "data.scale"),
        (with(|o| o.sampling_rate = Some(-1.0)), "data.sampling_rate"),
        (with(|o| o.leads = Some(vec![])), "data.leads"),
        (
            with(|o| o.leads = Some(vec!["I".into(), "II".into()])),
            "expected 2 leads, found [5, 24, 12] (data.leads)",
        ),
        (
            with(|o| o.leads = Some(vec!["X".into(); 24])),
            "its last two axes look swapped",
        ),
        (
            with(|o| o.labels = Some("Age".into())),
            "no column `Age`; did you mean `age`?",
        ),
        (
            with(|o| o.labels = Some("is_male".into())),
            "column `is_male`: expected a finite number, found `True`",
        ),
        (
            with(|o| o.classes = Some(vec!["AF".into()])),
            "data.classes does not apply to the continuous target `age`",
        ),
        (
            with(|o| o.group = Some("patient".into())),
            "data.group: no column `patient`",
        ),
        (
            with(|o| o.folds = Some("age".into())),
            "column `age`: expected a fold",
        ),
        (with(|o| o.csv = Some("no.csv".into())), "no.csv"),
        (
            with(|o| o.min_likelihood = Some(1.0)),
            "data.min_likelihood does not apply to the reader `code15`",
        ),
    ] {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn exams_and_parts_that_do_not_match_are_listed() {
    let table = "exam_id,age,patient_id,trace_file\n\
        104,40,1,exams_part0.hdf5\n\
        105,41,1,exams_part0.hdf5\n\
        106,42,1,exams_part1.hdf5\n\
        107,43,1,exams_part7.hdf5\n\
        108,44,1,\n\
        0,45,1,\n\
        10,,1,exams_part2.hdf5\n";
    let dir = folder(table, &["f4_contiguous", "f4_row_chunks", "padded"]);
    let part = dir.path().join("exams_part1.hdf5");
    let bytes = fs::read(&part).unwrap();
    fs::write(&part, &bytes[..bytes.len() - 100]).unwrap();
    let set = read(dir.path(), &options()).unwrap();
    assert_eq!(ids(&*set), ["104"]);
    let cut = format!(
        "it is cut off: {} bytes by its own account, {} there",
        bytes.len(),
        bytes.len() - 100
    );
    let found = skipped(&*set);
    assert_eq!(found[0], ("105", "exams_part0.hdf5 has no tracing of it"));
    assert_eq!(
        found[1],
        ("106", format!("exams_part1.hdf5 cannot be read: {cut}").as_str())
    );
    assert_eq!(found[2], ("107", "exams_part7.hdf5 is not there"));
    assert_eq!(
        found[3],
        (
            "108",
            format!("no part that can be read has a tracing of it; exams_part1.hdf5 cannot be read: {cut}")
                .as_str()
        )
    );
    assert_eq!(
        found[4],
        ("0", "the parts mark rows without an exam by the number 0")
    );
    assert_eq!(found[5], ("10", "the column `age` is empty"));
    let rest = [
        (
            "exams_part0.hdf5",
            "3 of its 4 exams are not in the table of exams",
        ),
        (
            "exams_part2.hdf5",
            "1 of its 2 exams are not in the table of exams",
        ),
    ];
    assert_eq!(found[6..], rest);
}

#[test]
fn numbers_that_come_twice_are_said() {
    let dir = folder(TABLE, &["f4_contiguous", "f4_row_chunks"]);
    let error = refused(dir.path(), &options());
    let expected = "none of its 4 exams can be used: two tracings have its number, row 0 of exams_part0.hdf5 and row 0 of \
        exams_part1.hdf5 (101)";
    assert!(error.contains(expected), "{error}");
    let dir = folder(&format!("{TABLE}101,51,True,False,9,\n"), &["f4_contiguous"]);
    let error = refused(dir.path(), &options());
    assert!(
        error.contains("exams.csv:6: column `exam_id`: expected a number that is not in line 2 already"),
        "{error}"
    );
    let dir = folder(&format!("{TABLE}1e5,51,True,False,9,\n"), &["f4_contiguous"]);
    let error = refused(dir.path(), &options());
    assert!(
        error.contains("exams.csv:6: column `exam_id`: expected the exam's number, found `1e5`"),
        "{error}"
    );
}

#[test]
fn parts_that_are_no_parts() {
    let dir = folder(TABLE, &[]);
    let error = refused(dir.path(), &options());
    assert!(
        error.contains("expected parts exams_part*.hdf5, found none"),
        "{error}"
    );
    for content in ["", "<html>Not found</html>"] {
        write(dir.path(), "exams_part0.hdf5", content);
        let error = refused(dir.path(), &options());
        assert!(
            error.contains("exams_part0.hdf5 cannot be read: it is no HDF5 file"),
            "{error}"
        );
    }
    assert!(refused(&dir.path().join("no"), &options()).contains("exams.csv"));
}

#[test]
fn a_part_that_is_cut_while_it_is_open_loses_its_tracings_only() {
    for name in ["f4_contiguous", "f4_row_chunks", "f8_small_chunks"] {
        let table = TABLE.replace("104,", "7,");
        let dir = folder(&table, &[name, "padded"]);
        let set = read(dir.path(), &options()).unwrap();
        let leads = set.read(2).unwrap().samples;
        let path = dir.path().join("exams_part0.hdf5");
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(3000)
            .unwrap();
        let error = (0..2)
            .find_map(|i| set.read(i).err())
            .expect("an error")
            .to_string();
        assert!(error.contains("exams_part0.hdf5"), "{error}");
        assert_eq!(set.read(2).unwrap().samples, leads);
    }
}

#[test]
fn zeros_around_a_tracing_are_kept_and_masked() {
    let table = "exam_id,age,patient_id\n7,40,1\n10,50,2\n";
    let dir = folder(table, &["padded"]);
    let set = read(dir.path(), &options()).unwrap();
    for (i, valid) in [(0, 648..3448), (1, 48..4048)] {
        let signal = set.read(i).unwrap();
        assert_eq!(signal.samples.dim(), (12, 4096));
        assert!(signal.samples.column(valid.start - 1).iter().all(|x| *x == 0.0));
        let whole = Pipeline::new(&[], None).unwrap().apply(&signal).unwrap();
        assert_eq!(whole.valid, valid);
        assert_eq!(whole.signal, signal.samples);
        let length = Step::Length {
            samples: Some(4600),
            seconds: None,
            align: Align::Center,
        };
        let longer = Pipeline::new(&[length], None).unwrap().apply(&signal).unwrap();
        assert_eq!(longer.valid, valid.start + 252..valid.end + 252);
    }
}

#[test]
fn threads_read_the_same_values() {
    let expected = values();
    for name in ["f4_contiguous", "f4_row_chunks", "f8_small_chunks"] {
        let dir = folder(&TABLE.replace(",0,", ",1,"), &[name]);
        let set = read(dir.path(), &options()).unwrap();
        std::thread::scope(|scope| {
            for start in 0..4 {
                let (set, expected) = (&set, &expected);
                scope.spawn(move || {
                    for i in (0..40).map(|i| (start + i) % 4) {
                        let signal = set.read(i).unwrap();
                        assert_eq!(signal.samples, expected.slice(s![i, .., ..]).t());
                    }
                });
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is wrong with a file: records or an error, in bounded time.
    #[test]
    fn damage_gives_errors(
        layout in 0..LAYOUTS.len(),
        cut in prop::option::weighted(0.3, 0.0..1.0_f64),
        flips in prop::collection::vec((0.0..1.0_f64, any::<bool>(), any::<u8>()), 0..4),
    ) {
        let dir = folder(TABLE, &[LAYOUTS[layout]]);
        let path = dir.path().join("exams_part0.hdf5");
        let mut bytes = fs::read(&path).unwrap();
        for (place, head, byte) in flips {
            // The metadata are at the front: half of the damage is there.
            let within = if head { bytes.len().min(4096) } else { bytes.len() };
            bytes[(place * within as f64) as usize] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        fs::write(&path, &bytes).unwrap();
        if let Ok(set) = read(dir.path(), &options()) {
            for i in 0..set.records().len() {
                if let Ok(signal) = set.read(i) {
                    prop_assert_eq!(signal.samples.nrows(), 12);
                }
            }
        }
    }
}
