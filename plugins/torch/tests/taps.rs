//! Taps in all the ways that they can be named, and what must not change them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{NETWORKS, array, difference, model, params, signal, torch};
use ecg_audit_plugin::{Encoder, Error};
use ndarray::{Axis, s};
use serde_json::json;

const TOLERANCE: f64 = 1e-6;

#[test]
fn a_network_may_say_its_taps_itself() {
    let input = array("features", "input");
    let encoder = torch(
        params("features.scripted.pt", &["stage1", "stage3", "stages.2"]),
        2,
    )
    .unwrap();
    let encoded = encoder.encode(input.view()).unwrap();
    for (tap, name) in encoded
        .taps
        .iter()
        .zip(["tap.stage1", "tap.stage3", "tap.stage2"])
    {
        assert!(difference(tap, &array("features", name)) <= TOLERANCE, "{name}");
    }
    assert_eq!(encoded.outputs.dim(), (2, 3));
    // `forward` gives the output, and the keys come from another run: there is no gradient between them.
    let error = encoder.grad_cam(input.view(), 0, 0).unwrap_err();
    assert!(matches!(&error, Error::Unsupported(_)), "{error}");
    assert!(encoder.grad_cam(input.view(), 0, 2).is_ok());
}

#[test]
fn elements_of_a_tuple_are_taps_by_number() {
    let input = array("tuple", "input");
    let encoder = torch(params("tuple.scripted.pt", &["1", "stages.3.2"]), 2).unwrap();
    let encoded = encoder.encode(input.view()).unwrap();
    assert!(difference(&encoded.taps[0], &array("tuple", "tap.1")) <= TOLERANCE);
    assert_eq!(encoded.outputs.dim(), (2, 3));
    let mut maps = (0..3).map(|class| encoder.grad_cam(input.view(), class, 0).unwrap());
    assert!(maps.any(|map| map.iter().any(|&value| value > 0.0)));
    let mut json = params("tuple.scripted.pt", &[]);
    json["output"] = "1".into();
    json["input"] = json!([12, 256]);
    let message = torch(json, 1).err().unwrap().to_string();
    assert!(message.contains("expected [batch, outputs]"), "{message}");
}

#[test]
fn a_layer_before_the_end_may_be_the_output() {
    let x = signal(2, 12, 256);
    let whole = torch(params("resnet-basic.scripted.pt", &[]), 1)
        .unwrap()
        .encode(x.view())
        .unwrap();
    let mut json = params("resnet-basic.scripted.pt", &[]);
    json["output"] = "fc".into();
    assert_eq!(torch(json, 1).unwrap().encode(x.view()).unwrap(), whole);
}

#[test]
fn what_is_overwritten_in_place_is_tapped_as_it_was() {
    // The blocks' activations and sums work in place, on what leaves bn1 and bn2.
    for form in ["scripted", "traced"] {
        let taps = [
            "layer1.0.bn1",
            "layer1.0.relu#0",
            "layer1.0.bn2",
            "layer1.0#add",
            "layer1.0.relu#1",
        ];
        let encoder = torch(params(&format!("resnet-basic.{form}.pt"), &taps), 1).unwrap();
        let x = signal(2, 12, 256);
        let encoded = encoder.encode(x.view()).unwrap();
        let plain = torch(params(&format!("resnet-basic.{form}.pt"), &[]), 1).unwrap();
        assert_eq!(encoded.outputs, plain.encode(x.view()).unwrap().outputs, "{form}");
        let [bn1, relu0, bn2, add, relu1] = encoded.taps.as_slice() else {
            panic!("five taps");
        };
        assert!(
            bn1.iter().any(|&value| value < 0.0) && bn2.iter().any(|&value| value < 0.0),
            "{form}"
        );
        assert_eq!(&bn1.mapv(|value| value.max(0.0)), relu0, "{form}");
        assert_eq!(&add.mapv(|value| value.max(0.0)), relu1, "{form}");
        assert_ne!(bn2, add);
        // Each has a gradient of its own.
        for (tap, name) in taps.iter().enumerate() {
            let map = encoder.grad_cam(x.view(), 0, tap).unwrap();
            assert!(map.iter().all(|&value| value >= 0.0), "{form}: {name}");
        }
    }
}

