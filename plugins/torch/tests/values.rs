//! The plugin against PyTorch.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{NETWORKS, difference, params, tap_name, torch, values};
use ecg_audit_plugin::Encoder;

/// Relative to each tensor's largest value: other processors have other kernels, and batches of two other sums than
/// batches of one.
const TOLERANCE: f64 = 1e-6;

#[test]
fn outputs_and_taps_are_pytorchs() {
    for (name, _) in NETWORKS {
        let values = values(name);
        let names: Vec<String> = values.taps.iter().map(|(path, ..)| tap_name(path)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for form in ["scripted", "traced"] {
            let encoder = torch(params(&format!("{name}.{form}.pt"), &names), 2).unwrap();
            let encoded = encoder.encode(values.input.view()).unwrap();
            let off = difference(&encoded.outputs, &values.output);
            assert!(off <= TOLERANCE, "{name}.{form}: outputs differ by {off}");
            assert_eq!(encoded.taps.len(), values.taps.len());
            for (tap, (path, theirs, _)) in encoded.taps.iter().zip(&values.taps) {
                assert_eq!(tap.dim(), theirs.dim(), "{name}.{form}: {path}");
                let off = difference(tap, theirs);
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
                let json = params(&format!("{name}.{form}.pt"), &[&tap_name(path)]);
                let encoder = torch(json, 2).unwrap();
                for class in 0..3 {
                    let map = encoder.grad_cam(values.input.view(), class, 0).unwrap();
                    let theirs = maps.index_axis(ndarray::Axis(1), class);
                    assert_eq!(map.dim(), theirs.dim());
                    let off = difference(&map, &theirs);
                    assert!(off <= TOLERANCE, "{name}.{form}: {path}, class {class}: {off}");
                }
            }
        }
    }
}
