//! NPZ files.

use std::fs;
use std::path::Path;

use ecg_audit_ecg::Label;
use ecg_audit_ecg::datasets::{Arrays, Options, open};
use ndarray::{Array, Array1, Array2, Array3, ShapeBuilder, array};
use ndarray_npy::NpzWriter;
use proptest::prelude::*;

use super::{ids, message, skipped, write};

fn signals() -> Array3<f32> {
    Array::from_shape_fn((3, 2, 4), |(n, lead, t)| (n * 100 + lead * 10 + t) as f32)
}

fn npz(write: impl FnOnce(&mut NpzWriter<fs::File>)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut npz = NpzWriter::new(fs::File::create(dir.path().join("d.npz")).unwrap());
    write(&mut npz);
    npz.finish().unwrap();
    dir
}

fn npz_options() -> Options {
    let leads = Some(vec!["I".into(), "II".into()]);
    Options {
        sampling_rate: Some(250.0),
        leads,
        ..Options::default()
    }
}

#[test]
fn npz_with_everything() {
    let dir = npz(|npz| {
        npz.add_array("signals", &signals()).unwrap();
        npz.add_array("labels", &array![[1_u8, 0], [0, 1], [1, 1]])
            .unwrap();
        npz.add_array("folds", &array![1_i64, 2, 1]).unwrap();
        npz.add_array("who", &array![7_i32, -7, 7]).unwrap();
        npz.add_array("ids", &array![10.0, 20.0, 30.0]).unwrap();
    });
    let arrays = Some(Arrays {
        groups: Some("who".into()),
        ..Arrays::default()
    });
    let options = Options {
        arrays,
        classes: Some(vec!["AF".into(), "SR".into()]),
        ..npz_options()
    };
    let set = open("npz", &dir.path().join("d.npz"), &options).unwrap();
    assert_eq!(ids(&*set), ["10", "20", "30"]);
    assert_eq!(set.classes(), ["AF", "SR"]);
    let second = &set.records()[1];
    assert_eq!((second.fold, second.group.as_deref()), (Some(2), Some("-7")));
    assert_eq!(second.label, Label::Classes(vec![false, true]));
    let signal = set.read(1).unwrap();
    assert_eq!((signal.sampling_rate, signal.leads.len()), (250.0, 2));
    assert_eq!(
        signal.samples,
        array![[100.0, 101.0, 102.0, 103.0], [110.0, 111.0, 112.0, 113.0]]
    );
}

#[test]
fn npz_in_other_orders_and_types() {
    let fortran = Array3::from_shape_fn((3, 2, 4).f(), |i| f64::from(signals()[i]));
    let dir = npz(|npz| {
        npz.add_array("signals", &fortran).unwrap();
        npz.add_array("labels", &Array2::from_shape_fn((3, 2).f(), |(n, c)| n == c))
            .unwrap();
    });
    let set = open("npz", &dir.path().join("d.npz"), &npz_options()).unwrap();
    assert_eq!(set.classes(), ["0", "1"]);
    assert_eq!(set.records()[1].label, Label::Classes(vec![false, true]));
    assert_eq!(set.records()[2].label, Label::Classes(vec![false, false]));
    for n in 0..3 {
        assert_eq!(
            set.read(n).unwrap().samples,
            signals().index_axis(ndarray::Axis(0), n)
        );
    }
}

#[test]
fn npz_with_one_label_per_record() {
    let labels = |labels: Array1<f64>, classes: Option<Vec<String>>| {
        let dir = npz(|npz| {
            npz.add_array("signals", &signals()).unwrap();
            npz.add_array("labels", &labels).unwrap();
        });
        let set = open(
            "npz",
            &dir.path().join("d.npz"),
            &Options {
                classes,
                ..npz_options()
            },
        );
        set.map(|set| {
            set.records()
                .iter()
                .map(|record| record.label.clone())
                .collect::<Vec<_>>()
        })
    };
    let values = labels(array![51.0, 7.5, 300.0], None).unwrap();
    assert_eq!(values, [51.0, 7.5, 300.0].map(Label::Value));
    let names = || Some(vec!["A".into(), "B".into()]);
    let classes = labels(array![1.0, 0.0, 1.0], names()).unwrap();
    assert_eq!(classes[0], Label::Classes(vec![false, true]));
    let error = labels(array![1.0, 2.0, 0.0], names()).unwrap_err().to_string();
    assert!(
        error.contains("array `labels`: row 1: expected an index below 2, found 2"),
        "{error}"
    );
    let error = labels(array![1.0, f64::NAN, 0.0], None).unwrap_err().to_string();
    assert!(
        error.contains("row 1: expected a finite number, found NaN"),
        "{error}"
    );
}

