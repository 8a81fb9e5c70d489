//! PTB-XL's layout.

use std::fs;
use std::path::Path;

use ecg_audit_ecg::Label;
use ecg_audit_ecg::datasets::{Options, Unlabelled, open};
use ecg_audit_ecg::wfdb::write_record;

use super::{ids, message, signal, skipped, write};

const DATABASE: &str = "ecg_id,patient_id,age,sex,note,scp_codes,strat_fold,filename_lr,filename_hr
1,15709.0,56.0,1,,\"{'NORM': 100.0, 'SR': 0.0}\",3,r/1,r/1
2,13243,19.0,0.0,x,\"{'IMI': 35.0, 'NDT': 80.0}\",2,r/2,r/2
3,,,,,\"{'SR': 0.0}\",10.0,r/3,r/3
4,13243,300.0,2,,\"{'LVH': 0.0}\",1,r/4,r/4
";

const STATEMENTS: &str = ",diagnostic,diagnostic_class,diagnostic_subclass
NORM,1.0,NORM,NORM
IMI,1.0,MI,IMI
NDT,1.0,STTC,STTC
CLBBB,1.0,CD,CLBBB
LVH,1.0,HYP,LVH
SR,,,
";

fn ptb_xl(database: &str, statements: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "ptbxl_database.csv", database);
    write(dir.path(), "scp_statements.csv", statements);
    fs::create_dir(dir.path().join("r")).unwrap();
    for i in 1..=4 {
        write_record(&dir.path().join("r"), &i.to_string(), &signal(i), 1000.0, &[]).unwrap();
    }
    dir
}

fn ptb_xl_options() -> Options {
    Options {
        sampling_rate: Some(100.0),
        ..Options::default()
    }
}

#[test]
fn ptb_xl_with_superclasses() {
    let dir = ptb_xl(DATABASE, STATEMENTS);
    let set = open("ptb-xl", dir.path(), &ptb_xl_options()).unwrap();
    assert_eq!(set.reader(), "ptb-xl");
    assert_eq!(set.classes(), ["NORM", "MI", "STTC", "CD", "HYP"]);
    assert_eq!(ids(&*set), ["1", "2", "4"]);
    assert_eq!(
        skipped(&*set),
        [("3", "no superclass among its statements (SR 0)")]
    );
    let [first, second, _] = set.records() else {
        panic!("three records")
    };
    assert_eq!(first.group.as_deref(), Some("15709"));
    assert_eq!(second.group.as_deref(), Some("13243"));
    assert_eq!(first.fold, Some(3));
    assert_eq!(
        second.label,
        Label::Classes(vec![false, true, true, false, false])
    );
    assert_eq!(first.metadata.get("age").map(String::as_str), Some("56.0"));
    let sex = |i: usize| set.records()[i].metadata.get("sex").map(String::as_str);
    assert_eq!((sex(0), sex(1)), (Some("female"), Some("male")));
    assert_eq!(
        (
            first.metadata.get("note"),
            second.metadata.get("note").map(String::as_str)
        ),
        (None, Some("x"))
    );
    assert_eq!(set.read(2).unwrap(), signal(4));
    assert!(
        set.read(3)
            .unwrap_err()
            .to_string()
            .contains("record 3 was asked for, the data set has 3")
    );
}

#[test]
fn ptb_xl_with_other_labels() {
    let dir = ptb_xl(DATABASE, STATEMENTS);
    let with = |change: &dyn Fn(&mut Options)| {
        let mut options = ptb_xl_options();
        change(&mut options);
        open("ptb-xl", dir.path(), &options).unwrap()
    };
    let set = with(&|o| o.labels = Some("subclass".into()));
    assert_eq!(set.classes(), ["CLBBB", "IMI", "LVH", "NORM", "STTC"]);

    let set = with(&|o| o.labels = Some("statement".into()));
    assert_eq!(set.classes(), ["CLBBB", "IMI", "LVH", "NDT", "NORM", "SR"]);
    assert_eq!(ids(&*set), ["1", "2", "3", "4"]);

    let set = with(&|o| o.classes = Some(vec!["STTC".into(), "NORM".into()]));
    assert_eq!(set.classes(), ["STTC", "NORM"]);
    let labels: Vec<_> = set.records().iter().map(|record| record.label.clone()).collect();
    let flags = |a, b| Label::Classes(vec![a, b]);
    assert_eq!(
        labels,
        [flags(false, true), flags(true, false), flags(false, false)],
        "HYP is a known negative"
    );

    let set = with(&|o| o.min_likelihood = Some(50.0));
    assert_eq!(
        set.records()[1].label,
        Label::Classes(vec![false, false, true, false, false])
    );
    let reason = "no superclass of likelihood 50 or more among its statements (LVH 0)";
    assert!(skipped(&*set).contains(&("4", reason)), "{:?}", skipped(&*set));

    let set = with(&|o| o.unlabelled = Some(Unlabelled::Keep));
    assert_eq!(set.records()[2].label, Label::Missing);
    let set = with(&|o| o.unlabelled = Some(Unlabelled::Negative));
    assert_eq!(set.records()[2].label, Label::Classes(vec![false; 5]));

    let set = with(&|o| o.labels = Some("age".into()));
    assert!(set.classes().is_empty());
    assert_eq!(set.records()[2].label, Label::Value(300.0));
    assert_eq!(skipped(&*set), [("3", "the column `age` is empty")]);
}

