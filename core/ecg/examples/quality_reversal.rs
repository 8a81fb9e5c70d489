//! Plants electrode exchanges in real records and prints how many are found.
//!
//! `cargo run --release --example quality_reversal -- SHARED`. Each exchange is made in 50 records, evenly spread, by
//! the exact transformation of all 12 leads; the other records stay as they are. PTB-XL's odd records served to fit
//! the model and are left out.

use std::path::Path;

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::datasets::{self, Options, Unlabelled};
use ecg_audit_ecg::quality::placement::{EXCHANGES, Exchange};
use ecg_audit_ecg::quality::{Finding, Kind, assess};

type Failure = Box<dyn std::error::Error>;
/// Records in which an exchange is planted.
const PLANTED: usize = 50;

fn main() -> Result<(), Failure> {
    let data = std::env::args()
        .nth(1)
        .ok_or("expected the folder of shared data")?;
    let data = Path::new(&data).join("data");
    let ptb_xl = Options {
        sampling_rate: Some(100.0),
        unlabelled: Some(Unlabelled::Keep),
        ..Options::default()
    };
    let even = read("ptb-xl", &data.join("ptb-xl"), &ptb_xl, |id| id % 2 == 0)?;
    table("PTB-XL, even records, 100 Hz", &even);
    table(
        "LUDB, 500 Hz",
        &read("wfdb", &data.join("ludb"), &Options::default(), |_| true)?,
    );
    Ok(())
}

fn read(
    reader: &str,
    path: &Path,
    options: &Options,
    wanted: fn(u64) -> bool,
) -> Result<Vec<Signal>, Failure> {
    let set = datasets::open(reader, path, options)?;
    let mut signals = Vec::new();
    for (index, record) in set.records().iter().enumerate() {
        let number = record.id.rsplit('/').next().and_then(|id| id.parse().ok());
        if wanted(number.unwrap_or(0)) {
            signals.push(set.read(index)?);
        }
    }
    Ok(signals)
}

fn table(name: &str, signals: &[Signal]) {
    let untouched: Vec<Vec<Finding>> = signals.iter().map(|signal| assess(signal).findings).collect();
    let of = |findings: &[Finding], kind| findings.iter().any(|f| f.kind == kind);
    println!("\n{name}: {} records, {PLANTED} with the exchange", signals.len());
    println!("{:105}  sensitivity  specificity  named right", "exchange");
    let planted: Vec<usize> = (0..PLANTED).map(|k| k * signals.len() / PLANTED).collect();
    for (what, exchange) in EXCHANGES {
        let kind = match exchange {
            Exchange::Limb(_) => Kind::LimbLeadReversal,
            Exchange::Chest(_) => Kind::PrecordialMisplacement,
        };
        row(what, kind, Some(what), &planted, &untouched, of, |i| {
            exchange
                .recorded(&signals[i])
                .unwrap_or_else(|| signals[i].clone())
        });
    }
    for (what, electrode) in [("right arm and right leg", 0), ("left arm and right leg", 1)] {
        let kind = Kind::LimbLeadReversal;
        row(what, kind, None, &planted, &untouched, of, |i| {
            with_right_leg(&signals[i], electrode)
        });
    }
}

fn row(
    what: &str,
    kind: Kind,
    words: Option<&str>,
    planted: &[usize],
    untouched: &[Vec<Finding>],
    of: impl Fn(&[Finding], Kind) -> bool,
    make: impl Fn(usize) -> Signal,
) {
    let found: Vec<Vec<Finding>> = planted.iter().map(|i| assess(&make(*i)).findings).collect();
    let hits = found.iter().filter(|findings| of(findings, kind)).count() as f64;
    let names = |f: &Finding| {
        f.kind == kind && words.is_some_and(|words| f.sentence.to_lowercase().contains(&words.to_lowercase()))
    };
    let named = found.iter().filter(|findings| findings.iter().any(names)).count() as f64;
    let rest: Vec<_> = (0..untouched.len()).filter(|i| !planted.contains(i)).collect();
    let alarms = rest.iter().filter(|i| of(&untouched[**i], kind)).count() as f64;
    let named = words.map_or("-".to_owned(), |_| format!("{:.2}", named / planted.len() as f64));
    println!(
        "{what:105}  {:11.2}  {:11.3}  {named:>11}",
        hits / planted.len() as f64,
        1.0 - alarms / rest.len() as f64
    );
}

/// The 12 leads (in the usual order) with an arm's electrode on the right leg, whose potential is the left leg's but
/// for 2 % of the arm's.
fn with_right_leg(signal: &Signal, arm: usize) -> Signal {
    let mut out = signal.clone();
    for mut leads in out.samples.columns_mut() {
        let (i, ii) = (leads[0], leads[1]);
        let mut potentials = [-(i + ii) / 3.0, (2.0 * i - ii) / 3.0, (2.0 * ii - i) / 3.0];
        potentials[arm] = 0.98 * potentials[2] + 0.02 * potentials[arm];
        let [ra, la, ll] = potentials;
        let wilson = (ra + la + ll) / 3.0;
        let (i, ii) = (la - ra, ll - ra);
        let limb = [i, ii, ii - i, -(i + ii) / 2.0, i - ii / 2.0, ii - i / 2.0];
        let chest = std::array::from_fn::<f32, 6, _>(|k| leads[6 + k] - wilson);
        leads
            .iter_mut()
            .zip(limb.into_iter().chain(chest))
            .for_each(|(to, value)| *to = value);
    }
    out
}
