//! Writes a synthetic data set: `cargo run --release --example synth_dir -- DIR --records N --seed S`.
//!
//! Optional: `--sampling-rate HZ`, `--wrong-labels SHARE`, `--records-per-patient MEAN`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use ecg_audit_ecg::synth;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(
        arguments
            .next()
            .ok_or("expected: DIR [--records N] [--seed S] …")?,
    );
    let mut options = synth::Options::default();
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name}: expected a value"))?;
        match name.as_str() {
            "--records" => options.records = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--sampling-rate" => options.sampling_rate = value.parse()?,
            "--wrong-labels" => options.wrong_labels = value.parse()?,
            "--records-per-patient" => options.records_per_patient = value.parse()?,
            _ => return Err(format!("{name}: unknown option").into()),
        }
    }
    let summary = synth::write(&dir, &options, |_| ControlFlow::Continue(()))?;
    println!("{summary:?}");
    Ok(())
}
