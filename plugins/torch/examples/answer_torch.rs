//! Answers a signal: `answer_torch MODEL INPUT ROWS LEADS SAMPLES CLASS TAP…`. INPUT holds raw little-endian f32 values
//! `[rows, leads, samples]`. Prints one JSON object of shapes and bits (`f32::to_bits`): the raw outputs, each tap, and the
//! Grad-CAM map of one class at each tap. benches/peers/torch_equal.py compares them with PyTorch's, bit by bit.

use ecg_audit_plugin::{Activation, Context, Encoder, FromParams};
use ecg_audit_torch::{Params, Torch};
use ndarray::{Array3, ArrayBase, Data, Dimension};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, input, rows, leads, samples, class, taps @ ..] = arguments.as_slice() else {
        return Err("usage: answer_torch MODEL INPUT ROWS LEADS SAMPLES CLASS TAP…".into());
    };
    let params = Params {
        model: model.into(),
        taps: taps.to_vec(),
        output: None,
        activation: Activation::Identity,
        device: "cpu".into(),
        input: None,
        randomize_weights: None,
    };
    let bytes = std::fs::read(input)?;
    let (words, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
    let signal = Array3::from_shape_vec((rows.parse()?, leads.parse()?, samples.parse()?), values)?;
    let encoder = Torch::from_params(params, &Context::quiet(1))?;
    let encoded = encoder.encode(signal.view())?;
    let class = class.parse()?;
    let maps = (0..taps.len())
        .map(|tap| Ok(bits(&encoder.grad_cam(signal.view(), class, tap)?)))
        .collect::<Result<Vec<Value>, ecg_audit_plugin::Error>>()?;
    let taps: Vec<Value> = encoded.taps.iter().map(bits).collect();
    println!(
        "{}",
        json!({"outputs": bits(&encoded.outputs), "taps": taps, "maps": maps})
    );
    Ok(())
}

fn bits<S: Data<Elem = f32>, D: Dimension>(array: &ArrayBase<S, D>) -> Value {
    let bits: Vec<u32> = array.iter().map(|value| value.to_bits()).collect();
    json!({"shape": array.shape(), "bits": bits})
}
