//! Corrected label files of every layout, read again in the data set's place.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array3, array};
use ndarray_npy::NpzWriter;

use super::*;
use crate::datasets::{Arrays, Unlabelled, open};
use crate::{Label, Signal, wfdb};

fn change(record: &str, label: &str, wanted: Wanted) -> Change {
    Change {
        record: record.into(),
        label: label.into(),
        wanted,
    }
}

fn present(record: &str, label: &str) -> Change {
    change(record, label, Wanted::Present { statement: None })
}

fn by_statement(record: &str, label: &str, statement: &str) -> Change {
    let statement = Some(statement.into());
    change(record, label, Wanted::Present { statement })
}

fn absent(record: &str, label: &str) -> Change {
    change(record, label, Wanted::Absent)
}

/// `NAME=A+B` per record, or its value.
fn labels(data: &dyn DataSet) -> Vec<String> {
    let classes = data.classes();
    let label = |label: &Label| match label {
        Label::Classes(flags) => {
            let on: Vec<&str> = (0..flags.len())
                .filter(|i| flags[*i])
                .map(|i| classes[i].as_str())
                .collect();
            on.join("+")
        }
        Label::Value(value) => value.to_string(),
        Label::Missing => "?".into(),
    };
    let line = |record: &crate::RecordInfo| format!("{}={}", record.id, label(&record.label));
    data.records().iter().map(line).collect()
}

fn records(folder: &Path) {
    for i in 1..=4 {
        let signal = Signal {
            samples: ndarray::Array2::zeros((2, 100)),
            sampling_rate: 100.0,
            leads: vec!["I".into(), "II".into()],
        };
        wfdb::write_record(folder, &format!("r{i}"), &signal, 1000.0, &[]).unwrap();
    }
}

const DATABASE: &str = "ecg_id,patient_id,age,note,scp_codes,strat_fold,filename_lr,filename_hr
1,15709.0,56.0, sp\u{e4}t ,\"{'NORM': 100.0, 'SR': 0.0}\",3,r1,r1\r
2,13243,19.0,\"a, \"\"b\"\"\nc\",\"{'IMI': 35.0, 'NDT': 80.0, 'ASMI': 15.0}\",2,r2,r2
3,1.0,33.0,,\"{'LVH': 0.0}\",10.0,r3,r3
4,13243,,,\"{'SR': 0.0}\",1,r4,r4
";

const STATEMENTS: &str = ",diagnostic,diagnostic_class,diagnostic_subclass
NORM,1.0,NORM,NORM
IMI,1.0,MI,IMI
ASMI,1.0,MI,AMI
NDT,1.0,STTC,STTC
LVH,1.0,HYP,LVH
CLBBB,1.0,CD,CLBBB
SR,,,
";

fn ptb_xl(options: Options) -> (tempfile::TempDir, LabelFile, Options) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ptbxl_database.csv"), DATABASE).unwrap();
    fs::write(dir.path().join("scp_statements.csv"), STATEMENTS).unwrap();
    records(dir.path());
    let options = Options {
        sampling_rate: Some(100.0),
        ..options
    };
    let file = LabelFile::open("ptb-xl", dir.path(), &options).unwrap();
    (dir, file, options)
}

#[test]
fn ptb_xl_changes_only_the_statements_of_changed_records() {
    let (dir, file, options) = ptb_xl(Options::default());
    assert_eq!(
        labels(file.data()),
        ["1=NORM", "2=MI+STTC", "3=HYP"],
        "before the changes"
    );
    let changes = [
        absent("1", "NORM"),
        by_statement("1", "MI", "ASMI"),
        absent("2", "MI"),
        present("2", "NORM"),
    ];
    let out = dir.path().join("corrected.csv");
    assert_eq!(file.write(&changes, &out).unwrap(), Outcome::default());
    let expected = DATABASE
        .replace("{'NORM': 100.0, 'SR': 0.0}", "{'SR': 0.0, 'ASMI': 100.0}")
        .replace(
            "{'IMI': 35.0, 'NDT': 80.0, 'ASMI': 15.0}",
            "{'NDT': 80.0, 'NORM': 100.0}",
        );
    assert_eq!(fs::read_to_string(&out).unwrap(), expected);
    assert_eq!(
        fs::read_to_string(dir.path().join("ptbxl_database.csv")).unwrap(),
        DATABASE,
        "the data set is as it was"
    );

    // In the data set's place, as a user may put it, and by the configuration's key.
    let named = Options {
        csv: Some(out.clone()),
        ..options.clone()
    };
    let by_key = labels(&*open("ptb-xl", dir.path(), &named).unwrap());
    fs::rename(&out, dir.path().join("ptbxl_database.csv")).unwrap();
    let in_place = labels(&*open("ptb-xl", dir.path(), &options).unwrap());
    assert_eq!(in_place, ["1=MI", "2=NORM+STTC", "3=HYP"]);
    assert_eq!(by_key, in_place);
}

