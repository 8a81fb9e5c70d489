//! tract against onnxruntime.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{assert_close, ecgresnet, fixture, signal, small, tract, values};
use ecg_audit_plugin::Encoder;
use ndarray::{Axis, s};

/// Relative to the largest value of each tensor.
const TOLERANCE: f64 = 2e-4;

#[test]
fn the_small_model_equals_onnxruntime_at_two_lengths() {
    let encoder = small(1);
    for (name, samples) in [("small_64", 64), ("small_150", 150)] {
        let encoded = encoder.encode(signal(5, 2, samples).view()).unwrap();
        assert_close(&encoded, &values(name), TOLERANCE);
    }
}

#[test]
fn the_real_model_equals_onnxruntime() {
    let Some(model) = ecgresnet() else { return };
    let values = values("ecgresnet");
    let taps: Vec<&str> = values.taps.iter().map(|tap| tap.name.as_str()).collect();
    let json =
        serde_json::json!({"model": model, "taps": taps, "output": "logits", "activation": "identity"});
    let encoder = tract(json, 2).unwrap();
    assert_close(
        &encoder.encode(signal(3, 12, 300).view()).unwrap(),
        &values,
        TOLERANCE,
    );
    let info = encoder.info();
    assert_eq!(
        (info.input.leads, info.input.samples, info.outputs),
        (Some(12), Some(300), Some(5))
    );
    let shapes: Vec<_> = info.taps.iter().map(|tap| (tap.channels, tap.length)).collect();
    assert_eq!(
        shapes,
        [(Some(64), Some(75)), (Some(64), Some(75)), (Some(128), Some(38))]
    );
    assert_eq!(encoder.layers().unwrap().len(), 17);
}

#[test]
fn neither_threads_nor_neighbours_nor_strides_change_a_row() {
    let x = signal(7, 2, 150);
    let expected = small(1).encode(x.view()).unwrap();
    let encoder = small(2);
    for _ in 0..3 {
        assert_eq!(encoder.encode(x.view()).unwrap(), expected);
    }
    for row in 0..7 {
        let alone = encoder.encode(x.slice(s![row..=row, .., ..])).unwrap();
        assert_eq!(alone.outputs.row(0), expected.outputs.row(row));
        for (tap, all) in alone.taps.iter().zip(&expected.taps) {
            assert_eq!(tap.index_axis(Axis(0), 0), all.index_axis(Axis(0), row));
        }
    }
    let turned = x
        .view()
        .permuted_axes([2, 0, 1])
        .as_standard_layout()
        .into_owned();
    assert_eq!(
        encoder.encode(turned.view().permuted_axes([1, 2, 0])).unwrap(),
        expected
    );
    let empty = encoder.encode(x.slice(s![..0, .., ..])).unwrap();
    assert_eq!((empty.outputs.dim(), empty.taps[1].dim()), ((0, 3), (0, 12, 38)));
}

#[test]
fn activations_turn_outputs_into_probabilities() {
    let x = signal(4, 2, 64);
    let raw = small(1).encode(x.view()).unwrap().outputs;
    let outputs = |activation: &str| {
        let taps = [common::TAPS[0]];
        let json =
            serde_json::json!({"model": fixture("small.onnx"), "taps": taps, "activation": activation});
        tract(json, 1).unwrap().encode(x.view()).unwrap().outputs
    };
    let sigmoid = outputs("sigmoid");
    for (ours, raw) in sigmoid.iter().zip(&raw) {
        assert!((ours - 1.0 / (1.0 + (-raw).exp())).abs() < 1e-6);
    }
    let softmax = outputs("softmax");
    assert!(
        softmax
            .rows()
            .into_iter()
            .all(|row| (row.sum() - 1.0).abs() < 1e-6)
    );
    for (ours, raw) in softmax.rows().into_iter().zip(raw.rows()) {
        assert!(((ours[0] / ours[1]).ln() - (raw[0] - raw[1])).abs() < 1e-4);
    }
}

#[test]
fn heads_that_are_not_asked_for_do_not_matter() {
    let json = serde_json::json!({
        "model": fixture("two_heads.onnx"), "taps": common::TAPS, "output": "logits", "activation": "identity",
    });
    let encoded = tract(json, 1).unwrap().encode(signal(5, 2, 64).view()).unwrap();
    assert_close(&encoded, &values("small_64"), TOLERANCE);
}

#[test]
fn half_precision_is_cast() {
    let json =
        serde_json::json!({"model": fixture("half.onnx"), "taps": common::TAPS, "activation": "identity"});
    let encoded = tract(json, 1).unwrap().encode(signal(5, 2, 64).view()).unwrap();
    assert_close(&encoded, &values("small_64"), 1e-2);
}
