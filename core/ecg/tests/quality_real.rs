//! Quality of real records, where they are present: planted electrode exchanges, false alarms, PTB-XL's annotation.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ecg_audit_ecg::datasets::{Options, Unlabelled, open};
use ecg_audit_ecg::quality::placement::{EXCHANGES, Exchange};
use ecg_audit_ecg::quality::{Kind, Quality, assess};
use ecg_audit_ecg::{RecordInfo, Signal};

/// The folder with the data, or nothing after one line that says so.
fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("ECG_AUDIT_SHARED").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let data = path.join("data");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!(
        "skipped: no real records in {}; set ECG_AUDIT_SHARED",
        path.display()
    );
    None
}

fn ptb_xl(data: &Path, rate: f64) -> Vec<(RecordInfo, Signal)> {
    let options = Options {
        sampling_rate: Some(rate),
        unlabelled: Some(Unlabelled::Keep),
        ..Options::default()
    };
    let set = open("ptb-xl", &data.join("ptb-xl"), &options).unwrap();
    let records = set.records().iter().enumerate();
    records
        .map(|(i, record)| (record.clone(), set.read(i).unwrap()))
        .collect()
}

fn ludb(data: &Path) -> Vec<Signal> {
    let set = open("wfdb", &data.join("ludb"), &Options::default()).unwrap();
    (0..set.records().len()).map(|i| set.read(i).unwrap()).collect()
}

fn has(quality: &Quality, kind: Kind) -> bool {
    quality.findings.iter().any(|finding| finding.kind == kind)
}

/// Sensitivity in 50 records with the exchange and specificity in the rest, as they are.
fn figures(signals: &[Signal], index: usize) -> (f64, f64) {
    let (name, exchange) = EXCHANGES[index];
    let kind = match exchange {
        Exchange::Limb(_) => Kind::LimbLeadReversal,
        Exchange::Chest(_) => Kind::PrecordialMisplacement,
    };
    let planted: Vec<usize> = (0..50).map(|k| k * signals.len() / 50).collect();
    let found = |i: &&usize| has(&assess(&exchange.recorded(&signals[**i]).unwrap()), kind);
    let sensitivity = planted.iter().filter(found).count() as f64 / 50.0;
    let rest: Vec<usize> = (0..signals.len()).filter(|i| !planted.contains(i)).collect();
    let quiet = rest.iter().filter(|i| !has(&assess(&signals[**i]), kind)).count();
    let specificity = quiet as f64 / rest.len() as f64;
    eprintln!("{name}: sensitivity {sensitivity:.2}, specificity {specificity:.3}");
    (sensitivity, specificity)
}

#[test]
fn planted_arm_reversals_are_found_in_records_that_the_model_never_saw() {
    let Some(data) = shared() else { return };
    let even = ptb_xl(&data, 100.0)
        .into_iter()
        .filter(|(record, _)| record.id.parse::<u32>().unwrap() % 2 == 0);
    let even: Vec<Signal> = even.map(|(_, signal)| signal).collect();
    for signals in [even, ludb(&data)] {
        // Arms; right arm and leg; V1 to V6 in reverse.
        for (index, least) in [(0, 0.9), (1, 0.85), (12, 0.9)] {
            let (sensitivity, specificity) = figures(&signals, index);
            assert!(sensitivity >= least, "{sensitivity}");
            assert!(
                specificity >= if index == 12 { 0.93 } else { 0.95 },
                "{specificity}"
            );
        }
    }
}

#[test]
fn few_real_records_have_findings() {
    let Some(data) = shared() else { return };
    for rate in [100.0, 500.0] {
        let assessed: Vec<Quality> = ptb_xl(&data, rate)
            .iter()
            .map(|(_, signal)| assess(signal))
            .collect();
        for kind in Kind::ALL {
            let share = assessed.iter().filter(|q| has(q, kind)).count() as f64 / assessed.len() as f64;
            // Records 1 to 40, which alone are here at 500 Hz, hold four of the noisiest.
            let most = match kind {
                Kind::BaselineDrift => 0.07,
                Kind::StaticNoise if rate == 500.0 => 0.11,
                _ => 0.03,
            };
            assert!(share <= most, "{kind} at {rate} Hz in {share}");
        }
    }
}

#[test]
fn leads_that_were_scaled_one_by_one_break_einthovens_law() {
    let Some(data) = shared() else { return };
    // LUDB's leads all have a range of exactly 1 mV.
    let broken = ludb(&data)
        .into_iter()
        .filter_map(|signal| {
            let findings = assess(&signal).findings;
            findings
                .into_iter()
                .find(|f| f.kind == Kind::LimbLeadsInconsistent)
        })
        .inspect(|finding| assert!(finding.sentence.contains("scaled on its own"), "{finding:?}"));
    assert!(broken.count() >= 90);
}

#[test]
fn measurements_agree_with_ptb_xls_annotation() {
    let Some(data) = shared() else { return };
    let measured: Vec<(RecordInfo, Quality)> = ptb_xl(&data, 100.0)
        .into_iter()
        .map(|(record, signal)| (record, assess(&signal)))
        .collect();
    let auroc = |column: &str, value: &dyn Fn(&Quality) -> f64| {
        let values = |noted: bool| -> Vec<f64> {
            let of = measured
                .iter()
                .filter(|(record, _)| record.metadata.contains_key(column) == noted);
            of.map(|(_, quality)| value(quality)).collect()
        };
        let (noted, others) = (values(true), values(false));
        let won: usize = noted
            .iter()
            .map(|a| others.iter().filter(|b| a > *b).count())
            .sum();
        won as f64 / (noted.len() * others.len()) as f64
    };
    let most = |quality: &Quality, of: &dyn Fn(&ecg_audit_ecg::quality::LeadQuality) -> f64| {
        quality.leads.iter().map(of).fold(0.0, f64::max)
    };
    let drift = auroc("baseline_drift", &|q| {
        most(q, &|lead| lead.drift_mv.unwrap_or(0.0))
    });
    let noise = auroc("static_noise", &|q| most(q, &|lead| lead.noise_uv.unwrap_or(0.0)));
    eprintln!("drift {drift:.3}, static noise {noise:.3}");
    assert!(drift > 0.8 && noise > 0.8, "{drift} {noise}");
}