#[test]
fn ptb_xl_says_which_statements_a_class_has() {
    let (_dir, file, _) = ptb_xl(Options::default());
    let message = file.check(&present("1", "MI")).unwrap_err();
    assert_eq!(
        message,
        "adding `MI` needs one of its statements; name one in corrected_label: `ASMI`, `IMI`"
    );
    let message = file.check(&by_statement("1", "MI", "NDT")).unwrap_err();
    assert!(message.starts_with("`NDT` is no statement of `MI`"), "{message}");
    file.check(&by_statement("1", "MI", "IMI")).unwrap();
    file.check(&present("2", "NORM")).unwrap();
    assert_eq!(file.class_of("IMI"), Some("MI"));
    assert_eq!(file.class_of("SR"), None);
}

#[test]
fn ptb_xl_without_a_label_left_is_reported() {
    let (dir, file, _) = ptb_xl(Options::default());
    let out = dir.path().join("corrected.csv");
    let outcome = file.write(&[absent("3", "HYP")], &out).unwrap();
    assert_eq!(outcome.set_aside, ["3"]);
    let (dir, file, _) = ptb_xl(Options {
        unlabelled: Some(Unlabelled::Negative),
        ..Options::default()
    });
    let out = dir.path().join("corrected.csv");
    let outcome = file.write(&[absent("3", "HYP")], &out).unwrap();
    assert_eq!(outcome, Outcome::default());
}

#[test]
fn ptb_xl_statements_and_thresholds() {
    let (dir, file, options) = ptb_xl(Options {
        labels: Some("statement".into()),
        min_likelihood: Some(50.0),
        ..Options::default()
    });
    assert_eq!(labels(file.data()), ["1=NORM+SR", "2=NDT", "4=SR"]);
    let changes = [
        present("2", "IMI"),
        present("2", "SR"),
        absent("4", "SR"),
        present("4", "LVH"),
    ];
    let out = dir.path().join("corrected.csv");
    file.write(&changes, &out).unwrap();
    let text = fs::read_to_string(&out).unwrap();
    assert!(
        text.contains("{'IMI': 100.0, 'NDT': 80.0, 'ASMI': 15.0, 'SR': 0.0}"),
        "{text}"
    );
    fs::rename(&out, dir.path().join("ptbxl_database.csv")).unwrap();
    let again = open("ptb-xl", dir.path(), &options).unwrap();
    assert_eq!(labels(&*again), ["1=NORM+SR", "2=IMI+NDT+SR", "4=LVH"]);
}

#[test]
fn ptb_xl_with_a_continuous_target() {
    let (dir, file, _) = ptb_xl(Options {
        labels: Some("age".into()),
        ..Options::default()
    });
    assert_eq!(file.target(), Some("age"));
    let out = dir.path().join("corrected.csv");
    file.write(&[change("1", "age", Wanted::Value(65.0))], &out)
        .unwrap();
    let expected = DATABASE.replace("15709.0,56.0,", "15709.0,65.0,");
    assert_eq!(fs::read_to_string(&out).unwrap(), expected);
    assert!(file.check(&absent("1", "age")).is_err());
    assert!(file.check(&change("1", "age", Wanted::Value(f64::NAN))).is_err());
}

fn wfdb_folder(csv: &str, options: Options) -> (tempfile::TempDir, LabelFile) {
    let dir = tempfile::tempdir().unwrap();
    records(dir.path());
    fs::write(dir.path().join("labels.csv"), csv).unwrap();
    let options = Options {
        csv: Some(PathBuf::from("labels.csv")),
        ..options
    };
    let file = LabelFile::open("wfdb", dir.path(), &options).unwrap();
    (dir, file)
}

fn columns(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn wfdb_flags() {
    let csv = "AF,record,x,SR\n0,r1,\"q\",1\n1,r2,,0\n,r3,,\nFalse,r4.hea,é,True";
    let (dir, file) = wfdb_folder(
        csv,
        Options {
            label_columns: columns(&["AF", "SR"]),
            unlabelled: Some(Unlabelled::Keep),
            ..Options::default()
        },
    );
    assert_eq!(labels(file.data()), ["r1=SR", "r2=AF", "r3=?", "r4=SR"]);
    let changes = [
        present("r1", "AF"),
        absent("r2", "AF"),
        present("r3", "SR"),
        present("r4", "AF"),
        absent("r4", "SR"),
    ];
    let out = dir.path().join("corrected.csv");
    assert_eq!(file.write(&changes, &out).unwrap(), Outcome::default());
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        "AF,record,x,SR\n1,r1,\"q\",1\n0,r2,,0\n0,r3,,1\nTrue,r4.hea,é,False"
    );
    assert!(file.check(&by_statement("r1", "AF", "164889003")).is_err());
    assert_eq!(
        fs::read_to_string(dir.path().join("labels.csv")).unwrap(),
        csv,
        "the data set is as it was"
    );
}