#[test]
fn ptb_xl_records_that_cannot_be_used_are_set_aside() {
    let dir = ptb_xl(
        &DATABASE.replace("'IMI'", "'IMX'").replace("r/4,r/4", "r/5,r/5"),
        STATEMENTS,
    );
    let set = open("ptb-xl", dir.path(), &ptb_xl_options()).unwrap();
    assert_eq!(ids(&*set), ["1"]);
    let reasons = skipped(&*set);
    assert_eq!(
        reasons[0],
        ("2", "the statement `IMX` is not in scp_statements.csv")
    );
    assert!(
        reasons[2].0 == "4" && reasons[2].1.ends_with("5.hea is not there"),
        "{reasons:?}"
    );
}

#[test]
fn ptb_xl_tables_that_are_wrong() {
    for (replace, with, expected) in [
        (
            "\n2,",
            "\n1,",
            "ptbxl_database.csv:3: column `ecg_id`: expected a number that is not in line 2 already, found `1`",
        ),
        (
            "strat_fold",
            "strat fold",
            "data.folds: no column `strat_fold`; did you mean `strat fold`? The columns are `ecg_id`, ",
        ),
        (
            "'SR': 0.0}\",3",
            "'SR': much}\",3",
            ":2: column `scp_codes`: expected a likelihood from 0 to 100",
        ),
        (
            "10.0,r/3",
            "1.5,r/3",
            ":4: column `strat_fold`: expected a fold, an integer of 0 or more, found `1.5`",
        ),
        (
            ",10.0,r/3",
            ",,r/3",
            ":4: column `strat_fold`: expected a fold, an integer of 0 or more, found ``",
        ),
        (
            "\n2,",
            "\n,",
            ":3: column `ecg_id`: expected the record's number, found ``",
        ),
        (
            ",r/1,r/1",
            ",r/1",
            ":2: expected 9 cells as in the header, found 8",
        ),
    ] {
        let database = DATABASE.replacen(replace, with, 1);
        assert_ne!(database, DATABASE);
        let found = message("ptb-xl", ptb_xl(&database, STATEMENTS).path(), &ptb_xl_options());
        assert!(found.contains(expected), "{found}");
    }
    let dir = ptb_xl(DATABASE, &STATEMENTS.replace("SR,", "NORM,"));
    let found = message("ptb-xl", dir.path(), &ptb_xl_options());
    assert!(
        found.contains("scp_statements.csv:7: column ``: expected a statement that is not there already"),
        "{found}"
    );
    let found = message("ptb-xl", Path::new("/nowhere"), &ptb_xl_options());
    assert!(found.contains("ptbxl_database.csv"), "{found}");
}

#[test]
fn ptb_xl_options_that_do_not_fit() {
    let dir = ptb_xl(DATABASE, STATEMENTS);
    let check = |options: Options, expected: &str| {
        let found = message("ptb-xl", dir.path(), &options);
        assert!(found.contains(expected), "{found}");
    };
    check(
        Options::default(),
        "data.sampling_rate: expected 100 or 500, found nothing",
    );
    let options = ptb_xl_options();
    check(
        Options {
            sampling_rate: Some(250.0),
            ..options.clone()
        },
        "expected 100 or 500, found 250",
    );
    check(
        Options {
            record_column: Some("a".into()),
            ..options.clone()
        },
        "data.record_column does not apply to the reader `ptb-xl`",
    );
    check(
        Options {
            csv: Some("a.csv".into()),
            ..options.clone()
        },
        "a.csv",
    );
    let classes = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    check(
        Options {
            classes: classes(&["NRM"]),
            ..options.clone()
        },
        "unknown class `NRM`; did you mean `NORM`?",
    );
    check(
        Options {
            classes: classes(&["MI", "MI"]),
            ..options.clone()
        },
        "data.classes: `MI` is there twice",
    );
    check(
        Options {
            classes: classes(&[]),
            ..options.clone()
        },
        "expected at least one name",
    );
    check(
        Options {
            min_likelihood: Some(101.0),
            ..options.clone()
        },
        "expected 0 to 100, found 101",
    );
    let age = Options {
        labels: Some("age".into()),
        ..options.clone()
    };
    check(
        Options {
            labels: Some("superclas".into()),
            ..options
        },
        "no column `superclas`",
    );
    check(
        Options {
            classes: classes(&["MI"]),
            ..age.clone()
        },
        "data.classes does not apply to the continuous target `age`",
    );
    check(
        Options {
            unlabelled: Some(Unlabelled::Negative),
            ..age
        },
        "`negative` needs classes",
    );
}
