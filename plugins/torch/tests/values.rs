//! The plugin against PyTorch.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;

use common::{NETWORKS, difference, params, tap_name, torch, values};
use ecg_audit_plugin::Encoder;
use ndarray::Array3;

/// Relative to each tensor's largest value: other processors have other kernels, and batches of two other sums than
/// batches of one.
const TOLERANCE: f64 = 1e-6;
/// Of Grad-CAM maps, whose weighted sums over channels mostly cancel.
const CAM_TOLERANCE: f64 = 1e-5;

#[test]
fn outputs_and_taps_are_pytorchs() {
    for (name, _) in NETWORKS {
        let values = values(name);
        for form in ["scripted", "traced"] {
            // Two of make.py's paths can be one tensor.
            let taps: BTreeMap<String, &Array3<f32>> = values
                .taps
                .iter()
                .map(|(path, tap, _)| (tap_name(path, form), tap))
                .collect();
            let names: Vec<&str> = taps.keys().map(String::as_str).collect();
            let encoder = torch(params(&format!("{name}.{form}.pt"), &names), 2).unwrap();
            let encoded = encoder.encode(values.input.view()).unwrap();
            let off = difference(&encoded.outputs, &values.output);
            assert!(off <= TOLERANCE, "{name}.{form}: outputs differ by {off}");
            assert_eq!(encoded.taps.len(), taps.len());
            for (ours, (path, theirs)) in encoded.taps.iter().zip(taps) {
                assert_eq!(ours.dim(), theirs.dim(), "{name}.{form}: {path}");
                let off = difference(ours, theirs);
                assert!(off <= TOLERANCE, "{name}.{form}: {path} differs by {off}");
            }
        }
    }
}

#[test]
fn grad_cam_is_pytorchs() {
    for (name, _) in NETWORKS {
        let values = values(name);
        for (path, _, maps) in &values.taps {
            for form in ["scripted", "traced"] {
                let json = params(&format!("{name}.{form}.pt"), &[&tap_name(path, form)]);
                let encoder = torch(json, 2).unwrap();
                for class in 0..3 {
                    let map = encoder.grad_cam(values.input.view(), class, 0).unwrap();
                    let theirs = maps.index_axis(ndarray::Axis(1), class);
                    assert_eq!(map.dim(), theirs.dim());
                    let off = difference(&map, &theirs);
                    assert!(
                        off <= CAM_TOLERANCE,
                        "{name}.{form}: {path}, class {class}: {off}"
                    );
                }
            }
        }
    }
}