#[test]
fn wfdb_names_and_numbers() {
    let csv = "record,dx,age\nr1,AF; SR,50\nr2,SR,60.0\nr3,PVC,70\nr4,AF,\n";
    let options = Options {
        label_columns: columns(&["dx"]),
        label_separator: Some(";".into()),
        ..Options::default()
    };
    let (dir, file) = wfdb_folder(csv, options);
    let changes = [absent("r1", "SR"), present("r2", "AF"), absent("r3", "PVC")];
    let out = dir.path().join("corrected.csv");
    let outcome = file.write(&changes, &out).unwrap();
    assert_eq!(outcome.set_aside, ["r3"]);
    assert_eq!(outcome.vanished, ["PVC"]);
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        "record,dx,age\nr1,AF,50\nr2,SR;AF,60.0\nr3,,70\nr4,AF,\n"
    );

    let (dir, file) = wfdb_folder(
        csv,
        Options {
            labels: Some("age".into()),
            ..Options::default()
        },
    );
    let changes = [
        change("r2", "age", Wanted::Value(61.0)),
        change("r3", "age", Wanted::Value(70.5)),
    ];
    let out = dir.path().join("corrected.csv");
    file.write(&changes, &out).unwrap();
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        "record,dx,age\nr1,AF; SR,50\nr2,SR,61.0\nr3,PVC,70.5\nr4,AF,\n"
    );
}

#[test]
fn wfdb_without_labels_has_nothing_to_correct() {
    let dir = tempfile::tempdir().unwrap();
    records(dir.path());
    let error = LabelFile::open("wfdb", dir.path(), &Options::default())
        .err()
        .unwrap();
    assert!(error.to_string().contains("no labels"), "{error}");
}

fn npz(
    options: Options,
    compressed: bool,
    add: impl FnOnce(&mut NpzWriter<fs::File>),
) -> (tempfile::TempDir, LabelFile, Options) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("d.npz");
    let mut npz = NpzWriter::new(fs::File::create(&path).unwrap());
    let signals = Array3::from_shape_fn((3, 2, 4), |(n, lead, t)| (n * 100 + lead * 10 + t) as f32);
    npz.add_array("signals", &signals).unwrap();
    add(&mut npz);
    npz.add_array("extra", &array![1.5, 2.5]).unwrap();
    npz.finish().unwrap();
    if compressed {
        compress(&path);
    }
    let options = Options {
        sampling_rate: Some(250.0),
        leads: columns(&["I", "II"]),
        ..options
    };
    let set = LabelFile::open("npz", &path, &options).unwrap();
    (dir, set, options)
}

/// As `numpy.savez_compressed` would have written it.
fn compress(path: &Path) {
    let mut from = ::zip::ZipArchive::new(std::io::Cursor::new(fs::read(path).unwrap())).unwrap();
    let mut to = ::zip::ZipWriter::new(fs::File::create(path).unwrap());
    for i in 0..from.len() {
        let mut entry = from.by_index(i).unwrap();
        let options = entry
            .options()
            .compression_method(::zip::CompressionMethod::Deflated);
        to.start_file(entry.name().to_owned(), options).unwrap();
        std::io::copy(&mut entry, &mut to).unwrap();
    }
    to.finish().unwrap();
}

/// Writes changes, checks that everything but the labels is as it was, and gives the labels.
fn changed_npz(
    (dir, file, options): &(tempfile::TempDir, LabelFile, Options),
    changes: &[Change],
) -> Vec<String> {
    let out = dir.path().join("corrected.npz");
    file.write(changes, &out).unwrap();
    let content = |path: &Path| {
        let mut archive = ::zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        (0..archive.len())
            .map(|i| {
                let mut entry = archive.by_index(i).unwrap();
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
                (entry.name().to_owned(), entry.compression(), bytes)
            })
            .collect::<Vec<_>>()
    };
    let (before, after) = (content(file.path()), content(&out));
    assert_eq!(before.len(), after.len());
    for ((name, compression, bytes), other) in before.iter().zip(&after) {
        assert_eq!((name, compression), (&other.0, &other.1));
        assert!(bytes == &other.2 || name.starts_with("labels"), "{name}");
    }
    let again = open("npz", &out, options).unwrap();
    for record in 0..3 {
        assert_eq!(
            again.read(record).unwrap().samples,
            file.data().read(record).unwrap().samples
        );
    }
    labels(&*again)
}