/// Files of NumPy itself: compressed, with text, big-endian (made by `reference/npz_fixtures.py`).
#[test]
fn npz_files_of_numpy() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/npz");
    for name in ["compressed.npz", "big_endian.npz"] {
        let set = open("npz", &fixtures.join(name), &npz_options()).unwrap();
        assert_eq!(ids(&*set), ["é1", "b"], "{name}");
        assert_eq!(set.classes(), ["AF", "SR"]);
        assert_eq!(skipped(&*set), [("c3", "its label is empty")]);
        assert_eq!(set.records()[1].group.as_deref(), Some("p2"));
        for n in 0..2 {
            assert_eq!(
                set.read(n).unwrap().samples,
                signals().index_axis(ndarray::Axis(0), n),
                "{name}"
            );
        }
    }
    let error = message("npz", &fixtures.join("objects.npz"), &npz_options());
    assert!(
        error.contains("array `labels`: it holds Python objects"),
        "{error}"
    );
}

#[test]
fn npz_files_that_are_wrong() {
    type Write = dyn Fn(&mut NpzWriter<fs::File>);
    let cases: [(&Write, &str); 9] = [
        (
            &|npz| npz.add_array("signal", &signals()).unwrap(),
            "no array `signals`; did you mean `signal`?",
        ),
        (
            &|npz| npz.add_array("signals", &array![[1.0]]).unwrap(),
            "expected the shape [N, leads, samples], found [1, 1]",
        ),
        (
            &|npz| {
                npz.add_array("signals", &Array3::<i32>::zeros((3, 2, 4)))
                    .unwrap()
            },
            "expected 32- or 64-bit floats",
        ),
        (
            &|npz| {
                npz.add_array("signals", &Array3::<f32>::zeros((3, 4, 2)))
                    .unwrap()
            },
            "expected [N, 2, samples] for 2 names in data.leads, found [3, 4, 2]: its last two axes look swapped",
        ),
        (
            &|npz| {
                npz.add_array("signals", &Array3::<f32>::zeros((0, 2, 4)))
                    .unwrap()
            },
            "expected at least one record",
        ),
        (
            &|npz| {
                npz.add_array("signals", &signals()).unwrap();
                npz.add_array("ids", &array![1, 2, 1]).unwrap();
            },
            "rows 0 and 2 have the same name `1`",
        ),
        (
            &|npz| {
                npz.add_array("signals", &signals()).unwrap();
                npz.add_array("folds", &array![1, -2, 1]).unwrap();
            },
            "folds: expected integers of 0 or more, found `-2`",
        ),
        (
            &|npz| {
                npz.add_array("signals", &signals()).unwrap();
                npz.add_array("groups", &array![1, 2]).unwrap();
            },
            "array `groups`: expected the shape [3], found [2]",
        ),
        (
            &|npz| {
                npz.add_array("signals", &signals()).unwrap();
                npz.add_array("labels", &array![[1.0, 0.5], [0.0, 0.0], [1.0, 1.0]])
                    .unwrap();
            },
            "array `labels`: row 0, column 1: expected 0 or 1, found 0.5",
        ),
    ];
    for (write, expected) in cases {
        let found = message("npz", &npz(write).path().join("d.npz"), &npz_options());
        assert!(found.contains(expected), "{found}");
    }
    let dir = npz(|npz| npz.add_array("signals", &signals()).unwrap());
    let path = dir.path().join("d.npz");
    let check = |options: Options, expected: &str| {
        let found = message("npz", &path, &options);
        assert!(found.contains(expected), "{found}");
    };
    check(
        Options {
            sampling_rate: None,
            ..npz_options()
        },
        "expected the signals' rate in Hz, found nothing",
    );
    check(
        Options {
            leads: None,
            ..npz_options()
        },
        "expected the names of 2 leads, found nothing",
    );
    check(
        Options {
            folds: Some("folds".into()),
            ..npz_options()
        },
        "data.folds does not apply to the reader `npz`",
    );
    write(dir.path(), "text.npz", "not a zip file");
    assert!(message("npz", &dir.path().join("text.npz"), &npz_options()).contains("expected an NPZ file"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes changed and the end cut off, in the headers as well as in the elements.
    #[test]
    fn damaged_npz_files_never_panic(
        name in prop::sample::select(vec!["compressed.npz", "big_endian.npz"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/npz").join(name);
        let mut bytes = fs::read(path).unwrap();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "d.npz", bytes);
        if let Ok(set) = open("npz", &dir.path().join("d.npz"), &npz_options()) {
            for index in 0..set.records().len() {
                let _ = set.read(index);
            }
        }
    }
}
