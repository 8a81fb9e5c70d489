//! Features of a real record, through the real plugin, against the method's plain reference implementation.
//! `tests/reference/features.py` makes the expected values.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use ecg_audit_ecg::datasets;
use ecg_audit_ecg::preprocess::Pipeline;
use ecg_audit_engine::config::{Config, Source, TapWeights};
use ecg_audit_engine::features::{fuse, tap_weights};
use ecg_audit_engine::host::{Registry, Request, SearchPath};
use ecg_audit_plugin::Context;
use ndarray::{Array2, ArrayView2, s};
use serde_json::Value;

#[test]
fn features_of_one_record_equal_the_reference() {
    let Some(shared) = common::shared("the features of a real record") else {
        return;
    };
    let set = [
        format!("data.path={}", shared.join("data/ptb-xl").display()),
        format!(
            "encoder.params.model={}",
            shared.join("models/ecgresnet-ptbxl/ecgresnet.onnx").display()
        ),
    ];
    let source = Source::read(&common::root().join("configs/ptb-xl.toml"), &set).unwrap();
    let config = Config::from_source(&source).unwrap();
    let data = datasets::open(&config.data.reader, &config.data.path, &config.data.options).unwrap();
    let pipeline = Pipeline::new(&config.preprocess.steps, config.preprocess.window).unwrap();
    let windows = pipeline.apply(&data.read(0).unwrap()).unwrap().windowed();
    let registry = Registry::discover(&SearchPath::only(&[common::plugin_folder()]));
    let params = Value::Object(config.encoder.params.clone());
    let base = Path::new(".");
    let request = Request {
        address: &config.encoder.plugin,
        params: &params,
        base,
        pin: None,
    };
    let encoder = registry.create_encoder(&request, &Context::quiet(2)).unwrap();
    let encoded = encoder.encode(windows.view()).unwrap();

    let channels: Vec<usize> = encoded.taps.iter().map(|tap| tap.dim().1).collect();
    let weights = tap_weights(&TapWeights::default(), &channels).unwrap();
    let text = std::fs::read(common::root().join("tests/reference/features.json")).unwrap();
    let expected: Value = serde_json::from_slice(&text).unwrap();
    let rows = expected["window_and_timestamp"].as_array().unwrap();
    for (row, values) in rows.iter().zip(expected["features"].as_array().unwrap()) {
        let (window, t) = (
            row[0].as_u64().unwrap() as usize,
            row[1].as_u64().unwrap() as usize,
        );
        let taps: Vec<ArrayView2<'_, f32>> = encoded
            .taps
            .iter()
            .map(|tap| tap.slice(s![window, .., ..]))
            .collect();
        let mut features = Array2::zeros((75, 256));
        fuse(&taps, &weights, features.view_mut());
        for (found, expected) in features.row(t).iter().zip(values.as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!(
                (f64::from(*found) - expected).abs() < 1e-4,
                "window {window}, timestamp {t}: {found} {expected}"
            );
        }
    }
}
