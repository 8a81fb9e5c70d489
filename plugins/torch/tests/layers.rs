//! The list of layers, from which residual blocks are recognised.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;

use common::{NETWORKS, params, torch};
use ecg_audit_plugin::{Encoder, Layer, Role, Window};
use serde_json::json;

fn layers(file: &str, samples: Option<usize>) -> Vec<Layer> {
    let mut json = params(file, &[]);
    if let Some(samples) = samples {
        json["input"] = json!([12, samples]);
    }
    torch(json, 1).unwrap().layers().unwrap()
}

#[track_caller]
fn layer<'a>(layers: &'a [Layer], name: &str) -> &'a Layer {
    layers.iter().find(|layer| layer.name == name).unwrap_or_else(|| {
        panic!(
            "{name} is not among {:?}",
            layers.iter().map(|it| &it.name).collect::<Vec<_>>()
        )
    })
}

#[test]
fn a_residual_block_is_a_sum_and_an_activation() {
    for form in ["scripted", "traced"] {
        let all = layers(&format!("resnet-basic.{form}.pt"), Some(256));
        let sum = layer(&all, "layer2.0#add");
        assert_eq!(
            (sum.role, sum.shape.as_deref()),
            (Role::Sum, Some(&[8, 32][..])),
            "{form}"
        );
        assert_eq!(sum.inputs, ["layer2.0.bn2", "layer2.0.downsample.1"], "{form}");
        let end = layer(&all, "layer2.0.relu#1");
        assert_eq!(
            (end.role, end.inputs.as_slice()),
            (Role::Activation, &["layer2.0#add".to_owned()][..])
        );
        // The next block's identity is what left this one's activation.
        let next = layer(&all, "layer2.1#add");
        assert_eq!(next.inputs, ["layer2.0.relu#1", "layer2.1.bn2"], "{form}");
        let conv = layer(&all, "layer2.0.conv1");
        assert_eq!(conv.role, Role::Convolution);
        assert_eq!(
            conv.window,
            Some(Window {
                kernel: 3,
                stride: 2,
                dilation: 1
            })
        );
        assert_eq!(layer(&all, "conv1").inputs, Vec::<String>::new());
        assert_eq!(
            layer(&all, "conv1").window,
            Some(Window {
                kernel: 7,
                stride: 2,
                dilation: 1
            })
        );
        let pool = layer(&all, "maxpool");
        assert_eq!(
            (pool.role, pool.window),
            (
                Role::Pooling,
                Some(Window {
                    kernel: 3,
                    stride: 2,
                    dilation: 1
                })
            )
        );
        assert_eq!(layer(&all, "avgpool").role, Role::GlobalPooling);
        let last = all.last().unwrap();
        assert_eq!(
            (last.name.as_str(), last.role, last.shape.as_deref()),
            ("fc", Role::Linear, Some(&[3][..]))
        );
        assert_eq!(last.inputs, ["avgpool"], "{form}: through the flattening");
    }
}

#[test]
fn scripted_and_traced_list_the_same_flow() {
    for (name, samples) in NETWORKS {
        let flow = |form: &str| -> Vec<(Role, Option<Vec<usize>>, Option<Window>)> {
            let all = layers(&format!("{name}.{form}.pt"), Some(samples));
            let steps = all.into_iter().filter(|layer| layer.role != Role::Other);
            steps
                .map(|layer| (layer.role, layer.shape, layer.window))
                .collect()
        };
        let (scripted, mut traced) = (flow("scripted"), flow("traced"));
        assert_eq!(scripted.len(), traced.len(), "{name}");
        // Branches may be in another order.
        for step in scripted {
            let place = traced.iter().position(|it| *it == step);
            traced.remove(place.unwrap_or_else(|| panic!("{name}: {step:?} is not among the traced")));
        }
    }
}

#[test]
fn every_layer_can_be_tapped_and_reads_earlier_ones() {
    for (name, _) in NETWORKS {
        for form in ["scripted", "traced"] {
            let all = layers(&format!("{name}.{form}.pt"), None);
            let mut seen = HashSet::new();
            for layer in &all {
                assert!(
                    layer.inputs.iter().all(|input| seen.contains(input.as_str())),
                    "{name}: {layer:?}"
                );
                assert!(
                    seen.insert(layer.name.as_str()),
                    "{name}: {} is there twice",
                    layer.name
                );
                assert_eq!(layer.shape, None);
            }
            let names: Vec<&str> = all.iter().map(|layer| layer.name.as_str()).collect();
            assert!(torch(params(&format!("{name}.{form}.pt"), &names), 1).is_ok());
        }
    }
}

#[test]
fn roles_of_other_architectures() {
    let all = layers("inceptiontime.scripted.pt", Some(128));
    let cat = all
        .iter()
        .find(|layer| layer.role == Role::Concatenation)
        .unwrap();
    assert_eq!((cat.name.as_str(), cat.inputs.len()), ("blocks.0#cat", 4));
    assert_eq!(
        layer(&all, "blocks.0.maxpool").window,
        Some(Window {
            kernel: 3,
            stride: 1,
            dilation: 1
        })
    );
    assert_eq!(layer(&all, "shortcut0#add").inputs.len(), 2);
    let all = layers("plain.scripted.pt", Some(256));
    assert!(all.iter().all(|layer| layer.role != Role::Sum));
    assert_eq!(layer(&all, "#mean").role, Role::GlobalPooling);
    let all = layers("xresnet1d.traced.pt", Some(256));
    assert_eq!(
        layer(&all, "5.0.idpath.0").window,
        Some(Window {
            kernel: 2,
            stride: 2,
            dilation: 1
        })
    );
    let all = layers("ribeiro.scripted.pt", Some(512));
    assert_eq!(all.iter().filter(|layer| layer.role == Role::Sum).count(), 5);
    assert_eq!(
        layer(&all, "resblock1d_2#add").inputs,
        ["resblock1d_2.skip_connection.1", "resblock1d_2.conv2"]
    );
}

#[test]
fn info_tells_what_is_known() {
    let encoder = torch(params("plain.scripted.pt", &["stages.2"]), 1).unwrap();
    let info = encoder.info();
    assert_eq!(
        (info.input.leads, info.input.samples, info.outputs),
        (Some(12), None, None)
    );
    let mut json = params("plain.scripted.pt", &["stages.2"]);
    json["input"] = json!([12, 256]);
    let info = torch(json, 1).unwrap().info();
    assert_eq!(
        (info.input.leads, info.input.samples, info.outputs),
        (Some(12), Some(256), Some(3))
    );
    assert_eq!((info.taps[0].channels, info.taps[0].length), (Some(10), Some(32)));
    assert_eq!(info.model_sha256.unwrap().len(), 64);
}
