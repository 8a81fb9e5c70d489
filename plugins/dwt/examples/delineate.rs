//! Delineates raw 32-bit float records and prints JSON lines.
//!
//!     delineate LEADS HZ [--repeat N] FILE…
//!
//! A file holds `[leads, samples]` little-endian floats in millivolts; a line is its delineation, with the seconds that the fastest of N runs took.

use std::time::Instant;

use ecg_audit_dwt::{Dwt, Params};
use ecg_audit_plugin::{Context, Delineator, FromParams};
use ndarray::Array2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
    let leads: usize = next("the number of leads")?.parse()?;
    let rate: f64 = next("the sampling rate")?.parse()?;
    let repeats: usize = next("the number of repeats")?.parse()?;
    let dwt = Dwt::from_params(Params::default(), &Context::quiet(1))?;
    for path in arguments {
        let bytes = std::fs::read(&path)?;
        let values: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let signal = Array2::from_shape_vec((leads, values.len() / leads.max(1)), values)?;
        let mut best = f64::INFINITY;
        let mut found = None;
        for _ in 0..repeats.max(1) {
            let start = Instant::now();
            found = Some(dwt.delineate(signal.view(), rate)?);
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!(
            "{}",
            serde_json::json!({ "path": path, "seconds": best, "delineation": found })
        );
    }
    Ok(())
}
