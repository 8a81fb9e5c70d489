//! Signal quality of real records: the share with each kind of finding, and agreement with PTB-XL's annotation.
//!
//! `cargo run --example quality -- SHARED [--list | --csv]`; `--list` prints every finding, `--csv` every lead's
//! measurements.

use std::path::Path;
use std::time::{Duration, Instant};

use ecg_audit_ecg::datasets::{self, Options, Unlabelled};
use ecg_audit_ecg::quality::{Finding, Kind, LeadQuality, assess, metadata};
use ecg_audit_ecg::{DataSet, RecordInfo};

type Failure = Box<dyn std::error::Error>;
/// A record with what was measured of it.
type Measured = (RecordInfo, Vec<LeadQuality>, Vec<Finding>);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = Path::new(arguments.first().ok_or("expected the folder of shared data")?).join("data");
    let (list, csv) = (
        arguments.iter().any(|a| a == "--list"),
        arguments.iter().any(|a| a == "--csv"),
    );
    let at = |rate| Options {
        sampling_rate: rate,
        unlabelled: rate.map(|_| Unlabelled::Keep),
        ..Options::default()
    };
    for (name, reader, folder, options) in [
        ("PTB-XL 100 Hz", "ptb-xl", "ptb-xl", at(Some(100.0))),
        ("PTB-XL 500 Hz", "ptb-xl", "ptb-xl", at(Some(500.0))),
        ("LUDB", "wfdb", "ludb", at(None)),
        ("Challenge 2021", "wfdb", "challenge2021", at(None)),
    ] {
        let set = datasets::open(reader, &data.join(folder), &options)?;
        let records = measured(&*set)?;
        if csv {
            measurements(name, &records)?;
            continue;
        }
        println!("\n{name}: {} records with a finding, in percent", records.len());
        for kind in Kind::ALL {
            let found = records
                .iter()
                .filter(|(_, _, all)| all.iter().any(|f| f.kind == kind));
            println!(
                "  {:24} {:5.1}",
                kind.name(),
                100.0 * found.count() as f64 / records.len() as f64
            );
        }
        if list {
            for (record, _, findings) in &records {
                for f in findings {
                    println!("  {} {} {:.3}: {}", record.id, f.kind, f.score, f.sentence);
                }
            }
        }
        if reader == "ptb-xl" {
            agreement(&records);
        }
    }
    Ok(())
}

fn measured(set: &dyn DataSet) -> Result<Vec<Measured>, Failure> {
    let mut spent = Duration::ZERO;
    let records = set.records().iter().enumerate().map(|(index, record)| {
        let signal = set.read(index)?;
        let start = Instant::now();
        let quality = assess(&signal);
        spent += start.elapsed();
        let mut findings = quality.findings;
        findings.extend(metadata::contradictions(record, set.classes()));
        Ok((record.clone(), quality.leads, findings))
    });
    let records: Vec<Measured> = records.collect::<Result<_, Failure>>()?;
    let each = 1000.0 * spent.as_secs_f64() / records.len() as f64;
    eprintln!("{} records, {each:.2} ms each", records.len());
    Ok(records)
}

fn measurements(name: &str, records: &[Measured]) -> Result<(), Failure> {
    for (record, leads, _) in records {
        for lead in leads {
            println!("{name}\t{}\t{}", record.id, serde_json::to_string(lead)?);
        }
    }
    Ok(())
}

/// AUROC of the worst lead's measurement against the columns in which PTB-XL's annotators noted quality.
fn agreement(records: &[Measured]) {
    type Measure = fn(&LeadQuality) -> f64;
    let measures: [(&str, &str, Measure); 3] = [
        ("baseline_drift", "drift_mv", |lead| lead.drift_mv.unwrap_or(0.0)),
        ("static_noise", "noise_uv", |lead| lead.noise_uv.unwrap_or(0.0)),
        ("burst_noise", "loudest_uv", |lead| lead.loudest_uv),
    ];
    for (column, measure, value) in measures {
        let worst = |leads: &[LeadQuality]| leads.iter().map(value).fold(0.0, f64::max);
        let scored: Vec<(f64, bool)> = records
            .iter()
            .map(|(record, leads, _)| (worst(leads), record.metadata.contains_key(column)))
            .collect();
        let noted = scored.iter().filter(|(_, noted)| *noted).count();
        println!(
            "  {column}: noted in {noted}, AUROC of {measure} {:.3}",
            auroc(&scored)
        );
    }
}

fn auroc(scored: &[(f64, bool)]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (noted, _) in scored.iter().filter(|(_, noted)| *noted) {
        for (other, _) in scored.iter().filter(|(_, noted)| !*noted) {
            pairs += 1.0;
            won += if noted > other {
                1.0
            } else {
                f64::from(u8::from(noted == other)) / 2.0
            };
        }
    }
    won / pairs
}
