//! Folders of WFDB records.

use std::fs;
use std::path::Path;

use ecg_audit_ecg::Label;
use ecg_audit_ecg::datasets::{Options, open};
use ecg_audit_ecg::wfdb::write_record;

use super::{ids, message, signal, skipped, write};

/// Records `a/1`, `a/2`, `b/2` and `c`, and a labels file.
fn folder(csv: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (i, name) in ["a/1", "a/2", "b/2", "c"].iter().enumerate() {
        let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
        let folder = dir.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        write_record(&folder, name, &signal(i), 1000.0, &[]).unwrap();
    }
    write(dir.path(), "labels.csv", csv);
    dir
}

fn folder_options() -> Options {
    let columns = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    Options {
        csv: Some("labels.csv".into()),
        label_columns: columns(&["AF", "LBBB"]),
        ..Options::default()
    }
}

#[test]
fn wfdb_folder_without_labels() {
    let dir = folder("");
    let set = open("wfdb", dir.path(), &Options::default()).unwrap();
    assert_eq!(ids(&*set), ["a/1", "a/2", "b/2", "c"]);
    assert_eq!(set.records()[0].label, Label::Missing);
    assert_eq!(set.read(3).unwrap(), signal(3));
    write(dir.path(), "RECORDS", "c\r\n./b/\n\na/7\n");
    let set = open("wfdb", dir.path(), &Options::default()).unwrap();
    assert_eq!(ids(&*set), ["c", "b/2"]);
    assert_eq!(
        skipped(&*set),
        [("a/7", "RECORDS names it, but `a/7.hea` is not there")]
    );
    write(dir.path(), "RECORDS", "c\n../c\n");
    assert!(message("wfdb", dir.path(), &Options::default()).contains("RECORDS:2: `../c` is outside"));
    write(dir.path(), "RECORDS", "c\nc\n");
    assert!(message("wfdb", dir.path(), &Options::default()).contains("RECORDS:2: `c` is in line 1 already"));
}

#[test]
fn wfdb_folder_lists_no_segments() {
    let dir = folder("");
    write(dir.path(), "whole.hea", "whole/1 2 100 5\nc 5\n");
    let set = open("wfdb", dir.path(), &Options::default()).unwrap();
    assert_eq!(ids(&*set), ["a/1", "a/2", "b/2", "whole"]);
    assert_eq!(set.read(3).unwrap(), signal(3));
}

#[test]
fn wfdb_folder_with_a_column_per_class() {
    let dir = folder(
        "record,AF,LBBB,fold,who\nc,1,0,2,p\n1.hea,False,true,1,\na/2,,,1,p\nb/9,0,0,1,q\n2,0,1,1,q\n",
    );
    let options = Options {
        folds: Some("fold".into()),
        group: Some("who".into()),
        ..folder_options()
    };
    let set = open("wfdb", dir.path(), &options).unwrap();
    assert_eq!(set.classes(), ["AF", "LBBB"]);
    assert_eq!(ids(&*set), ["c", "a/1"]);
    let [c, one] = set.records() else {
        panic!("two records")
    };
    assert_eq!(
        (c.label.clone(), c.fold, c.group.as_deref()),
        (Label::Classes(vec![true, false]), Some(2), Some("p"))
    );
    assert_eq!(
        (one.label.clone(), one.group.clone()),
        (Label::Classes(vec![false, true]), None)
    );
    assert_eq!(set.read(0).unwrap(), signal(3));
    let csv = dir.path().join("labels.csv");
    assert_eq!(
        skipped(&*set),
        [
            ("a/2", "its label columns are empty"),
            ("b/9", "no such record in the folder"),
            ("2", "several records have this name: a/2, b/2"),
            ("b/2", format!("no row in {}", csv.display()).as_str()),
        ]
    );
}

#[test]
fn wfdb_folder_with_names_or_values() {
    let dir = folder("file,dx,age\na/1,AF; LBBB,51\na/2,,7.5\nb/2,AF,\nc,NORM;AF,9\n");
    let options = Options {
        csv: Some("labels.csv".into()),
        record_column: Some("file".into()),
        label_columns: Some(vec!["dx".into()]),
        label_separator: Some(";".into()),
        ..Options::default()
    };
    let set = open("wfdb", dir.path(), &options).unwrap();
    assert_eq!(set.classes(), ["AF", "LBBB", "NORM"]);
    assert_eq!(set.records()[2].label, Label::Classes(vec![true, false, true]));
    assert_eq!(skipped(&*set), [("a/2", "the column `dx` is empty")]);
    let options = Options {
        label_columns: None,
        label_separator: None,
        labels: Some("age".into()),
        ..options
    };
    let set = open("wfdb", dir.path(), &options).unwrap();
    assert_eq!(set.records()[1].label, Label::Value(7.5));
    assert_eq!(ids(&*set), ["a/1", "a/2", "c"]);
}

#[test]
fn wfdb_folder_with_wrong_tables_and_options() {
    let table = "record,AF,LBBB\nc,1,0\n";
    for (csv, expected) in [
        (
            "record,AF,LBBB\nc,1,0\nc,1,0\n",
            "labels.csv:3: column `record`: expected a record that is not in line 2",
        ),
        (
            "record,AF,LBBB\nc,2,0\n",
            "labels.csv:2: column `AF`: expected 0 or 1 (for class names",
        ),
        ("record,AF,LBBB\nc,1,\n", "column `LBBB`: expected 0 or 1"),
        ("record,AF,LBBB\nc,nan,0\n", "column `AF`: expected 0 or 1"),
        ("name,AF,LBBB\nc,1,0\n", "data.record_column: no column `record`"),
        ("record,AF\nc,1\n", "data.label_columns: no column `LBBB`"),
    ] {
        let found = message("wfdb", folder(csv).path(), &folder_options());
        assert!(found.contains(expected), "{found}");
    }
    let dir = folder(table);
    let check = |options: Options, expected: &str| {
        let found = message("wfdb", dir.path(), &options);
        assert!(found.contains(expected), "{found}");
    };
    check(
        Options {
            csv: None,
            ..folder_options()
        },
        "data.label_columns is about a column: it needs data.csv",
    );
    check(
        Options {
            labels: Some("AF".into()),
            ..folder_options()
        },
        "expected one",
    );
    check(
        Options {
            label_separator: Some(";".into()),
            ..folder_options()
        },
        "a single name in data.label_columns",
    );
    check(
        Options {
            leads: Some(vec![]),
            ..folder_options()
        },
        "data.leads does not apply to the reader `wfdb`",
    );
    let empty = tempfile::tempdir().unwrap();
    assert!(message("wfdb", empty.path(), &Options::default()).contains("no WFDB record"));
    assert!(
        message("wfdb", Path::new("/nowhere"), &Options::default()).contains("/nowhere: expected a folder")
    );
}
