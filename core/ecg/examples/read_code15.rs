//! Reads all tracings of a CODE-15% folder, in order or in random order, and prints seconds and peak memory: the reader's side of
//! `benches/peers/hdf5.py`.
//!
//! `cargo run --release -p ecg-audit-ecg --example read_code15 -- FOLDER order|random [PASSES]`

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use ecg_audit_ecg::DataSet;
use ecg_audit_ecg::datasets::{Code15, Options};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, order, passes @ ..] = arguments.as_slice() else {
        return Err("expected FOLDER, order or random, and perhaps a number of passes".into());
    };
    let passes: usize = passes.first().map_or(Ok(1), |text| text.parse())?;
    let options = Options {
        scale: Some(1.0),
        ..Options::default()
    };
    let start = Instant::now();
    let data = Code15::open(Path::new(folder), &options)?;
    println!("open {}", start.elapsed().as_secs_f64());
    let mut records: Vec<usize> = (0..data.records().len()).collect();
    if order == "random" {
        records.shuffle(&mut ChaCha8Rng::seed_from_u64(15));
    }
    for _ in 0..passes {
        let start = Instant::now();
        let mut sum = 0.0;
        for &record in &records {
            // One sample in 97, so that nothing is read for naught.
            let signal = data.read(record)?;
            sum += signal
                .samples
                .iter()
                .step_by(97)
                .map(|x| f64::from(*x))
                .sum::<f64>();
        }
        println!(
            "pass {} records {} sum {sum}",
            start.elapsed().as_secs_f64(),
            records.len()
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("peak {}", peak.unwrap_or("unknown").trim());
    Ok(())
}
