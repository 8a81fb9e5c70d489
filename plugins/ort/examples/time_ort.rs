//! Times the encoder: `time_ort MODEL WINDOWS LEADS SAMPLES THREADS TAP…`; prints the seconds of the fastest of
//! five passes over one batch of all windows. The environment variable ORT_DYLIB_PATH names ONNX Runtime.

use std::time::Instant;

use ecg_audit_ort::{Ort, Params, Provider};
use ecg_audit_plugin::{Activation, Context, Encoder, FromParams};
use ndarray::Array3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, windows, leads, samples, threads, taps @ ..] = arguments.as_slice() else {
        return Err("usage: time_ort MODEL WINDOWS LEADS SAMPLES THREADS TAP…".into());
    };
    let shape: (usize, usize, usize) = (windows.parse()?, leads.parse()?, samples.parse()?);
    let params = Params {
        model: model.into(),
        taps: taps.to_vec(),
        output: None,
        activation: Activation::Sigmoid,
        input: None,
        randomize_weights: None,
        provider: Provider::Cpu,
        device_id: None,
        library: None,
    };
    let encoder = Ort::from_params(params, &Context::quiet(threads.parse()?))?;
    let signal = Array3::from_shape_fn(shape, |(i, j, k)| ((i * 31 + j * 17 + k) as f32 * 0.37).sin());
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        std::hint::black_box(encoder.encode(signal.view())?);
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    println!("{fastest}");
    Ok(())
}