#[test]
fn npz_flags_of_any_type_and_order() {
    let options = || Options {
        classes: columns(&["AF", "SR"]),
        ..Options::default()
    };
    let changes = [present("0", "SR"), absent("0", "AF"), absent("2", "SR")];
    let expected = ["0=SR", "1=SR", "2=AF"];
    let flags = array![[1_u8, 0], [0, 1], [1, 1]];
    for compressed in [false, true] {
        let u8s = npz(options(), compressed, |npz| {
            npz.add_array("labels", &flags).unwrap()
        });
        assert_eq!(changed_npz(&u8s, &changes), expected);
        let floats = npz(options(), compressed, |npz| {
            npz.add_array("labels", &flags.mapv(f32::from)).unwrap();
        });
        assert_eq!(changed_npz(&floats, &changes), expected);
        let bools = npz(options(), compressed, |npz| {
            npz.add_array("labels", &flags.mapv(|flag| flag == 1)).unwrap();
        });
        assert_eq!(changed_npz(&bools, &changes), expected);
        let fortran = npz(options(), compressed, |npz| {
            npz.add_array("labels", &flags.mapv(i64::from).t().as_standard_layout().t())
                .unwrap();
        });
        assert_eq!(changed_npz(&fortran, &changes), expected);
    }
}

#[test]
fn npz_indices_and_numbers() {
    let indices = npz(
        Options {
            classes: columns(&["AF", "SR", "PVC"]),
            ..Options::default()
        },
        false,
        |npz| npz.add_array("labels", &array![0_i16, 1, 1]).unwrap(),
    );
    assert!(indices.1.exclusive());
    let changes = [absent("1", "SR"), present("1", "PVC")];
    assert_eq!(changed_npz(&indices, &changes), ["0=AF", "1=PVC", "2=SR"]);

    let arrays = Some(Arrays {
        labels: Some("labels_age".into()),
        ..Arrays::default()
    });
    let numbers = npz(
        Options {
            arrays,
            ..Options::default()
        },
        true,
        |npz| {
            npz.add_array("labels_age", &array![50.0_f32, 60.0, 70.0])
                .unwrap()
        },
    );
    assert_eq!(numbers.1.target(), Some("labels_age"));
    let changes = [change("2", "labels_age", Wanted::Value(71.3))];
    assert_eq!(
        changed_npz(&numbers, &changes),
        ["0=50", "1=60", "2=71.30000305175781"]
    );
    let whole = npz(Options::default(), true, |npz| {
        npz.add_array("labels", &array![50_u8, 60, 70]).unwrap();
    });
    let message = whole
        .1
        .check(&change("1", "labels", Wanted::Value(60.5)))
        .unwrap_err();
    assert!(message.contains("8-bit unsigned"), "{message}");
}

#[test]
fn npz_class_names() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("d.npz");
    let mut npz = NpzWriter::new(fs::File::create(&path).unwrap());
    npz.add_array("signals", &Array3::<f32>::zeros((3, 2, 4)))
        .unwrap();
    npz.finish().unwrap();
    // The crate writes no text: an array `<U3` by hand, beside what it wrote.
    let mut zip =
        ::zip::ZipWriter::new_append(fs::OpenOptions::new().read(true).write(true).open(&path).unwrap())
            .unwrap();
    zip.start_file("labels.npy", ::zip::write::SimpleFileOptions::default())
        .unwrap();
    let header = "{'descr': '<U3', 'fortran_order': False, 'shape': (3,), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for name in ["AF\0", "SR\0", "PVC"] {
        bytes.extend(name.chars().flat_map(|c| u32::from(c).to_le_bytes()));
    }
    zip.write_all(&bytes).unwrap();
    zip.finish().unwrap();
    let options = Options {
        sampling_rate: Some(250.0),
        leads: columns(&["I", "II"]),
        ..Options::default()
    };
    let file = LabelFile::open("npz", &path, &options).unwrap();
    assert_eq!(labels(file.data()), ["0=AF", "1=SR", "2=PVC"]);
    let changes = [present("1", "PVC"), absent("1", "SR")];
    let set = (dir, file, options);
    assert_eq!(changed_npz(&set, &changes), ["0=AF", "1=PVC", "2=PVC"]);
}
