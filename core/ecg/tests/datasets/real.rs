//! The readers on real records, where they are present.
//!
//! Expected figures come from pandas (labels as in the reference audit) and from the Python package
//! `wfdb` (E09141 from NumPy: `wfdb` refuses the dot in its record line).

use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{Options, Unlabelled, open};
use ecg_audit_ecg::preprocess::Pipeline;
use ecg_audit_ecg::wfdb::read_record;
use ecg_audit_ecg::{DataSet, Label, Signal};

/// The folder with the data, or nothing after one line that says so.
fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("ECG_AUDIT_SHARED").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let data = path.join("data");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!(
        "skipped: no real records in {}; set ECG_AUDIT_SHARED",
        path.display()
    );
    None
}

fn counts(set: &dyn DataSet) -> Vec<(String, usize)> {
    let has = |class: usize| {
        let flags = |label: &Label| matches!(label, Label::Classes(flags) if flags[class]);
        set.records().iter().filter(|record| flags(&record.label)).count()
    };
    set.classes()
        .iter()
        .enumerate()
        .map(|(i, name)| (name.clone(), has(i)))
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn of(pairs: &[(&str, usize)]) -> Vec<(String, usize)> {
    pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

/// First sample of the first lead, last sample of the last lead, and the sum of all.
fn check(signal: &Signal, shape: (usize, usize), first: f32, last: f32, sum: f64) {
    assert_eq!(signal.samples.dim(), shape);
    assert!((signal.samples[[0, 0]] - first).abs() < 1e-6);
    assert!((signal.samples[[shape.0 - 1, shape.1 - 1]] - last).abs() < 1e-6);
    let found: f64 = signal.samples.iter().map(|&v| f64::from(v)).sum();
    assert!((found - sum).abs() < 1e-3, "{found} != {sum}");
}

#[test]
fn ptb_xl_at_100_hz() {
    let Some(data) = shared() else { return };
    let options = Options {
        sampling_rate: Some(100.0),
        ..Options::default()
    };
    let set = open("ptb-xl", &data.join("ptb-xl"), &options).unwrap();
    assert_eq!(
        counts(&*set),
        of(&[("NORM", 207), ("MI", 51), ("STTC", 66), ("CD", 54), ("HYP", 30)])
    );
    assert_eq!(set.records().len(), 342);
    let skipped: Vec<_> = set
        .skipped()
        .iter()
        .map(|skipped| skipped.record.as_str())
        .collect();
    assert_eq!(skipped, ["17", "18", "20", "23", "34", "143", "144", "190"]);

    let options = Options {
        unlabelled: Some(Unlabelled::Negative),
        ..options
    };
    let set = open("ptb-xl", &data.join("ptb-xl"), &options).unwrap();
    assert_eq!(set.records().len(), 350);
    let mut folds = [0; 11];
    let mut groups = std::collections::BTreeSet::new();
    for (i, record) in set.records().iter().enumerate() {
        folds[record.fold.unwrap() as usize] += 1;
        groups.insert(record.group.clone().unwrap());
        let signal = set.read(i).unwrap();
        assert_eq!((signal.samples.dim(), signal.sampling_rate), ((12, 1000), 100.0));
        assert!(signal.samples.iter().all(|value| value.is_finite()));
    }
    assert_eq!(folds, [0, 32, 38, 25, 30, 33, 26, 29, 30, 61, 46]);
    assert_eq!(groups.len(), 320);
    assert_eq!(set.records()[0].group.as_deref(), Some("15709"));
    let first = set.read(0).unwrap();
    assert_eq!(
        first.leads,
        [
            "I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"
        ]
    );
    check(&first, (12, 1000), -0.119, -0.12, 1.257);
}

#[test]
fn ptb_xl_at_500_hz() {
    let Some(data) = shared() else { return };
    let options = Options {
        sampling_rate: Some(500.0),
        unlabelled: Some(Unlabelled::Keep),
        labels: Some("age".into()),
        ..Options::default()
    };
    let set = open("ptb-xl", &data.join("ptb-xl"), &options).unwrap();
    assert_eq!((set.records().len(), set.skipped().len()), (40, 310));
    assert!(set.skipped()[0].reason.ends_with("00041_hr.hea is not there"));
    for i in 0..40 {
        assert_eq!(set.read(i).unwrap().samples.dim(), (12, 5000));
    }
    check(&set.read(39).unwrap(), (12, 5000), 0.05, -0.04, -138.075);
    assert_eq!(set.records()[0].label, Label::Value(56.0));
}

#[test]
fn ptb_xl_subclasses_and_statements() {
    let Some(data) = shared() else { return };
    let with = |labels: &str| {
        let options = Options {
            sampling_rate: Some(100.0),
            labels: Some(labels.into()),
            ..Options::default()
        };
        open("ptb-xl", &data.join("ptb-xl"), &options).unwrap()
    };
    let set = with("subclass");
    assert_eq!(set.classes().len(), 23);
    let expected = [
        ("AMI", 30),
        ("CLBBB", 7),
        ("CRBBB", 4),
        ("ILBBB", 1),
        ("IMI", 27),
        ("IRBBB", 13),
        ("ISCA", 7),
        ("ISCI", 4),
        ("ISC_", 17),
        ("IVCD", 3),
        ("LAFB/LPFB", 20),
        ("LAO/LAE", 3),
        ("LMI", 2),
        ("LVH", 26),
        ("NORM", 207),
        ("NST_", 11),
        ("RAO/RAE", 3),
        ("RVH", 2),
        ("SEHYP", 1),
        ("STTC", 35),
        ("_AVB", 9),
    ];
    assert_eq!(counts(&*set), of(&expected));
    let set = with("statement");
    assert_eq!((set.classes().len(), set.records().len()), (71, 350));
    let found = counts(&*set);
    assert_eq!(found.len(), 53);
    for expected in of(&[
        ("AFIB", 8),
        ("ASMI", 24),
        ("LAFB", 19),
        ("NORM", 207),
        ("SR", 287),
        ("VCLVH", 9),
    ]) {
        assert!(found.contains(&expected), "{expected:?}");
    }
}

#[test]
fn challenge_2021() {
    let Some(data) = shared() else { return };
    let set = open("wfdb", &data.join("challenge2021"), &Options::default()).unwrap();
    let expected = [
        ("A0689", -0.047, 0.083, 10.093),
        ("E09141", -0.009, 0.204, -59.321),
        ("HR09739", -0.15, -0.165, -33.718),
        ("JS01560", 0.615, 0.117, 204.507),
        ("JS14622", -0.044, 0.068, 72.339),
        ("JS23925", 0.0, -0.185, -78.371),
        ("JS36330", 0.098, -0.049, 322.675),
    ];
    assert_eq!(set.records().len(), expected.len());
    for (i, (name, first, last, sum)) in expected.into_iter().enumerate() {
        assert_eq!(set.records()[i].id, name);
        let signal = set.read(i).unwrap();
        assert_eq!(signal.sampling_rate, 500.0);
        check(&signal, (12, 5000), first, last, sum);
    }
}

#[test]
fn ludb() {
    let Some(data) = shared() else { return };
    let options = Options {
        csv: Some("ludb.csv".into()),
        record_column: Some("ID".into()),
        label_columns: Some(vec!["Rhythms".into()]),
        label_separator: Some("\n".into()),
        group: Some("ID".into()),
        ..Options::default()
    };
    let set = open("wfdb", &data.join("ludb"), &options).unwrap();
    assert_eq!((set.records().len(), set.skipped().len()), (100, 100));
    assert!(
        set.skipped()
            .iter()
            .all(|skipped| skipped.reason == "no such record in the folder")
    );
    for i in 0..set.records().len() {
        assert_eq!(set.read(i).unwrap().samples.dim(), (12, 5000));
    }
    assert!(
        set.classes().contains(&"Sinus bradycardia".to_owned()),
        "{:?}",
        set.classes()
    );
    let record = |name: &str| read_record(&data.join("ludb/data").join(name)).unwrap();
    check(&record("1"), (12, 5000), -0.073_426_574, -0.045_298_558, 17.376);
    check(&record("199"), (12, 5000), 0.049_132_95, 0.009_857_072, 24.7753);
}

#[test]
fn code15() {
    let Some(data) = shared() else { return };
    let options = Options {
        scale: Some(1.0),
        ..Options::default()
    };
    let set = open("code15", &data.join("code15"), &options).unwrap();
    assert_eq!((set.records().len(), set.skipped().len()), (260, 0));
    let ages: f64 = set
        .records()
        .iter()
        .map(|record| match record.label {
            Label::Value(age) => age,
            _ => 0.0,
        })
        .sum();
    assert_eq!(ages, 13505.0);
    let patients: std::collections::HashSet<_> = set.records().iter().map(|record| &record.group).collect();
    assert_eq!(patients.len(), 257);
    for (i, name, sample, sum) in [(0, "2508934", -0.084, -937.47), (259, "1111678", 0.003, -43.758)] {
        assert_eq!(set.records()[i].id, name);
        let signal = set.read(i).unwrap();
        let found = signal.samples[[0, 600]];
        assert!((found - sample).abs() < 1e-6, "{found}");
        let found: f64 = signal.samples.iter().map(|&v| f64::from(v)).sum();
        assert!((found - sum).abs() < 1e-3, "{found}");
    }
    // The padding: as NumPy counts the zeros in all leads that last 0.1 s or longer.
    let pipeline = Pipeline::new(&[], None).unwrap();
    let valid: Vec<usize> = (0..260)
        .map(|i| pipeline.apply(&set.read(i).unwrap()).unwrap().valid.len())
        .collect();
    assert_eq!(valid.iter().sum::<usize>(), 878_111);
    assert_eq!(valid.iter().filter(|length| **length == 2934).count(), 150);
}
