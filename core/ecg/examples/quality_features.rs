//! Writes the features from which electrode exchanges are judged, as CSV: set, record, features.
//!
//! `cargo run --example quality_features -- SHARED [CODE15.npz] > features.csv`, the input of
//! `benches/peers/quality/fit_placement.py`.

use std::io::Write;
use std::path::Path;

use ecg_audit_ecg::datasets::{self, Options, Unlabelled};
use ecg_audit_ecg::quality::placement::features;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = Path::new(arguments.first().ok_or("expected the folder of shared data")?).join("data");
    let keep = Options {
        unlabelled: Some(Unlabelled::Keep),
        ..Options::default()
    };
    let ptb_xl = Options {
        sampling_rate: Some(100.0),
        ..keep.clone()
    };
    let mut sets = vec![
        ("ptb-xl", datasets::open("ptb-xl", &data.join("ptb-xl"), &ptb_xl)?),
        (
            "ludb",
            datasets::open("wfdb", &data.join("ludb"), &Options::default())?,
        ),
    ];
    if let Some(npz) = arguments.get(1) {
        let leads = [
            "I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6",
        ];
        let options = Options {
            sampling_rate: Some(400.0),
            leads: Some(leads.map(String::from).to_vec()),
            ..keep
        };
        sets.push(("code15", datasets::open("npz", Path::new(npz), &options)?));
    }
    let mut out = std::io::stdout().lock();
    for (name, set) in sets {
        for (index, record) in set.records().iter().enumerate() {
            let Some(values) = features(&set.read(index)?) else {
                eprintln!("{name} {}: not judged", record.id);
                continue;
            };
            write!(out, "{name},{}", record.id)?;
            for value in values {
                write!(out, ",{value:.6}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
