//! ort against Python's onnxruntime, and against itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TAPS, assert_close, available, ecgresnet, fixture, ort, signal, small, values};
use ecg_audit_plugin::Encoder;
use ndarray::{Axis, s};
use serde_json::json;

/// Relative to the largest value of each tensor.
const TOLERANCE: f64 = 2e-4;

#[test]
fn the_small_model_equals_onnxruntime_at_two_lengths() {
    if !available() {
        return;
    }
    let encoder = small(1);
    for (name, samples) in [("small_64", 64), ("small_150", 150)] {
        let encoded = encoder.encode(signal(5, 2, samples).view()).unwrap();
        assert_close(&encoded, &values(name), TOLERANCE);
    }
}

#[test]
fn the_real_model_equals_onnxruntime() {
    let Some(model) = ecgresnet().filter(|_| available()) else {
        return;
    };
    let values = values("ecgresnet");
    let taps: Vec<&str> = values.taps.iter().map(|tap| tap.name.as_str()).collect();
    let encoder = ort(
        json!({"model": model, "taps": taps, "output": "logits", "activation": "identity"}),
        2,
    )
    .unwrap();
    assert_close(
        &encoder.encode(signal(3, 12, 300).view()).unwrap(),
        &values,
        TOLERANCE,
    );
    let info = encoder.info();
    let shapes: Vec<_> = info.taps.iter().map(|tap| (tap.channels, tap.length)).collect();
    assert_eq!(
        shapes,
        [(Some(64), Some(75)), (Some(64), Some(75)), (Some(128), Some(38))]
    );
    assert_eq!(
        (info.input.leads, info.input.samples, info.outputs),
        (Some(12), Some(300), Some(5))
    );
}

#[test]
fn neither_threads_nor_strides_change_a_row_nor_do_neighbours_by_more_than_rounding() {
    if !available() {
        return;
    }
    let x = signal(11, 2, 150);
    let expected = small(1).encode(x.view()).unwrap();
    for threads in [2, 3, 4] {
        let encoder = small(threads);
        for _ in 0..3 {
            assert_eq!(encoder.encode(x.view()).unwrap(), expected, "{threads} threads");
        }
    }
    let encoder = small(2);
    for row in 0..11 {
        let alone = encoder.encode(x.slice(s![row..=row, .., ..])).unwrap();
        for (tap, all) in alone.taps.iter().zip(&expected.taps) {
            let all = all.index_axis(Axis(0), row);
            let largest = all.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            let near = tap.iter().zip(&all).all(|(a, b)| (a - b).abs() <= 1e-6 * largest);
            assert!(near, "row {row}");
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
fn heads_that_are_not_asked_for_do_not_matter() {
    if !available() {
        return;
    }
    let json = json!({"model": fixture("two_heads.onnx"), "taps": TAPS, "output": "logits", "activation": "identity"});
    let encoded = ort(json, 1).unwrap().encode(signal(5, 2, 64).view()).unwrap();
    assert_close(&encoded, &values("small_64"), TOLERANCE);
}

#[test]
fn half_precision_is_cast() {
    if !available() {
        return;
    }
    let json = json!({"model": fixture("half.onnx"), "taps": TAPS, "activation": "identity"});
    let encoded = ort(json, 1).unwrap().encode(signal(5, 2, 64).view()).unwrap();
    assert_close(&encoded, &values("small_64"), 1e-2);
}

#[test]
fn without_taps_there_are_outputs_alone() {
    if !available() {
        return;
    }
    let json = json!({"model": fixture("small.onnx"), "activation": "identity"});
    let encoded = ort(json, 1).unwrap().encode(signal(5, 2, 64).view()).unwrap();
    let mut values = values("small_64");
    values.taps.clear();
    assert_close(&encoded, &values, TOLERANCE);
}
