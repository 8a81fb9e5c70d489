//! One network through all encoders: the audit is the same.

#![allow(clippy::unwrap_used)]

mod common;

use common::{audit, demo, ecgs, number, plugin_folder, root, text};
use serde_json::{Value, json};

/// The same residual network as an ONNX file and as TorchScript, with the same taps.
const ONNX: (&str, [&str; 3]) = (
    "resnet-basic.ts.dynamic.onnx",
    [
        "/layer1/layer1.1/relu_1/Relu_output_0",
        "/layer2/layer2.1/relu_1/Relu_output_0",
        "/layer3/layer3.1/relu_1/Relu_output_0",
    ],
);
const TORCH: (&str, [&str; 3]) = ("resnet-basic.scripted.pt", ["layer1.1", "layer2.1", "layer3.1"]);

fn run(plugin: &str, (model, taps): (&str, [&str; 3])) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let model = root().join("tests/models").join(model);
    let set = [
        "data.classes=[\"NORM\", \"MI\", \"STTC\"]".to_owned(),
        "data.unlabelled=negative".to_owned(),
        "preprocess.window={ length = 256, stride = 256, aggregate = \"mean\" }".to_owned(),
        format!("encoder.plugin={plugin}"),
        format!(
            "encoder.params={{ model = {:?}, taps = {taps:?}, activation = \"sigmoid\" }}",
            model.to_str().unwrap()
        ),
        "explain.shuffled_records=60".to_owned(),
    ];
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    let output = demo(ecgs(), &out, &set);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{plugin}: {}",
        text(&output.stderr)
    );
    audit(&out)
}

/// Clusters of all timestamps that reports show.
fn timelines(audit: &Value) -> Vec<Value> {
    let traces = audit["traces"].as_array().unwrap();
    traces
        .iter()
        .flat_map(|trace| trace["clusters"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn the_audit_of_one_network_is_the_same_through_every_encoder() {
    let tract = run("tract", ONNX);
    let shown = timelines(&tract);
    assert!(shown.len() > 100, "{}", shown.len());
    for (plugin, model) in [("ort", ONNX), ("torch", TORCH)] {
        if !plugin_folder().join(format!("{plugin}.plugin.toml")).exists() {
            eprintln!("skipped: the plugin {plugin} was not built");
            continue;
        }
        let other = run(plugin, model);
        for figure in [
            "/model_vs_truth/accuracy",
            "/baselines/majority_agreement",
            "/surrogates/0/vs_model/agreement/mean",
            "/uncertainty/mean",
            "/attribution/comparisons/1/measures/0/groups/0/mean",
        ] {
            let (a, b) = (number(&tract, figure), number(&other, figure));
            assert!((a - b).abs() < 2e-3, "{plugin} {figure}: {a} and {b}");
        }
        let found = timelines(&other);
        assert_eq!(shown.len(), found.len());
        let same = shown.iter().zip(&found).filter(|(a, b)| a == b).count();
        assert!(
            same as f64 >= 0.999 * shown.len() as f64,
            "{plugin}: {same} of {}",
            shown.len()
        );
        assert_eq!(other["attribution"]["method"], "grad-cam");
        assert_eq!(
            other["sanity"]["records"],
            json!(60),
            "{plugin} shuffles its weights"
        );
    }
}
