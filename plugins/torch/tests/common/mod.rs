//! The networks of tests/models/make.py.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::fs::File;
use std::path::{Path, PathBuf};

use ecg_audit_plugin::{Context, Error, FromParams};
use ecg_audit_torch::Torch;
use ndarray::{Array2, Array3};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};

/// Networks that are there scripted and traced: name, samples, taps by submodule path as make.py names them.
pub const NETWORKS: [(&str, usize); 6] = [
    ("ribeiro", 512),
    ("resnet-basic", 256),
    ("resnet-bottleneck", 256),
    ("xresnet1d", 256),
    ("inceptiontime", 128),
    ("plain", 256),
];

pub fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/models")
        .join(name)
}

/// PyTorch's own answers.
pub struct Values {
    pub input: Array3<f32>,
    pub output: Array2<f32>,
    /// Path, tap, Grad-CAM maps `[B, classes, L]`.
    pub taps: Vec<(String, Array3<f32>, Array3<f32>)>,
}

pub fn values(name: &str) -> Values {
    let mut npz = NpzReader::new(File::open(model(&format!("{name}.values.npz"))).unwrap()).unwrap();
    let paths: Vec<String> = npz
        .names()
        .unwrap()
        .iter()
        .filter_map(|name| {
            Some(
                name.strip_suffix(".npy")
                    .unwrap_or(name)
                    .strip_prefix("tap.")?
                    .to_owned(),
            )
        })
        .collect();
    let mut read = |name: String| npz.by_name::<_, ndarray::Ix3>(&name).unwrap();
    let taps = paths
        .iter()
        .map(|path| {
            (
                path.clone(),
                read(format!("tap.{path}")),
                read(format!("cam.{path}")),
            )
        })
        .collect();
    let input = read("input".into());
    Values {
        input,
        output: npz.by_name("output").unwrap(),
        taps,
    }
}

/// What make.py's path is called here. The blocks of the Ribeiro ResNet return two tensors, of which it means the first. A
/// traced file keeps the two in an order of its own: there, it is what leaves the block's last dropout.
pub fn tap_name(path: &str, form: &str) -> String {
    let block = path
        .strip_prefix("resblock1d_")
        .is_some_and(|rest| !rest.contains('.'));
    match (block, form) {
        (false, _) => path.to_owned(),
        (true, "scripted") => format!("{path}#0"),
        (true, _) => format!("{path}.dropout2"),
    }
}

/// One array of a network's values.
pub fn array(network: &str, name: &str) -> Array3<f32> {
    let file = File::open(model(&format!("{network}.values.npz"))).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

/// A deterministic signal.
pub fn signal(rows: usize, leads: usize, samples: usize) -> Array3<f32> {
    Array3::from_shape_fn((rows, leads, samples), |(r, l, s)| {
        let (r, l, s) = (r as f64, l as f64, s as f64);
        ((0.013 * (s + 1.0) * (l + 1.0) + 0.7 * r).sin() + 0.3 * (0.11 * s * (r + 1.0)).cos()) as f32
    })
}

pub fn params(file: &str, taps: &[&str]) -> Value {
    json!({"model": model(file), "taps": taps, "activation": "identity"})
}

/// Makes the encoder from parameters as JSON, as the host does.
pub fn torch(json: Value, threads: usize) -> Result<Torch, Error> {
    let params = serde_json::from_value(json).map_err(|error| Error::Params(error.to_string()))?;
    Torch::from_params(params, &Context::quiet(threads))
}

/// The largest difference, relative to the largest value of `theirs`.
pub fn difference<'a>(
    ours: impl IntoIterator<Item = &'a f32>,
    theirs: impl IntoIterator<Item = &'a f32> + Clone,
) -> f64 {
    let largest = theirs
        .clone()
        .into_iter()
        .fold(0f64, |max, &value| max.max(f64::from(value).abs()));
    ours.into_iter()
        .zip(theirs)
        .fold(0f64, |max, (a, b)| max.max((f64::from(*a) - f64::from(*b)).abs()))
        / if largest > 0.0 { largest } else { 1.0 }
}