#[test]
fn tapping_changes_no_output() {
    for (name, samples) in NETWORKS {
        for form in ["scripted", "traced"] {
            let file = format!("{name}.{form}.pt");
            let x = signal(1, 12, samples);
            let mut json = params(&file, &[]);
            json["input"] = json!([12, samples]);
            let plain = torch(json.clone(), 1).unwrap();
            let layers = plain.layers().unwrap();
            let taps: Vec<&str> = layers
                .iter()
                .filter(|layer| layer.shape.as_ref().is_some_and(|shape| shape.len() == 2))
                .map(|layer| layer.name.as_str())
                .collect();
            assert!(taps.len() > 5, "{file}");
            json["taps"] = json!(taps);
            let all = torch(json, 1).unwrap().encode(x.view()).unwrap();
            assert_eq!(all.outputs, plain.encode(x.view()).unwrap().outputs, "{file}");
            for (tap, layer) in all.taps.iter().zip(
                layers
                    .iter()
                    .filter(|layer| layer.shape.as_ref().is_some_and(|shape| shape.len() == 2)),
            ) {
                assert_eq!(
                    &tap.shape()[1..],
                    layer.shape.as_deref().unwrap(),
                    "{file}: {}",
                    layer.name
                );
            }
        }
    }
}

#[test]
fn neither_threads_nor_neighbours_nor_strides_change_a_bit() {
    let json = params("resnet-bottleneck.scripted.pt", &["layer2.0", "layer3.0"]);
    let x = signal(7, 12, 256);
    let one = torch(json.clone(), 1).unwrap();
    let expected = one.encode(x.view()).unwrap();
    let maps = one.grad_cam(x.view(), 1, 0).unwrap();
    let three = torch(json, 3).unwrap();
    for _ in 0..3 {
        assert_eq!(three.encode(x.view()).unwrap(), expected);
        assert_eq!(three.grad_cam(x.view(), 1, 0).unwrap(), maps);
    }
    for row in 0..7 {
        let alone = three.encode(x.slice(s![row..=row, .., ..])).unwrap();
        assert_eq!(alone.outputs.row(0), expected.outputs.row(row));
        assert_eq!(
            alone.taps[1].index_axis(Axis(0), 0),
            expected.taps[1].index_axis(Axis(0), row)
        );
    }
    let empty = three.encode(x.slice(s![..0, .., ..])).unwrap();
    assert_eq!((empty.outputs.dim(), empty.taps[0].dim().0), ((0, 3), 0));
}

#[test]
fn activations_turn_outputs_into_probabilities() {
    let x = signal(3, 12, 256);
    let outputs = |activation: &str| {
        let json = json!({"model": model("plain.scripted.pt"), "activation": activation});
        torch(json, 1).unwrap().encode(x.view()).unwrap().outputs
    };
    let (raw, sigmoid, softmax) = (outputs("identity"), outputs("sigmoid"), outputs("softmax"));
    for (ours, raw) in sigmoid.iter().zip(&raw) {
        assert!((f64::from(*ours) - 1.0 / (1.0 + (-f64::from(*raw)).exp())).abs() < 1e-7);
    }
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
fn randomized_weights_are_a_permutation_by_seed() {
    let x = signal(2, 12, 256);
    let outputs = |seed: Option<u64>| {
        let mut json = params("plain.scripted.pt", &["stages.0.2"]);
        json["randomize_weights"] = json!(seed);
        torch(json, 1).unwrap().encode(x.view()).unwrap()
    };
    let (trained, one, again, other) = (
        outputs(None),
        outputs(Some(1)),
        outputs(Some(1)),
        outputs(Some(2)),
    );
    assert_eq!(one, again);
    assert_ne!(one.outputs, trained.outputs);
    assert_ne!(one.taps, trained.taps);
    assert_ne!(one.outputs, other.outputs);
}
