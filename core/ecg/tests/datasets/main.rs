//! The data-set readers on small data sets that the tests write, most of them wrong in one place, and on
//! real records where they are present.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod code15;
mod npz;
mod ptb_xl;
mod real;
mod wfdb_folder;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ecg_audit_ecg::datasets::{Options, READERS, open};
use ecg_audit_ecg::{DataSet, Signal};
use ndarray::Array2;

fn signal(seed: usize) -> Signal {
    let samples = Array2::from_shape_fn((2, 5), |(lead, t)| (seed * 100 + lead * 10 + t) as f32 / 1000.0);
    Signal {
        samples,
        sampling_rate: 100.0,
        leads: vec!["I".into(), "II".into()],
    }
}

fn write(dir: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(dir.join(name), text).unwrap();
}

fn message(reader: &str, path: &Path, options: &Options) -> String {
    open(reader, path, options).err().expect("an error").to_string()
}

fn ids(set: &dyn DataSet) -> Vec<&str> {
    set.records().iter().map(|record| record.id.as_str()).collect()
}

fn skipped(set: &dyn DataSet) -> Vec<(&str, &str)> {
    set.skipped()
        .iter()
        .map(|skipped| (skipped.record.as_str(), skipped.reason.as_str()))
        .collect()
}

#[test]
fn unknown_readers_and_keys() {
    let found = message("ptbxl", Path::new("."), &Options::default());
    assert!(found.contains(
        "unknown reader `ptbxl`; did you mean `ptb-xl`? The readers are `ptb-xl`, `wfdb`, `code15`, `npz`"
    ));
    for reader in READERS {
        assert!(!message(reader, Path::new("/nowhere"), &Options::default()).contains("unknown reader"));
    }
    let error = serde_json::from_str::<Options>(r#"{"sampling_rat": 100}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unknown field `sampling_rat`, expected one of `sampling_rate`"),
        "{error}"
    );
}

#[test]
fn the_schema_describes_every_key() {
    let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let described: BTreeMap<_, _> = properties
        .iter()
        .map(|(key, value)| (key, value["description"].is_string()))
        .collect();
    assert!(
        described.len() > 10 && described.values().all(|described| *described),
        "{described:?}"
    );
}
